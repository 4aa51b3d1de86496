// The monitored items of one session, from the first question to the last: all nodes are asked for, the refused
// ones again and again, and what was missed while away is taken from the server's history.
import type { ClientSession, ClientSubscription } from 'node-opcua-client';
import { qualityName } from '../../../core/quality.ts';
import type { Library } from '../library.ts';
import type { OpcuaSourceConfig } from '../schema.ts';
import { readLimits } from '../session/limits.ts';
import type { PlannedItem } from '../tag-plan.ts';
import { type Delivery, deliver } from './delivery.ts';
import { prepareFill } from './history.ts';
import type { ItemEvents } from './item-events.ts';
import { type Monitored, type MonitorParts, monitor, type RawSession, type Wanted } from './monitor.ts';
import { findPlaces } from './places.ts';

/** Of timers and threads inside a server. */
const slackMs = 50;
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

/** Where they are, and whether the server delivers them. When it throws, all is as it was. */
async function askFor(state: State, asked: readonly number[]): Promise<void> {
  const { parts, events, delivery } = state;
  const { library, session, limits, items } = parts;
  const found = await findPlaces(
    library,
    session,
    limits,
    asked.map((item) => items[item]!),
  );
  const wanted: Wanted[] = [];
  const answers = new Map<number, number>();
  found.forEach((place, i) => {
    const item = asked[i]!;
    if ('nodeId' in place) wanted.push({ item, nodeId: place.nodeId });
    else answers.set(item, place.status);
  });
  const over = () => state.stop.aborted;
  const gaps = state.fills ? prepareFill(parts, delivery, events, asked, over) : undefined;
  // Whatever of them was gone: from here on only its new item can say so.
  const gone = asked.filter((item) => delivery.gone.delete(item));
  let monitored: readonly Monitored[];
  try {
    monitored = await monitor(parts, wanted);
  } catch (error) {
    for (const item of gone) delivery.gone.add(item);
    gaps?.cancel();
    throw error;
  }
  if (over()) return;
  for (const { item, status } of monitored) answers.set(item, status);
  for (const { item, monitoredItemId, samplingMs } of monitored) {
    state.ids.set(item, monitoredItemId);
    events.onDelay(item, Math.max(0, samplingMs) + parts.subscription.publishingInterval + slackMs);
  }
  settle(state, asked, answers);
  const given = wanted.filter(({ item }) => !state.refused.has(item));
  gaps?.start(new Map(given.map(({ item, nodeId }) => [item, nodeId])));
  tell(state, monitored);
}

/** Notes who is refused now; what was Bad already with the same status is not told again. */
function settle(
  { refused, ids, events }: State,
  asked: readonly number[],
  answers: ReadonlyMap<number, number>,
): void {
  for (const item of asked) {
    const status = answers.get(item)!;
    if (status >>> 31 === 0) {
      refused.delete(item);
      continue;
    }
    ids.delete(item);
    if (refused.get(item) !== status) events.onRefused(item, status);
    refused.set(item, status);
  }
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

/** Refused items, and those whose node went away, are asked for again: soon at first, then ever more rarely. */
function keepAsking(state: State): void {
  const { refused, delivery, stop } = state;
  let waitMs: number = retryMs.first;
  let waitedMs = 0;
  let before: ReadonlySet<number> = new Set();
  const round = async () => {
    waitedMs += retryMs.first;
    const asked = new Set([...refused.keys(), ...delivery.gone]);
    // What went away just now is not to wait for what has been refused for long.
    if ([...asked].some((item) => !before.has(item))) waitMs = retryMs.first;
    if (asked.size === 0 || waitedMs < waitMs) return;
    waitMs = Math.min(retryMs.most, waitMs * 2);
    waitedMs = 0;
    before = asked;
    await forget(state, [...asked]);
    await askFor(state, [...asked]);
  };
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    const free = () => {
      busy = false;
    };
    // A connection that breaks meanwhile is noticed, and told, elsewhere.
    round().then(free, free);
  }, retryMs.first);
  stop.addEventListener('abort', () => clearInterval(timer), { once: true });
}

/** An item whose node went away may never come back by itself: it is made anew. */
async function forget({ parts, ids }: State, asked: readonly number[]): Promise<void> {
  const old = asked.filter((item) => ids.has(item));
  if (old.length === 0) return;
  const { subscriptionId } = parts.subscription;
  await parts.session.deleteMonitoredItems({
    subscriptionId,
    monitoredItemIds: old.map((item) => ids.get(item)!),
  });
  for (const item of old) ids.delete(item);
}

function nameOf({ StatusCodes }: Library, status: number): string {
  const known = Object.values(StatusCodes).find((one) => one.value >>> 0 === status);
  return known?.name ?? qualityName(status);
}
