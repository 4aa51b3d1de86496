// From notifications of a subscription to the values of items. Runs for every change: the library's own way, an
// emitter for each item and one for each group, costs more than decoding a value does.
import type { ClientSession, ClientSubscription, DataValue, NotificationMessage } from 'node-opcua-client';
import type { Library } from '../library.ts';
import type { PlannedItem } from '../tag-plan.ts';
import type { ItemEvents } from './item-events.ts';

/** Values that wait for the history of their items, and values that wait for the type of a structure. */
const heldMax = 100_000;
const undecodedMax = 10_000;
const structure = 22;

export interface Delivery {
  /** From now on the values of the item wait. */
  readonly hold: (item: number) => void;
  /** Source time of the first value that waits, or that waited last; NaN without one. */
  readonly heldSinceMs: (item: number) => number;
  /** The waiting values are delivered, and the coming ones at once. */
  readonly release: (item: number) => void;
  /** The item's node is not there (any more), as its value says. */
  readonly gone: Set<number>;
}

/** The handle we give an item, so that its place is known without looking it up; 0 is no handle. */
export function handleOf(item: number): number {
  return item + 1;
}

const badNodeIdInvalid = 0x8033;
const badNodeIdUnknown = 0x8034;

export function deliver(
  library: Library,
  session: ClientSession,
  subscription: ClientSubscription,
  items: readonly PlannedItem[],
  events: ItemEvents,
): Delivery {
  const held = new Map<number, DataValue[]>();
  let heldCount = 0;
  const heldFirstMs = new Float64Array(items.length).fill(Number.NaN);
  const gone = new Set<number>();
  const isStructured = Uint8Array.from(items, (item) => (item.structured ? 1 : 0));
  const decodeLater = newStructureQueue(library, session, events);

  const take = (item: number, value: DataValue) => {
    const severity = value.statusCode.value >>> 16;
    if (severity === badNodeIdUnknown || severity === badNodeIdInvalid) gone.add(item);
    if (isStructured[item] === 1) decodeLater(item, value);
    else events.onValue(item, value);
  };
  const release = (item: number) => {
    const waiting = held.get(item) ?? [];
    held.delete(item);
    heldCount -= waiting.length;
    for (const value of waiting) take(item, value);
  };
  const accept = (item: number, value: DataValue) => {
    if (item < 0 || item >= items.length) return;
    const waiting = held.size === 0 ? undefined : held.get(item);
    if (waiting === undefined) {
      take(item, value);
      return;
    }
    if (waiting.length === 0) {
      heldFirstMs[item] = (value.sourceTimestamp ?? value.serverTimestamp)?.getTime() ?? Number.NaN;
    }
    waiting.push(value);
    heldCount++;
    // Live values are worth more than the order of old ones.
    if (heldCount > heldMax) for (const each of [...held.keys()]) release(each);
  };
  subscription.on('raw_notification', ({ notificationData, publishTime }: NotificationMessage) => {
    events.onMessage(publishTime?.getTime() ?? Number.NaN);
    for (const data of notificationData ?? []) {
      if (data === null || !('monitoredItems' in data)) continue;
      const { monitoredItems } = data as InstanceType<Library['DataChangeNotification']>;
      // Ours now: the library would look for listeners there are none of, and for the types of structures
      // nobody asked for.
      (data as InstanceType<Library['DataChangeNotification']>).monitoredItems = [];
      for (const { clientHandle, value } of monitoredItems ?? []) accept(clientHandle - 1, value);
    }
    events.onMessageEnd();
  });
  return {
    gone,
    hold(item) {
      if (held.has(item)) return;
      held.set(item, []);
      heldFirstMs[item] = Number.NaN;
    },
    heldSinceMs: (item) => heldFirstMs[item]!,
    release,
  };
}

/** Structures are decoded by types that have to be fetched once; what follows on the item waits for that. */
function newStructureQueue(library: Library, session: ClientSession, events: ItemEvents) {
  const unknownTypes = new Set<string>();
  let queue = Promise.resolve();
  let waiting = 0;
  const decode = async (value: DataValue) => {
    const type = encodingOf(value);
    // An encoding nobody can explain is asked for once a session.
    if (type === undefined || unknownTypes.has(type)) return;
    await library.promoteOpaqueStructure(session, [value]).catch(() => {});
    if (encodingOf(value) !== undefined) unknownTypes.add(type);
  };
  return (item: number, value: DataValue) => {
    if (waiting >= undecodedMax) {
      events.onGap();
      return;
    }
    waiting++;
    queue = queue
      .then(() => decode(value))
      .then(() => events.onValue(item, value))
      // Whatever one value does, those behind it go on.
      .catch(() => events.onGap())
      .then(() => {
        waiting--;
      });
  };
}

/** Of a structure that is still bytes. */
function encodingOf({ value }: DataValue): string | undefined {
  if (value?.dataType !== structure) return undefined;
  const raw: unknown = Array.isArray(value.value) ? value.value[0] : value.value;
  if (typeof raw !== 'object' || raw === null || !('buffer' in raw) || !('nodeId' in raw)) return undefined;
  return String(raw.nodeId);
}
