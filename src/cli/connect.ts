// Tries what a configuration would connect to, without running it: the broker, every server, every port.
// Leaves nothing behind at the peers.
import { join } from 'node:path';
import { dotted } from '../config/problem.ts';
import { type Config, listens } from '../config/schema.ts';
import { GemError } from '../errors.ts';
import type { Bus, Feed, Log, Source } from '../ports.ts';
import type { OpenRecording } from '../sources/replay/open.ts';
import { whyNotFree } from './port.ts';

export interface Trial {
  readonly what: string;
  readonly ok: boolean;
  /** Why not; empty when it works. */
  readonly reason: string;
  /** What a person should know besides. */
  readonly notes?: readonly string[];
  /** There is no way to try it. */
  readonly untried?: boolean;
  /** Single tags of which something is to be said. */
  readonly tags?: readonly TagTrial[];
}

export interface TagTrial {
  readonly tag: string;
  /** Where it is at the peer, as it was written. */
  readonly place: string;
  /** False: it will never bring a value as it stands. */
  readonly ok: boolean;
  readonly said: string;
  readonly advice: string;
}

type SourceConfig = Config['sources'][string];

const deadlineMs = 15_000;
const everyMs = 25;
const topicsShown = 5;
/** Of a recording of which nothing can be used. */
const lookedAtBytes = 16_777_216;

export async function tryConnections(config: Config, stateDir: string): Promise<Trial[]> {
  const trials = listens(config).map(tryPort);
  if ('url' in config.broker) trials.unshift(tryBroker(config.broker));
  for (const [name, source] of Object.entries(config.sources)) {
    if (source.type === 'mqtt') trials.push(Promise.resolve(untriedMqtt(name, source)));
    if (source.type === 'opcua') trials.push(tryOpcua(name, source, stateDir));
    if (source.type === 'serial') trials.push(trySerial(name, source));
    if (source.type === 'replay') trials.push(tryReplay(name, source));
  }
  for (const file of config.maintenance.holidayFiles) trials.push(tryCalendar(file, config.maintenance.zone));
  return Promise.all(trials);
}

const yearMs = 366 * 86_400_000;

/** What it has of the next year. */
async function tryCalendar(file: string, named: string | undefined): Promise<Trial> {
  const what = `calendar ${file}`;
  const [{ readCalendarFile }, { zoneOf }] = await Promise.all([
    import('../maintenance/ics-read.ts'),
    import('../maintenance/calendar.ts'),
  ]);
  try {
    const fromMs = Date.now();
    const times = await readCalendarFile(file, { zone: zoneOf(named), fromMs, toMs: fromMs + yearMs });
    const found = `${format(times.length)} ${times.length === 1 ? 'time' : 'times'}`;
    return { what, ok: true, reason: '', notes: [`${found} in which nobody works, within a year from now`] };
  } catch (error) {
    return { what, ok: false, reason: messageOf(error) };
  }
}

async function tryBroker(config: Extract<Config['broker'], { url: string }>): Promise<Trial> {
  const { createBrokerLink } = await import('../broker/link.ts');
  // A name of its own: with the gateway's it would put a running one out.
  const clientId = `gemel-check-${process.pid}`;
  const bus = createBrokerLink(config, { clientId, log: silent, clock, fleeting: true });
  return settled(`broker ${new URL(config.url).host}`, bus);
}

async function tryOpcua(
  name: string,
  config: Extract<SourceConfig, { type: 'opcua' }>,
  stateDir: string,
): Promise<Trial> {
  const { attempt } = await import('../sources/opcua/check/attempt.ts');
  const what = `source ${name} ${config.url}`;
  const { log, notes } = newNotes();
  try {
    const { reason, verdicts: tags } = await attempt(name, config, { log, pkiDir: join(stateDir, 'pki') });
    const unfit = tags.filter((tag) => !tag.ok).length;
    const all = Object.keys(config.tags).length;
    const words = unfit === 0 ? reason : `${format(unfit)} of ${format(all)} tags cannot be had`;
    return { what, ok: words === '', reason: words, notes, tags };
  } catch (error) {
    return { what, ok: false, reason: messageOf(error), notes };
  }
}

async function trySerial(name: string, config: Extract<SourceConfig, { type: 'serial' }>): Promise<Trial> {
  const { createSerialSource } = await import('../sources/serial/source.ts');
  const { log, notes } = newNotes();
  const source = createSerialSource(name, config, { log, clock });
  return { ...(await settled(`source ${name} ${config.path}`, peerOf(source))), notes };
}

/** Nobody can ask a broker who publishes what: that is only seen when something comes. */
function untriedMqtt(name: string, { topics }: Extract<SourceConfig, { type: 'mqtt' }>): Trial {
  const filters = topics.map(({ topic }) => topic);
  const more = filters.length > topicsShown ? ', …' : '';
  const reason = `topics cannot be tried, only awaited: ${filters.slice(0, topicsShown).join(', ')}${more}`;
  return { what: `source ${name}`, ok: true, untried: true, reason };
}

/** Whether the file is there, has the columns, and something in it can be used; it goes nowhere. */
async function tryReplay(name: string, config: Extract<SourceConfig, { type: 'replay' }>): Promise<Trial> {
  const { openRecording } = await import('../sources/replay/open.ts');
  const what = `source ${name} ${config.file}`;
  try {
    const recording = await openRecording(config, nowhere);
    try {
      const reason = await firstUse(recording, config);
      return { what, ok: reason === '', reason };
    } finally {
      await recording.close();
    }
  } catch (error) {
    return { what, ok: false, reason: messageOf(error) };
  }
}

async function firstUse(recording: OpenRecording, { file, follow }: { file: string; follow: boolean }) {
  const end = follow ? async () => false : undefined;
  let rowsSeen = 0;
  for await (const rows of recording.rows(end)) {
    rowsSeen += rows.length;
    for (const row of rows) recording.decode!.take(row, row.timeMs);
    if ((recording.decode?.taken ?? 0) > 0) return '';
    if (recording.reader.position > lookedAtBytes) break;
  }
  // What is to be followed may still be empty.
  if (follow && rowsSeen === 0) return '';
  return `nothing in ${file} could be used: ${recording.damage?.message ?? recording.decode!.complaint()}`;
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
    return { what, ok: false, reason: messageOf(error) };
  } finally {
    await peer.stop();
  }
}

const listeners: Readonly<Record<string, string>> = {
  'broker.port': 'the embedded broker',
  'broker.websocketPort': 'the embedded broker (WebSocket)',
  'metrics.port': 'metrics',
};

/** In the words in which a start would refuse. */
async function tryPort({ path: keys, host, port }: ReturnType<typeof listens>[number]): Promise<Trial> {
  const path = dotted(keys);
  const trial = { what: `${listeners[path] ?? path} on ${host}:${port}`, ok: true, reason: '' };
  const error = await whyNotFree(host, port);
  if (error === undefined) return trial;
  const inUse = error.code === 'EADDRINUSE';
  const { hint } = new GemError(inUse ? 'GEM_PORT_IN_USE' : 'GEM_LISTEN_FAILED', { path });
  return { ...trial, ok: false, reason: `${inUse ? 'the port is in use' : error.message}. ${hint}` };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function format(count: number): string {
  return count.toLocaleString('en');
}

/** What a source says by itself while it is tried; why it is away is the reason already. */
function newNotes(): { readonly log: Log; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const warn = (fields: object, message: string) => {
    if (!('reason' in fields)) notes.push(message);
  };
  return { log: { ...silent, warn }, notes };
}

const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

const nowhere: Feed = {
  tag: () => 0,
  push: () => true,
  pushExact: () => true,
  peerClock() {},
  reject() {},
  remark() {},
  committed: () => undefined,
  nowMs: clock.nowMs,
};
