import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Origins, origins } from '../../src/core/frame.ts';
import { Quality } from '../../src/core/quality.ts';
import { insertSample, newTrack, readTrack, type TrackPolicy } from '../../src/core/track.ts';

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

  it('is missing before the first sample', () => {
    const track = newTrack(policy('hold'));
    insertSample(track, 500, 1, Quality.good);
    expect(read(track, 499)).toMatchObject({ origin: 'missing', quality: Quality.badWaitingForInitialData });
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
