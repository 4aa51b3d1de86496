// Tries what a configuration would connect to, without running it: the broker, every server, every port.
// Leaves nothing behind at the peers.
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { Bus, Feed, Log, Source } from '../ports.ts';
import { isFree } from './port.ts';

export interface Trial {
  readonly what: string;
  readonly ok: boolean;
  /** Why not; empty when it works. */
  readonly reason: string;
  /** What a person should know besides. */
  readonly notes?: readonly string[];
}

const deadlineMs = 15_000;
const everyMs = 25;

export async function tryConnections(config: Config, stateDir: string): Promise<Trial[]> {
  const trials = [tryBroker(config)];
  if (config.metrics.enabled) {
    trials.push(tryPort('metrics', config.metrics.host, config.metrics.port));
  }
  for (const [name, source] of Object.entries(config.sources)) {
    if (source.type === 'opcua') trials.push(tryOpcua(name, source, stateDir));
    if (source.type === 'serial') trials.push(trySerial(name, source));
    if (source.type === 'replay') trials.push(tryReplay(name, source));
  }
  return Promise.all(trials);
}

async function tryBroker(config: Config): Promise<Trial> {
  if (!('url' in config.broker))
    return tryPort('the embedded broker', config.broker.host, config.broker.port);
  const { createBrokerLink } = await import('../broker/link.ts');
  // A name of its own: with the gateway's it would put a running one out.
  const clientId = `gemel-check-${process.pid}`;
  const bus = createBrokerLink(config.broker, { clientId, log: silent, clock, fleeting: true });
  return settled(`broker ${new URL(config.broker.url).host}`, bus);
}

async function tryOpcua(
  name: string,
  config: Extract<Config['sources'][string], { type: 'opcua' }>,
  stateDir: string,
): Promise<Trial> {
  const { createOpcuaSource } = await import('../sources/opcua/source.ts');
  const notes: string[] = [];
  const log: Log = {
    ...silent,
    warn(fields, message) {
      // Why it is away is the reason already.
      if (!('reason' in fields)) notes.push(message);
    },
  };
  const source = createOpcuaSource(name, config, { log, clock, pkiDir: join(stateDir, 'pki') });
  const trial = await settled(`source ${name} ${config.url}`, peerOf(source));
  return notes.length === 0 ? trial : { ...trial, notes };
}

async function trySerial(
  name: string,
  config: Extract<Config['sources'][string], { type: 'serial' }>,
): Promise<Trial> {
  const { createSerialSource } = await import('../sources/serial/source.ts');
  return settled(
    `source ${name} ${config.path}`,
    peerOf(createSerialSource(name, config, { log: silent, clock })),
  );
}

/** Whether the file is there and has the columns: its first rows are read, and go nowhere. */
async function tryReplay(
  name: string,
  config: Extract<Config['sources'][string], { type: 'replay' }>,
): Promise<Trial> {
  const { createReplaySource } = await import('../sources/replay/source.ts');
  return settled(`source ${name} ${config.file}`, peerOf(createReplaySource(name, config, silent)));
}

function peerOf(source: Source) {
  return {
    start: () => source.start(nowhere),
    stop: () => source.stop(),
    get link() {
      return source.health().link;
    },
    get reason() {
      return source.health().reason;
    },
  };
}

/** Up, or down with the first reason it gives. */
async function settled(
  what: string,
  peer: Pick<Bus, 'link' | 'reason'> & Pick<Source, 'stop'> & { start(): Promise<void> },
): Promise<Trial> {
  try {
    await peer.start();
    const end = performance.now() + deadlineMs;
    while (peer.link === 'connecting' && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    const reason = peer.link === 'connecting' ? `no answer within ${deadlineMs / 1000} s` : peer.reason;
    return { what, ok: peer.link === 'up', reason };
  } catch (error) {
    return { what, ok: false, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    await peer.stop();
  }
}

async function tryPort(what: string, host: string, port: number): Promise<Trial> {
  const ok = await isFree(host, port);
  const reason = ok ? '' : 'cannot listen there: in use (by a running gateway?) or not ours';
  return { what: `${what} on ${host}:${port}`, ok, reason };
}

const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

const nowhere: Feed = {
  tag: () => 0,
  push() {},
  pushExact() {},
  peerClock() {},
  reject() {},
  remark() {},
  committed: () => undefined,
  nowMs: clock.nowMs,
};
