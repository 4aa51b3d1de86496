// A row of the journal gives back every bit of a commit, with the tags by their ids, and nothing from a damaged one.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SampleColumns } from '../../../src/core/sample.ts';
import { DamagedBlock } from '../../../src/history/codec/damage.ts';
import { decodeJournal, encodeJournal, journalSamplesMax } from '../../../src/history/journal-row.ts';
import { emptySeries, firstDifference, nastySeries } from './nasty-series.ts';

const seed = 20_261_121;
const samples = fc
  .tuple(nastySeries(60), fc.array(fc.nat(50), { minLength: 60, maxLength: 60 }))
  .map(
    ([series, tags]): SampleColumns => ({ ...series, tag: Int32Array.from(tags.slice(0, series.length)) }),
  );

function usual(length: number): SampleColumns {
  const series = emptySeries(length);
  for (let i = 0; i < length; i++) {
    series.timeMs[i] = 1_763_700_000_000 + (i % 20);
    series.receiveMs[i] = 1_763_700_000_000 + Math.floor(i / 50);
    series.value[i] = i / 7;
  }
  return { ...series, tag: Int32Array.from({ length }, (_, i) => i % 1000) };
}

describe('a row of the journal', () => {
  test('gives back every bit, and the tags by what they are called in the file', () => {
    const ids = Int32Array.from({ length: 51 }, (_, index) => 3 * index + (index % 2) * 70_000);
    fc.assert(
      fc.property(samples, fc.boolean(), (given, byArray) => {
        const found = decodeJournal(encodeJournal(given, byArray ? ids : (index) => ids[index]!));
        expect(firstDifference(given, found)).toBeUndefined();
        expect(Array.from(found.tag)).toEqual(Array.from(given.tag, (index) => ids[index]!));
      }),
      { seed, numRuns: 1000 },
    );
  });

  test('of a part has that part', () => {
    const found = decodeJournal(encodeJournal(usual(100), (index) => index, 30, 70));
    expect([found.length, found.tag[0], found.value[39]]).toEqual([40, 30, 69 / 7]);
  });

  test('takes less than twenty bytes a sample', () => {
    expect(encodeJournal(usual(5000), (index) => index).length / 5000).toBeLessThan(16);
  });

  test('is read wherever its bytes lie', () => {
    const bytes = encodeJournal(usual(9), (index) => index);
    for (let shift = 1; shift < 8; shift++) {
      const larger = Buffer.alloc(bytes.length + 8);
      larger.set(bytes, shift);
      expect(decodeJournal(larger.subarray(shift, shift + bytes.length)).value[8]).toBe(8 / 7);
    }
  });

  test('that is damaged says so: every byte changed, every length cut', () => {
    const good = encodeJournal(usual(20), (index) => index);
    for (let i = 0; i < good.length; i++) {
      const bad = good.slice();
      bad[i]! ^= 1 << (i & 7);
      expect(() => decodeJournal(bad)).toThrow(DamagedBlock);
      expect(() => decodeJournal(good.subarray(0, i))).toThrow(DamagedBlock);
    }
  });

  test('is bounded in samples', () => {
    const many = { ...usual(1), length: journalSamplesMax + 1 };
    expect(() => encodeJournal(many, (index) => index)).toThrow(RangeError);
  });
});
