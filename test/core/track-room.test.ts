// How much room a track takes and gives back, and what it does for those that take every sample out of it.
import { describe, expect, it } from 'vitest';
import { newSignalColumns } from '../../src/core/frame.ts';
import { Quality } from '../../src/core/quality.ts';
import { readTrack } from '../../src/core/read-track.ts';
import { insertSample, newTrack, takeSample } from '../../src/core/track.ts';

const policy = { align: 'linear', staleMs: 1000, missingMs: 5000, samplesMax: 4096 } as const;
const out = newSignalColumns(1);

describe('the room of a track', () => {
  it('grows with a burst, and is given back a minute of ticks later; nothing is lost by that', () => {
    const track = newTrack({ ...policy, samplesMax: 131_072 });
    for (let t = 0; t < 60_000; t++) insertSample(track, t, t, Quality.good);
    expect(track.timeMs.length).toBe(65_536);
    for (let t = 60_000; t < 1_000_000; t += 10) {
      insertSample(track, t, t, Quality.good);
      if (t % 100 === 50) {
        readTrack(track, t - 45, out, 0);
        expect([out.value[0], out.quality[0]]).toEqual([t - 45, Quality.good]);
      }
    }
    expect(track.timeMs.length).toBe(32);
  });

  it('is not given back and taken again where it is used, also by what takes every sample', () => {
    const track = newTrack({ ...policy, drained: true });
    let taken = 0;
    const sizes = new Set<number>();
    for (let t = 0; t < 200_000; t++) {
      insertSample(track, t, t, Quality.good);
      if (t % 100 !== 99) continue;
      while (takeSample(track, t) >= 0) taken++;
      sizes.add(track.timeMs.length);
    }
    expect(taken).toBe(200_000);
    expect([...sizes]).toEqual([128]);
  });
});

describe('samples that are taken one by one', () => {
  it('may come after the instant was read, but not before one that was taken', () => {
    const track = newTrack({ ...policy, drained: true });
    const times = (atMs: number) => {
      const found: number[] = [];
      for (let slot = takeSample(track, atMs); slot >= 0; slot = takeSample(track, atMs)) {
        found.push(track.timeMs[slot]!);
      }
      return found;
    };
    for (const t of [10, 40, 60]) insertSample(track, t, t, Quality.good);
    expect(times(100)).toEqual([10, 40, 60]);
    // True before the last read, and some ms on its way.
    expect(insertSample(track, 95, 95, Quality.good)).toBe(true);
    expect(insertSample(track, 80, 80, Quality.good)).toBe(true);
    expect(insertSample(track, 59, 59, Quality.good)).toBe(false);
    expect(times(200)).toEqual([80, 95]);
  });
});
