// Between the machine of a stand and its core: the shipped tags, the real decoder, feeds, intake and clock models.
// In place of the broker and the OPC UA session there is a delay. No test of its own.
import type { Config } from '../../src/config/schema.ts';
import type { Alignment } from '../../src/core/align.ts';
import { newIntake } from '../../src/core/intake.ts';
import { Quality } from '../../src/core/quality.ts';
import { tagSpecOf } from '../../src/formats/tag.ts';
import type { Machine } from '../../src/plant/machine.ts';
import { newPanel } from '../../src/plant/panel.ts';
import { newRandom, type Random } from '../../src/plant/random.ts';
import type { Feed } from '../../src/ports.ts';
import { newSourceAccount } from '../../src/runtime/account.ts';
import { createFeed } from '../../src/runtime/feed.ts';
import { createInbox } from '../../src/runtime/inbox.ts';
import { createBinder, type MachinePlan } from '../../src/runtime/machines.ts';
import { createTagTable } from '../../src/runtime/tags.ts';
import { createDecode } from '../../src/sources/mqtt/decode.ts';
import { compilePlan } from '../../src/sources/mqtt/plan.ts';
import { createRouteCache } from '../../src/sources/mqtt/route.ts';

const cncCycleMs = 50;
/** The CNC publishes so long after its cycle. */
const cncPublishMs = 22;
/** Its clock is known by questions and answers, as well as a local network lets it. */
const cncClockMs = 1.5;
/** MQTT takes so long at least, and so much longer in the mean. */
const radioMs = 2;
const radioMeanMs = 4;
/** Nothing is on its way for longer. */
const queueMs = 1024;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

export interface NetworkOptions {
  readonly machine: Machine;
  readonly startMs: number;
  readonly plan: MachinePlan;
  readonly alignment: Alignment;
  readonly sources: Config['sources'];
  readonly seed: number;
}

export function newNetwork({ machine, startMs, plan, alignment, sources, seed }: NetworkOptions) {
  let nowMs = 0;
  const clock = { nowMs: () => startMs + nowMs, monotonicMs: () => nowMs };
  const inbox = createInbox(16_384);
  const parts = {
    ...{ clock, inbox, intake: newIntake(64), tags: createTagTable(), store: undefined },
    onDeadLetter() {},
    onTag: createBinder([plan], alignment, silent),
  };
  const open = (source: string) => createFeed(source, newSourceAccount(), 1000, parts);
  const random = newRandom(`${seed}/stand`);
  const queue = newQueue();
  const radio = newRadio(sources, open('shop'), random.fork('radio'));
  const cycle = newCnc(machine, plan, sources, open('cnc'), seed);
  const emit = ({ device, topic, payload }: { device: string; topic: string; payload: string }) =>
    queue.add(radio.arrivalMs(device, nowMs + 1), () => radio.take(topic, payload));
  const each = (atMs: number) => {
    nowMs = atMs;
    if (atMs % cncCycleMs === 0) queue.add(atMs + cncPublishMs, cycle(startMs + atMs));
    queue.release(atMs);
  };
  return {
    advance: (toMs: number) => machine.advance(toMs, emit, each),
    drain: (dueMs: number) => inbox.drain(dueMs),
  };
}

/** What is on its way, by the millisecond it arrives in. */
function newQueue() {
  const slots: (() => void)[][] = Array.from({ length: queueMs }, () => []);
  return {
    add: (atMs: number, arrive: () => void) => slots[atMs % queueMs]!.push(arrive),
    release(atMs: number) {
      const slot = slots[atMs % queueMs]!;
      for (const arrive of slot) arrive();
      slot.length = 0;
    },
  };
}

/** The ESP32s' way: each keeps the order of its own messages. */
function newRadio(sources: Config['sources'], feed: Feed, random: Random) {
  const { shop } = sources;
  if (shop?.type !== 'mqtt') throw new TypeError('the demo has no MQTT source "shop"');
  const decode = createDecode(shop);
  const routes = createRouteCache(shop.topics.map(compilePlan));
  const lastMs = new Map<string, number>();
  return {
    arrivalMs(device: string, nowMs: number) {
      const delayMs = Math.min(radioMs - radioMeanMs * Math.log(1 - random.next()), queueMs / 2);
      const atMs = Math.max(nowMs + Math.round(delayMs), lastMs.get(device) ?? 0);
      lastMs.set(device, atMs);
      return atMs;
    },
    take(topic: string, payload: string) {
      const route = routes.find(topic);
      if (route !== undefined) decode(route, Buffer.from(payload), false, feed);
    },
  };
}

/** One cycle of the CNC: reads what the twin is fed with and returns how it arrives. */
function newCnc(
  { id, truth }: Machine,
  plan: MachinePlan,
  sources: Config['sources'],
  feed: Feed,
  seed: number,
): (stampMs: number) => () => void {
  const { cnc } = sources;
  if (cnc?.type !== 'opcua') throw new TypeError('the demo has no OPC UA source "cnc"');
  const wanted = new Set(
    [...plan.signals.values()].flatMap(({ source, tag }) => (source === 'cnc' ? [tag] : [])),
  );
  const panel = new Map(newPanel(truth, `${seed}/${id}`).map((spec) => [`s=${id}.${spec.path}`, spec]));
  const nodes = Object.entries(cnc.tags).flatMap(([name, tag]) => {
    if (typeof tag === 'string') return [];
    const spec = panel.get(tag.node?.split(';').at(-1) ?? '');
    if (!wanted.has(name) || spec === undefined) return [];
    return [{ spec, tag: feed.tag(tagSpecOf(name, tag, true)), last: Number.NaN }];
  });
  const errorMs = newRandom(`${seed}/stand/cnc`).between(-cncClockMs, cncClockMs);
  return (stampMs) => {
    const told: { readonly tag: number; readonly value: number }[] = [];
    for (const node of nodes) {
      const value = Number(node.spec.read());
      if (!node.spec.cyclic && value === node.last) continue;
      node.last = value;
      told.push({ tag: node.tag, value });
    }
    return () => {
      for (const { tag, value } of told) feed.push(tag, value, Quality.good, stampMs + errorMs);
    };
  };
}
