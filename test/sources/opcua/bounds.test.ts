// Servers that never come to an end, and values that come faster than history can be read: everything is bounded.
import { EventEmitter } from 'node:events';
import type { ClientSession, ClientSubscription, DataValue } from 'node-opcua-client';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { newTreeNode, walk } from '../../../src/sources/opcua/browse/walk.ts';
import { deliver, handleOf } from '../../../src/sources/opcua/items/delivery.ts';
import { prepareFill } from '../../../src/sources/opcua/items/history.ts';
import type { ItemEvents } from '../../../src/sources/opcua/items/item-events.ts';
import type { MonitorParts } from '../../../src/sources/opcua/items/monitor.ts';
import { type Library, loadLibrary } from '../../../src/sources/opcua/library.ts';
import { opcuaSourceSchema } from '../../../src/sources/opcua/schema.ts';
import { planTags } from '../../../src/sources/opcua/tag-plan.ts';

let library: Library;
beforeAll(async () => {
  library = await loadLibrary();
});
afterEach(() => void vi.useRealTimers());

const tags = { a: 'ns=1;s=a', b: 'ns=1;s=b' };
const plan = () =>
  planTags(opcuaSourceSchema.parse({ type: 'opcua', url: 'opc.tcp://127.0.0.1:4840', tags }));
const limits = () => ({ read: 10, browse: 10, translate: 10, monitor: 10, history: 10 });

function keptEvents(values: [item: number, value: unknown][], told: string[]): ItemEvents {
  return {
    onValue: (item, { value }) => void values.push([item, value.value]),
    onRefused: () => {},
    onMessage: () => {},
    onMessageEnd: () => {},
    onDelay: () => {},
    onHistory: (item, some) =>
      void values.push(...some.map(({ value }) => [item, value.value] as [number, unknown])),
    onGap: () => void told.push('gap'),
    missing: () => [{ fromMs: 1, toMs: Number.POSITIVE_INFINITY }],
    onFilled: () => {},
    report: {
      settled: () => {},
      unfiltered: () => {},
      shortQueue: () => {},
      backfilled: (count, items, incomplete) => void told.push(`${count} of ${items}, ${incomplete} in part`),
    },
  };
}

function newValue(value: number): DataValue {
  const { DataType, DataValue: Value } = library;
  return new Value({ value: { dataType: DataType.Double, value }, sourceTimestamp: new Date(1000 + value) });
}

function opened(session: object, values: [number, unknown][], told: string[]) {
  const subscription = new EventEmitter() as unknown as ClientSubscription;
  const events = keptEvents(values, told);
  const { items } = plan();
  const delivery = deliver(library, session as ClientSession, subscription, items, events);
  const send = (item: number, value: number) => {
    const monitoredItems = [{ clientHandle: handleOf(item), value: newValue(value) }];
    subscription.emit('raw_notification', { notificationData: [{ monitoredItems }] } as never);
  };
  return { delivery, events, items, send, subscription };
}

test('values that wait for history are delivered when they become too many, all of them and in order', () => {
  const values: [number, unknown][] = [];
  const { delivery, send } = opened({}, values, []);
  delivery.hold(0);
  delivery.hold(1);
  send(1, -1);
  for (let i = 0; i < 99_999; i++) send(0, i);
  expect(values).toEqual([]);
  // What is held twice loses nothing.
  delivery.hold(0);
  for (let i = 99_999; i < 100_100; i++) send(0, i);
  expect(values.length).toBe(100_101);
  const ofFirst = values.filter(([item]) => item === 0).map(([, value]) => value);
  expect(ofFirst).toEqual(Array.from({ length: 100_100 }, (_, i) => i));
  expect(delivery.heldSinceMs(0)).toBe(1000);
});

test('a history without an end is given up after a minute, and that is said', async () => {
  vi.useFakeTimers();
  const values: [number, unknown][] = [];
  const told: string[] = [];
  let asked = 0;
  let released = 0;
  const starts = new Set<number>();
  const { StatusCodes, HistoryData } = library;
  const good = { statusCode: StatusCodes.Good };
  const session = {
    read: async (wanted: unknown) =>
      Array.isArray(wanted)
        ? wanted.map(() => ({ ...good, value: { value: 5 } }))
        : { ...good, value: { value: new Date(5000) } },
    historyRead: async (request: { releaseContinuationPoints: boolean } & Record<string, unknown>) => {
      if (request.releaseContinuationPoints) released++;
      else starts.add((request['historyReadDetails'] as { startTime: Date }).startTime.getTime());
      asked++;
      vi.advanceTimersByTime(1000);
      const historyData = new HistoryData({ dataValues: asked === 1 ? [newValue(7)] : [] });
      const nodes = request['nodesToRead'] as unknown[];
      return { results: nodes.map(() => ({ ...good, historyData, continuationPoint: Buffer.from('more') })) };
    },
  };
  const { delivery, events, items, subscription, send } = opened(session, values, told);
  const parts = { library, session, subscription, limits: limits(), items } as unknown as MonitorParts;
  const gaps = prepareFill(parts, delivery, events, [0, 1], () => false)!;
  send(0, 50);
  gaps.start(new Map(items.map(({ place }, item) => [item, place])));
  await vi.waitFor(() => expect(told).toEqual(['2 of 2, 2 in part']));
  expect(asked).toBeLessThan(70);
  expect(released).toBe(1);
  // Each page is asked for with the question of the first.
  expect(starts.size).toBe(1);
  // The live value waited three seconds, and not for all of that.
  expect(values.slice(0, 3)).toEqual([
    [0, 7],
    [1, 7],
    [0, 50],
  ]);
});

/** A server with so many pages of history of each node; `onAsked` before each of them. */
function paged(pages: number, perPage: number, onAsked: () => void) {
  const { StatusCodes, HistoryData } = library;
  const good = { statusCode: StatusCodes.Good };
  let asked = 0;
  return {
    read: async (wanted: unknown) =>
      Array.isArray(wanted)
        ? wanted.map(() => ({ ...good, value: { value: 5 } }))
        : { ...good, value: { value: new Date(1e9) } },
    historyRead: async ({ nodesToRead }: { nodesToRead: unknown[] }) => {
      onAsked();
      const from = asked++ * perPage;
      const dataValues = Array.from({ length: perPage }, (_, i) => newValue(from + i + 1));
      const more = asked < pages ? { continuationPoint: Buffer.from('more') } : {};
      return {
        results: nodesToRead.map(() => ({ ...good, historyData: new HistoryData({ dataValues }), ...more })),
      };
    },
  };
}

/** Both items are filled from that server. */
async function fillBoth(session: object, values: [number, unknown][], missing?: ItemEvents['missing']) {
  const told: string[] = [];
  const { delivery, events, items, subscription } = opened(session, values, told);
  const parts = { library, session, subscription, limits: limits(), items } as unknown as MonitorParts;
  let over = false;
  const all = missing === undefined ? events : { ...events, missing };
  prepareFill(parts, delivery, all, [0, 1], () => over)!.start(
    new Map(items.map(({ place }, item) => [item, place])),
  );
  await vi.waitFor(() => expect(told).toHaveLength(1), 10_000);
  over = true;
}

test('history is asked for no faster than its values have room among the live ones', async () => {
  const [pages, perPage] = [8, 500];
  const values: [number, unknown][] = [];
  /** At each question: what was told before, and when it came. */
  const asked: { samples: number; atMs: number }[] = [];
  const note = () => void asked.push({ samples: values.length, atMs: performance.now() });
  await fillBoth(paged(pages, perPage, note), values);
  expect(values).toHaveLength(2 * pages * perPage);
  expect(asked).toHaveLength(pages);
  // 50 in a millisecond; a timer may be early by one.
  for (const { samples, atMs } of asked) expect(atMs - asked[0]!.atMs).toBeGreaterThan(samples / 50 - pages);
});

test('what comes live, late enough not to have waited, is not told out of history once more', async () => {
  const values: [number, unknown][] = [];
  let asked = 0;
  // With the third question the first live value is there: of the time of the 700th.
  const missing = () => [{ fromMs: 1, toMs: asked < 3 ? Number.POSITIVE_INFINITY : 1700 }];
  await fillBoth(
    paged(4, 300, () => void asked++),
    values,
    missing,
  );
  for (const item of [0, 1]) {
    const told = values.filter(([of]) => of === item).map(([, value]) => value);
    expect(told).toEqual(Array.from({ length: 699 }, (_, i) => i + 1));
  }
});

test('a list of references without an end is left off once it is more than anybody looks at', async () => {
  const { StatusCodes } = library;
  let parts = 0;
  const points: boolean[] = [];
  const some = (from: number) =>
    Array.from({ length: 10 }, (_, i) => ({
      nodeId: library.coerceNodeId(`ns=1;i=${from + i}`),
      browseName: { name: `n${from + i}`, namespaceIndex: 1 },
      nodeClass: 4,
      referenceTypeId: library.coerceNodeId('i=47'),
    }));
  const answer = () => ({
    statusCode: StatusCodes.Good,
    references: some(10 * parts++),
    continuationPoint: Buffer.from('more'),
  });
  const session = {
    browse: async (nodes: unknown[]) => nodes.map(answer),
    browseNext: async (_point: Buffer, release: boolean) => {
      points.push(release);
      return answer();
    },
  } as unknown as ClientSession;
  const root = newTreeNode('ns=0;i=85', 'Objects', 0, 'Object');
  const seen = await walk(library, session, limits(), root, {
    depth: 5,
    nodesMax: 100,
    onProgress: () => {},
  });
  expect(seen).toBe(100);
  expect(root.left).toBe('most');
  expect(points.length).toBeLessThan(15);
  // The server is told that nobody will ask for the rest.
  expect(points.at(-1)).toBe(true);
});
