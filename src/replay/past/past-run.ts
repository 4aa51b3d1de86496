// One run of a history, as its replay takes it and leaves it.
import type { Config } from '../../config/schema.ts';
import type { Frame } from '../../core/frame.ts';
import type { TagSpec } from '../../core/sample.ts';
import type { Core } from '../../core/step.ts';
import type { TwinMemory } from '../../core/twin-command.ts';
import type { FullReader } from '../../history/reader/reader.ts';
import type { Log } from '../../ports.ts';
import type { Ticker } from '../ticker.ts';
import type { Account } from './account.ts';
import type { Begin } from './plan.ts';
import type { OtherLane } from './tuning.ts';

/** What a tag of the history is called. */
export type TagOf = (tag: number) => { readonly source: string; readonly spec: TagSpec } | undefined;

export interface PastRunParts {
  readonly reader: FullReader;
  readonly file: string;
  /** As it was recorded. */
  readonly config: Config;
  readonly other: { readonly config: Config; readonly carried: ReadonlyMap<string, TwinMemory> } | undefined;
  readonly log: Log;
  /** Times as fast as it was; Infinity: as fast as it goes. */
  readonly speed: number;
  onFrames(frames: readonly Frame[]): Promise<void> | undefined;
  /** Receive time up to which it has come. */
  onProgress(ms: number): void;
  /** For people: what is not as it should be. */
  note(text: string): void;
}

export interface Hashes {
  readonly compared: number;
  readonly equal: number;
  /** When the first was told that is another; NaN where there is none. */
  readonly firstOtherMs: number;
}

export interface OtherTuning {
  readonly lane: OtherLane;
  readonly account: Account;
}

/** What moves through the run. */
export interface Players {
  readonly ticker: Ticker;
  readonly begin: Begin;
  readonly account: Account;
  readonly other: OtherTuning | undefined;
  /** From now on frames and news are of the stretch that was asked for. Unbound. */
  readonly report: () => void;
}

export interface PastRun {
  readonly core: Core;
  readonly begin: Begin;
  /** Of the stretch that was asked for, and of what only leads there. */
  readonly ticks: number;
  readonly ticksBefore: number;
  readonly ticksSkipped: number;
  readonly samples: number;
  /** Due times of the first and the last tick of the stretch; NaN without one. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly hashes: Hashes;
  /** It stopped in order, and that was reached. */
  readonly ended: boolean;
  readonly account: Account;
  readonly other: OtherTuning | undefined;
}
