// How far a row is from what a model takes for normal, and which columns make it so. Allocates nothing.
import { type PcaModel, Statistic, statistics } from './normal.ts';

/** Room for one judgement. */
export interface PcaSight {
  /** By active column: in sigmas from the mean; what is missing as the others would have it. */
  readonly z: Float64Array;
  /** Along the eigenvectors. */
  readonly t: Float64Array;
  readonly gaps: Int32Array;
  gapCount: number;
  /** T², Q and H. */
  readonly sums: Float64Array;
  /** By active column: how much of a statistic is its doing; they add up to 1. */
  readonly shares: Float64Array;
}

export function newSight(width: number): PcaSight {
  const of = () => new Float64Array(width);
  return {
    ...{ z: of(), t: of(), gaps: new Int32Array(width), gapCount: 0 },
    ...{ sums: new Float64Array(statistics), shares: of() },
  };
}

/** Of more than this share of its columns nothing is known: it is not judged. */
const gapsMax = 0.4;
const turnsMax = 16;
const enough = 1e-3;

/** Fills `sums`; false when too little is known of the row. */
export function judgeRow(model: PcaModel, row: Float64Array, sight: PcaSight): boolean {
  const { size, active, mean, sigma, vectors, variances, components } = model;
  const { z, t, gaps, sums } = sight;
  sight.gapCount = 0;
  for (let i = 0; i < size; i++) {
    const value = row[active[i]!]!;
    if (Number.isFinite(value)) z[i] = (value - mean[i]!) / sigma[i]!;
    else {
      z[i] = 0;
      gaps[sight.gapCount++] = i;
    }
  }
  if (size === 0 || sight.gapCount > gapsMax * size) return false;
  if (sight.gapCount > 0) bridge(model, sight);
  sums.fill(0);
  for (let k = 0; k < size; k++) {
    const at = k * size;
    let along = 0;
    for (let i = 0; i < size; i++) along += vectors[at + i]! * z[i]!;
    t[k] = along;
    const square = along * along;
    const measured = square / variances[k]!;
    if (k < components) sums[Statistic.t2] = sums[Statistic.t2]! + measured;
    else {
      sums[Statistic.q] = sums[Statistic.q]! + square;
      sums[Statistic.h] = sums[Statistic.h]! + measured;
    }
  }
  return true;
}

/** What is missing becomes what the others let expect: the conditional mean, column after column until it stays. */
function bridge({ size, precision }: PcaModel, { z, gaps, gapCount }: PcaSight): void {
  for (let turn = 0; turn < turnsMax; turn++) {
    let moved = 0;
    for (let g = 0; g < gapCount; g++) {
      const i = gaps[g]!;
      const at = i * size;
      let sum = 0;
      for (let j = 0; j < size; j++) sum += precision[at + j]! * z[j]!;
      const step = sum / precision[at + i]!;
      z[i] = z[i]! - step;
      moved = Math.max(moved, Math.abs(step));
    }
    if (moved < enough) return;
  }
}

/**
 * How much of a statistic would be gone if a column were as the others let expect (reconstruction-based): unlike plain
 * shares, the column at fault has the most of it.
 */
export function blameRow(model: PcaModel, statistic: number, sight: PcaSight): void {
  const { size, vectors, variances, components } = model;
  const { t, shares, z } = sight;
  const [first, last] = statistic === Statistic.t2 ? [0, components] : [components, size];
  const plain = statistic === Statistic.q;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    let pull = 0;
    let own = 0;
    for (let k = first; k < last; k++) {
      const v = vectors[k * size + i]!;
      const measure = plain ? 1 : 1 / variances[k]!;
      pull += measure * v * t[k]!;
      own += measure * v * v;
    }
    shares[i] = own > 1e-12 ? (pull * pull) / own : 0;
    sum += shares[i]!;
  }
  for (let g = 0; g < sight.gapCount; g++) {
    sum -= shares[sight.gaps[g]!]!;
    shares[sight.gaps[g]!] = 0;
  }
  for (let i = 0; i < size; i++) shares[i] = sum > 0 ? shares[i]! / sum : z[i] === 0 ? 0 : 1 / size;
}
