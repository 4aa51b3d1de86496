// A gateway that is killed while Python's asyncua goes on: what the server recorded meanwhile stands in the history
// afterwards, each value once and at its own time.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { isBad } from '../../src/core/quality.ts';
import { openReader } from '../../src/history/reader/open.ts';
import { stateDir, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { launchText } from '../running-gateway.ts';
import { nodeOf, periodMs, startAsyncua } from './opcua-asyncua-server.ts';

/** How long nobody listens. */
const awayMs = 2500;

interface Sample {
  readonly value: number;
  /** As the server stamped it, and where it stands in the history. */
  readonly rawMs: number;
  readonly timeMs: number;
}

const backfilled = 'gemel_samples_remarked_total{source="cnc",remark="backfilled"}';
const received = 'gemel_samples_received_total{source="cnc"}';

async function launch(url: string, dir: string, source: string, history: string) {
  const metricsPort = await freePort();
  const text = `version: 1
site: test
stateDir: state
log: { level: info }
broker: { port: 0 }
metrics: { port: ${metricsPort} }
history: { ballastMb: 0, ${history} }
sources:
  cnc:
    type: opcua
    url: ${url}
    security: { mode: None, allowNone: true }
    publishingMs: 50
    samplingMs: 10
    confirmMs: 0
    ${source}
    tags:
      Count: { node: "${nodeOf('Count')}" }
      Half: { node: "${nodeOf('Count')}", scale: 0.5 }
      Int32: { node: "${nodeOf('Int32')}" }
machines:
  mill-1:
    model: mill
    signals: { spindle.speed: cnc/Count }
`;
  const gateway = await launchText(text, metricsPort, { dir });
  const has = (series: string, least: number) => async () =>
    (await gateway.metric(series).catch(() => 0)) >= least;
  await poll('samples', has(received, 120), 60_000, 50);
  return { gateway, has };
}

/** The gateway is killed, once or again while it fills, and runs until it has taken what it can. */
async function killed(source: string, { last = 'enabled: true', times = 1 } = {}) {
  const server = await startAsyncua();
  const dir = await stateDir();
  for (let time = 0; time < times; time++) {
    const before = await launch(server.url, dir, source, 'enabled: true');
    if (time > 0) await poll('the first of them', before.has(backfilled, 1), 60_000, 1);
    before.gateway.kill('SIGKILL');
    await before.gateway.ended();
    const killedMs = Date.now();
    await poll('the time away', () => Date.now() - killedMs > awayMs, 2 * awayMs);
  }
  const { gateway, has } = await launch(server.url, dir, source, last);
  // A history that the server had not written yet is asked for again for five seconds.
  await poll('some more', has(received, 300 + 200 * times), 60_000, 50);
  const filled = await gateway.metric(backfilled);
  expect(await gateway.stop()).toBe(0);
  await server.kill();
  return { filled, file: join(dir, 'state', 'history.db'), told: toldBy(join(server.dir, 'history.sqlite')) };
}

async function storedOf(file: string, name: string): Promise<Sample[]> {
  const reader = openReader(file);
  try {
    const samples: Sample[] = [];
    for (const { id } of await reader.resolveTags('cnc', name)) {
      const { series, next } = await reader.raw({
        ...{ tag: id, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, samplesMax: 50_000 },
      });
      expect(next).toBeUndefined();
      for (let i = 0; i < series.length; i++) {
        if (isBad(series.quality[i]!)) continue;
        samples.push({ value: series.value[i]!, rawMs: series.rawMs[i]!, timeMs: series.timeMs[i]! });
      }
    }
    return samples;
  } finally {
    reader.close();
  }
}

/** By source time: what the server says that the counter was. */
function toldBy(file: string): Map<number, number> {
  const database = new Database(file, { readonly: true });
  try {
    const tables = database
      .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%1003%'")
      .pluck()
      .all();
    expect(tables).toHaveLength(1);
    const rows = database
      .prepare<[], { at: string; value: string }>(
        `SELECT SourceTimestamp AS at, Value AS value FROM "${tables[0]!}"`,
      )
      .all();
    return new Map(
      rows.map(({ at, value }) => [Date.parse(`${at.replace(' ', 'T').slice(0, 23)}Z`), Number(value)]),
    );
  } finally {
    database.close();
  }
}

/** What the server has between the first and the last sample that is stored. */
function between(told: ReadonlyMap<number, number>, samples: readonly Sample[]): [number, number][] {
  const times = samples.map(({ rawMs }) => rawMs);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  return [...told].filter(([ms]) => ms >= from && ms <= to).sort(([a], [b]) => a - b);
}

const byStamp = (samples: readonly Sample[], scale = 1): [number, number][] =>
  samples.map(({ rawMs, value }): [number, number] => [rawMs, value / scale]).sort(([a], [b]) => a - b);

describe('a gateway that is killed beside a server that goes on', () => {
  useCleanUp();

  test.each([
    ['shared', 1],
    ['own', 1],
    ['shared', 3],
  ])(
    'thread: %s, kills: %i; has what it missed afterwards, without a hole, nothing twice, at its own time',
    async (thread, times) => {
      const { filled, file, told } = await killed(`thread: ${thread}`, { times });
      for (const [name, scale] of [
        ['Count', 1],
        ['Half', 0.5],
      ] as const) {
        const samples = await storedOf(file, name);
        expect(byStamp(samples, scale), name).toEqual(between(told, samples));
        for (const { rawMs, timeMs } of samples) expect(Math.abs(timeMs - rawMs), name).toBeLessThan(100);
      }
      expect(filled).toBeGreaterThan(awayMs / periodMs);
      // Of what the server keeps no history nobody made anything up.
      const stamps = (await storedOf(file, 'Int32')).map(({ rawMs }) => rawMs).sort((a, b) => a - b);
      const widest = Math.max(...stamps.slice(1).map((ms, i) => ms - stamps[i]!));
      expect(widest).toBeGreaterThan(awayMs);
      expect(new Set(stamps).size).toBe(stamps.length);
    },
  );

  test('control: with history: off in the source there is a hole', async () => {
    const { filled, file, told } = await killed('history: off');
    const samples = await storedOf(file, 'Count');
    expect(between(told, samples).length - samples.length).toBeGreaterThan(awayMs / periodMs / 2);
    expect(filled).toBe(0);
  });

  test('control: without a history of its own the gateway does not know what it missed', async () => {
    const { filled } = await killed('thread: shared', { last: 'enabled: false' });
    expect(filled).toBe(0);
  });
});
