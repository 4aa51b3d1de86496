// From notifications of a subscription to the values of items. Runs for every change: the library's own way, an
// emitter for each item and one for each group, costs more than decoding a value does.
import type { ClientSession, ClientSubscription, DataValue, NotificationMessage } from 'node-opcua-client';
import type { ItemEvents } from './item-events.ts';
import type { Library } from './library.ts';
import type { PlannedItem } from './tag-plan.ts';

/** Values of one item that wait for its history, and of all items that wait for the type of a structure. */
const heldMax = 10_000;
const structure = 22;

export interface Delivery {
  /** From now on the values of the item wait. */
  readonly hold: (item: number) => void;
  /** Source time of the first value that waits; NaN without one. */
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
  const gone = new Set<number>();
  const isStructured = Uint8Array.from(items, (item) => (item.structured ? 1 : 0));
  const decodeLater = newStructureQueue(library, session, events);

  const take = (item: number, value: DataValue) => {
    const severity = value.statusCode.value >>> 16;
    if (severity === badNodeIdUnknown || severity === badNodeIdInvalid) gone.add(item);
    if (isStructured[item] === 1) decodeLater(item, value);
    else events.onValue(item, value);
  };
  const accept = (item: number, value: DataValue) => {
    if (item < 0 || item >= items.length) return;
    const waiting = held.size === 0 ? undefined : held.get(item);
    if (waiting === undefined) take(item, value);
    else if (waiting.length < heldMax) waiting.push(value);
    else events.onGap();
  };
  subscription.on('raw_notification', ({ notificationData }: NotificationMessage) => {
    for (const data of notificationData ?? []) {
      if (data === null || !('monitoredItems' in data)) continue;
      const { monitoredItems } = data as InstanceType<Library['DataChangeNotification']>;
      // Ours now: the library would look for listeners there are none of, and for the types of structures
      // nobody asked for.
      (data as InstanceType<Library['DataChangeNotification']>).monitoredItems = [];
      for (const { clientHandle, value } of monitoredItems ?? []) accept(clientHandle - 1, value);
    }
  });
  return {
    gone,
    hold: (item) => void held.set(item, []),
    heldSinceMs(item) {
      const first = held.get(item)?.[0];
      return (first?.sourceTimestamp ?? first?.serverTimestamp)?.getTime() ?? Number.NaN;
    },
    release(item) {
      const waiting = held.get(item) ?? [];
      held.delete(item);
      for (const value of waiting) take(item, value);
    },
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
    if (waiting >= heldMax) {
      events.onGap();
      return;
    }
    waiting++;
    queue = queue
      .then(() => decode(value))
      .then(() => {
        waiting--;
        events.onValue(item, value);
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
