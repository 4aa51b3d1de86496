// What every Bus promises, whichever broker is behind it. A new kind of bus is done when it passes.
import type { MqttClient } from 'mqtt';
import { describe, expect, test } from 'vitest';
import type { Bus, BusHandler } from '../../src/ports.ts';
import { poll } from '../poll.ts';

export interface BusUnderTest {
  /** A bus that has not been started; stopped by the harness afterwards. */
  readonly bus: () => Promise<Bus>;
  /** Another client of the same broker; `comeBack`: it connects again when cut, and sends again. */
  readonly outside: (comeBack?: boolean) => Promise<MqttClient>;
}

interface Call {
  topic: string;
  text: string;
  retained: boolean;
}

function recorder(answer: () => Promise<void> | undefined = () => undefined): {
  calls: Call[];
  handler: BusHandler;
} {
  const calls: Call[] = [];
  return {
    calls,
    handler: (topic, payload, retained) => {
      calls.push({ topic, text: Buffer.from(payload).toString(), retained });
      return answer();
    },
  };
}

function publish(bus: Bus, topic: string, text: string, options: { qos: 0 | 1; retain: boolean }) {
  return new Promise<Error | undefined>((resolve) => bus.publish(topic, text, options, resolve));
}

async function started(bus: Bus): Promise<Bus> {
  await bus.start();
  await poll('the link to be up', () => bus.link === 'up');
  return bus;
}

export function busSuite(name: string, make: () => BusUnderTest): void {
  describe(`bus contract: ${name}`, () => {
    takesIn(make);
    takesInMore(make);
    acknowledges(make);
    givesOut(make);
    livesAndEnds(make);
  });
}

function takesIn(make: () => BusUnderTest): void {
  test('a message from outside reaches every matching handler, with topic and payload as sent', async () => {
    const { bus, outside } = make();
    const b = await bus();
    const one = recorder();
    const all = recorder();
    const other = recorder();
    b.subscribe('shop/+/temp', 1, one.handler);
    b.subscribe('shop/#', 0, all.handler);
    b.subscribe('shop/+/load', 1, other.handler);
    await started(b);
    const client = await outside();
    await client.publishAsync('shop/m1/temp', '21.5', { qos: 0 });
    await client.publishAsync('shop/m1/temp', 'é21', { qos: 1 });
    await client.publishAsync('shop/größe', 'x', { qos: 1 });
    await client.publishAsync('elsewhere/temp', 'no', { qos: 1 });
    await poll('all messages', () => all.calls.length >= 3);
    expect(one.calls.map(({ text }) => text)).toEqual(['21.5', 'é21']);
    expect(all.calls.map(({ topic }) => topic)).toEqual(['shop/m1/temp', 'shop/m1/temp', 'shop/größe']);
    expect(all.calls.every(({ retained }) => !retained)).toBe(true);
    expect(other.calls).toEqual([]);
  });

  test('messages on one topic arrive in order, none lost, none twice', async () => {
    const { bus, outside } = make();
    const b = await bus();
    const { calls, handler } = recorder();
    b.subscribe('shop/#', 1, handler);
    await started(b);
    const client = await outside();
    const count = 3000;
    const sent: Promise<unknown>[] = [];
    for (let i = 0; i < count; i++) sent.push(client.publishAsync('shop/sequence', String(i), { qos: 1 }));
    await Promise.all(sent);
    await poll('all messages', () => calls.length >= count);
    expect(calls.map(({ text }) => Number(text))).toEqual(Array.from({ length: count }, (_, i) => i));
  });
}

function takesInMore(make: () => BusUnderTest): void {
  test('what was retained before the start is delivered as retained, what comes later is not', async () => {
    const { bus, outside } = make();
    const first = await started(await bus());
    const client = await outside();
    await client.publishAsync('plan/a', 'old', { qos: 1, retain: true });
    await first.stop();
    const second = await bus();
    const { calls, handler } = recorder();
    second.subscribe('plan/#', 1, handler);
    await started(second);
    await poll('the retained message', () => calls.length > 0);
    expect(calls).toEqual([{ topic: 'plan/a', text: 'old', retained: true }]);
    const again = await outside();
    await again.publishAsync('plan/a', 'new', { qos: 1, retain: true });
    await poll('the live message', () => calls.length > 1);
    expect(calls[1]).toEqual({ topic: 'plan/a', text: 'new', retained: false });
    await again.publishAsync('plan/a', '', { qos: 1, retain: true });
  });

  test("the bus hears its own messages where it subscribes, and a handler's mistake stays its own", async () => {
    const { bus, outside } = make();
    const b = await bus();
    const { calls, handler } = recorder();
    b.subscribe('loop/#', 1, () => {
      throw new Error('a defect');
    });
    b.subscribe('loop/+', 1, handler);
    await started(b);
    expect(await publish(b, 'loop/a', 'mine', { qos: 1, retain: false })).toBeUndefined();
    await poll('the own message', () => calls.length > 0);
    await (await outside()).publishAsync('loop/b', 'theirs', { qos: 1 });
    await poll('the other message', () => calls.length > 1);
    expect(calls.map(({ text }) => text)).toEqual(['mine', 'theirs']);
  });
}

function acknowledges(make: () => BusUnderTest): void {
  test("a handler's promise does not hold up the messages behind it", async () => {
    const { bus, outside } = make();
    const b = await bus();
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { calls, handler } = recorder(() => gate);
    b.subscribe('slow/#', 1, handler);
    await started(b);
    const client = await outside();
    const sent = Array.from({ length: 15 }, (_, i) => client.publishAsync('slow/a', String(i), { qos: 1 }));
    await poll('15 messages while none is acknowledged', () => calls.length === 15);
    release();
    await Promise.all(sent);
    await client.publishAsync('slow/a', 'after', { qos: 1 });
    await poll('the next message', () => calls.length === 16);
  });

  test('a message whose handler fails is not acknowledged: it comes again', async () => {
    const { bus, outside } = make();
    const b = await bus();
    let failing = true;
    const { calls, handler } = recorder(() =>
      failing ? Promise.reject(new Error('the disk is full')) : Promise.resolve(),
    );
    b.subscribe('keep/#', 1, handler);
    await started(b);
    const client = await outside(true);
    const sent = client.publishAsync('keep/a', 'precious', { qos: 1 });
    await poll('the first try', () => calls.length > 0);
    failing = false;
    await poll('the second try', () => calls.length > 1);
    await sent;
    expect(new Set(calls.map(({ text }) => text))).toEqual(new Set(['precious']));
  });
}

function givesOut(make: () => BusUnderTest): void {
  test('messages of every kind given out in one turn arrive, and each kind in order', async () => {
    const { bus, outside } = make();
    const b = await started(await bus());
    const client = await outside();
    const seen: string[] = [];
    client.on('message', (_topic, payload) => seen.push(payload.toString()));
    await client.subscribeAsync('mixed/#', { qos: 1 });
    const kinds = [
      { qos: 1, retain: false },
      { qos: 0, retain: true },
      { qos: 0, retain: false },
    ] as const;
    const sent = Array.from({ length: 30 }, (_, i) => String(i));
    const results = sent.map((text, i) => publish(b, `mixed/${i % 3}`, text, kinds[i % 3]!));
    expect(await Promise.all(results)).toEqual(sent.map(() => undefined));
    await poll('all of them', () => seen.length >= sent.length);
    // Order is promised within a kind: what need not be stored may overtake what must.
    const ofKind = (texts: string[], kind: number) => texts.filter((text) => Number(text) % 3 === kind);
    for (const kind of [0, 1, 2]) expect(ofKind(seen, kind)).toEqual(ofKind(sent, kind));
    expect(seen).toHaveLength(sent.length);
  });

  test('publishes reach others, with quality of service and retained as asked', async () => {
    const { bus, outside } = make();
    const b = await started(await bus());
    const client = await outside();
    const heard: string[] = [];
    client.on('message', (topic, payload, { qos, retain }) => {
      heard.push(`${topic} ${payload.toString()} ${qos} ${retain}`);
    });
    await client.subscribeAsync('out/#', { qos: 1 });
    expect(await publish(b, 'out/a', 'zero', { qos: 0, retain: false })).toBeUndefined();
    expect(await publish(b, 'out/a', 'one', { qos: 1, retain: false })).toBeUndefined();
    expect(await publish(b, 'out/kept', 'two', { qos: 1, retain: true })).toBeUndefined();
    await poll('three messages', () => heard.length >= 3);
    expect(heard).toEqual(['out/a zero 0 false', 'out/a one 1 false', 'out/kept two 1 false']);
    const late = await outside();
    const kept = new Promise<string>((resolve) => {
      late.on('message', (topic, payload, { retain }) => resolve(`${topic} ${payload.toString()} ${retain}`));
    });
    await late.subscribeAsync('out/#', { qos: 1 });
    expect(await kept).toBe('out/kept two true');
    await publish(b, 'out/kept', '', { qos: 1, retain: true });
  });

  test('the status says online after the start and offline after the stop', async () => {
    const { bus, outside } = make();
    const next = await bus();
    next.status({ topic: 'site/status', online: () => 'online', offline: () => 'offline' });
    await started(next);
    const client = await outside();
    const heard: string[] = [];
    client.on('message', (_topic, payload) => heard.push(payload.toString()));
    await client.subscribeAsync('site/status', { qos: 1 });
    await poll('the birth', () => heard.includes('online'));
    await next.stop();
    const after = await bus();
    const last = recorder();
    after.subscribe('site/status', 1, last.handler);
    await started(after);
    await poll('the retained status', () => last.calls.length > 0);
    expect(last.calls[0]).toEqual({ topic: 'site/status', text: 'offline', retained: true });
    await publish(after, 'site/status', '', { qos: 1, retain: true });
  });
}

function livesAndEnds(make: () => BusUnderTest): void {
  test('link changes are told; nothing is published before the start or after the stop', async () => {
    const { bus } = make();
    const b = await bus();
    const links: string[] = [];
    b.onLink((link) => links.push(link));
    expect(b.link).toBe('stopped');
    expect(await publish(b, 'a', 'x', { qos: 1, retain: false })).toBeInstanceOf(Error);
    await started(b);
    expect(b.reason).toBe('');
    await b.stop();
    expect(links).toEqual(['connecting', 'up', 'stopped']);
    expect(await publish(b, 'a', 'x', { qos: 0, retain: false })).toBeInstanceOf(Error);
    await b.stop();
  });
}
