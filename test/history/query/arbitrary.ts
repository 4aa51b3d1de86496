// Samples of all kinds, and ways in which they may lie in a file.
import fc from 'fast-check';
import { isBad, Quality } from '../../../src/core/quality.ts';
import { blockSpanMaxMs } from '../../../src/history/keys.ts';
import type { Sample, StoredFile } from './stored.ts';

export const startMs = 1_700_000_000_000;

export const tagRows = [
  { source: 'mill', name: 'temperature', unit: 'degC' },
  { source: 'mill', name: 'parts', kind: 'int64' },
  { source: 'mill', name: 'state', kind: 'enum' },
] as const;
export const tagIds = [1, 2, 3];

const qualities = [Quality.good, Quality.good, Quality.good, Quality.uncertain, Quality.badSensorFailure];

interface Drawn {
  readonly tag: number;
  readonly value: number;
  readonly quality: number;
  readonly stepMs: number;
  readonly waitMs: number;
  readonly far: number;
  readonly us: number;
  readonly raw: boolean;
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  tag: fc.constantFrom(1, 1, 1, 2, 3),
  // Sums of these are exact in any order.
  value: fc.integer({ min: -4096, max: 4096 }).map((whole) => whole / 64 + 0),
  quality: fc.constantFrom(...qualities),
  stepMs: fc.constantFrom(-2000, -100, 0, 0, 1, 100, 100, 100, 100, 1000, 70_000),
  waitMs: fc.constantFrom(0, 0, 1, 20, 100, 5000),
  // Now and then one that is hours or days late.
  far: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 3_600_000, 8 * 3_600_000, 50 * 3_600_000),
  us: fc.constantFrom(0, 0, 0, 250, 375),
  raw: fc.boolean(),
});

/** In order of receipt. */
export const anySamples: fc.Arbitrary<Sample[]> = fc
  .array(drawn, { minLength: 0, maxLength: 120, size: 'max' })
  .map((rows) => {
    let timeMs = startMs;
    let receiveMs = startMs;
    return rows.map(({ tag, value, quality, stepMs, waitMs, far, us, raw }) => {
      timeMs += stepMs;
      receiveMs = Math.max(receiveMs + waitMs, Math.ceil(timeMs) + 1);
      const time = timeMs - far + us / 1000;
      const exact = 9_007_199_254_740_993n + BigInt(Math.trunc(value * 64));
      return {
        tag,
        value: isBad(quality)
          ? Number.NaN
          : tag === 2
            ? Number(exact)
            : tag === 3
              ? Math.trunc(value)
              : value,
        quality,
        timeMs: time,
        receiveMs,
        rawMs: raw ? time + 3 : Number.NaN,
        ...(tag === 2 && { exact }),
      };
    });
  });

/** How they lie: so many in blocks, and of what sizes blocks and rows are. */
export interface Layout {
  readonly inBlocks: number;
  readonly blockSamples: number;
  readonly rowSamples: number;
  /** Of the tags in `moved`: so many rows of the journal are in blocks as well. */
  readonly movedRows: number;
  readonly movedTags: readonly number[];
  /** Whether hours of seconds have rows. */
  readonly seconds: boolean;
}

export const anyLayout: fc.Arbitrary<Layout> = fc.record({
  inBlocks: fc.double({ min: 0, max: 1, noNaN: true }),
  blockSamples: fc.integer({ min: 1, max: 40 }),
  rowSamples: fc.integer({ min: 1, max: 30 }),
  movedRows: fc.integer({ min: 0, max: 3 }),
  movedTags: fc.subarray(tagIds),
  seconds: fc.boolean(),
});

/** Puts them into the file in that way. */
export function store(stored: StoredFile, samples: readonly Sample[], layout: Layout): void {
  stored.tags(tagRows);
  const cut = Math.round(samples.length * layout.inBlocks);
  const rows: Sample[][] = [];
  for (let from = cut; from < samples.length; from += layout.rowSamples) {
    rows.push(samples.slice(from, from + layout.rowSamples));
  }
  let lastMoved = 0;
  rows.forEach((row, k) => {
    const seq = stored.journal(row);
    if (k < layout.movedRows) lastMoved = seq;
  });
  const early = samples.slice(0, cut);
  const movedSamples = rows.slice(0, layout.movedRows).flat();
  for (const tag of tagIds) {
    const isMoved = lastMoved > 0 && layout.movedTags.includes(tag);
    if (isMoved) stored.moved(tag, lastMoved);
    const own = [...early, ...(isMoved ? movedSamples : [])].filter((sample) => sample.tag === tag);
    for (const block of inBlocks(own, layout.blockSamples)) stored.block(tag, block, layout.seconds);
  }
}

/** Late ones go to blocks of their time, as the writer does it; none spans more than a block may. */
function inBlocks(samples: readonly Sample[], most: number): Sample[][] {
  const blocks: Sample[][] = [];
  const open = new Map<number, Sample[]>();
  for (const sample of samples) {
    const time = Math.floor(sample.timeMs / (blockSpanMaxMs / 2));
    const block = open.get(time);
    if (block === undefined || block.length >= most) {
      const fresh = [sample];
      open.set(time, fresh);
      blocks.push(fresh);
    } else block.push(sample);
  }
  return blocks;
}

/** Those that are alike in time and receipt have no order that is kept for ever. */
export function byTime(a: Sample, b: Sample): number {
  return a.timeMs - b.timeMs || a.receiveMs - b.receiveMs || alike(a, b);
}

export function byReceipt(a: Sample, b: Sample): number {
  return a.receiveMs - b.receiveMs || a.tag - b.tag || a.timeMs - b.timeMs || alike(a, b);
}

function alike(a: Sample, b: Sample): number {
  return a.quality - b.quality || (a.value || 0) - (b.value || 0) || (a.rawMs || 0) - (b.rawMs || 0);
}
