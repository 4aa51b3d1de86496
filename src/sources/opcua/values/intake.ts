// From DataValues to the feed: one place that decodes, counts and, after a loss, says Bad once for each tag.
// Called for every change: the way of a good value allocates nothing.
import { isGood, Quality } from '../../../core/quality.ts';
import type { Feed } from '../../../ports.ts';
import type { PlannedTag, TagPlan } from '../tag-plan.ts';
import { type Decoded, decode, newDecoded } from './decode.ts';
import { type LastValues, newLastValues, newUnchanged } from './unchanged.ts';
import { newUnfilled, type Span, type Unfilled } from './unfilled.ts';
import type { WireValue } from './wire.ts';

/** Items are named by their place in the plan. */
export interface Intake {
  /** Goes on where the tags ended before this life of the source, in an earlier run too. Before the first value. */
  resume(): Promise<void>;
  readonly value: (item: number, wire: WireValue) => void;
  /** Values come in messages of the server's, each made at a time of its; one may be empty. */
  readonly messageBegins: (publishMs: number) => void;
  readonly messageEnds: () => void;
  /** The server may tell a value of the item so long after it was true. */
  readonly delayed: (item: number, delayMs: number) => void;
  /** The server does not deliver it: its tags are Bad with that status. */
  readonly refused: (item: number, status: number) => void;
  /** Source times between which values of the item are missing, oldest first; while it is away the last has no end. */
  readonly missing: (item: number) => readonly Span[];
  /** What there was of them in the server's history has been told. */
  readonly filled: (item: number) => void;
  /** Values out of the server's history, oldest first, from before the live ones. */
  readonly backfill: (item: number, wires: readonly WireValue[]) => void;
  /** What was delivered is no longer known. */
  lost(): void;
}

/** `confirmMs`: an unchanged value is said again so often; 0: never. */
export function newIntake(feed: Feed, { tags, items }: TagPlan, confirmMs: number): Intake {
  const handles = tags.map((tag) => feed.tag(tag.spec));
  const state = newItemState(items.length);
  const decoded = newDecoded();
  const last = newLastValues(feed, tags.length);
  const unchanged = newUnchanged(items.length, confirmMs);
  const unfilled = newUnfilled();
  const deliver = createDeliver(feed, tags, handles, decoded, last);
  const sayBad = (item: number, quality: number) => {
    for (const tag of items[item]!.tags) {
      const handle = handles[tag]!;
      if (handle >= 0) feed.push(handle, Number.NaN, quality, Number.NaN);
    }
    state.live[item] = 0;
    state.badMs[item] = feed.nowMs();
  };
  const sayAgain = (item: number, timeMs: number) => {
    for (const tag of items[item]!.tags) last.again(tag, handles[tag]!, timeMs);
  };
  return {
    async resume() {
      const lastMs = await feed.lastMs?.(handles);
      if (lastMs !== undefined) goOn(state, items, lastMs);
    },
    value(item, wire) {
      const sourceMs = timeOf(wire);
      // A value that did not change while we were away keeps its old stamp, yet we know it only from now on:
      // at its own time it would lie before the Bad that the loss left.
      const confirmed = state.live[item] === 0 && sourceMs <= state.badMs[item]!;
      if (!confirmed && isFilled(state, item, sourceMs) && isGood(wire.statusCode.value)) {
        state.live[item] = 1;
        return;
      }
      unchanged.brings(item, confirmed ? Number.NaN : sourceMs, state.live[item] === 0);
      const wasLive = state.live[item] === 1;
      const { tags: readers } = items[item]!;
      for (let i = 0; i < readers.length; i++) {
        if (deliver(readers[i]!, wire, confirmed)) state.live[item] = 1;
      }
      if (decoded.gap) feed.remark('gap');
      if (!wasLive && state.live[item] === 1) unfilled.resumed(item, state.lastMs[item]!, sourceMs);
      state.lastMs[item] = sourceMs;
      state.isEarlier[item] = 0;
    },
    messageBegins: unchanged.begins,
    messageEnds: () => unchanged.ends(state.live, sayAgain),
    delayed: unchanged.delayed,
    refused(item, status) {
      sayBad(item, (status & 0xffff0000) >>> 0);
    },
    missing(item) {
      const lastMs = state.live[item] === 1 ? Number.NaN : state.lastMs[item]!;
      return unfilled.of(item, lastMs, state.isEarlier[item] === 1);
    },
    filled: (item) => unfilled.filled(item),
    backfill: createBackfill(feed, items, state, unfilled, deliver),
    lost() {
      for (let item = 0; item < items.length; item++) {
        state.filledMs[item] = state.filledFromMs[item] = Number.NaN;
        if (state.live[item] === 1) sayBad(item, Quality.badNoCommunication);
      }
    },
  };
}

function createBackfill(
  feed: Feed,
  items: TagPlan['items'],
  state: ItemState,
  unfilled: Unfilled,
  deliver: Deliver,
): Intake['backfill'] {
  return (item, wires) => {
    if (Number.isNaN(state.filledFromMs[item]!)) state.filledFromMs[item] = state.lastMs[item]!;
    for (const wire of wires) {
      const timeMs = timeOf(wire);
      for (const tag of items[item]!.tags) {
        // Of several tags of an item the one may have been there longer than the other.
        if (timeMs <= (state.tagMs[tag] ?? Number.NaN)) continue;
        if (deliver(tag, wire, false)) feed.remark('backfilled');
      }
      if (timeMs > state.lastMs[item]!) state.lastMs[item] = state.filledMs[item] = timeMs;
    }
    const newest = wires.at(-1);
    if (newest !== undefined) unfilled.told(item, timeOf(newest));
  };
}

type Deliver = (tag: number, wire: WireValue, confirmed: boolean) => boolean;

/** One value to one tag; `confirmed`: known by us only from now on, whatever its stamp. True when it was a sample. */
function createDeliver(
  feed: Feed,
  tags: readonly PlannedTag[],
  handles: readonly number[],
  decoded: Decoded,
  last: LastValues,
): Deliver {
  return (tag, wire, confirmed) => {
    const handle = handles[tag]!;
    decode(wire, tags[tag]!.rule, decoded);
    const sourceMs = confirmed ? Number.NaN : decoded.sourceMs;
    if (decoded.coerced) feed.remark('coerced');
    if (decoded.reject !== undefined) {
      feed.reject(decoded.reject, excerpt(tags[tag]!, wire));
      // The value before it is over: neither held as good nor said again.
      if (last.end(tag) && handle >= 0) feed.push(handle, Number.NaN, Quality.badTypeMismatch, sourceMs);
      return false;
    }
    if (handle < 0) return false;
    const { exact } = decoded;
    last.keep(tag, decoded.value, decoded.quality, exact);
    if (exact === undefined) feed.push(handle, decoded.value, decoded.quality, sourceMs);
    else feed.pushExact(handle, exact, decoded.quality, sourceMs);
    return true;
  };
}

/** What is not newer than what the tags had is missed no more, and is known, when it comes, only from now on. */
function goOn(state: ItemState, items: TagPlan['items'], lastMs: readonly number[]): void {
  state.tagMs = lastMs;
  items.forEach(({ tags }, item) => {
    const known = tags.map((tag) => lastMs[tag]!).filter((ms) => !Number.isNaN(ms));
    if (known.length === 0) return;
    state.badMs[item] = Math.max(...known);
    state.lastMs[item] = Math.min(...known);
    state.isEarlier[item] = 1;
  });
}

type ItemState = ReturnType<typeof newItemState>;

function newItemState(items: number) {
  return {
    /** A value came and was not lost since. */
    live: new Uint8Array(items),
    /** When its tags were last told to be Bad by us, or had their last value before all this. */
    badMs: new Float64Array(items).fill(Number.NEGATIVE_INFINITY),
    /** Source time of the last value. */
    lastMs: new Float64Array(items).fill(Number.NaN),
    /** That is from before this life of the source. */
    isEarlier: new Uint8Array(items),
    /** By tag: where it ended before this life of the source; NaN or nothing where it was not there. */
    tagMs: [] as readonly number[],
    /** Source times between which values came out of history. */
    filledFromMs: new Float64Array(items).fill(Number.NaN),
    filledMs: new Float64Array(items).fill(Number.NaN),
  };
}

/** History and live values overlap: what came out of history does not come twice. */
function isFilled(state: ItemState, item: number, sourceMs: number): boolean {
  const filledMs = state.filledMs[item]!;
  if (sourceMs > filledMs) state.filledMs[item] = Number.NaN;
  return sourceMs <= filledMs && sourceMs > state.filledFromMs[item]!;
}

function timeOf({ sourceTimestamp, serverTimestamp }: WireValue): number {
  return (sourceTimestamp ?? serverTimestamp)?.getTime() ?? Number.NaN;
}

function excerpt({ spec, rule }: PlannedTag, { value }: WireValue): string {
  const raw: unknown = value?.value;
  const list = Array.isArray(raw) || ArrayBuffer.isView(raw) ? firstOf(raw as ArrayLike<unknown>) : raw;
  let shown = '';
  try {
    shown = JSON.stringify(list, plain) ?? '';
  } catch {
    shown = 'a value that cannot be shown';
  }
  const field = rule.field === undefined ? '' : `, field ${rule.field.join('.')}`;
  return `${spec.name}: dataType ${value?.dataType}, arrayType ${value?.arrayType}${field}, ${shown}`.slice(
    0,
    1024,
  );
}

/** Not by way of a copy: an array may be large, and come again ten times a second. */
function firstOf(list: ArrayLike<unknown>): unknown[] {
  return Array.from({ length: Math.min(16, list.length ?? 0) }, (_, i) => list[i]);
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
