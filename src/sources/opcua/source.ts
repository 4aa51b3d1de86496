// An OPC UA source: keeps one session to one server, and is the only one who decides when to build it anew.
// Never weaker than configured, and never a value of a lost server passed on as fresh.
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { GemError } from '../../errors.ts';
import type { Clock, LinkState, Log, Source } from '../../ports.ts';
import { backoffMs } from './backoff.ts';
import { type Intake, newIntake } from './intake.ts';
import { loadLibrary } from './library.ts';
import type { OpcuaSourceConfig } from './schema.ts';
import { type OpcuaSession, openSession } from './session.ts';
import { planTags } from './tag-plan.ts';
import { newWatch, type Watch } from './watch.ts';

const backoff = { minMs: 500, maxMs: 2_500 } as const;

export interface OpcuaSourceDeps {
  readonly log: Log;
  readonly clock: Clock;
  /** Our certificate, and whom we trust. */
  readonly pkiDir: string;
}

export function createOpcuaSource(name: string, config: OpcuaSourceConfig, deps: OpcuaSourceDeps): Source {
  const { log } = deps;
  const tags = planTags(config);
  const nodes = tags.map((tag) => tag.node);
  const stopping = new AbortController();
  let link: LinkState = 'stopped';
  let reason = '';
  let running: Promise<void> = Promise.resolve();

  /** Says a thing once, however often it happens. */
  function turn(next: LinkState, why: string): void {
    const news = next !== link || why !== reason;
    link = next;
    reason = why;
    const fields = { source: name, url: config.url };
    if (news && next === 'down') log.warn({ ...fields, reason: why }, 'the OPC UA server is away');
    if (news && next === 'up') log.info(fields, 'connected to the OPC UA server');
  }

  async function live(intake: Intake): Promise<void> {
    let failures = 0;
    const onUp = () => {
      failures = 0;
      turn('up', '');
    };
    while (!stopping.signal.aborted) {
      const why = await oneLife(config, deps, nodes, intake, onUp, stopping.signal);
      if (stopping.signal.aborted) break;
      intake.lost();
      turn('down', why);
      failures++;
      await pause(backoffMs(backoff, failures, Math.random()), stopping.signal);
    }
    turn('stopped', '');
  }

  return {
    name,
    async prepare() {
      await loadLibrary();
    },
    async start(feed) {
      refuseInsecure(name, config);
      if (config.security.mode === 'None') {
        log.warn(
          { source: name, url: config.url },
          'INSECURE: OPC UA without encryption, because security.allowNone is set: whoever is on the way can forge',
        );
      }
      turn('connecting', '');
      running = live(newIntake(feed, tags, log, name));
    },
    async stop() {
      stopping.abort();
      await running;
    },
    health: () => ({ link, reason }),
  };
}

/** A password never travels without encryption, whatever else is allowed to. */
function refuseInsecure(source: string, config: OpcuaSourceConfig): void {
  const { mode, allowNone } = config.security;
  if (mode === 'None' && (!allowNone || config.username !== undefined)) {
    throw new GemError('GEM_OPCUA_INSECURE', { source, url: config.url });
  }
}

/** From connecting to the loss; resolves with why it ended, with nothing left open. */
async function oneLife(
  config: OpcuaSourceConfig,
  { clock, pkiDir }: OpcuaSourceDeps,
  nodes: readonly string[],
  intake: Intake,
  onUp: () => void,
  stop: AbortSignal,
): Promise<string> {
  const ended = Promise.withResolvers<string>();
  let over = false;
  const end = (why: string) => {
    over = true;
    ended.resolve(why);
  };
  const onAbort = () => end('stopped');
  stop.addEventListener('abort', onAbort);
  let watch: Watch | undefined;
  let session: OpcuaSession | undefined;
  try {
    const library = await loadLibrary();
    if (stop.aborted) return 'stopped';
    watch = newWatch(clock, config.silenceS * 1000, end);
    const { heard } = watch;
    session = openSession(library, config, pkiDir, nodes, {
      onValue: intake.value,
      onRefused: intake.refused,
      onHeard: heard,
      onLost: end,
    });
    session.ready.then(
      () => over || onUp(),
      (error: unknown) => end(describe(error, pkiDir)),
    );
    return await ended.promise;
  } catch (error) {
    return describe(error, pkiDir);
  } finally {
    stop.removeEventListener('abort', onAbort);
    watch?.end();
    await session?.close();
  }
}

function describe(error: unknown, pkiDir: string): string {
  const message =
    error instanceof Error ? (error.message.trim().split('\n')[0] ?? error.name) : String(error);
  if (!message.includes('BadCertificateUntrusted')) return message;
  return `the certificate of the server is not trusted; it was kept under ${join(pkiDir, 'rejected')}`;
}

async function pause(ms: number, stop: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal: stop }).catch(() => {});
}
