// A frame: all signals of one machine at one tick, aligned in time. Struct of arrays, reused every tick.
import type { Model, SignalSpec } from './model.ts';

export const origins = ['measured', 'interpolated', 'held', 'predicted', 'missing'] as const;
export const Origins = { measured: 0, interpolated: 1, held: 2, predicted: 3, missing: 4 } as const;

export const twinModes = ['offline', 'tracking', 'diverged', 'recalibrating', 'substituted'] as const;
export type TwinMode = (typeof twinModes)[number];

/**
 * What does not change from tick to tick. Signals are the model's inputs, then its outputs, then what the
 * configuration adds: further signals and derived ones, which have no twin.
 */
export interface MachineLayout {
  readonly id: string;
  readonly model: Model;
  readonly signals: readonly SignalSpec[];
  /** How much later than its time a frame is made: a whole number of ticks. */
  readonly lagMs: number;
  /** What the twin starts with, by index of the model's parameters. */
  readonly parameters: Float64Array;
}

/** What signals are worth at one instant, by row; a value is NaN when it is missing. */
export interface SignalColumns {
  readonly value: Float64Array;
  readonly quality: Uint32Array;
  readonly origin: Uint8Array;
  readonly ageMs: Float64Array;
}

export function newSignalColumns(signals: number): SignalColumns {
  return {
    value: new Float64Array(signals).fill(Number.NaN),
    quality: new Uint32Array(signals),
    origin: new Uint8Array(signals).fill(Origins.missing),
    ageMs: new Float64Array(signals).fill(Number.POSITIVE_INFINITY),
  };
}

/** Valid until the next tick: whoever keeps one copies it. */
export interface Frame extends SignalColumns {
  readonly machine: MachineLayout;
  tick: number;
  /** Nominal time of the tick, which this frame describes. */
  timeMs: number;
  mode: TwinMode;
  /** What the machine is doing, as an index into the names of the model's behaviour; -1 where it has none. */
  behaviour: number;
  /** By signal: 1 where one that the twin cannot do without does not come. */
  readonly missing: Uint8Array;
  /** By output: the twin's prediction made before any correction, its sigma, and the residual in sigmas. */
  readonly twin: Float64Array;
  readonly sigma: Float64Array;
  readonly residual: Float64Array;
  /** Normalised RMS of the residuals over a window, of the output that has the most; 0 is perfect. */
  divergence: number;
  /** The same by output, NaN where none is compared; and which output that is, -1 for none. */
  readonly divergences: Float64Array;
  worst: number;
}

export function newFrame(machine: MachineLayout): Frame {
  const signals = machine.signals.length;
  const outputs = machine.model.outputs.length;
  return {
    machine,
    tick: -1,
    timeMs: 0,
    mode: 'offline',
    behaviour: -1,
    ...newSignalColumns(signals),
    missing: new Uint8Array(signals),
    twin: new Float64Array(outputs),
    sigma: new Float64Array(outputs),
    residual: new Float64Array(outputs).fill(Number.NaN),
    divergence: 0,
    divergences: new Float64Array(outputs).fill(Number.NaN),
    worst: -1,
  };
}
