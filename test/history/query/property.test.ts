// Any samples, in blocks and journal in any way: each answer is what a look at all of them gives.
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { alignPolicies } from '../../../src/core/model.ts';
import { isBad, Quality, worse } from '../../../src/core/quality.ts';
import { lttb } from '../../../src/history/downsample/lttb.ts';
import { minMax } from '../../../src/history/downsample/min-max.ts';
import { type OpenReader, openReader } from '../../../src/history/reader/open.ts';
import { rollUp } from '../../../src/history/rollup/roll-up.ts';
import { type AtQuery, type HistoryValue, rollupSteps } from '../../../src/ports/history.ts';
import { anyLayout, anySamples, byReceipt, byTime, startMs, store, tagIds, tagRows } from './arbitrary.ts';
import { createStored, type Sample, samplesOf, seriesOf } from './stored.ts';

const stored = createStored();
afterAll(() => stored.remove());

const runs = Number(process.env['GEMEL_QUERY_RUNS'] ?? 40);
const anyTag = fc.constantFrom(...tagIds);
const anyTime = fc
  .oneof(fc.integer({ min: -5000, max: 60_000 }), fc.integer({ min: -60 * 3_600_000, max: 4_000_000 }))
  .map((offset) => startMs + offset);
const anyRange = fc
  .tuple(anyTime, anyTime)
  .map(([a, b]) => ({ fromMs: Math.min(a, b), toMs: Math.max(a, b) }));
const everything = { fromMs: startMs - 1e9, toMs: startMs + 1e9 };

/** Each of the cases in the file alone. */
async function holds<T>(
  more: fc.Arbitrary<T>,
  check: (reader: OpenReader, samples: readonly Sample[], drawn: T) => Promise<void>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(anySamples, anyLayout, more, async (samples, layout, drawn) => {
      stored.empty();
      store(stored, samples, layout);
      const reader = openReader(stored.file);
      await check(reader, samples, drawn);
      expect(reader.damages).toBe(0);
      reader.close();
    }),
    { numRuns: runs },
  );
}

const within = (samples: readonly Sample[], tag: number, fromMs: number, toMs: number) =>
  samples.filter((one) => one.tag === tag && one.timeMs >= fromMs && one.timeMs <= toMs).sort(byTime);

test('tags and spans', async () => {
  await holds(anyTag, async (reader, samples, tag) => {
    const names = (await reader.tags()).map(({ name }) => name);
    expect(names).toEqual(tagRows.map(({ name }) => name));
    const own = within(samples, tag, -Infinity, Infinity);
    expect(await reader.span(tag)).toEqual({
      samples: own.length,
      firstMs: own[0]?.timeMs ?? Number.NaN,
      lastMs: own.at(-1)?.timeMs ?? Number.NaN,
    });
  });
});

test('raw samples, page by page', async () => {
  const drawn = fc.tuple(
    anyTag,
    fc.oneof(anyRange, fc.constant(everything)),
    fc.integer({ min: 1, max: 50 }),
  );
  await holds(drawn, async (reader, samples, [tag, range, samplesMax]) => {
    const found: Sample[] = [];
    for (let after: string | undefined, pages = 0; ; pages++) {
      expect(pages).toBeLessThanOrEqual(samples.length);
      const answer = await reader.raw({ tag, ...range, samplesMax, ...(after !== undefined && { after }) });
      expect(answer.series.length).toBeLessThanOrEqual(samplesMax);
      found.push(...samplesOf(answer.series, tag));
      after = answer.next;
      if (after === undefined) break;
    }
    const order = found.map(({ timeMs, receiveMs }) => [timeMs, receiveMs]);
    expect(order).toEqual([...order].sort(([a, b], [c, d]) => a! - c! || b! - d!));
    expect(found.sort(byTime)).toEqual(within(samples, tag, range.fromMs, range.toMs));
  });
});

test('what was received, in its order, page by page', async () => {
  const some = fc.option(fc.subarray(tagIds, { minLength: 1 }), { nil: undefined });
  await holds(
    fc.tuple(some, fc.integer({ min: 1, max: 60 })),
    async (reader, samples, [tags, samplesMax]) => {
      const toMs = startMs + 1e9;
      const found: Sample[] = [];
      for (let afterMs = startMs - 1e6, answers = 0; afterMs < toMs; answers++) {
        expect(answers).toBeLessThan(1000);
        const answer = await reader.received({ afterMs, toMs, samplesMax, ...(tags && { tags }) });
        const part = samplesOf(answer.samples, 0).map((one, i) => ({ ...one, tag: answer.samples.tag[i]! }));
        for (const { receiveMs } of part) {
          expect(receiveMs).toBeGreaterThan(afterMs);
          expect(receiveMs).toBeLessThanOrEqual(answer.reachedMs);
        }
        expect(answer.reachedMs).toBeGreaterThan(afterMs);
        found.push(...part);
        afterMs = answer.reachedMs;
      }
      const order = found.map(({ receiveMs, tag }) => [receiveMs, tag]);
      expect(order).toEqual([...order].sort(([a, b], [c, d]) => a! - c! || b! - d!));
      const wanted = samples.filter(({ tag }) => tags?.includes(tag) ?? true).sort(byReceipt);
      expect(found.map(plain).sort(byReceipt)).toEqual(wanted.map(plain));
    },
  );
});

/** Tags without 64 bits have zeroes there beside one that has them. */
function plain({ exact, ...sample }: Sample): Sample {
  return sample.tag === 2 && exact !== undefined ? { ...sample, exact } : sample;
}

test('stretches of each step', async () => {
  const drawn = fc.tuple(anyTag, anyRange, fc.constantFrom(...rollupSteps));
  await holds(drawn, async (reader, samples, [tag, range, stepMs]) => {
    const first = Math.floor(range.fromMs / stepMs) * stepMs;
    const end = Math.floor(range.toMs / stepMs) * stepMs + stepMs;
    const own = within(samples, tag, first, end).filter(({ timeMs }) => timeMs < end);
    const found = await reader.rollup({ tag, stepMs, ...range });
    const { sum, ...rest } = rollUp(seriesOf(own), stepMs);
    expect(found).toMatchObject(rest);
    // Sums of integers beyond 2^53 are as near as the order of adding leaves them.
    sum.forEach((value, i) => {
      expect(Math.abs(found.sum[i]! - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-15);
    });
  });
});

test('a stretch as points, from the samples where they are few', async () => {
  const drawn = fc.tuple(
    anyTag,
    anyRange,
    fc.integer({ min: 3, max: 40 }),
    fc.constantFrom('min-max', 'lttb'),
  );
  await holds(drawn, async (reader, samples, [tag, range, points, method]) => {
    const own = within(samples, tag, range.fromMs, range.toMs);
    const found = await reader.range({ tag, ...range, points, method: method as 'lttb' });
    const series = seriesOf(own);
    const wanted = (method === 'lttb' ? lttb : minMax)(series, points);
    expect(found.samples).toBe(own.length);
    // Which of two that are alike in time and receipt comes first is not said.
    if (own.some((one, i) => i > 0 && isSameMoment(one, own[i - 1]!))) return;
    expect(found.timeMs).toEqual(wanted.timeMs);
    expect(found.value).toEqual(wanted.value);
    expect(found.quality).toEqual(wanted.quality);
  });
});

test('the value at an instant', async () => {
  const stale = fc.option(fc.constantFrom(50, 1000, 100_000), { nil: undefined });
  const drawn = fc.tuple(anyTag, anyTime, fc.constantFrom(...alignPolicies), stale, fc.nat());
  await holds(drawn, async (reader, samples, [tag, anyMs, align, staleMs, pick]) => {
    const own = within(samples, tag, -Infinity, Infinity);
    // Half of the time at a sample itself.
    const timeMs = pick % 2 === 0 && own.length > 0 ? own[pick % own.length]!.timeMs : anyMs;
    const query = { tag, timeMs, align, ...(staleMs !== undefined && { staleMs }) };
    const found = await reader.at(query);
    const left = own.filter((one) => one.timeMs <= timeMs);
    const right = own.filter((one) => one.timeMs > timeMs);
    const leftTimes = left.filter((one) => isSameMoment(one, left.at(-1)!));
    const rightTimes = right.filter((one) => one.timeMs === right[0]!.timeMs && isSameMoment(one, right[0]!));
    const wanted = (leftTimes.length === 0 ? [undefined] : leftTimes).flatMap((before) =>
      (rightTimes.length === 0 ? [undefined] : rightTimes).map((after) => naive(query, before, after)),
    );
    expect(wanted).toContainEqual(found);
  });
});

function isSameMoment(a: Sample, b: Sample): boolean {
  return a.timeMs === b.timeMs && a.receiveMs === b.receiveMs;
}

function naive(query: AtQuery, left: Sample | undefined, right: Sample | undefined): HistoryValue {
  const { timeMs, align, staleMs = Infinity, tag } = query;
  const missing = (quality: number, ageMs: number): HistoryValue => ({
    ...{ timeMs, value: Number.NaN, quality, origin: 'missing', ageMs },
  });
  if (left === undefined) return missing(Quality.badWaitingForInitialData, Infinity);
  const ageMs = timeMs - left.timeMs;
  if (isBad(left.quality)) return missing(left.quality, ageMs);
  const exact = left.exact !== undefined && { exact: left.exact };
  const held: HistoryValue = {
    timeMs,
    value: left.value,
    quality: left.quality,
    origin: 'held',
    ageMs,
    ...exact,
  };
  if (ageMs === 0) return { ...held, origin: 'measured' };
  const near = right !== undefined && !isBad(right.quality);
  if (near && align === 'linear' && tag !== 3 && right.timeMs - left.timeMs <= staleMs) {
    const share = ageMs / (right.timeMs - left.timeMs);
    const quality = worse(left.quality, right.quality);
    const about = { timeMs, quality, origin: 'interpolated' as const, ageMs };
    if (left.exact === undefined) return { ...about, value: left.value + (right.value - left.value) * share };
    const whole = left.exact + BigInt(Math.round(Number(right.exact! - left.exact) * share));
    return { ...about, value: Number(whole), exact: whole };
  }
  if (near && align === 'nearest' && right.timeMs - timeMs < ageMs && right.timeMs - timeMs <= staleMs) {
    const { value, quality } = right;
    return { ...held, value, quality, ...(right.exact !== undefined && { exact: right.exact }) };
  }
  return ageMs > staleMs && align !== 'previous' ? missing(Quality.badNoCommunication, ageMs) : held;
}
