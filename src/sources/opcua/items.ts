// The monitored items of one session, from the first question to the last: all nodes are asked for, the refused
// ones again and again, and what was missed while away is taken from the server's history.
import type { ClientSession, ClientSubscription } from 'node-opcua-client';
import { qualityName } from '../../core/quality.ts';
import { type Delivery, deliver } from './delivery.ts';
import { prepareFill } from './history.ts';
import type { ItemEvents } from './item-events.ts';
import type { Library } from './library.ts';
import { readLimits } from './limits.ts';
import { type Monitored, type MonitorParts, monitor, type RawSession, type Wanted } from './monitor.ts';
import { findPlaces } from './places.ts';
import type { OpcuaSourceConfig } from './schema.ts';
import type { PlannedItem } from './tag-plan.ts';

const retryMs = { first: 1_000, most: 60_000 } as const;

interface State {
  readonly parts: MonitorParts;
  readonly delivery: Delivery;
  readonly events: ItemEvents;
  /** By item: why it is not delivered. */
  readonly refused: Map<number, number>;
  /** What the server calls it, where it has it. */
  readonly ids: Map<number, number>;
  /** Gaps are filled from the history of the server. */
  readonly fills: boolean;
  readonly stop: AbortSignal;
}

/** Resolves when every node has been asked for once; goes on with what is missing until `end`. */
export async function openItems(
  library: Library,
  opened: ClientSession,
  subscription: ClientSubscription,
  config: OpcuaSourceConfig,
  items: readonly PlannedItem[],
  events: ItemEvents,
): Promise<{ end(): void }> {
  const session = opened as RawSession;
  const limits = await readLimits(library, session);
  const parts: MonitorParts = { library, session, subscription, limits, items };
  const ending = new AbortController();
  const all = items.map((_, item) => item);
  const state: State = {
    parts,
    delivery: deliver(library, session, subscription, items, events),
    events,
    refused: new Map(),
    ids: new Map(),
    fills: config.history === 'auto',
    stop: ending.signal,
  };
  await askFor(state, all);
  keepAsking(state);
  return { end: () => ending.abort() };
}

/** Where they are, and whether the server delivers them. */
async function askFor(state: State, asked: readonly number[]): Promise<void> {
  const { parts, refused, ids, events, delivery } = state;
  const { library, session, limits, items } = parts;
  const before = new Map(asked.map((item) => [item, refused.get(item)]));
  for (const item of asked) refused.delete(item);
  const found = await findPlaces(
    library,
    session,
    limits,
    asked.map((item) => items[item]!),
  );
  const wanted: Wanted[] = [];
  found.forEach((place, i) => {
    const item = asked[i]!;
    if ('nodeId' in place) wanted.push({ item, nodeId: place.nodeId });
    else refused.set(item, place.status);
  });
  for (const item of asked) delivery.gone.delete(item);
  const gaps = state.fills
    ? prepareFill(parts, delivery, events, asked, () => state.stop.aborted)
    : undefined;
  const monitored = await monitor(parts, wanted);
  for (const { item, status, monitoredItemId } of monitored) {
    if (status >>> 31 === 1) refused.set(item, status);
    else ids.set(item, monitoredItemId);
  }
  const given = wanted.filter(({ item }) => ids.has(item));
  gaps?.start(new Map(given.map(({ item, nodeId }) => [item, nodeId])));
  for (const [item, status] of refused) {
    // What was Bad already with the same status is not told again.
    if (before.has(item) && before.get(item) !== status) events.onRefused(item, status);
  }
  tell(state, monitored);
}

function tell({ parts, refused, events }: State, monitored: readonly Monitored[]): void {
  const { library, subscription } = parts;
  const names = new Map<number, string>();
  for (const item of [...refused.keys()].sort((a, b) => a - b)) {
    names.set(item, nameOf(library, refused.get(item)!));
  }
  events.report.settled(names);
  const good = monitored.filter(({ status }) => status >>> 31 === 0);
  events.report.unfiltered(good.filter(({ unfiltered }) => unfiltered).map(({ item }) => item));
  const short = good.filter(
    ({ samplingMs, queueSize }) => samplingMs > 0 && queueSize * samplingMs < subscription.publishingInterval,
  );
  events.report.shortQueue(
    short.map(({ item }) => item),
    short[0]?.queueSize ?? 0,
    short[0]?.samplingMs ?? 0,
  );
}

/** Refused items, and those whose node went away, are asked for again, ever more rarely. */
function keepAsking(state: State): void {
  const { refused, delivery, stop } = state;
  let waitMs: number = retryMs.first;
  let timer: NodeJS.Timeout | undefined;
  stop.addEventListener('abort', () => clearTimeout(timer), { once: true });
  const round = async () => {
    const asked = [...new Set([...refused.keys(), ...delivery.gone])];
    waitMs = asked.length === 0 ? retryMs.first : Math.min(retryMs.most, waitMs * 2);
    if (asked.length === 0) return;
    await forget(state, asked);
    await askFor(state, asked);
  };
  const plan = () => {
    if (stop.aborted) return;
    timer = setTimeout(() => {
      // A connection that breaks meanwhile is noticed, and told, elsewhere.
      round().then(plan, plan);
    }, waitMs);
  };
  plan();
}

/** An item whose node went away may never come back by itself: it is made anew. */
async function forget({ parts, ids }: State, asked: readonly number[]): Promise<void> {
  const monitoredItemIds = asked.flatMap((item) => ids.get(item) ?? []);
  for (const item of asked) ids.delete(item);
  if (monitoredItemIds.length === 0) return;
  const { subscriptionId } = parts.subscription;
  await parts.session.deleteMonitoredItems({ subscriptionId, monitoredItemIds });
}

function nameOf({ StatusCodes }: Library, status: number): string {
  const known = Object.values(StatusCodes).find((one) => one.value >>> 0 === status);
  return known?.name ?? qualityName(status);
}
