// The desk: what operators ask is done between two ticks, answered when it is durable, and at a bounded rate; what is kept
// of alarms and of what is normal comes back from its text.
import { describe, expect, test } from 'vitest';
import { rememberAlarms } from '../../../src/core/alarm/memory.ts';
import { applyCommand } from '../../../src/core/command.ts';
import { mill } from '../../../src/core/models/mill/index.ts';
import type { Core } from '../../../src/core/step.ts';
import type { TwinCommand } from '../../../src/core/twin-command.ts';
import { answerAlarms } from '../../../src/runtime/alarms/answers.ts';
import { createAlarmDesk } from '../../../src/runtime/alarms/desk.ts';
import { needsOccurrences, occurrencesAhead } from '../../../src/runtime/alarms/occurrences.ts';
import { askKept } from '../../../src/runtime/alarms/offline.ts';
import { decodeMemory, encodeMemory } from '../../../src/runtime/twins/memory.ts';
import { decodeNormals, encodeNormals, usableNormals } from '../../../src/runtime/twins/normals.ts';
import { bookOf, condition } from '../../core/alarm/book-of.ts';
import { coreOfMill } from '../../core/core-of-mill.ts';
import { memoryOf } from '../twins/memory-of.ts';

const hot = condition('hot', 'limits', { onDelayS: 0 });

/** A core whose mill has one alarm. */
function raised(): Core {
  const made = bookOf([hot]);
  made.set('hot', 1);
  made.run(12);
  return { ...coreOfMill(), books: [made.book] };
}

function deskOf(core: Core, durable: () => Promise<string> = async () => '') {
  const asked: TwinCommand[] = [];
  const desk = createAlarmDesk({
    books: core.books,
    monotonicMs: () => 0,
    durable,
    offer: async (command) => {
      asked.push(command);
      return applyCommand(core, command);
    },
  });
  return { desk, asked };
}

describe('the desk', () => {
  const core = raised();
  const [alarm] = deskOf(core).desk.list();

  test('lists what stands', () => {
    expect(alarm).toMatchObject({ machine: 'mill-1', id: 'hot', state: 'raised' });
    expect(deskOf(core).desk.list('mill-2')).toEqual([]);
  });

  test('answers only when it is on the disk, and says so where it is not', async () => {
    const own = raised();
    let written: (trouble: string) => void = () => {};
    const { desk } = deskOf(own, () => new Promise((resolve) => (written = resolve)));
    let isAnswered = false;
    const wish = { machine: 'mill-1', alarm: alarm!.id, action: 'acknowledge', by: 'Ann' } as const;
    const answer = desk.ask(wish).then((one) => {
      isAnswered = true;
      return one;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    written('the disk is full');
    const text = 'mill-1: hot was acknowledged by Ann. It is not on the disk yet: the disk is full';
    expect(await answer).toMatchObject({ ok: true, text, alarm: { state: 'acknowledged', by: 'Ann' } });
    expect(await desk.ask(wish)).toEqual({ ok: false, why: expect.stringMatching(/already, by Ann/) });
  });

  test('refuses what is about nobody, and a flood', async () => {
    const { desk, asked } = deskOf(core);
    const wish = { machine: 'mill-1', alarm: 'nothing', action: 'acknowledge', by: 'Ann' } as const;
    expect(await desk.ask({ ...wish, machine: 'mill-2' })).toMatchObject({
      why: 'there is no machine mill-2; there is mill-1',
    });
    expect(asked).toEqual([]);
    const answers = await Promise.all(Array.from({ length: 600 }, () => desk.ask(wish)));
    expect(asked.length).toBeLessThanOrEqual(500);
    expect(answers.at(-1)).toMatchObject({ ok: false, why: expect.stringMatching(/too many/) });
  });

  test('is reached by the mailbox: many alarms without evidence, one with it', async () => {
    const { desk } = deskOf(core);
    const common = { v: 1, sentMs: 0, machine: '' } as const;
    const all = await answerAlarms(desk, { ...common, kind: 'alarms' });
    expect(all).toMatchObject({ ok: true, alarms: [{ id: alarm!.id, evidence: undefined }] });
    const one = await answerAlarms(desk, { ...common, kind: 'alarms', alarm: alarm!.id });
    expect(one).toMatchObject({ alarms: [{ evidence: { signals: expect.any(Array) as unknown } }] });
  });
});

describe('what is kept', () => {
  const core = raised();
  const alarms = rememberAlarms(core.books[0]!);

  test('of alarms comes back from the text as it was, but for what is not understood', () => {
    const text = encodeMemory({ ...memoryOf(), twin: { ...memoryOf().twin, alarms } });
    expect(decodeMemory(text, 'x')?.twin.alarms).toEqual(JSON.parse(JSON.stringify(alarms)));
    const odd = { ...alarms, alarms: [{ ...alarms.alarms[0]!, state: 'exploded' as 'raised' }] };
    const strange = encodeMemory({ ...memoryOf(), twin: { ...memoryOf().twin, alarms: odd } });
    // Wear and parameters are not to be lost for it.
    expect(decodeMemory(strange, 'x')).toMatchObject({ machine: 'mill-1', twin: { wear: {} } });
    // Nor the others, nor the count.
    const others = decodeMemory(strange, 'x')?.twin.alarms;
    expect(others?.alarms).toEqual([]);
    expect(others?.occurrences).toBe(alarms.occurrences);
  });

  test('takes requests while no gateway runs, by the same rules', () => {
    const { twin } = memoryOf();
    const memory = { ...twin, alarms };
    const wish = { kind: 'alarm', machine: 'mill-1', by: 'Ann' } as const;
    const { id: stands } = alarms.alarms[0]!;
    const done = askKept(memory, { ...wish, alarm: stands, action: 'acknowledge' }, 5000);
    expect(done.answer.ok).toBe(true);
    expect(done.memory?.alarms?.alarms[0]).toMatchObject({ state: 'acknowledged', acknowledgedMs: 5000 });
    const long = askKept(memory, { ...wish, alarm: stands, action: 'shelve', forS: 1e6 }, 5000);
    expect(long.answer).toMatchObject({ ok: false, why: expect.stringMatching(/at most 8 h/) });
    expect(askKept(memory, { ...wish, alarm: 'x', action: 'reset' }, 0).answer).toMatchObject({ ok: false });
  });

  test('of what is normal is used by the same model and parameters, and not after long', () => {
    const about = { machine: 'mill-1', timeMs: 1000, model: 'mill', modelVersion: mill.version, version: 2 };
    const text = encodeNormals({ ...about, normals: { 'pause a': [1, 2] } });
    const normals = decodeNormals(text, 'x');
    expect(usableNormals(normals, mill, 2, 5000)).toEqual({ 'pause a': [1, 2] });
    expect(usableNormals(normals, mill, 3, 5000)).toBeUndefined();
    expect(usableNormals(normals, { ...mill, version: 'other' }, 2, 5000)).toBeUndefined();
    expect(usableNormals(normals, mill, 2, 31 * 86_400_000)).toBeUndefined();
    expect(decodeNormals(text.replace('pause', 'pauze'), 'x')).toBeUndefined();
  });

  test('of numbers is enough for all conditions at the next tick, whenever it was written', () => {
    const book = { ...core.books[0]!, occurrences: 100 };
    const reserved = occurrencesAhead(book, 1000);
    expect(needsOccurrences(book, reserved)).toBe(false);
    const later = { ...book, occurrences: reserved - book.conditions.length };
    expect(needsOccurrences(later, reserved)).toBe(true);
    expect(later.occurrences + book.conditions.length).toBeLessThanOrEqual(reserved);
  });
});
