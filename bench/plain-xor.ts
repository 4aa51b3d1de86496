// Time series as in the Gorilla paper (Pelkonen et al., VLDB 2015, section 4.1), written down as it stands there: times
// in milliseconds by differences of differences, values by XOR. What the block codec is measured against.
import type { Series } from '../src/core/sample.ts';

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);

function bitsOf(value: number): bigint {
  double[0] = value;
  return (BigInt(words[1]!) << 32n) | BigInt(words[0]!);
}

function leadingZeros(bits: bigint): number {
  return 64 - (bits === 0n ? 0 : bits.toString(2).length);
}

function trailingZeros(bits: bigint): number {
  let count = 0;
  while (((bits >> BigInt(count)) & 1n) === 0n) count++;
  return count;
}

/** Of differences of differences, as in figure 3, with ranges of the paper; times here are milliseconds. */
function timeBits(difference: number): number {
  if (difference === 0) return 1;
  if (difference >= -63 && difference <= 64) return 2 + 7;
  if (difference >= -255 && difference <= 256) return 3 + 9;
  if (difference >= -2047 && difference <= 2048) return 4 + 12;
  return 4 + 32;
}

/** Bytes of the times and of the values of a part of a series. */
export function gorillaBytes(series: Series, from: number, to: number): { time: number; value: number } {
  let [time, value] = [64 + 14, 64];
  let [leading, trailing] = [65, 65];
  for (let i = from + 1; i < to; i++) {
    if (i > from + 1) {
      const step = series.timeMs[i]! - series.timeMs[i - 1]!;
      time += timeBits(step - (series.timeMs[i - 1]! - series.timeMs[i - 2]!));
    }
    const xor = bitsOf(series.value[i]!) ^ bitsOf(series.value[i - 1]!);
    if (xor === 0n) {
      value += 1;
      continue;
    }
    // Five bits tell of the zeros before.
    const [before, behind] = [Math.min(31, leadingZeros(xor)), trailingZeros(xor)];
    if (before >= leading && behind >= trailing) value += 2 + 64 - leading - trailing;
    else {
      value += 2 + 5 + 6 + 64 - before - behind;
      [leading, trailing] = [before, behind];
    }
  }
  return { time: time / 8, value: value / 8 };
}
