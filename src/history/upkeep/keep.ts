// How long and how much is kept, in the units that upkeep computes with; and the order in which things go when there
// is no room for all of it.
import type { RollupStep, Tier } from '../../ports/history.ts';
import type { HistoryConfig } from '../schema.ts';

export interface Keep {
  readonly rawMs: number;
  readonly twinMs: number;
  readonly rollupMs: number;
  readonly secondMs: number;
  readonly maxBytes: number;
  readonly minFreeBytes: number;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;

export function keepOf(config: HistoryConfig['keep']): Keep {
  return {
    rawMs: config.rawDays * dayMs,
    twinMs: config.twinDays * dayMs,
    rollupMs: config.rollupDays * dayMs,
    secondMs: Math.min(config.secondDays, config.rollupDays) * dayMs,
    maxBytes: config.maxMb * 1e6,
    minFreeBytes: config.minFreeMb * 1e6,
  };
}

export type Part =
  | { readonly of: 'blocks'; readonly tier: Tier }
  | { readonly of: 'rollups'; readonly stepMs: RollupStep };

export const parts = {
  raw: { of: 'blocks', tier: 'raw' },
  twin: { of: 'blocks', tier: 'twin' },
  seconds: { of: 'rollups', stepMs: 1000 },
  minutes: { of: 'rollups', stepMs: 60_000 },
  hours: { of: 'rollups', stepMs: 3_600_000 },
} as const satisfies Record<string, Part>;

export interface Sacrifice {
  readonly part: Part;
  /** What is younger stays for now. */
  readonly floorMs: number;
  /** Also what no sink has fetched yet; a gap says so. */
  readonly unfetched: boolean;
}

const sacrifice = (part: Part, floorMs: number, unfetched = false): Sacrifice => ({
  part,
  floorMs,
  unfetched,
});

/**
 * What goes when the file is too large or the disk too full, the first first; of each, what is oldest. The last day of
 * everything outlives all that is older, and the coarse rollups, which are small and tell of years, outlive the rest.
 */
export const sacrifices: readonly Sacrifice[] = [
  sacrifice(parts.raw, dayMs),
  sacrifice(parts.twin, dayMs),
  sacrifice(parts.seconds, dayMs),
  sacrifice(parts.raw, dayMs, true),
  sacrifice(parts.minutes, 30 * dayMs),
  sacrifice(parts.raw, hourMs, true),
  sacrifice(parts.twin, hourMs),
  sacrifice(parts.seconds, hourMs),
  sacrifice(parts.minutes, dayMs),
  sacrifice(parts.hours, 365 * dayMs),
  sacrifice(parts.raw, 0, true),
  sacrifice(parts.twin, 0),
  sacrifice(parts.minutes, hourMs),
  sacrifice(parts.hours, 30 * dayMs),
];

/** Where the disk is full of what others wrote, so many of these: our last day is not theirs to take. */
export const sacrificesForOthers = 5;
/** And so many when commits are refused: the newest samples are worth more than all but the last hour. */
export const sacrificesForCommits = 9;
