// One source against one server, with a folder for both, taken down after the test.
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { Source } from '../../../src/ports.ts';
import { type OpcuaSourceConfig, opcuaSourceSchema } from '../../../src/sources/opcua/schema.ts';
import { listKept, trustCertificate } from '../../../src/sources/opcua/security/pki.ts';
import { createOpcuaSource } from '../../../src/sources/opcua/source.ts';
import { createKeptFeed } from '../../kept-feed.ts';
import { poll } from '../../poll.ts';
import { freePort, tempDir } from '../../ports.ts';
import { keptLog } from '../../silent-log.ts';
import { type FarServer, startFarServer } from './far-server.ts';
import { startTickServer, type TickServer, type TickServerOptions } from './tick-server.ts';

type Extra = Partial<Record<keyof OpcuaSourceConfig, unknown>>;

export const open = { security: { mode: 'None', allowNone: true } } as const;
const clock = { nowMs: Date.now, monotonicMs: () => performance.now() };

export interface OpenedSource {
  readonly source: Source;
  readonly feed: ReturnType<typeof createKeptFeed>;
  readonly log: ReturnType<typeof keptLog>;
  /** Waits for data that is good. */
  readonly flowing: () => Promise<void>;
  /** Waits until it is down for that reason. */
  readonly down: (reason: string | RegExp, deadlineMs?: number) => Promise<string>;
}

export interface Stage {
  readonly dir: string;
  readonly stateDir: string;
  readonly pkiDir: string;
  readonly port: number;
  /** In this process. */
  serve(options?: Partial<TickServerOptions>): Promise<TickServer>;
  /** In a process of its own. */
  serveFar(options?: Partial<TickServerOptions>): Promise<FarServer>;
  source(extra?: Extra): OpenedSource;
}

const ends: (() => Promise<unknown>)[] = [];
/** In a test file that uses `newStage`. */
export function useStage(): void {
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
}

export async function newStage(): Promise<Stage> {
  const dir = await tempDir();
  ends.push(dir.remove);
  const port = await freePort();
  const stateDir = join(dir.path, 'state');
  const pkiDir = join(stateDir, 'pki');
  return {
    dir: dir.path,
    stateDir,
    pkiDir,
    port,
    async serve(options = {}) {
      const server = await startTickServer({ port, dir: dir.path, ...options });
      let stopped = false;
      const stop = async () => {
        if (!stopped) await server.stop();
        stopped = true;
      };
      ends.push(stop);
      return { ...server, stop };
    },
    async serveFar(options = {}) {
      const server = await startFarServer({ port, dir: dir.path, ...options });
      ends.push(() => server.kill());
      return server;
    },
    source: (extra = {}) => openSource(port, pkiDir, extra),
  };
}

function openSource(port: number, pkiDir: string, extra: Extra): OpenedSource {
  const url = `opc.tcp://127.0.0.1:${port}`;
  const base = { type: 'opcua', url, publishingMs: 50, samplingMs: 0, tags: { counter: 'ns=1;s=Counter' } };
  const config = opcuaSourceSchema.parse({ ...base, ...extra });
  const log = keptLog();
  const feed = createKeptFeed();
  feed.nowMs = Date.now;
  const source = createOpcuaSource('tick', config, { log, clock, pkiDir });
  ends.push(() => source.stop());
  return {
    source,
    feed,
    log,
    async flowing() {
      const from = feed.samples.length;
      await poll('data', () => {
        const last = feed.samples.at(-1);
        return feed.samples.length > from + 2 && last?.quality === 0 && source.health().link === 'up';
      }).catch((error: unknown) => {
        throw new Error(`${String(error)}: ${JSON.stringify(source.health())}`);
      });
    },
    async down(reason, deadlineMs = 30_000) {
      const fits = (text: string) => (typeof reason === 'string' ? text.includes(reason) : reason.test(text));
      await poll(`${reason}`, () => fits(source.health().reason), deadlineMs).catch((error: unknown) => {
        throw new Error(`${String(error)}: ${JSON.stringify(source.health())}`);
      });
      return source.health().reason;
    },
  };
}

/** Trusts whatever the server showed, as a person does who compared it. */
export async function trustRejected({ pkiDir }: Stage, { down }: OpenedSource): Promise<void> {
  await down('is not trusted');
  for (const { certificate } of await listKept(pkiDir, 'rejected'))
    await trustCertificate(pkiDir, certificate);
}
