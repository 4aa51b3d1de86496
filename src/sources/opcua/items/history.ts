// What was missed while the connection was lost, out of the history the server keeps. Bounded in values and in
// time; live values wait for it a little, never long, and the rest comes late rather than not at all.
import { setTimeout as pause } from 'node:timers/promises';
import type { DataValue } from 'node-opcua-client';
import { inBatches } from '../session/limits.ts';
import type { Span } from '../values/unfilled.ts';
import type { Delivery } from './delivery.ts';
import { type HistoryNode, letGo, readableOf, readPages } from './history-read.ts';
import type { ItemEvents } from './item-events.ts';
import type { MonitorParts } from './monitor.ts';

const waitMs = 3_000;
/** A server may write its history a while after the values: what does not reach to the live ones is asked for again. */
const againAfterMs = [1_000, 4_000] as const;
const totalMs = 60_000;
const valuesPerItemMax = 10_000;
/** Of all items together: they go the way of live ones, on which there is room for a second of this. */
const samplesPerS = 50_000;
const nodesPerCall = 10;
/** The newest value before the loss is not the newest of each item. */
const overlapMs = 10_000;
/** Server_ServerStatus_CurrentTime. Some servers set it once a second, or less often. */
const serverTimeNode = 'ns=0;i=2258';
const serverTimeOldMs = 10_000;

export interface GapFill {
  /** Once the items were asked for, with the node ids of those that are delivered. */
  start(nodeIds: ReadonlyMap<number, string>): void;
  /** Instead of that: nothing waits any longer. */
  cancel(): void;
}

interface Gap extends HistoryNode {
  /** The oldest first. */
  spans: readonly Span[];
  continuation: Buffer | undefined;
  values: number;
  /** Source time of the newest value that the history told. */
  reachedMs: number;
  refused: boolean;
}

interface Filling {
  readonly parts: MonitorParts;
  readonly delivery: Delivery;
  readonly events: ItemEvents;
  readonly isOver: () => boolean;
  readonly isLate: () => boolean;
  readonly pace: Pace;
}

interface Pace {
  /** Before more is asked for: resolves when there is room for it. */
  room(): Promise<void>;
  took(samples: number): void;
}

/** To be called before the items are asked for: their first values are to wait. */
export function prepareFill(
  parts: MonitorParts,
  delivery: Delivery,
  events: ItemEvents,
  asked: readonly number[],
  isOver: () => boolean,
): GapFill | undefined {
  const missing = asked.filter((item) => events.missing(item).at(-1)?.toMs === Number.POSITIVE_INFINITY);
  if (missing.length === 0) return undefined;
  const spans = new Map(missing.map((item) => [item, events.missing(item)]));
  for (const item of missing) delivery.hold(item);
  const release = () => {
    if (!isOver()) for (const item of missing) delivery.release(item);
  };
  return {
    cancel: release,
    start(nodeIds) {
      const timer = setTimeout(release, waitMs).unref();
      const endMs = performance.now() + totalMs;
      const isLate = () => isOver() || performance.now() > endMs;
      const gaps = missing.flatMap((item): Gap[] => {
        const nodeId = nodeIds.get(item);
        return nodeId === undefined ? [] : [newGap(item, nodeId, spans.get(item)!)];
      });
      // A broken connection is noticed, and told, elsewhere; a server without this history has none to give.
      fill({ parts, delivery, events, isOver, isLate, pace: newPace() }, gaps)
        .catch(() => {})
        .finally(() => {
          clearTimeout(timer);
          release();
        });
    },
  };
}

function newPace(): Pace {
  let freeMs = 0;
  return {
    async room() {
      const waitMs = freeMs - performance.now();
      if (waitMs > 0) await pause(waitMs, undefined, { ref: false });
    },
    took(samples) {
      freeMs = Math.max(freeMs, performance.now()) + (samples * 1000) / samplesPerS;
    },
  };
}

function newGap(item: number, nodeId: string, spans: readonly Span[]): Gap {
  const reachedMs = Number.NEGATIVE_INFINITY;
  return { item, nodeId, spans, continuation: undefined, values: 0, reachedMs, refused: false };
}

async function fill(filling: Filling, gaps: readonly Gap[]): Promise<void> {
  const { parts, delivery, events, isOver, isLate } = filling;
  const readable = await readableOf(parts, gaps);
  for (const { item } of gaps) {
    if (readable.has(item)) continue;
    delivery.release(item);
    events.onFilled(item);
  }
  let left = gaps.filter(({ item }) => readable.has(item));
  left = await fillOnce(filling, left);
  for (const againMs of againAfterMs) {
    if (left.length === 0 || isLate()) break;
    await pause(againMs, undefined, { ref: false });
    if (isOver()) return;
    for (const gap of left) gap.spans = events.missing(gap.item);
    left = await fillOnce(
      filling,
      left.filter(({ spans }) => spans.length > 0),
    );
  }
  if (!isOver()) for (const { item } of left) events.onFilled(item);
}

/** Resolves to those whose history ends before the live values begin: not all of it is written yet. */
async function fillOnce(filling: Filling, gaps: readonly Gap[]): Promise<Gap[]> {
  const { parts, delivery, events, isOver, isLate } = filling;
  const untilMs = (await serverNowMs(parts)) + serverTimeOldMs;
  const before = gaps.map(({ values }) => values);
  let incomplete = 0;
  const behind: Gap[] = [];
  for (const batch of batchesOf(gaps)) {
    const complete = !isLate() && (await fillBatch(filling, batch, untilMs));
    if (!complete) incomplete += batch.length;
    if (isOver()) return [];
    for (const gap of batch) {
      delivery.release(gap.item);
      const endMs = lastMissingMs(events, gap);
      if (complete && (gap.refused || gap.reachedMs < endMs)) behind.push(gap);
      else events.onFilled(gap.item);
    }
  }
  const filled = gaps.map(({ values }, i) => values - before[i]!).filter((count) => count > 0);
  const values = filled.reduce((sum, count) => sum + count, 0);
  if (values + incomplete > 0) events.report.backfilled(values, filled.length, incomplete);
  return behind;
}

/** Those who miss the last loss only apart from those who miss more: of these only such as begin together. */
function batchesOf(gaps: readonly Gap[]): Gap[][] {
  const batches: Gap[][] = [];
  const { last = [], more = [] } = Object.groupBy(gaps, (gap) => (missesLastOnly(gap) ? 'last' : 'more'));
  for (let i = 0; i < last.length; i += nodesPerCall) batches.push(last.slice(i, i + nodesPerCall));
  let batch: Gap[] = [];
  for (const gap of more.toSorted((a, b) => sinceOf(a) - sinceOf(b))) {
    // All of a question begin at one time: who misses a minute is not to be told a month for another's sake.
    const fits = batch.length < nodesPerCall && sinceOf(gap) - sinceOf(batch[0] ?? gap) <= overlapMs;
    if (!fits || batch.length === 0) {
      batch = [];
      batches.push(batch);
    }
    batch.push(gap);
  }
  return batches;
}

function sinceOf({ spans, reachedMs }: Gap): number {
  return Math.max(spans[0]!.fromMs, reachedMs);
}

function missesLastOnly({ spans: [first, second], reachedMs }: Gap): boolean {
  const isLast = second === undefined && first!.toMs === Number.POSITIVE_INFINITY;
  return isLast && first!.own !== true && !Number.isFinite(reachedMs);
}

async function serverNowMs({ library, session }: MonitorParts): Promise<number> {
  const clock = await session.read({ nodeId: serverTimeNode, attributeId: library.AttributeIds.Value });
  return clock.value.value instanceof Date ? clock.value.value.getTime() : Date.now();
}

/** False when there was more than could be taken, or the server gave up. */
async function fillBatch(
  { parts, delivery, events, isLate, pace }: Filling,
  batch: readonly Gap[],
  untilMs: number,
): Promise<boolean> {
  const toldMs = new Map(batch.map((gap) => [gap, gap.reachedMs]));
  const since = batch.map(sinceOf);
  const newestMs = Math.max(...since.map((sinceMs) => Math.min(sinceMs, untilMs)));
  const samplingMs = Math.max(...batch.map(({ item }) => parts.items[item]!.samplingMs));
  // What stood still had its last value long before the loss, which it shares with the others.
  const lossMs = missesLastOnly(batch[0]!) ? newestMs - Math.max(overlapMs, 2 * samplingMs) : 0;
  // The same on each page: a server may refuse to go on with a question that changed.
  // A clock that was set back has nothing to tell of what it calls the future.
  const fromMs = Math.min(Math.max(Math.min(...since), lossMs), untilMs);
  let complete = true;
  let left = batch;
  while (left.length > 0) {
    await pace.room();
    const pages = await inBatches(parts.limits, 'history', left, (some) =>
      readPages(parts, some, fromMs, untilMs),
    );
    // A server may have more to tell for ever, also of nothing.
    const late = isLate();
    const more: Gap[] = [];
    left.forEach((gap, i) => {
      const { values, continuation, refused } = pages[i]!;
      const heldMs = delivery.heldSinceMs(gap.item);
      // Live values may have begun since, without having waited.
      const endMs = lastMissingMs(events, gap);
      const missed = values.filter((value) => {
        const timeMs = timeOf(value);
        return timeMs < endMs && isMissed(timeMs, gap.spans, heldMs, toldMs.get(gap)!);
      });
      if (missed.length > 0) events.onHistory(gap.item, missed);
      pace.took(missed.length * parts.items[gap.item]!.tags.length);
      gap.values += missed.length;
      gap.reachedMs = values.reduce((reached, value) => Math.max(reached, timeOf(value)), gap.reachedMs);
      gap.refused = refused;
      gap.continuation = continuation;
      if (continuation === undefined) return;
      if (gap.values < valuesPerItemMax && !late) more.push(gap);
      else complete = false;
    });
    left = more;
  }
  await letGo(parts, batch);
  for (const gap of batch) gap.continuation = undefined;
  return complete;
}

/**
 * After the last one we had and what was told before, before the first one that came, or that waits (which, unchanged,
 * may be older than both).
 */
function isMissed(timeMs: number, spans: readonly Span[], heldMs: number, toldMs: number): boolean {
  if (timeMs <= toldMs) return false;
  return spans.some(
    ({ fromMs, toMs }) => timeMs > fromMs && timeMs < toMs && !(heldMs > fromMs && timeMs >= heldMs),
  );
}

/** Without end while it is away. */
function lastMissingMs(events: ItemEvents, { item }: Gap): number {
  return events.missing(item).at(-1)?.toMs ?? Number.NEGATIVE_INFINITY;
}

/** Without one it is never missed, and reaches nowhere. */
function timeOf({ sourceTimestamp }: DataValue): number {
  return sourceTimestamp?.getTime() ?? Number.NEGATIVE_INFINITY;
}
