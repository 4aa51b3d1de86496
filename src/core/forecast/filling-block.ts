// The block of load that is being filled: what the machine did since it began. Allocates nothing in a tick.
//
// Inputs are taken at a moment of its own in each step, so that no rhythm of the machine falls in with it.
import type { Frame } from '../frame.ts';
import { isGood } from '../quality.ts';
import type { Twin } from '../twin.ts';
import type { LoadBlock } from './job.ts';
import type { LoadShape } from './load-block.ts';

export const blockS = 600;
export const stepS = 10;
export const rows = blockS / stepS;
const meanS = 1;
/** What is held for so long on end counts: a run-up is no overload. */
const heldS = 15;
const heldMeans = heldS / meanS;

export interface FillingBlock {
  /** Number of the block since 1970; NaN before the first. */
  index: number;
  seenS: number;
  row: number;
  /** Where in the second that a mean is taken over. */
  sumS: number;
  readonly inputs: Float32Array;
  readonly used: Float64Array;
  readonly peak: Float64Array;
  readonly start: Float32Array;
  readonly measuredS: Float64Array;
  readonly sum: Float64Array;
  readonly sensorSum: Float64Array;
  /** Of the second: in how much of it a sensor told. */
  readonly sensorS: Float64Array;
  /** By output a row: its last means; and how many there have been without a break. */
  readonly means: Float64Array;
  meanCount: number;
}

export function newFilling({ components, inputs, outputs, states }: LoadShape): FillingBlock {
  return {
    ...{ index: Number.NaN, seenS: 0, row: 0, sumS: 0 },
    inputs: new Float32Array(inputs * rows),
    used: new Float64Array(components),
    peak: new Float64Array(outputs).fill(Number.NaN),
    start: new Float32Array(states),
    measuredS: new Float64Array(outputs),
    sum: new Float64Array(outputs),
    sensorSum: new Float64Array(outputs),
    sensorS: new Float64Array(outputs),
    means: new Float64Array(outputs * heldMeans),
    meanCount: 0,
  };
}

export function openBlock(filling: FillingBlock, index: number, twin: Twin): void {
  filling.index = index;
  filling.seenS = 0;
  filling.row = 0;
  filling.sumS = 0;
  filling.used.fill(0);
  filling.peak.fill(Number.NaN);
  filling.start.set(twin.state);
  filling.measuredS.fill(0);
  filling.sum.fill(0);
  filling.sensorSum.fill(0);
  filling.sensorS.fill(0);
}

export function noteInputs(filling: FillingBlock, { input }: Twin, timeMs: number): void {
  const intoS = timeMs / 1000 - filling.index * blockS;
  const due = (row: number) => (row + phase(filling.index, row)) * stepS;
  while (filling.row < rows && intoS >= due(filling.row)) {
    filling.inputs.set(input, filling.row * input.length);
    filling.row++;
  }
}

/** Between 0 and 1, another one for each row. */
function phase(index: number, row: number): number {
  let mixed = Math.imul((index * rows + row) | 0, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  return ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32;
}

export function noteOutputs(filling: FillingBlock, twin: Twin, frame: Frame | undefined, dtS: number): void {
  const { sum, sensorSum, sensorS, measuredS } = filling;
  const row0 = twin.input.length;
  for (let o = 0; o < sum.length; o++) {
    sum[o] = sum[o]! + twin.output[o]! * dtS;
    if (twin.unseenS[o] === 0) measuredS[o] = measuredS[o]! + dtS;
    if (frame === undefined || !isGood(frame.quality[row0 + o]!)) continue;
    sensorSum[o] = sensorSum[o]! + frame.value[row0 + o]! * dtS;
    sensorS[o] = sensorS[o]! + dtS;
  }
  filling.sumS += dtS;
  if (filling.sumS < meanS - 1e-6) return;
  // Of long ticks a few are enough.
  const means = Math.min(heldMeans, Math.max(1, Math.ceil(heldS / filling.sumS - 1e-6)));
  for (let o = 0; o < sum.length; o++) {
    const twins = sum[o]! / filling.sumS;
    const sensors = sensorS[o]! >= filling.sumS - 1e-6 ? sensorSum[o]! / sensorS[o]! : twins;
    takeMean(filling, o, Math.max(twins, sensors), means);
    sum[o] = 0;
    sensorSum[o] = 0;
    sensorS[o] = 0;
  }
  filling.sumS = 0;
  filling.meanCount++;
}

/** The peak is the highest that an output has held; a machine that is seen for less than that has the least it had. */
function takeMean({ means, meanCount, peak }: FillingBlock, o: number, mean: number, count: number): void {
  if (!Number.isFinite(mean)) return;
  const row = o * heldMeans;
  means[row + (meanCount % count)] = mean;
  const known = Math.min(count, meanCount + 1);
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < known; i++) least = Math.min(least, means[row + i]!);
  const whole = known === count;
  if (Number.isNaN(peak[o]!) || (whole ? least > peak[o]! : least < peak[o]!)) peak[o] = least;
}

/** The block at hand as it is so far. What was not watched has the inputs that were there before, or came first. */
export function blockOf(filling: FillingBlock, shape: LoadShape): LoadBlock {
  const inputs = filling.inputs.slice();
  const last = Math.max(0, filling.row - 1) * shape.inputs;
  for (let r = filling.row; r < rows; r++) inputs.copyWithin(r * shape.inputs, last, last + shape.inputs);
  return {
    startMs: filling.index * blockS * 1000,
    seen: Math.min(1, filling.seenS / blockS),
    inputs: filling.row > 0 ? inputs : new Float32Array(0),
    used: filling.used.slice(),
    peak: filling.peak.slice(),
    start: filling.start.slice(),
    measured: Float32Array.from(filling.measuredS, (s) => (filling.seenS > 0 ? s / filling.seenS : 0)),
  };
}
