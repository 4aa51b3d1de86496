// What there is to say of a replay: how good each signal was, how well the twin followed. Takes frames, one
// pass, no allocation a frame.
import type { Frame, MachineLayout } from '../core/frame.ts';
import { twinModes } from '../core/frame.ts';
import { isBad, isGood, Quality } from '../core/quality.ts';
import type { Twin } from '../core/twin.ts';

export interface SignalSummary {
  readonly signal: string;
  readonly unit: string;
  /** False where no tag is meant to feed it. */
  readonly connected: boolean;
  /** Shares of all frames. */
  readonly good: number;
  readonly uncertain: number;
  readonly bad: number;
  /** Of frames that have one; null where none has. */
  readonly meanAgeMs: number | null;
}

export interface OutputSummary {
  readonly output: string;
  readonly unit: string;
  /** In sensor sigmas, and in the unit; null where nothing was compared. */
  readonly residualRms: number | null;
  readonly errorRms: number | null;
  readonly compared: number;
}

export interface MachineSummary {
  readonly machine: string;
  readonly model: string;
  readonly frames: number;
  readonly signals: readonly SignalSummary[];
  readonly modes: Readonly<Record<string, number>>;
  readonly outputs: readonly OutputSummary[];
  readonly divergence: {
    readonly last: number | null;
    readonly mean: number | null;
    readonly max: number | null;
  };
  /** Persistent states at the end. */
  readonly wear: Readonly<Record<string, number>>;
}

export interface Statistics {
  take(frames: readonly Frame[]): void;
  summary(twins: readonly Twin[]): MachineSummary[];
}

interface Sums {
  readonly layout: MachineLayout;
  frames: number;
  readonly good: Float64Array;
  readonly bad: Float64Array;
  readonly connected: Uint8Array;
  readonly ageMs: Float64Array;
  readonly aged: Float64Array;
  readonly modes: Float64Array;
  readonly residual: Float64Array;
  readonly compared: Float64Array;
  divergence: number;
  diverged: number;
  divergenceMax: number;
  divergenceLast: number;
}

export function createStatistics(): Statistics {
  let machines: Sums[] = [];
  return {
    take(frames) {
      if (machines.length === 0) machines = frames.map(({ machine }) => newSums(machine));
      for (let m = 0; m < frames.length; m++) add(machines[m]!, frames[m]!);
    },
    summary: (twins) => machines.map((sums, m) => summarise(sums, twins[m]!)),
  };
}

function newSums(layout: MachineLayout): Sums {
  const signals = layout.signals.length;
  const outputs = layout.model.outputs.length;
  return {
    layout,
    frames: 0,
    good: new Float64Array(signals),
    bad: new Float64Array(signals),
    connected: new Uint8Array(signals),
    ageMs: new Float64Array(signals),
    aged: new Float64Array(signals),
    modes: new Float64Array(twinModes.length),
    residual: new Float64Array(outputs),
    compared: new Float64Array(outputs),
    divergence: 0,
    diverged: 0,
    divergenceMax: 0,
    divergenceLast: Number.NaN,
  };
}

function add(sums: Sums, frame: Frame): void {
  sums.frames++;
  for (let i = 0; i < frame.value.length; i++) {
    const quality = frame.quality[i]!;
    if (isGood(quality)) sums.good[i] = sums.good[i]! + 1;
    else if (isBad(quality)) sums.bad[i] = sums.bad[i]! + 1;
    if (quality !== Quality.badNotConnected) sums.connected[i] = 1;
    const ageMs = frame.ageMs[i]!;
    if (!Number.isFinite(ageMs)) continue;
    sums.ageMs[i] = sums.ageMs[i]! + ageMs;
    sums.aged[i] = sums.aged[i]! + 1;
  }
  const mode = twinModes.indexOf(frame.mode);
  sums.modes[mode] = sums.modes[mode]! + 1;
  for (let o = 0; o < frame.residual.length; o++) {
    const residual = frame.residual[o]!;
    if (Number.isNaN(residual)) continue;
    sums.residual[o] = sums.residual[o]! + residual * residual;
    sums.compared[o] = sums.compared[o]! + 1;
  }
  sums.divergenceLast = frame.divergence;
  if (Number.isNaN(frame.divergence)) return;
  sums.divergence += frame.divergence;
  sums.diverged++;
  sums.divergenceMax = Math.max(sums.divergenceMax, frame.divergence);
}

function summarise(sums: Sums, { model, state }: Twin): MachineSummary {
  const { layout, frames } = sums;
  const persistent = model.states.flatMap((spec, s) =>
    spec.persistent === true ? [[spec.name, digits(state[s]!)] as const] : [],
  );
  return {
    machine: layout.id,
    model: model.id,
    frames,
    signals: layout.signals.map(({ name, unit }, i) => ({
      signal: name,
      unit,
      connected: sums.connected[i] === 1,
      good: digits(sums.good[i]! / frames),
      uncertain: digits((frames - sums.good[i]! - sums.bad[i]!) / frames),
      bad: digits(sums.bad[i]! / frames),
      meanAgeMs: mean(sums.ageMs[i]!, sums.aged[i]!),
    })),
    modes: Object.fromEntries(
      twinModes.flatMap((mode, m) => (sums.modes[m] === 0 ? [] : [[mode, digits(sums.modes[m]! / frames)]])),
    ),
    outputs: model.outputs.map(({ name, unit }, o) => outputOf(sums, name, unit, o)),
    divergence: {
      last: finite(sums.divergenceLast),
      mean: mean(sums.divergence, sums.diverged),
      max: sums.diverged === 0 ? null : digits(sums.divergenceMax),
    },
    wear: Object.fromEntries(persistent),
  };
}

function outputOf(sums: Sums, output: string, unit: string, o: number): OutputSummary {
  const compared = sums.compared[o]!;
  const rms = compared === 0 ? Number.NaN : Math.sqrt(sums.residual[o]! / compared);
  const sigma = sums.layout.signals[sums.layout.model.inputs.length + o]?.sigma ?? Number.NaN;
  return { output, unit, residualRms: finite(rms), errorRms: finite(rms * sigma), compared };
}

function mean(sum: number, count: number): number | null {
  return count === 0 ? null : digits(sum / count);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? digits(value) : null;
}

function digits(value: number): number {
  return Number(value.toPrecision(6));
}
