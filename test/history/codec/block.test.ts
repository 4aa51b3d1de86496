// Blocks give back every bit of what was put in.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Series } from '../../../src/core/sample.ts';
import { decodeBlock, decodeBlockInto } from '../../../src/history/codec/decode-block.ts';
import { blockSamplesMax, encodeBlock } from '../../../src/history/codec/encode-block.ts';
import { newSeriesBuffer } from '../../../src/history/codec/series-buffer.ts';
import { emptySeries, firstDifference, nastySeries } from './nasty-series.ts';

const seed = 20_261_121;
const runs = Number(process.env['GEMEL_CODEC_RUNS'] ?? 1500);

describe('a block gives back every bit', () => {
  test('of short series of all kinds', () => {
    fc.assert(
      fc.property(
        nastySeries(40),
        (series) => firstDifference(series, decodeBlock(encodeBlock(series))) === undefined,
      ),
      { seed, numRuns: runs },
    );
  });

  test('of long ones', () => {
    fc.assert(
      fc.property(
        nastySeries(900),
        (series) => firstDifference(series, decodeBlock(encodeBlock(series))) === undefined,
      ),
      { seed, numRuns: Math.ceil(runs / 15) },
    );
  });

  test('of positions that were not sampled evenly, in less room than without their times', () => {
    const series = emptySeries(1024);
    for (let i = 0; i < 1024; i++) {
      const us = 100_000 * i + ((i * 7919) % 9973);
      series.timeMs[i] = (1_763_700_000_000_000 + us) / 1000;
      series.receiveMs[i] = Math.ceil(series.timeMs[i]!);
      series.value[i] = Math.round(us / 5) / 1000;
    }
    const even = { ...series, timeMs: series.timeMs.map((_, i) => 1_763_700_000_000 + 100 * i) };
    const receives = { ...even, receiveMs: even.timeMs };
    const timeBytes = encodeBlock({ ...series, value: new Float64Array(1024) }).length;
    expect(firstDifference(series, decodeBlock(encodeBlock(series)))).toBeUndefined();
    expect(encodeBlock(series).length - timeBytes).toBeLessThan(0.6 * encodeBlock(receives).length);
  });

  test('of a part of a series, and of many blocks behind one another', () => {
    fc.assert(
      fc.property(fc.array(nastySeries(30), { maxLength: 4 }), fc.nat(29), fc.nat(29), (all, a, b) => {
        const buffer = newSeriesBuffer();
        let expected = 0;
        for (const series of all) {
          const from = Math.min(a, b, series.length);
          const to = Math.min(Math.max(a, b), series.length);
          expect(decodeBlockInto(encodeBlock(series, from, to), buffer)).toBe(to - from);
          expect(
            firstDifference(part(series, from, to), part(buffer, expected, buffer.length)),
          ).toBeUndefined();
          expected += to - from;
        }
        expect(buffer.length).toBe(expected);
      }),
      { seed, numRuns: 300 },
    );
  });

  test('of bytes that lie anywhere in a larger array', () => {
    const series = wave(100);
    const bytes = encodeBlock(series);
    for (let shift = 0; shift < 9; shift++) {
      const larger = new Uint8Array(bytes.length + 20);
      larger.set(bytes, shift);
      const found = decodeBlock(larger.subarray(shift, shift + bytes.length));
      expect(firstDifference(series, found)).toBeUndefined();
    }
  });
});

describe('what a block takes', () => {
  test('next to nothing for a value that stays, on a regular clock', () => {
    const series = emptySeries(1024);
    for (let i = 0; i < 1024; i++) {
      series.timeMs[i] = 1_763_700_000_000 + 100 * i;
      series.receiveMs[i] = series.timeMs[i]!;
      series.value[i] = 24;
    }
    expect(encodeBlock(series).length).toBeLessThan(45);
  });

  test('no more than eight and a half bytes for numbers that have nothing in common', () => {
    const series = emptySeries(1024);
    const bits = new Uint32Array(series.value.buffer);
    for (let i = 0; i < 1024; i++) {
      series.timeMs[i] = 1_763_700_000_000 + 100 * i;
      series.receiveMs[i] = series.timeMs[i]!;
      bits[2 * i] = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(i + 7, 0x85ebca6b);
      bits[2 * i + 1] = Math.imul(i + 3, 0xc2b2ae35) ^ Math.imul(i + 5, 0x27d4eb2f);
    }
    expect(encodeBlock(series).length).toBeLessThan(8.5 * 1024);
  });

  test('a byte or so for a tenth of a degree with noise, whatever way the tenths were made', () => {
    const sizes = [(k: number) => k / 10, (k: number) => k * 0.1, (k: number) => Math.fround(k / 10)].map(
      (tenths) => {
        const series = wave(1024);
        for (let i = 0; i < 1024; i++) series.value[i] = tenths(Math.round(series.value[i]! * 10));
        return encodeBlock(series).length;
      },
    );
    expect(Math.max(...sizes)).toBeLessThan(1024);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(10);
  });

  test('little more when now and then a value is Bad, or odd', () => {
    const plain = encodeBlock(wave(1024)).length;
    const series = wave(1024);
    for (const i of [100, 101, 102, 500]) {
      series.value[i] = Number.NaN;
      series.quality[i] = 0x80310000;
    }
    series.value[700] = 1 / 3;
    expect(encodeBlock(series).length).toBeLessThan(plain + 80);
  });

  test('is bounded in samples', () => {
    const series = emptySeries(blockSamplesMax + 1);
    expect(() => encodeBlock(series)).toThrow(RangeError);
    expect(decodeBlock(encodeBlock(series, 1)).length).toBe(blockSamplesMax);
  });
});

/** Tenths that go up and down, with a little noise, ten times a second and not quite. */
function wave(length: number): Series {
  const series = emptySeries(length);
  for (let i = 0; i < length; i++) {
    series.timeMs[i] = 1_763_700_000_000 + 100 * i + ((i * 7919) % 7);
    series.receiveMs[i] = series.timeMs[i]!;
    series.value[i] = Math.round(200 + 30 * Math.sin(i / 90) + ((i * 7907) % 3)) / 10;
  }
  return series;
}

function part(series: Series, from: number, to: number): Series {
  return {
    length: to - from,
    value: series.value.slice(from, to),
    quality: series.quality.slice(from, to),
    timeMs: series.timeMs.slice(from, to),
    receiveMs: series.receiveMs.slice(from, to),
    rawMs: series.rawMs.slice(from, to),
    exact: series.exact.slice(from, to),
  };
}
