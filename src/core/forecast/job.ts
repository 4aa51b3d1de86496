// What a forecast is made from: everything it needs, as data that goes to another thread. Made between two ticks from the
// twin, its watch and its load; `risk.ts` makes the forecast of it, wherever.
import type { FailureSpec } from '../model.ts';
import type { TwinMemory } from '../twin-command.ts';

export interface ForecastJob {
  readonly machine: string;
  /** The id of the model. */
  readonly model: string;
  /** Of now: the state, parameters with what is known of them, wear with what is believed of it. */
  readonly memory: TwinMemory;
  /** All inputs of now, by index of the model's. */
  readonly input: Float64Array;
  readonly timeMs: number;
  readonly load: LoadProfile;
  readonly failures: readonly FailureSpec[];
  readonly horizonH: number;
  readonly particles: number;
  readonly seed: number;
}

/** What the machine has had to do lately, in blocks that may be drawn in another order; the oldest first. */
export interface LoadProfile {
  readonly blockS: number;
  /** Time between two rows of a block. */
  readonly stepS: number;
  readonly blocks: readonly LoadBlock[];
}

export interface LoadBlock {
  readonly startMs: number;
  /** Of the block that was watched, 0 to 1. */
  readonly seen: number;
  /** Inputs of the model, a row a step; empty in an old block, of which only the rest was kept. */
  readonly inputs: Float32Array;
  /** By component of wear: the life it used, as the twin counted it. */
  readonly used: Float64Array;
  /** By output: the most that the twin or its sensor held for 15 s on end, of means over a second; NaN for none. */
  readonly peak: Float64Array;
  /** The states it began with, where its inputs were kept. */
  readonly start?: Float32Array;
  /** By output, where its inputs were kept: of its time, the share in which a sensor told. */
  readonly measured?: Float32Array;
}
