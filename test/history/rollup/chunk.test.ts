// Stretches as bytes: all of them back, whatever they are; more of them put in; nothing from a damaged row.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DamagedBlock } from '../../../src/history/codec/damage.ts';
import { addToChunk, decodeChunk, encodeChunk } from '../../../src/history/rollup/chunk.ts';
import { mergeRollups, noRollups } from '../../../src/history/rollup/merge-rollups.ts';
import { rollUp } from '../../../src/history/rollup/roll-up.ts';
import type { Rollups } from '../../../src/ports/history.ts';
import { seriesOf } from './stretch-series.ts';

const seed = 20_261_121;
const startMs = 1_763_700_000_000;

const value = fc.oneof(
  fc.integer({ min: -9999, max: 9999 }).map((k) => k / 100),
  fc.integer({ min: -9999, max: 9999 }).map((k) => Math.fround(k / 10)),
  fc.double(),
  fc.constantFrom(-0, 0, Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1e300),
);
const rows = fc.array(fc.tuple(fc.nat(900_000), value), { maxLength: 200 });
const usual = fc.array(
  fc.tuple(
    fc.nat(900_000),
    fc.nat(9999).map((k) => k / 100),
  ),
  { maxLength: 200 },
);
const rollups = fc
  .oneof(rows, usual)
  .map((drawn) => rollUp(seriesOf(drawn.map(([ms, each]) => [startMs + ms, each])), 1000));

function columns(of: Rollups): unknown {
  return Object.entries(of).map(([name, column]: [string, Float64Array]) => [name, ...column]);
}

describe('a chunk', () => {
  test('gives back every bit', () => {
    fc.assert(
      fc.property(rollups, (one) => {
        expect(columns(decodeChunk(encodeChunk(one)))).toEqual(columns(one));
      }),
      { seed, numRuns: 500 },
    );
  });

  test('takes in more, before, between, behind and on what is there', () => {
    fc.assert(
      fc.property(fc.array(rollups, { maxLength: 6 }), (parts) => {
        let chunk: Uint8Array | undefined;
        let merged = noRollups;
        for (const part of parts) {
          chunk = addToChunk(chunk, part);
          merged = mergeRollups(merged, part);
          expect(columns(decodeChunk(chunk))).toEqual(columns(merged));
        }
      }),
      { seed, numRuns: 150 },
    );
  });

  test('filled second by second is the one filled at once', () => {
    const second = (s: number): Rollups => rollUp(seriesOf([[startMs + 1000 * s, s / 10]]), 1000);
    let chunk: Uint8Array | undefined;
    for (let s = 0; s < 800; s++) chunk = addToChunk(chunk, second(s));
    const all = rollUp(seriesOf(Array.from({ length: 800 }, (_, s) => [startMs + 1000 * s, s / 10])), 1000);
    expect(columns(decodeChunk(chunk!))).toEqual(columns(all));
    expect(chunk).toEqual(encodeChunk(all));
  });

  test('stays in few pieces when every other second of an hour comes late, one by one', () => {
    const rows = (s: number) => [startMs + 1000 * s, s / 10] as const;
    const evens = Array.from({ length: 500 }, (_, k) => rows(2 * k));
    let chunk = encodeChunk(rollUp(seriesOf(evens), 1000));
    for (let k = 0; k < 500; k++) chunk = addToChunk(chunk, rollUp(seriesOf([rows(2 * k + 1)]), 1000));
    const all = rollUp(seriesOf(Array.from({ length: 1000 }, (_, s) => rows(s))), 1000);
    expect(columns(decodeChunk(chunk))).toEqual(columns(all));
    expect(chunk.length).toBeLessThan(3 * encodeChunk(all).length);
  });

  test('is read in part where only a part is asked for', () => {
    const all = rollUp(seriesOf(Array.from({ length: 3600 }, (_, s) => [startMs + 1000 * s, s])), 1000);
    const part = decodeChunk(encodeChunk(all), startMs + 1_000_000, startMs + 1_100_000);
    expect(part.startMs.length).toBeLessThan(1000);
    expect(part.startMs[0]).toBeLessThanOrEqual(startMs + 1_000_000);
    expect(part.startMs.at(-1)).toBeGreaterThanOrEqual(startMs + 1_100_000);
  });

  test('that is damaged says so: every byte changed, every length cut', () => {
    const good = encodeChunk(
      rollUp(seriesOf(Array.from({ length: 500 }, (_, s) => [startMs + 700 * s, s])), 1000),
    );
    for (let i = 0; i < good.length; i++) {
      const bad = good.slice();
      bad[i]! ^= 1 << (i & 7);
      expect(() => decodeChunk(bad)).toThrow(DamagedBlock);
      expect(() => decodeChunk(good.subarray(0, i))).toThrow(DamagedBlock);
    }
  });
});
