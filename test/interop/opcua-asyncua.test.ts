// The OPC UA source against Python's asyncua: every type, every time, every quality; what is missed is Bad or
// filled from the server's history.
import { describe, expect, test } from 'vitest';
import { isBad, Quality } from '../../src/core/quality.ts';
import { useCleanUp } from '../broker/fixture.ts';
import type { KeptSample } from '../kept-feed.ts';
import { poll } from '../poll.ts';
import { startRelay } from '../relay.ts';
import { namespace, nodeOf, periodMs, startAsyncua } from './opcua-asyncua-server.ts';
import { follow } from './opcua-asyncua-source.ts';

/** By the time they are from. */
function byTime(samples: readonly KeptSample[]): Map<number, KeptSample> {
  return new Map(samples.map((sample) => [sample.sourceMs, sample]));
}

/** How long a wire stays broken. */
const awayMs = 1500;

const int64Base = 2n ** 53n + 1n;
const uint64Base = 2n ** 64n - 2n ** 40n;

/** What each variable is worth when the server counts n. */
const expected: Record<string, (n: number) => number | bigint> = {
  Float: (n) => 0.5 * n,
  SByte: (n) => (n % 256) - 128,
  Byte: (n) => n % 256,
  Int16: (n) => (n % 65_536) - 32_768,
  UInt16: (n) => n % 65_536,
  UInt32: (n) => 4_000_000_000 + n,
  Int64: (n) => -(int64Base + BigInt(n)),
  UInt64: (n) => uint64Base + BigInt(n),
  Boolean: (n) => n % 2,
  Operating: (n) => Math.floor(n / 10) % 3,
  second: (n) => 2 * n,
  force: (n) => 0.25 * n,
  count: (n) => int64Base + BigInt(n),
};

const allTypes = {
  Int32: nodeOf('Int32'),
  Stamp: nodeOf('Stamp'),
  ...Object.fromEntries(
    ['Float', 'SByte', 'Byte', 'Int16', 'UInt16', 'UInt32'].map((name) => [name, nodeOf(name)]),
  ),
  Int64: { node: nodeOf('Int64'), kind: 'int64' },
  UInt64: { node: nodeOf('UInt64'), kind: 'uint64' },
  Boolean: { node: nodeOf('Boolean'), kind: 'boolean' },
  Operating: { node: nodeOf('Operating'), kind: 'enum' },
  second: { node: nodeOf('Forces'), index: 1, length: 3 },
  force: { node: nodeOf('Load'), field: 'Force' },
  count: { node: nodeOf('Load'), field: 'Count', kind: 'int64' },
};

/** Where numbers do not go on by one: the one before and the one after. */
function breaks(numbers: readonly number[]): number[][] {
  const sorted = numbers.toSorted((a, b) => a - b);
  const pairs = sorted.slice(1).map((number, i) => [sorted[i]!, number]);
  return pairs.filter(([before, after]) => after !== before! + 1);
}

describe('asyncua', () => {
  useCleanUp();

  test('every type arrives as it is, 64 bits included, each with the time it is from, and none is lost', async () => {
    const server = await startAsyncua();
    const { of, feed } = await follow(server.url, allTypes);
    await poll('forty values of each', () => Object.keys(allTypes).every((tag) => of(tag).length >= 40));
    expect(feed.rejects).toEqual([]);
    const counts = of('Int32');
    for (const { sourceMs, value } of of('Stamp')) expect(value).toBe(sourceMs % 60_000);
    const numbers = counts.map(({ value }) => -value);
    expect(numbers).toEqual(numbers.map((_, i) => numbers[0]! + i));
    for (const [tag, worth] of Object.entries(expected)) {
      const samples = byTime(of(tag));
      const shared = counts.filter(({ sourceMs }) => samples.has(sourceMs));
      expect(shared.length, tag).toBeGreaterThan(30);
      for (const { sourceMs, value } of shared) {
        const sample = samples.get(sourceMs)!;
        expect(sample.exact ?? sample.value, tag).toBe(worth(-value));
        expect(sample.quality, tag).toBe(Quality.good);
      }
    }
  });

  test('what has no number is refused with its reason; a node that is not there is Bad; the others go on', async () => {
    const server = await startAsyncua();
    const { of, good, feed } = await follow(server.url, {
      text: nodeOf('String'),
      structure: nodeOf('Load'),
      array: nodeOf('Forces'),
      short: { node: nodeOf('Forces'), index: 0, length: 2 },
      nothing: nodeOf('Nothing'),
      foreign: 'nsu=urn:somebody:else;i=1',
      path: `/Objects/nsu=${namespace};Machine/Double`,
      fine: nodeOf('Double'),
    });
    await poll('values', () => good('fine').length > 10 && good('path').length > 10);
    for (const [tag, reason] of [
      ['text', 'type'],
      ['structure', 'opaque'],
      ['array', 'type'],
    ] as const) {
      const refused = () => feed.rejects.filter(({ excerpt }) => excerpt.startsWith(`${tag}:`));
      await poll(`a refusal of ${tag}`, () => refused().length > 0);
      expect(of(tag), tag).toEqual([]);
      for (const reject of refused()) expect(reject.reason, tag).toBe(reason);
    }
    for (const tag of ['short', 'nothing', 'foreign']) {
      await poll(`a word of ${tag}`, () => of(tag).length > 0);
      for (const { value, quality } of of(tag))
        expect([value, isBad(quality)], tag).toEqual([Number.NaN, true]);
    }
    expect(of('nothing')[0]!.quality).toBe(Quality.badNodeIdUnknown);
  });

  test('Uncertain and Bad come with their own codes, and a Bad value is none', async () => {
    const server = await startAsyncua();
    const tags = { cycling: nodeOf('Cycling'), judged: nodeOf('Judged') };
    const { of } = await follow(server.url, tags);
    const codes = (tag: string) =>
      of(tag)
        .map(({ quality }) => quality)
        .filter((code, i, all) => code !== all[i - 1]);
    await poll('two rounds', () => codes('cycling').length >= 7);
    const round = [Quality.good, 0x40900000, 0x808c0000];
    const first = round.indexOf(codes('cycling')[0]!);
    expect(codes('cycling').slice(0, 7)).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => round[(first + i) % 3]));
    for (const { value, quality } of of('cycling')) expect(Number.isNaN(value)).toBe(isBad(quality));

    const sensorNotAccurate = 0x40930000;
    const deviceFailure = 0x808b0000;
    for (const code of [sensorNotAccurate, deviceFailure, Quality.good]) {
      server.judge(code);
      await poll(`code ${code.toString(16)}`, () => of('judged').at(-1)?.quality === code);
    }
    expect(codes('judged')).toEqual([Quality.good, sensorNotAccurate, deviceFailure, Quality.good]);
  });

  test('a limit of seven items a call: all of fifty come', async () => {
    const server = await startAsyncua({ words: ['--items-per-call', '7', '--many', '50'] });
    const names = Array.from({ length: 50 }, (_, i) => `Many${i}`);
    const tags = Object.fromEntries(names.map((name) => [name, nodeOf(name)]));
    const { good, feed } = await follow(server.url, tags);
    await poll('all of them', () => names.every((name) => good(name).length >= 5));
    expect(feed.samples.filter(({ quality }) => quality !== Quality.good)).toEqual([]);
    expect(server.said()).not.toContain('BadTooManyOperations');
  });

  test('kill -9 and a new start: Bad in between, data again within 5 s, and no value twice', async () => {
    const server = await startAsyncua();
    const { of, good, source } = await follow(server.url, { Stamp: nodeOf('Stamp'), Int32: nodeOf('Int32') });
    await poll('values', () => good('Stamp').length > 10);
    await server.kill();
    await poll('Bad', () => isBad(of('Stamp').at(-1)!.quality));
    await poll('down', () => source.health().link === 'down');
    const before = good('Stamp').length;
    expect(of('Stamp').at(-1)).toMatchObject({ quality: Quality.badNoCommunication, value: Number.NaN });
    await startAsyncua({ port: server.port, dir: server.dir });
    const backMs = performance.now();
    await poll('values again', () => good('Stamp').length > before);
    expect(performance.now() - backMs).toBeLessThan(5000);
    await poll('more', () => good('Stamp').length > before + 20);
    const times = good('Stamp').map(({ sourceMs }) => sourceMs);
    expect(new Set(times).size).toBe(times.length);
  });

  test('the wire breaks: the gap is Bad, then the history of the server fills it without a hole', async () => {
    const server = await startAsyncua();
    const relay = await startRelay(server.port);
    const url = `opc.tcp://127.0.0.1:${relay.port}/gemel`;
    const tags = { Count: nodeOf('Count'), Int32: nodeOf('Int32') };
    const { of, good, feed } = await follow(url, tags);
    await poll('values', () => good('Count').length > 20);
    // This server tells the time once a second: where in that second one asks must not matter.
    for (let round = 0; round < 3; round++) {
      relay.cut();
      await poll('Bad', () => [of('Count'), of('Int32')].every((all) => isBad(all.at(-1)!.quality)));
      const cutMs = Date.now();
      await poll('the time of the break', () => Date.now() - cutMs > awayMs, 2 * awayMs);
      const [before, live] = [good('Count').length, good('Int32').length];
      const mendMs = Date.now();
      relay.mend();
      const filled = () => good('Count').length > before + awayMs / periodMs;
      await poll('the fill and live values', () => filled() && good('Int32').length > live + 20);
      // The variable without a history keeps its gap, and nobody made values up: the first one after it is the
      // newest that the server had when we came back.
      const lastMs = Math.max(
        ...of('Count')
          .map(({ sourceMs }) => sourceMs)
          .filter((ms) => ms < mendMs),
      );
      const during = ({ sourceMs }: KeptSample) => sourceMs > cutMs && sourceMs < lastMs;
      expect(good('Int32').filter(during)).toEqual([]);
    }
    // Each is there once, whichever way it came, and those of the gaps come in their own time.
    await expect.poll(() => breaks(good('Count').map(({ value }) => value))).toEqual([]);
    expect(feed.remarks.filter((remark) => remark === 'backfilled').length).toBeGreaterThan(0);
  });
});
