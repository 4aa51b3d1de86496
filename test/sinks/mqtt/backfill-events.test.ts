// Events out of history: each until it is acknowledged, in order, once in the normal case, and at once when history
// cannot store it.
import { describe, expect, test } from 'vitest';
import { createHall, type Hall } from './hall.ts';

async function running(settings: object = {}): Promise<Hall> {
  const hall = createHall(settings);
  await hall.bus.start();
  await hall.start();
  await hall.run(1);
  return hall;
}

const place = (hall: Hall) => hall.archive.cursors.get('mqtt/events');
const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));

describe('events', () => {
  test('each within a tick or two, once, and then their place is kept', async () => {
    const hall = await running();
    for (const text of numbers(20)) {
      hall.event(text);
      await hall.run(0.2);
    }
    expect(hall.texts()).toEqual(numbers(20));
    await hall.run(5);
    expect(hall.texts()).toEqual(numbers(20));
    expect(place(hall)).toBe(20);
    expect(hall.sink.report().depth).toBe(0);
  });

  test('of an outage longer than memory: all, in order', async () => {
    const hall = await running({ outbox: { messages: 50 } });
    hall.bus.setLink('down');
    for (const text of numbers(1000)) {
      hall.event(text);
      if (Number(text) % 20 === 0) await hall.run(0.1);
    }
    expect(hall.sink.report().depth).toBeLessThanOrEqual(50);
    hall.bus.setLink('up');
    await hall.run(3);
    expect(hall.texts()).toEqual(numbers(1000));
    expect(hall.sink.report().dropped['overflow']).toBeUndefined();
  });

  test('of before a kill: what was not acknowledged, and nothing else', async () => {
    const hall = await running();
    hall.event('a');
    await hall.run(1);
    hall.bus.setLink('down');
    for (const text of ['b', 'c']) hall.event(text);
    await hall.run(1);
    await hall.kill();
    hall.event('d');
    await hall.run(1);
    expect(hall.texts()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('lost in a connection that broke: told again, in order', async () => {
    const hall = await running();
    hall.bus.open = false;
    for (const text of numbers(10)) hall.event(text);
    await hall.run(1);
    hall.bus.setLink('down');
    expect(hall.texts()).toEqual([]);
    hall.bus.open = true;
    hall.bus.setLink('up');
    await hall.run(1);
    expect(hall.texts()).toEqual(numbers(10));
    expect(place(hall)).toBe(10);
  });

  test('its place moves with an acknowledgement only', async () => {
    const hall = await running();
    hall.bus.open = false;
    for (const text of numbers(5)) hall.event(text);
    await hall.run(1);
    expect(place(hall)).toBe(0);
    hall.bus.flow();
    expect(place(hall)).toBe(5);
  });

  test('history cannot store it: it goes as it came, and not again when history has it later', async () => {
    const hall = await running();
    hall.event('full', false);
    await hall.run(1);
    expect(hall.texts()).toEqual([]);
    await hall.run(2);
    expect(hall.texts()).toEqual(['full']);
    const kept = JSON.parse(hall.bus.arrived.find(({ topic }) => topic.endsWith('/event'))!.payload) as {
      kind: 'source-up';
      time: string;
      text: string;
    };
    hall.archive.events.push({ kind: kept.kind, timeMs: Date.parse(kept.time), text: kept.text });
    hall.event('fine');
    await hall.run(3);
    expect(hall.texts()).toEqual(['full', 'fine']);
    expect(place(hall)).toBe(2);
  });

  test('a history that does not answer keeps no event back', async () => {
    const hall = await running();
    hall.archive.broken = true;
    hall.event('gone');
    await hall.run(5);
    expect(hall.texts()).toEqual(['gone']);
    hall.archive.broken = false;
    hall.event('back');
    await hall.run(5);
    expect(hall.texts()).toEqual(['gone', 'back']);
  });

  test('at its first start not those of before, but the first of now', async () => {
    const hall = createHall();
    for (const text of numbers(777)) hall.event(text);
    await hall.run(1);
    await hall.bus.start();
    await hall.start();
    hall.event('started');
    await hall.run(1);
    expect(hall.texts()).toEqual(['started']);
  });

  test('and those of a run that was killed before history answered anything are told by the next', async () => {
    const hall = createHall();
    for (const text of numbers(30)) hall.event(text);
    hall.archive.broken = true;
    await hall.bus.start();
    await hall.start();
    hall.event('restored');
    await hall.run(0.3);
    expect(hall.texts()).toEqual([]);
    hall.archive.broken = false;
    await hall.kill();
    hall.event('later');
    await hall.run(1);
    expect(hall.texts()).toEqual(['restored', 'later']);
  });

  test('a question that failed is asked again, though nothing new happens', async () => {
    const hall = await running();
    hall.bus.setLink('down');
    hall.event('missed');
    await hall.run(1);
    hall.archive.broken = true;
    await hall.kill();
    await hall.run(0.5);
    hall.archive.broken = false;
    await hall.run(3);
    expect(hall.texts()).toEqual(['missed']);
  });

  test('a reader that hangs keeps no event back', async () => {
    const hall = await running();
    const { reader } = hall.archive;
    const events = reader.events.bind(reader);
    let answer = () => {};
    reader.events = (...about) => new Promise((resolve) => (answer = () => resolve(events(...about))));
    hall.event('hung');
    await hall.run(1);
    expect(hall.texts()).toEqual([]);
    await hall.run(3);
    expect(hall.texts()).toEqual(['hung']);
    reader.events = events;
    answer();
    hall.event('fine');
    await hall.run(3);
    expect(hall.texts()).toEqual(['hung', 'fine']);
  });

  test('a place behind the last event is that of a file that was lost: what happens now is told', async () => {
    const hall = createHall();
    hall.archive.moveCursor('mqtt', 'events', 500);
    await hall.bus.start();
    await hall.start();
    hall.event('begun');
    await hall.run(1);
    expect(hall.texts()).toEqual(['begun']);
    expect(place(hall)).toBe(1);
  });

  test('a denied event is tried five times, given up and counted; the next ones go on', async () => {
    const hall = await running();
    hall.bus.refuse = '/event';
    hall.event('denied');
    await hall.run(3);
    hall.bus.refuse = undefined;
    hall.event('fine');
    await hall.run(1);
    expect(hall.texts()).toEqual(['fine']);
    expect(hall.sink.report().dropped['refused']).toBe(1);
    expect(place(hall)).toBe(2);
  });

  test('the last words are told before the end', async () => {
    const hall = await running();
    hall.event('stopping');
    await hall.sink.stop();
    expect(hall.texts()).toEqual(['stopping']);
    expect(place(hall)).toBe(1);
  });
});
