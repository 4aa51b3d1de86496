import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Origins, origins } from '../../src/core/frame.ts';
import { Quality } from '../../src/core/quality.ts';
import { readTrack } from '../../src/core/read-track.ts';
import { insertSample, newTrack, type TrackPolicy } from '../../src/core/track.ts';

const columns = () => ({
  value: new Float64Array(1),
  quality: new Uint32Array(1),
  origin: new Uint8Array(1),
  ageMs: new Float64Array(1),
});
const policy = (align: TrackPolicy['align']): TrackPolicy => ({
  align,
  staleMs: 1000,
  missingMs: 5000,
  samplesMax: 4096,
});

function read(track: ReturnType<typeof newTrack>, atMs: number) {
  const out = columns();
  readTrack(track, atMs, out, 0);
  return {
    value: out.value[0]!,
    quality: out.quality[0]!,
    origin: origins[out.origin[0]!]!,
    ageMs: out.ageMs[0]!,
  };
}

describe('a signal at an instant', () => {
  it('lies on the line between its neighbours', () => {
    const track = newTrack(policy('linear'));
    insertSample(track, 1000, 10, Quality.good);
    insertSample(track, 1100, 20, Quality.good);
    expect(read(track, 1025)).toEqual({ value: 12.5, quality: 0, origin: 'interpolated', ageMs: 25 });
  });

  it('is measured when a sample has exactly its time', () => {
    const track = newTrack(policy('linear'));
    insertSample(track, 1000, 10, Quality.good);
    insertSample(track, 1100, 20, Quality.good);
    expect(read(track, 1100)).toEqual({ value: 20, quality: 0, origin: 'measured', ageMs: 0 });
  });

  it('is held, then stale, then missing after the last sample', () => {
    const track = newTrack(policy('linear'));
    insertSample(track, 0, 7, Quality.good);
    expect(read(track, 900)).toMatchObject({ value: 7, quality: Quality.good, origin: 'held' });
    expect(read(track, 1001)).toMatchObject({ value: 7, quality: Quality.uncertainLastUsableValue });
    expect(read(track, 5001)).toMatchObject({
      value: Number.NaN,
      quality: Quality.badNoCommunication,
      origin: 'missing',
    });
  });

  it('never ages when it is an event', () => {
    const track = newTrack(policy('previous'));
    insertSample(track, 0, 3, Quality.good);
    expect(read(track, 1e9)).toMatchObject({ value: 3, quality: Quality.good, origin: 'held' });
  });

  it('does not look ahead with hold', () => {
    const track = newTrack(policy('hold'));
    insertSample(track, 0, 1, Quality.good);
    insertSample(track, 100, 2, Quality.good);
    expect(read(track, 99)).toMatchObject({ value: 1, origin: 'held' });
  });

  it('is not drawn across a gap in which the sensor was missing', () => {
    const track = newTrack(policy('linear'));
    insertSample(track, 0, 0, Quality.good);
    insertSample(track, 60_000, 60, Quality.good);
    expect(read(track, 30_000)).toMatchObject({ value: Number.NaN, quality: Quality.badNoCommunication });
  });

  it('is bad, with the reason, after a bad sample, and never a number', () => {
    const track = newTrack(policy('linear'));
    insertSample(track, 0, 5, Quality.good);
    insertSample(track, 100, Number.NaN, Quality.badSensorFailure);
    expect(read(track, 50)).toMatchObject({ value: 5, origin: 'held' });
    expect(read(track, 150)).toMatchObject({ value: Number.NaN, quality: Quality.badSensorFailure });
  });

  it('carries the worse quality of its neighbours', () => {
    const track = newTrack(policy('linear'));
    insertSample(track, 0, 0, Quality.good);
    insertSample(track, 100, 1, Quality.uncertain);
    expect(read(track, 50).quality).toBe(Quality.uncertain);
  });

  it('is held where the line to the next one overflows: never a Good value that is no number', () => {
    const track = newTrack(policy('linear'));
    insertSample(track, 0, 1.5e308, Quality.good);
    insertSample(track, 100, -1.5e308, Quality.good);
    expect(read(track, 50)).toMatchObject({ value: 1.5e308, quality: Quality.good, origin: 'held' });
    expect(read(track, 100)).toMatchObject({ value: -1.5e308, origin: 'measured' });
  });

  it('is missing before the first sample', () => {
    const track = newTrack(policy('hold'));
    insertSample(track, 500, 1, Quality.good);
    expect(read(track, 499)).toMatchObject({ origin: 'missing', quality: Quality.badWaitingForInitialData });
  });
});

describe('policies', () => {
  it('nearest takes the neighbour that is nearer in time, the earlier one in a draw', () => {
    const track = newTrack(policy('nearest'));
    insertSample(track, 0, 1, Quality.good);
    insertSample(track, 100, 2, Quality.good);
    expect(read(track, 40)).toEqual({ value: 1, quality: 0, origin: 'held', ageMs: 40 });
    expect(read(track, 50)).toMatchObject({ value: 1, ageMs: 50 });
    expect(read(track, 70)).toEqual({ value: 2, quality: 0, origin: 'held', ageMs: 30 });
    expect(read(track, 100)).toMatchObject({ value: 2, origin: 'measured' });
    expect(read(track, 1200)).toMatchObject({ value: 2, quality: Quality.uncertainLastUsableValue });
  });

  it('nearest does not reach for a Bad sample, nor past one', () => {
    const track = newTrack(policy('nearest'));
    insertSample(track, 0, 1, Quality.good);
    insertSample(track, 100, Number.NaN, Quality.badSensorFailure);
    insertSample(track, 200, 3, Quality.good);
    expect(read(track, 90)).toMatchObject({ value: 1, origin: 'held' });
    expect(read(track, 190)).toMatchObject({ origin: 'missing', quality: Quality.badSensorFailure });
  });

  it('an angle goes the short way round and stays within its turn', () => {
    const track = newTrack({ ...policy('linear'), period: 360, from: 0 });
    insertSample(track, 0, 350, Quality.good);
    insertSample(track, 100, 10, Quality.good);
    insertSample(track, 200, 350, Quality.good);
    expect(read(track, 25).value).toBeCloseTo(355, 9);
    expect(read(track, 50).value).toBeCloseTo(0, 9);
    expect(read(track, 75).value).toBeCloseTo(5, 9);
    expect(read(track, 175).value).toBeCloseTo(355, 9);
  });

  it('an angle from -180 is told so, also where the sensor counts on', () => {
    const track = newTrack({ ...policy('linear'), period: 360, from: -180 });
    insertSample(track, 0, 725, Quality.good);
    insertSample(track, 100, 900, Quality.good);
    expect(read(track, 0).value).toBe(5);
    expect(read(track, 100).value).toBe(-180);
  });

  it('angles turn at a steady rate across the seam, whatever the period (any direction)', () => {
    const turns = fc.record({
      period: fc.constantFrom(360, 2 * Math.PI, 24),
      rate: fc.double({ min: -0.4, max: 0.4, noNaN: true }),
      start: fc.double({ min: -3, max: 3, noNaN: true }),
    });
    fc.assert(
      fc.property(turns, ({ period, rate, start }) => {
        const track = newTrack({ ...policy('linear'), period, from: 0 });
        const at = (k: number) => (start + rate * k) * period;
        for (let k = 0; k < 20; k++) {
          insertSample(track, k * 10, at(k) - period * Math.floor(at(k) / period), Quality.good);
        }
        for (let k = 0.25; k < 19; k += 0.5) {
          const { value } = read(track, k * 10);
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThan(period);
          expect(Math.cos(((value - at(k)) * 2 * Math.PI) / period)).toBeGreaterThan(1 - 1e-9);
        }
      }),
    );
  });

  it('a state has nothing between two of them, whatever the policy', () => {
    const track = newTrack(policy('linear'));
    track.stepped = true;
    insertSample(track, 0, 1, Quality.good);
    insertSample(track, 100, 4, Quality.good);
    expect(read(track, 99)).toMatchObject({ value: 1, origin: 'held' });
  });

  it('a line is met exactly', () => {
    const line = fc.record({
      a: fc.integer({ min: -1000, max: 1000 }),
      b: fc.integer({ min: -64, max: 64 }),
    });
    const times = fc.uniqueArray(fc.integer({ min: 0, max: 4000 }), { minLength: 2, maxLength: 100 });
    fc.assert(
      fc.property(line, times, ({ a, b }, ts) => {
        const track = newTrack(policy('linear'));
        for (const t of ts) insertSample(track, t, a + b * t, Quality.good);
        const [first, last] = [Math.min(...ts), Math.max(...ts)];
        for (let at = first; at <= last; at += 13) {
          expect(Math.abs(read(track, at).value - (a + b * at))).toBeLessThan(
            1e-9 * (1 + Math.abs(a + b * at)),
          );
        }
      }),
    );
  });
});

describe('late and out-of-order samples', () => {
  it('take their place while the frame is open', () => {
    const track = newTrack(policy('linear'));
    insertSample(track, 0, 0, Quality.good);
    insertSample(track, 100, 100, Quality.good);
    insertSample(track, 50, 0, Quality.good);
    expect(read(track, 75).value).toBe(50);
  });

  it('are refused when no coming frame can use them', () => {
    const track = newTrack(policy('linear'));
    insertSample(track, 0, 0, Quality.good);
    insertSample(track, 100, 100, Quality.good);
    read(track, 100);
    expect(insertSample(track, 40, 999, Quality.good)).toBe(false);
    expect(read(track, 110).value).toBe(100);
  });

  it('give the same frames in whatever order they came', () => {
    const sample = fc.record({
      t: fc.integer({ min: 0, max: 5000 }),
      v: fc.integer({ min: -100, max: 100 }),
    });
    const series = fc.uniqueArray(sample, { selector: (s) => s.t, minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(
        series,
        fc.infiniteStream(fc.nat()),
        fc.constantFrom('linear', 'hold'),
        (samples, random, align) => {
          const shuffled = samples
            .map((s) => ({ s, key: random.next().value }))
            .sort((a, b) => a.key - b.key)
            .map(({ s }) => s);
          const sorted = samples.toSorted((a, b) => a.t - b.t);
          const [a, b] = [newTrack(policy(align)), newTrack(policy(align))];
          for (const { t, v } of shuffled) insertSample(a, t, v, Quality.good);
          for (const { t, v } of sorted) insertSample(b, t, v, Quality.good);
          for (let at = 0; at < 6000; at += 100) expect(read(a, at)).toEqual(read(b, at));
        },
      ),
    );
  });

  it('agree with sorting them all, in bursts far out of order, between reads, at equal times', () => {
    const burst = fc.array(
      fc.record({ t: fc.integer({ min: 0, max: 300 }), v: fc.integer({ min: 0, max: 9 }) }),
      { maxLength: 120 },
    );
    fc.assert(
      fc.property(fc.array(burst, { minLength: 1, maxLength: 6 }), (bursts) => {
        const track = newTrack(policy('hold'));
        const taken: { t: number; v: number }[] = [];
        for (const [round, samples] of bursts.entries()) {
          for (const { t, v } of samples) {
            if (insertSample(track, t + round * 50, v, Quality.good)) taken.push({ t: t + round * 50, v });
          }
          const at = round * 50 + 60;
          // Of equal times the last to come counts.
          const expected = taken
            .filter(({ t }) => t <= at)
            .toSorted((a, b) => a.t - b.t)
            .at(-1);
          if (expected === undefined) expect(read(track, at).origin).toBe('missing');
          else expect(read(track, at)).toMatchObject({ value: expected.v, ageMs: at - expected.t });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never change what was read before', () => {
    const track = newTrack(policy('linear'));
    for (let t = 0; t <= 500; t += 10) insertSample(track, t, t, Quality.good);
    expect(read(track, 255).value).toBe(255);
    for (let t = 1; t < 250; t += 3) expect(insertSample(track, t, -1, Quality.good)).toBe(false);
    // After the last sample read they still count, for what comes.
    expect(insertSample(track, 254, 1000, Quality.good)).toBe(true);
    expect(read(track, 257).value).toBe(1000 + (260 - 1000) / 2);
  });

  it('a thousand in reverse cost about as much as a thousand in order', () => {
    const cost = (order: number[]) => {
      let best = Number.POSITIVE_INFINITY;
      for (let pass = 0; pass < 20; pass++) {
        const track = newTrack({ ...policy('linear'), samplesMax: 2 ** 15 });
        const start = performance.now();
        for (const t of order) insertSample(track, t, t, Quality.good);
        read(track, order.length / 2);
        best = Math.min(best, performance.now() - start);
      }
      return best;
    };
    const forward = Array.from({ length: 20_000 }, (_, i) => i);
    // Moving every one past all others would be a thousand times as much.
    expect(cost(forward.toReversed())).toBeLessThan(50 * cost(forward) + 5);
  });

  it('a full track keeps what the next frame reads and the newest, in order, whatever came', () => {
    for (const step of [1, -1, 7]) {
      const track = newTrack({ ...policy('hold'), samplesMax: 64 });
      insertSample(track, 0, 0, Quality.good);
      for (let i = 0; i < 1000; i++) {
        const t = 1 + ((((i * step) % 1000) + 1000) % 1000);
        insertSample(track, t, t, Quality.good);
      }
      expect(track.timeMs.length).toBe(64);
      expect(read(track, 0).value).toBe(0);
      let last = 0;
      for (let at = 0; at < 1010; at++) {
        const { value } = read(track, at);
        expect(value).toBeGreaterThanOrEqual(last);
        expect(value).toBeLessThanOrEqual(at);
        last = value;
      }
      expect(last).toBe(1000);
    }
  });

  it('agree with a plain search over all samples', () => {
    const series = fc.uniqueArray(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(series, (times) => {
        const track = newTrack(policy('hold'));
        for (const t of times) insertSample(track, t, t, Quality.good);
        for (let at = 0; at < 3500; at += 37) {
          const expected = times
            .filter((t) => t <= at)
            .reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
          const got = read(track, at);
          if (expected === Number.NEGATIVE_INFINITY) expect(got.origin).toBe(origins[Origins.missing]);
          else if (at - expected <= 5000) expect(got.value).toBe(expected);
        }
      }),
    );
  });
});
