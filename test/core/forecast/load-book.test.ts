import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packBlock, unpackBlock } from '../../../src/core/forecast/load-block.ts';
import {
  newLoadBook,
  noteLoad,
  packLoad,
  profileFrom,
  profileOf,
  unpackLoad,
} from '../../../src/core/forecast/load-book.ts';
import { mill } from '../../../src/core/models/mill/index.ts';
import { motor } from '../../../src/core/models/motor/index.ts';
import { passGap } from '../../../src/core/wear/gap.ts';
import { inspectWear } from '../../../src/core/wear/inspect.ts';
import { lifeUsed } from '../../../src/core/wear/shape.ts';
import { newBench } from '../wear/wearing.ts';
import { jobFor, mondayMs, newMachine, run } from './machine.ts';

const turning = { 'axis.speed': 200, 'axis.load': 60 };
const total = (blocks: readonly { readonly used: Float64Array }[], c: number) =>
  blocks.reduce((sum, { used }) => sum + used[c]!, 0);

describe('the book of a load', () => {
  it('counts the life used as the wear watch does, to the tick', () => {
    const machine = newMachine(motor);
    // The first tick is what the next ones are compared with.
    run(machine, 1 / 3600, () => turning);
    const before = machine.twin.state[3]!;
    run(machine, 3, (t) => ({ ...turning, 'axis.load': 40 + 30 * Math.sin(t / 5e5) }));
    const { blocks, blockS } = profileOf(machine.book);
    expect(blockS).toBe(600);
    expect(blocks).toHaveLength(19);
    expect(blocks[0]!.startMs).toBe(mondayMs);
    const used =
      lifeUsed(machine.watch.shapes, 0, machine.twin.state[3]!) - lifeUsed(machine.watch.shapes, 0, before);
    expect(total(blocks, 0) / used).toBeCloseTo(1, 7);
    expect(blocks.every(({ seen }, b) => b === 18 || seen === 1)).toBe(true);
  });

  it('keeps inputs as they were, and what was held for a while as the peak: a run-up is none', () => {
    const machine = newMachine(motor);
    const seconds = (t: number) => (t - mondayMs) / 1000;
    run(machine, 0.5, (t) => {
      const s = seconds(t);
      if (s >= 700 && s < 705) return { 'axis.speed': 200, 'axis.load': 5000 };
      return s >= 900 && s < 940
        ? { 'axis.speed': 200, 'axis.load': 50 }
        : { 'axis.speed': 100, 'axis.load': 10 };
    });
    const { blocks, stepS } = profileOf(machine.book);
    expect(stepS).toBe(10);
    const [quiet, loaded] = [blocks[0]!, blocks[1]!];
    expect(quiet.inputs).toHaveLength(60 * motor.inputs.length);
    expect(
      [...quiet.inputs.filter((_, at) => at % motor.inputs.length === 1)].every((load) => load === 10),
    ).toBe(true);
    const high = loaded.inputs.filter((load, at) => at % motor.inputs.length === 1 && load === 50).length;
    expect(high).toBeGreaterThanOrEqual(3);
    expect(high).toBeLessThanOrEqual(5);
    // The short overload draws 20 A, what was held for 40 s about 14.
    expect(loaded.peak[0]!).toBeLessThan(16);
    expect(loaded.peak[0]! / quiet.peak[0]!).toBeGreaterThan(3);
  });

  it('goes by a factor that a look has changed', () => {
    const bench = newBench();
    const book = newLoadBook(bench.twin.model, 60);
    const note = (hours: number) => {
      for (let k = 0; k < hours * 60; k++) {
        bench.run(1, 60);
        noteLoad(book, bench.twin, bench.watch, mondayMs + k * 60_000, 60);
      }
    };
    note(4);
    const before = total(profileOf(book).blocks, 0);
    const { factorBefore, factor } = inspectWear(bench.watch, bench.twin, 'tool.1', 0.35, 0.02)!;
    noteLoad(book, bench.twin, bench.watch, mondayMs + 240 * 60_000, 60);
    expect(factor / factorBefore).toBeGreaterThan(1.2);
    expect(total(profileOf(book).blocks, 0) / before).toBeCloseTo(factor / factorBefore, 6);
  });

  it('does not take the wear of a gap for work that was seen', () => {
    const machine = newMachine(motor);
    run(machine, 2, () => turning);
    const before = total(profileOf(machine.book).blocks, 0);
    machine.twin.offline[0] = 3600;
    noteLoad(machine.book, machine.twin, machine.watch, machine.timeMs, 1);
    machine.twin.offline[0] = 0;
    passGap(machine.watch, machine.twin, 3600);
    noteLoad(machine.book, machine.twin, machine.watch, machine.timeMs + 3_600_000, 1);
    expect(total(profileOf(machine.book).blocks, 0) / before).toBeCloseTo(1, 9);
    run({ ...machine, timeMs: machine.timeMs + 3_600_000 }, 1, () => turning);
    expect(total(profileOf(machine.book).blocks, 0) / before).toBeCloseTo(1.5, 2);
  });

  it('is bounded over weeks of a machine that never does the same twice, and thins what is old', () => {
    const bench = newMachine(mill, {}, { dtS: 120 });
    let k = 0;
    run(
      bench,
      16 * 24,
      () => {
        k++;
        const of = (n: number) => 1 + Math.sin(k * n);
        return Object.fromEntries(
          mill.inputs.slice(0, 12).map(({ name }, i) => [name, of(1.3 + i) * (i === 3 ? 4000 : 1)]),
        );
      },
      120,
    );
    const bytes = packLoad(bench.book);
    expect(bytes.length).toBeLessThan(500_000);
    const { blocks } = profileFrom(mill, bytes);
    expect(blocks.length).toBeGreaterThan(10 * 144);
    expect(blocks.length).toBeLessThanOrEqual(2017);
    const whole = blocks.map(({ inputs }) => inputs.length > 0);
    expect(whole.slice(-30).every(Boolean)).toBe(true);
    const share = (from: number, to: number) => whole.slice(from, to).filter(Boolean).length / (to - from);
    expect(share(-180, -40)).toBeGreaterThan(share(0, 600));
    expect(whole.filter(Boolean).length).toBeGreaterThan(60);
  });

  it('comes back from a file as it was, and goes on', () => {
    const machine = newMachine(motor);
    run(machine, 2.4, () => turning);
    const again = unpackLoad(motor, 1, packLoad(machine.book));
    expect(profileOf(again)).toEqual(profileOf(machine.book));
    run({ ...machine, book: again }, 1, () => turning);
    expect(profileOf(again).blocks.length).toBeGreaterThan(18);
  });

  it('of another model, or damaged anywhere, is a new one', () => {
    const machine = newMachine(motor);
    run(machine, 1.4, () => turning);
    const bytes = packLoad(machine.book);
    expect(unpackLoad(mill, 1, bytes).blocks).toEqual([]);
    for (let cut = 0; cut < bytes.length; cut += 97) {
      expect(unpackLoad(motor, 1, bytes.slice(0, cut)).blocks, `cut at ${cut}`).toEqual([]);
    }
    // Flipped bytes are at worst other numbers, never a fault.
    for (let at = 0; at < bytes.length; at += 13) {
      const flipped = bytes.slice();
      flipped[at] = flipped[at]! ^ 0xff;
      expect(() => profileOf(unpackLoad(motor, 1, flipped))).not.toThrow();
    }
  });

  it('packs any block to bytes and back', () => {
    const shape = { components: 4, inputs: 3, outputs: 2, states: 5, rows: 6 };
    const floats = (length: number) =>
      fc.array(fc.float({ noNaN: true }), { minLength: length, maxLength: length });
    fc.assert(
      fc.property(
        floats(4),
        floats(18),
        floats(5),
        fc.tuple(fc.float(), fc.float()),
        fc.boolean(),
        (used, inputs, start, peak, keeps) => {
          const block = {
            startMs: 1.79e12,
            seen: 0.5,
            used: Float64Array.from(used, (each) => Math.max(0, each) + 0),
            peak: Float64Array.from(peak),
            inputs: Float32Array.from(keeps ? inputs : []),
            ...(keeps ? { start: Float32Array.from(start), measured: Float32Array.of(0, 1) } : {}),
          };
          expect(unpackBlock(shape, packBlock(shape, block))).toEqual(block);
        },
      ),
    );
  });

  it('is what a job is made of', () => {
    const machine = newMachine(motor);
    run(machine, 1, () => turning);
    expect(jobFor(machine).load).toEqual(profileFrom(motor, packLoad(machine.book)));
  });
});
