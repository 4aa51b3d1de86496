// Each fault against the same shop without it: what it should change changes, and nothing else.
import { expect, test } from 'vitest';
import type { Fault } from '../../src/plant/fault.ts';
import type { Message } from '../../src/plant/link.ts';
import {
  type Drive,
  meanOf,
  openMachine,
  payloadsOf,
  sentWithin,
  type Thermal,
  type Vibration,
} from './shop-floor.ts';

const seconds = 100;
const sound = sentWithin(seconds);
const broken = (fault: Fault) => sentWithin(seconds, { fault });

const others = (messages: readonly Message[], device: string) =>
  messages.filter((message) => message.device !== device).map(({ topic, payload }) => `${topic} ${payload}`);

const spindleMean = (messages: readonly Message[]) =>
  meanOf(payloadsOf<Drive>(messages, 'drive').map((reading) => reading.spindle));
const axisMean = (messages: readonly Message[]) =>
  meanOf(payloadsOf<Drive>(messages, 'drive').map(({ axis }) => axis.x + axis.y + axis.z));
const lastThermal = (messages: readonly Message[]) => payloadsOf<Thermal>(messages, 'thermal').at(-1)!;
const shaking = (messages: readonly Message[]) =>
  meanOf(payloadsOf<Vibration>(messages, 'vibration').flatMap((reading) => reading.vibration_rms));
const flow = (messages: readonly Message[]) => payloadsOf<number>(messages, 'coolant').at(-1)!;

test('bearing: friction, heat and vibration rise; axes and coolant do not', () => {
  const messages = broken('bearing');
  expect(spindleMean(messages)).toBeGreaterThan(spindleMean(sound) * 1.1);
  expect(lastThermal(messages).bearing).toBeGreaterThan(lastThermal(sound).bearing + 8);
  expect(shaking(messages)).toBeGreaterThan(shaking(sound) * 1.3);
  expect(axisMean(messages)).toBeCloseTo(axisMean(sound), 1);
  expect(flow(messages)).toBeCloseTo(flow(sound), 0);
});

test('cooling: the flow goes and heat stays; currents hardly change', () => {
  const messages = broken('cooling');
  expect(flow(messages)).toBeLessThan(1);
  expect(lastThermal(messages).bearing).toBeGreaterThan(lastThermal(sound).bearing + 5);
  expect(spindleMean(messages) / spindleMean(sound)).toBeCloseTo(1, 1);
  expect(axisMean(messages)).toBeCloseTo(axisMean(sound), 1);
});

test('dull-tool: the spindle pulls harder when it cuts; coolant and idle currents do not change', () => {
  const messages = broken('dull-tool');
  const peak = (list: readonly Message[]) =>
    Math.max(...payloadsOf<Drive>(list, 'drive').map((reading) => reading.spindle));
  expect(peak(messages)).toBeGreaterThan(peak(sound) + 2);
  expect(flow(messages)).toBeCloseTo(flow(sound), 0);
  const before = (list: readonly Message[]) =>
    payloadsOf<Drive>(list, 'drive')
      .filter(({ seq }) => seq < 100)
      .map((reading) => JSON.stringify(reading));
  // The first five seconds: rapids and the spindle running up, no chip yet.
  expect(before(messages)).toEqual(before(sound));
});

test('stuck-sensor: only the winding reads the same, and every other byte is as before', () => {
  const messages = broken('stuck-sensor');
  const windings = new Set(payloadsOf<Thermal>(messages, 'thermal').map((reading) => reading.winding));
  expect(windings.size).toBe(1);
  expect(
    new Set(payloadsOf<Thermal>(sound, 'thermal').map((reading) => reading.winding)).size,
  ).toBeGreaterThan(20);
  expect(others(messages, 'thermal')).toEqual(others(sound, 'thermal'));
  const rest = (list: readonly Message[]) =>
    payloadsOf<Thermal>(list, 'thermal').map((reading) => ({ ...reading, winding: 0 }));
  expect(rest(messages)).toEqual(rest(sound));
});

test('silent: only the thermal ESP32 says nothing', () => {
  const messages = broken('silent');
  expect(payloadsOf(messages, 'thermal')).toEqual([]);
  expect(payloadsOf(sound, 'thermal').length).toBeGreaterThan(150);
  expect(others(messages, 'thermal')).toEqual(others(sound, 'thermal'));
});

test('spike: some spindle readings jump, all others are as before', () => {
  const messages = broken('spike');
  const normal = payloadsOf<Drive>(sound, 'drive');
  const spiked = payloadsOf<Drive>(messages, 'drive');
  const jumps = spiked.filter((reading, index) => reading.spindle > normal[index]!.spindle + 10).length;
  expect(jumps / spiked.length).toBeGreaterThan(0.02);
  expect(jumps / spiked.length).toBeLessThan(0.1);
  const calm = (list: readonly Drive[]) => list.map((reading) => ({ ...reading, spindle: 0 }));
  expect(calm(spiked)).toEqual(calm(normal));
  expect(others(messages, 'drive')).toEqual(others(sound, 'drive'));
});

test('a fault that is cleared goes away', () => {
  const machine = openMachine({ fault: 'cooling' });
  const keep: Message[] = [];
  machine.advance(60_000, (message) => keep.push(message));
  expect(flow(keep)).toBeLessThan(1);
  machine.truth.faults.active.clear();
  machine.advance(180_000, (message) => keep.push(message));
  expect(flow(keep)).toBeGreaterThan(7);
});
