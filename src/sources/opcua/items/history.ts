// What was missed while the connection was lost, out of the history the server keeps. Bounded in values and in
// time; live values wait for it a little, never long, and the rest comes late rather than not at all.
import type { DataValue } from 'node-opcua-client';
import { inBatches } from '../session/limits.ts';
import type { Span } from '../values/unfilled.ts';
import type { Delivery } from './delivery.ts';
import type { ItemEvents } from './item-events.ts';
import type { MonitorParts } from './monitor.ts';

const waitMs = 3_000;
const totalMs = 60_000;
const valuesPerItemMax = 10_000;
/** Small answers: each is taken apart on the loop's thread. */
const nodesPerCall = 10;
const valuesPerCall = 500;
/** The newest value before the loss is not the newest of each item. */
const overlapMs = 10_000;
/** Server_ServerStatus_CurrentTime. Some servers set it once a second, or less often. */
const serverTimeNode = 'ns=0;i=2258';
const serverTimeOldMs = 10_000;
const historyReadBit = 4;

export interface GapFill {
  /** Once the items were asked for, with the node ids of those that are delivered. */
  start(nodeIds: ReadonlyMap<number, string>): void;
  /** Instead of that: nothing waits any longer. */
  cancel(): void;
}

interface Gap {
  readonly item: number;
  readonly nodeId: string;
  /** Never empty, the oldest first. */
  readonly spans: readonly Span[];
  values: number;
  continuation: Buffer | undefined;
}

/** To be called before the items are asked for: their first values are to wait. */
export function prepareFill(
  parts: MonitorParts,
  delivery: Delivery,
  events: ItemEvents,
  asked: readonly number[],
  isOver: () => boolean,
): GapFill | undefined {
  const spans = new Map(asked.map((item) => [item, events.missing(item)]));
  const missing = asked.filter((item) => spans.get(item)!.length > 0);
  if (missing.length === 0) return undefined;
  for (const item of missing) delivery.hold(item);
  const release = () => {
    if (!isOver()) for (const item of missing) delivery.release(item);
  };
  return {
    cancel: release,
    start(nodeIds) {
      const timer = setTimeout(release, waitMs).unref();
      const gaps = missing.flatMap((item): Gap[] => {
        const nodeId = nodeIds.get(item);
        return nodeId === undefined
          ? []
          : [{ item, nodeId, spans: spans.get(item)!, values: 0, continuation: undefined }];
      });
      // A broken connection is noticed, and told, elsewhere; a server without this history has none to give.
      fill(parts, delivery, events, gaps, isOver)
        .catch(() => {})
        .finally(() => {
          clearTimeout(timer);
          release();
        });
    },
  };
}

async function fill(
  parts: MonitorParts,
  delivery: Delivery,
  events: ItemEvents,
  gaps: readonly Gap[],
  isOver: () => boolean,
): Promise<void> {
  const readable = await readableOf(parts, gaps);
  for (const { item } of gaps) {
    if (readable.has(item)) continue;
    delivery.release(item);
    events.onFilled(item);
  }
  // Those asked for at once are to miss about the same time.
  const wanted = gaps
    .filter(({ item }) => readable.has(item))
    .sort((a, b) => b.spans[0]!.fromMs - a.spans[0]!.fromMs);
  if (wanted.length === 0) return;
  const { library, session } = parts;
  const clock = await session.read({ nodeId: serverTimeNode, attributeId: library.AttributeIds.Value });
  const serverMs = clock.value.value instanceof Date ? clock.value.value.getTime() : Date.now();
  const untilMs = serverMs + serverTimeOldMs;
  const endMs = performance.now() + totalMs;
  const isLate = () => isOver() || performance.now() > endMs;
  let incomplete = 0;
  for (let start = 0; start < wanted.length; start += nodesPerCall) {
    const batch = wanted.slice(start, start + nodesPerCall);
    if (isLate() || !(await fillBatch(parts, delivery, events, batch, untilMs, isLate)))
      incomplete += batch.length;
    if (isOver()) return;
    for (const { item } of batch) {
      delivery.release(item);
      events.onFilled(item);
    }
  }
  const filled = wanted.filter(({ values }) => values > 0);
  const values = filled.reduce((sum, gap) => sum + gap.values, 0);
  if (values + incomplete > 0) events.report.backfilled(values, filled.length, incomplete);
}

/** Those whose history we may read. */
async function readableOf(
  { library, session, limits }: MonitorParts,
  gaps: readonly Gap[],
): Promise<Set<number>> {
  const { UserAccessLevel } = library.AttributeIds;
  const levels = await inBatches(limits, 'read', gaps, (batch) =>
    session.read(batch.map(({ nodeId }) => ({ nodeId, attributeId: UserAccessLevel }))),
  );
  return new Set(
    gaps
      .filter((_, i) => {
        const level: unknown = levels[i]!.statusCode.isGood() ? levels[i]!.value.value : 0;
        return typeof level === 'number' && (level & historyReadBit) !== 0;
      })
      .map(({ item }) => item),
  );
}

/** False when there was more than could be taken, or the server gave up. */
async function fillBatch(
  parts: MonitorParts,
  delivery: Delivery,
  events: ItemEvents,
  batch: readonly Gap[],
  untilMs: number,
  isLate: () => boolean,
): Promise<boolean> {
  const since = batch.map(({ spans }) => spans[0]!.fromMs);
  const newestMs = Math.max(...since.map((sinceMs) => Math.min(sinceMs, untilMs)));
  const samplingMs = Math.max(...batch.map(({ item }) => parts.items[item]!.samplingMs));
  const oldestMs = Math.min(...since);
  // The same on each page: a server may refuse to go on with a question that changed.
  const fromMs = Math.max(oldestMs, newestMs - Math.max(overlapMs, 2 * samplingMs));
  let complete = true;
  let left = batch;
  while (left.length > 0) {
    const pages = await inBatches(parts.limits, 'history', left, (some) =>
      readPages(parts, some, fromMs, untilMs),
    );
    // A server may have more to tell for ever, also of nothing.
    const late = isLate();
    const more: Gap[] = [];
    left.forEach((gap, i) => {
      const { values, continuation } = pages[i]!;
      const heldMs = delivery.heldSinceMs(gap.item);
      const missed = values.filter((value) => isMissed(value, gap.spans, heldMs));
      if (missed.length > 0) events.onHistory(gap.item, missed);
      gap.values += missed.length;
      gap.continuation = continuation;
      if (continuation === undefined) return;
      if (gap.values < valuesPerItemMax && !late) more.push(gap);
      else complete = false;
    });
    left = more;
  }
  await letGo(parts, batch);
  return complete;
}

/** After the last one we had, before the first one that came, or that waits (which, unchanged, may be older than both). */
function isMissed({ sourceTimestamp }: DataValue, spans: readonly Span[], heldMs: number): boolean {
  const timeMs = sourceTimestamp?.getTime() ?? Number.NaN;
  return spans.some(
    ({ fromMs, toMs }) => timeMs > fromMs && timeMs < toMs && !(heldMs > fromMs && timeMs >= heldMs),
  );
}

interface Page {
  readonly values: readonly DataValue[];
  readonly continuation: Buffer | undefined;
}

async function readPages(
  { library, session }: MonitorParts,
  gaps: readonly Gap[],
  fromMs: number,
  untilMs: number,
): Promise<Page[]> {
  const { HistoryReadRequest, ReadRawModifiedDetails, HistoryData, TimestampsToReturn } = library;
  const { results } = await session.historyRead(
    new HistoryReadRequest({
      historyReadDetails: new ReadRawModifiedDetails({
        isReadModified: false,
        startTime: new Date(fromMs),
        endTime: new Date(untilMs),
        numValuesPerNode: valuesPerCall,
        returnBounds: false,
      }),
      nodesToRead: gaps.map(({ nodeId, continuation }) => ({
        nodeId,
        ...(continuation === undefined ? {} : { continuationPoint: continuation }),
      })),
      releaseContinuationPoints: false,
      timestampsToReturn: TimestampsToReturn.Both,
    }),
  );
  return (results ?? []).map(({ historyData, continuationPoint, statusCode }): Page => {
    const isMore = statusCode.value >>> 31 === 0 && continuationPoint?.length > 0;
    const values = historyData instanceof HistoryData ? (historyData.dataValues ?? []) : [];
    return { values, continuation: isMore ? continuationPoint : undefined };
  });
}

/** What was not read to its end is not kept open on the server. */
async function letGo({ library, session }: MonitorParts, gaps: readonly Gap[]): Promise<void> {
  const open = gaps.filter(({ continuation }) => continuation !== undefined);
  if (open.length === 0) return;
  await session.historyRead(
    new library.HistoryReadRequest({
      historyReadDetails: new library.ReadRawModifiedDetails({ isReadModified: false }),
      nodesToRead: open.map(({ nodeId, continuation }) => ({ nodeId, continuationPoint: continuation! })),
      releaseContinuationPoints: true,
      timestampsToReturn: library.TimestampsToReturn.Neither,
    }),
  );
}
