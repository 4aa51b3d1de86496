// A block that was changed or cut says so: no wrong answer, no long wait, no large memory.

import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DamagedBlock } from '../../../src/history/codec/damage.ts';
import { decodeBlock, decodeBlockInto } from '../../../src/history/codec/decode-block.ts';
import { encodeBlock } from '../../../src/history/codec/encode-block.ts';
import { newSeriesBuffer } from '../../../src/history/codec/series-buffer.ts';
import { emptySeries, nastySeries } from './nasty-series.ts';

const seed = 20_261_121;

/** With a right checksum over wrong bytes: what no accident does, and what must not take the gateway down either. */
function forged(bytes: Uint8Array): Uint8Array {
  const sum = crc32(bytes.subarray(5), bytes[0]);
  for (let k = 0; k < 4; k++) bytes[1 + k] = sum >>> (8 * k);
  return bytes;
}

function usual() {
  const series = emptySeries(300);
  for (let i = 0; i < 300; i++) {
    series.timeMs[i] = 1_763_700_000_000 + i * 100 + ((i * 7919) % 11);
    series.receiveMs[i] = series.timeMs[i]! + ((i * 31) % 5);
    series.value[i] = Math.round(200 + 30 * Math.sin(i / 9) + ((i * 7907) % 13)) / 10;
    series.quality[i] = i % 97 === 0 ? 0x40000000 : 0;
  }
  return series;
}

describe('a damaged block', () => {
  test('says so for every single byte that is changed, and wherever it is cut', () => {
    const good = encodeBlock(usual());
    for (let i = 0; i < good.length; i++) {
      for (const flip of [1 << (i & 7), 0xff]) {
        const bad = good.slice();
        bad[i]! ^= flip;
        expect(() => decodeBlock(bad)).toThrow(DamagedBlock);
      }
      expect(() => decodeBlock(good.subarray(0, i))).toThrow(DamagedBlock);
    }
    expect(() => decodeBlock(new Uint8Array([...good, 0]))).toThrow(DamagedBlock);
    expect(decodeBlock(good).length).toBe(300);
  });

  test('says so when it is of all kinds, changed in several places', () => {
    fc.assert(
      fc.property(
        nastySeries(60),
        fc.array(fc.tuple(fc.nat(), fc.nat(254)), { minLength: 1, maxLength: 4 }),
        (series, changes) => {
          const bytes = encodeBlock(series);
          const bad = bytes.slice();
          for (const [at, by] of changes) bad[at % bad.length]! ^= by + 1;
          fc.pre(bad.some((byte, i) => byte !== bytes[i]));
          expect(() => decodeBlock(bad)).toThrow(DamagedBlock);
        },
      ),
      { seed, numRuns: 500 },
    );
  });

  test('is read to an end, or refused, even with a checksum that was made to fit', () => {
    let refused = 0;
    fc.assert(
      fc.property(
        nastySeries(200),
        fc.array(fc.tuple(fc.nat(), fc.nat(254)), { minLength: 1, maxLength: 3 }),
        (series, changes) => {
          const bad = encodeBlock(series);
          for (const [at, by] of changes) bad[5 + (at % (bad.length - 5))]! ^= by + 1;
          try {
            expect(decodeBlock(forged(bad)).length).toBeLessThanOrEqual(1 << 16);
          } catch (error) {
            expect(error).toBeInstanceOf(DamagedBlock);
            refused++;
          }
        },
      ),
      { seed, numRuns: Number(process.env['GEMEL_CODEC_RUNS'] ?? 1000) },
    );
    // Control: the damage did reach the columns.
    expect(refused).toBeGreaterThan(200);
  });

  test('of another form is refused by its number', () => {
    const bytes = encodeBlock(usual());
    bytes[0] = 9;
    expect(() => decodeBlock(bytes)).toThrow('unknown form 9');
  });

  test('adds nothing to the samples that were read before it', () => {
    const buffer = newSeriesBuffer();
    const good = encodeBlock(usual());
    decodeBlockInto(good, buffer);
    const bad = good.slice();
    bad[bad.length - 1]! ^= 1;
    expect(() => decodeBlockInto(bad, buffer)).toThrow(DamagedBlock);
    expect(buffer.length).toBe(300);
  });
});
