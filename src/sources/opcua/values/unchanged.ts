// Values that do not change. A server says nothing of them, which means, as long as it speaks at all, that they
// are as they were: they are said again now and then, so that an unchanged value is not taken for an old one.
// Never as of a time of which the server may still have something to tell.
import { isBad } from '../../../core/quality.ts';
import type { Feed } from '../../../ports.ts';

/** Stamps farther from the time of their message than this are of another clock than the server's. */
const aheadMs = 1_000;
const behindMs = 5_000;

export interface Unchanged {
  /** A message of the server's begins; its time. */
  readonly begins: (publishMs: number) => void;
  /** It brings a value of an item; `first`: what it was when we came, however long ago that was. */
  readonly brings: (item: number, sourceMs: number, first: boolean) => void;
  /** It has ended: items that may be said again, as of when. */
  readonly ends: (live: Uint8Array, say: (item: number, timeMs: number) => void) => void;
  /** How long after it was true a value of the item may be told. */
  readonly delayed: (item: number, delayMs: number) => void;
}

/** `everyMs` 0: nothing is said again. */
export function newUnchanged(items: number, everyMs: number): Unchanged {
  /** By item: the time of its newest value, or as of which it was said again. */
  const saidMs = new Float64Array(items).fill(Number.POSITIVE_INFINITY);
  const delayMs = new Float64Array(items).fill(Number.POSITIVE_INFINITY);
  const foreign = new Uint8Array(items);
  let publishMs = Number.NaN;
  let roundMs = Number.NEGATIVE_INFINITY;
  return {
    begins(timeMs) {
      publishMs = timeMs;
    },
    brings(item, sourceMs, first) {
      saidMs[item] = Number.isNaN(sourceMs) ? publishMs : sourceMs;
      const lateMs = publishMs - sourceMs;
      // A server whose values bear another clock's time cannot say when they were as they were.
      if (!first) foreign[item] = lateMs < -aheadMs || lateMs > behindMs + delayMs[item]! ? 1 : 0;
    },
    ends(live, say) {
      if (everyMs === 0 || Math.abs(publishMs - roundMs) < everyMs) return;
      roundMs = publishMs;
      for (let item = 0; item < items; item++) {
        const timeMs = publishMs - delayMs[item]!;
        if (live[item] !== 1 || foreign[item] === 1 || !(timeMs - saidMs[item]! >= everyMs)) continue;
        saidMs[item] = timeMs;
        say(item, timeMs);
      }
    },
    delayed(item, ms) {
      delayMs[item] = ms;
    },
  };
}

/** The last value of each tag, to say it again. */
export interface LastValues {
  keep(tag: number, value: number, quality: number, exact: bigint | undefined): void;
  /** What came after it cannot be used. True when there was a value that was not Bad. */
  end(tag: number): boolean;
  /** Nothing for a tag whose last value was Bad: that it still is adds nothing. */
  again(tag: number, handle: number, timeMs: number): void;
}

export function newLastValues(feed: Feed, tags: number): LastValues {
  const values = new Float64Array(tags).fill(Number.NaN);
  const qualities = new Uint32Array(tags).fill(0x80000000);
  const exacts: (bigint | undefined)[] = [];
  return {
    keep(tag, value, quality, exact) {
      values[tag] = value;
      qualities[tag] = quality;
      if (exact !== undefined) exacts[tag] = exact;
    },
    end(tag) {
      const stood = !isBad(qualities[tag]!);
      qualities[tag] = 0x80000000;
      return stood;
    },
    again(tag, handle, timeMs) {
      if (handle < 0 || isBad(qualities[tag]!)) return;
      const exact = exacts[tag];
      if (exact === undefined) feed.push(handle, values[tag]!, qualities[tag]!, timeMs);
      else feed.pushExact(handle, exact, qualities[tag]!, timeMs);
    },
  };
}
