import { describe, expect, it } from 'vitest';
import { mill } from '../../../../src/core/models/mill/index.ts';
import { newStand, type Stand } from '../stand.ts';

const nameOf = (m: Stand) => mill.behaviour!.names[m.state('behaviour')];

function doing(inputs: Readonly<Record<string, number>>): string | undefined {
  const m = newStand(mill);
  m.set(inputs);
  m.step();
  return nameOf(m);
}

const turning = { 'spindle.speed': 3000 };
const inMaterial = { ...turning, 'cut.depth': 2, 'cut.width': 5, 'cut.feed': 500 };

describe('what the mill is doing', () => {
  it.each([
    ['idle', {}],
    ['off', { 'machine.on': 0 }],
    ['off', { 'machine.on': 0, 'machine.alarm': 1 }],
    ['jogging', { 'axis.x.velocity': 0.1 }],
    ['running', turning],
    ['running', { 'machine.running': 1 }],
    ['jogging', { 'machine.running': 0, 'axis.z.velocity': -0.1 }],
    ['idle', { 'machine.running': 0, ...turning }],
    ['cutting', inMaterial],
    ['cutting', { ...inMaterial, 'machine.running': 1 }],
    ['running', { ...inMaterial, 'cut.depth': 0 }],
    ['held', { ...inMaterial, 'machine.held': 1 }],
    ['e-stop', { ...inMaterial, 'machine.eStop': 1, 'machine.alarm': 1 }],
    ['alarm', { 'machine.alarm': 1, 'machine.held': 1 }],
  ])('is %s', (name, inputs) => {
    expect(doing(inputs)).toBe(name);
  });

  it('is one programme from where the spindle turns to where all is quiet, over changes of tool', () => {
    const m = newStand(mill);
    const seen: (string | undefined)[] = [];
    const go = (inputs: Readonly<Record<string, number>>, seconds: number) => {
      m.set(inputs);
      m.step(0.1, seconds * 10);
      seen.push(nameOf(m));
    };
    for (let part = 0; part < 3; part++) {
      go(turning, 20);
      go({ 'spindle.speed': 0 }, 4);
      go(turning, 20);
      go({ 'spindle.speed': 0 }, 30);
    }
    expect(seen.slice(0, 4)).toEqual(['running', 'running', 'running', 'idle']);
    expect(m.state('cycles')).toBe(3);
    expect(m.state('runningS')).toBeGreaterThan(3 * 44);
    expect(m.state('runningS')).toBeLessThan(3 * 52);
  });

  it('counts the falling edges of a programme that is told', () => {
    const m = newStand(mill);
    for (let i = 0; i < 4; i++) {
      m.set({ 'machine.running': 1 });
      m.step(0.1, 5);
      m.set({ 'machine.running': 0 });
      m.step(0.1, 5);
    }
    expect(m.state('cycles')).toBe(4);
    expect(m.state('runningS')).toBeCloseTo(2, 9);
  });

  it('counts parts where they are counted, not what was made before, nor when the counter is set', () => {
    const m = newStand(mill);
    const parts = (count: number) => {
      m.set({ 'machine.parts': count, 'machine.running': count % 2 });
      m.step();
      return m.state('cycles');
    };
    expect([412, 413, 415, 415, 0, 1, 1e9, 3].map(parts)).toEqual([0, 1, 3, 3, 3, 4, 4, 4]);
  });

  it('measures the time in the cut', () => {
    const m = newStand(mill);
    m.set(inMaterial);
    m.join();
    m.step(0.5, 20);
    m.set({ 'cut.depth': 0 });
    m.step(60, 2);
    expect(m.state('cuttingS')).toBeCloseTo(10, 9);
    expect(m.state('runningS')).toBeCloseTo(130, 9);
  });
});
