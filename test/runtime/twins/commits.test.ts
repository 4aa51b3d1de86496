// What the twins remember, in the commits of a history: restored from there, with a copy in the files that is good enough
// when the history is not; and a history that takes nothing costs nothing but that.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { step } from '../../../src/core/step.ts';
import type { TwinCommand } from '../../../src/core/twin-command.ts';
import type { GatewayEvent } from '../../../src/ports/event.ts';
import type { Memory } from '../../../src/ports/history.ts';
import { createCommits, memoryKey } from '../../../src/runtime/twins/commits.ts';
import { memoryFile } from '../../../src/runtime/twins/kept.ts';
import { decodeMemory, encodeMemory, type MachineMemory } from '../../../src/runtime/twins/memory.ts';
import { hostDisk, readSealed, writeSealed } from '../../../src/runtime/twins/sealed-file.ts';
import { createTwinKeeper } from '../../../src/runtime/twins/twins.ts';
import { decodeVersions } from '../../../src/runtime/twins/versions.ts';
import { cleanUp, useCleanUp } from '../../broker/fixture.ts';
import { coreOfMill, cutting, setInputs, startMs, stateOf } from '../../core/core-of-mill.ts';
import { fastDir } from '../../history/upkeep/history-files.ts';
import { poll } from '../../poll.ts';
import { keptLog } from '../../silent-log.ts';
import { tryingDisk } from './memory-of.ts';

useCleanUp();

const none = { length: 0 } as never;
const full = 300;

/** In memory where that is to be had: the clock here runs with the ticks, and a slow disk would be much slower by it. */
async function stateDir(): Promise<string> {
  const dir = await mkdtemp(join(fastDir, 'gemel-commits-'));
  cleanUp(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A history's memory: what is remembered is durable a moment later, refused, or never heard of again. */
function memoryIn(texts = new Map<string, string>()) {
  const memory = {
    texts,
    does: 'keeps' as 'keeps' | 'refuses' | 'hangs',
    writes: 0,
    recall: (key: string) => texts.get(key),
    async remember(entries: Parameters<Memory['remember']>[0]) {
      memory.writes++;
      const { does } = memory;
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (does === 'refuses') throw new Error('no room');
      if (does === 'hangs') await new Promise(() => {});
      for (const { key, text } of entries) texts.set(key, text);
    },
  };
  return memory;
}

type TestMemory = ReturnType<typeof memoryIn>;

/** `patienceMs`: for a commit, by the clock of this machine, which may be busy. */
async function keeperOn(dir: string, memory: TestMemory, passedMs = 0, patienceMs = 5000, life = 5) {
  const core = coreOfMill({ 'wear.tool.life': life });
  const disk = tryingDisk();
  const log = keptLog();
  const events: GatewayEvent[] = [];
  const commands: TwinCommand[] = [];
  let atMs = passedMs;
  const keeper = createTwinKeeper({
    ...{ core, stateDir: dir, stated: [{}], gapMaxS: 0, log, memory, tuning: { disk, patienceMs } },
    clock: { nowMs: () => startMs + atMs, monotonicMs: () => atMs, offsetMs: 0 },
    tell: (event) => events.push(event),
    forecast() {},
    alarm: () => {},
    onCommand: (command) => commands.push(command),
  });
  await keeper.part.start();
  let stopped = false;
  const stop = async () => {
    if (!stopped) await keeper.part.stop();
    stopped = true;
  };
  cleanUp(stop);
  const tick = () => {
    atMs += 100;
    keeper.commands.apply();
    const frames = step(core, core.lastTick + 1, none);
    keeper.tick({ tick: core.lastTick, timeMs: startMs + atMs, latenessMs: 0, frames });
  };
  const told = () => {
    const { outputs } = core.twins[0]!.model;
    return core.frames[0]!.twin[outputs.findIndex(({ name }) => name === 'tool.flankWear')]! / full;
  };
  const file = memoryFile(join(dir, 'twins'), 'mill-1');
  const inFile = async () => (await readSealed(hostDisk, file, decodeMemory)).value!;
  const inHistory = () => decodeMemory(memory.texts.get(memoryKey('mill-1', 'memory')) ?? '', 'x')!;
  /** Ticks until it is so; every tick gives the disk a turn. */
  const until = (what: string, isSo: () => boolean | Promise<boolean>) =>
    poll(
      what,
      async () => {
        tick();
        return isSo();
      },
      undefined,
      1,
    );
  /** A disk may be slower than this clock: a writing that is under way is waited for. */
  const copied = () => until('a copy', async () => (await inFile()).told['tool.3']! >= told());
  return {
    core,
    disk,
    log,
    events,
    commands,
    keeper,
    tick,
    told,
    file,
    inFile,
    inHistory,
    until,
    copied,
    stop,
  };
}

type TestKeeper = Awaited<ReturnType<typeof keeperOn>>;

const writesOf = (one: TestKeeper) =>
  one.disk.calls.filter((call) => call === 'write mill-1.json.new').length;
const isSlow = (why: unknown) => String(why).startsWith('a writing has taken');
const worn = (memory: MachineMemory) => memory.twin.state['tool.3.wear']!;

describe('with a history', () => {
  test('the memory is in its commits, and tells up to which sample; files hardly see a writing', async () => {
    const one = await keeperOn(await stateDir(), memoryIn());
    setInputs(one.core, cutting);
    one.disk.calls.length = 0;
    let above = 0;
    await one.until('a minute', () => {
      if (one.told() > one.inHistory().told['tool.3']!) above++;
      return one.core.lastTick > 600;
    });
    expect(above).toBe(0);
    expect(one.inHistory().upToMs).toBeGreaterThan(startMs + 50_000);
    expect((one.inHistory().upToMs! - startMs) % 100).toBe(0);
    expect(worn(one.inHistory())).toBeGreaterThan(0.01);
    // The tool of this mill lasts five minutes: each fiftieth of its life is a copy.
    expect(writesOf(one)).toBeLessThan(2 + 50 * one.told());
    // What was told is not above what the files alone would restart at, but for a writing that is under way.
    await one.copied();
  });

  test('after a crash it goes on from the commits, with what the learners knew, and wear does not fall', async () => {
    const [dir, memory] = [await stateDir(), memoryIn()];
    const one = await keeperOn(dir, memory);
    setInputs(one.core, cutting);
    await one.until('a minute', () => one.core.lastTick > 700);
    // Killed: nothing more is written.
    const texts = new Map(memory.texts);
    const told = one.told();
    const two = await keeperOn(dir, memoryIn(texts), 80_000);
    expect(stateOf(two.core, 'tool.3.wear')).toBeGreaterThanOrEqual(told);
    const left = decodeMemory(texts.get(memoryKey('mill-1', 'memory'))!, 'x')!;
    expect(stateOf(two.core, 'tool.3.wear')).toBe(left.told['tool.3']);
    const [restore] = two.commands;
    expect(restore).toMatchObject({ kind: 'restore', gapS: expect.any(Number) as number });
    expect(Object.keys((restore as { memory: { filters: object } }).memory.filters)).toContain('axis.x');
  });

  test('that is lost the copy in the files does: wear that was told does not fall then either', async () => {
    const dir = await stateDir();
    const one = await keeperOn(dir, memoryIn());
    setInputs(one.core, cutting);
    await one.until('a minute', () => one.core.lastTick > 700);
    await one.copied();
    const told = one.told();
    const two = await keeperOn(dir, memoryIn(), 80_000);
    expect(stateOf(two.core, 'tool.3.wear')).toBeGreaterThanOrEqual(told);
    expect(stateOf(two.core, 'tool.3.wear')).toBeLessThan(told + 0.03);
    // And the new history has it at once.
    expect(worn(two.inHistory())).toBe(stateOf(two.core, 'tool.3.wear'));
  });

  test('of both the one that was written last wins, whatever the clocks said', async () => {
    const [dir, memory] = [await stateDir(), memoryIn()];
    const one = await keeperOn(dir, memory);
    await one.stop();
    const file = await one.inFile();
    const edit = (wear: number, writing: number, timeMs: number): MachineMemory => ({
      ...{ ...file, writing, timeMs, clean: true, told: {} },
      twin: { ...file.twin, state: { ...file.twin.state, 'tool.3.wear': wear } },
    });
    const key = memoryKey('mill-1', 'memory');
    const startWith = async (history: MachineMemory, sealed: MachineMemory) => {
      await writeSealed(hostDisk, one.file, encodeMemory(sealed));
      const two = await keeperOn(
        dir,
        memoryIn(new Map([...memory.texts, [key, encodeMemory(history)]])),
        60_000,
      );
      await two.stop();
      return stateOf(two.core, 'tool.3.wear');
    };
    expect(await startWith(edit(0.5, 9, startMs), edit(0.25, 8, startMs + 5000))).toBe(0.5);
    expect(await startWith(edit(0.5, 8, startMs + 5000), edit(0.25, 9, startMs))).toBe(0.25);
    const { writing: _, ...old } = edit(0.25, 0, startMs + 5000);
    expect(await startWith(edit(0.5, 9, startMs), old)).toBe(0.25);
  });

  test('that refuses, or hangs, the files take it, and wear goes on being told', async () => {
    const memory = memoryIn();
    const one = await keeperOn(await stateDir(), memory, 0, 10);
    setInputs(one.core, cutting);
    memory.does = 'refuses';
    await one.until('wear that only the file can vouch for', async () => {
      const { told } = await one.inFile();
      return (
        one.told() > 0.01 && one.told() <= told['tool.3']! && one.told() === stateOf(one.core, 'tool.3.wear')
      );
    });
    expect(worn(one.inHistory())).toBeLessThan(0.005);
    memory.does = 'keeps';
    await one.until('the history again', () => worn(one.inHistory()) > 0.01);
    const writes = writesOf(one);
    await one.until('a while', () => one.core.lastTick % 200 === 0);
    expect(writesOf(one)).toBeLessThan(writes + 8);
    memory.does = 'hangs';
    const from = one.told();
    await one.until('more wear, beyond a history that hangs', async () => {
      const { told } = await one.inFile();
      return one.told() > from + 0.02 && one.told() <= told['tool.3']!;
    });
    // Nobody piles up what is not taken.
    const asked = memory.writes;
    await one.until('a while longer', () => one.core.lastTick % 200 === 0);
    expect(memory.writes).toBe(asked);
    // That the history takes nothing is no trouble of the files: but for a disk that is slow here, nothing is wrong.
    const wrong = one.log.lines.filter(({ level, fields }) => level === 'error' && !isSlow(fields['why']));
    expect(wrong).toEqual([]);
  });

  test('after it has refused for a while, the copy in the files is as good as before', async () => {
    const memory = memoryIn();
    const one = await keeperOn(await stateDir(), memory, 0, 5000, 30);
    setInputs(one.core, cutting);
    const reserved = async () => (await one.inFile()).told['tool.3']!;
    await one.until('a copy that reserves much', async () => (await reserved()) > one.told() + 0.015);
    memory.does = 'refuses';
    await one.until('a writing that reserves little', async () => (await reserved()) < one.told() + 0.005);
    memory.does = 'keeps';
    const little = await reserved();
    await one.until('wear beyond it', () => one.told() > little + 0.005);
    expect(await reserved()).toBeGreaterThan(one.told() - 0.002);
  });

  test('it gets the sets of parameters that it could not be told of', async () => {
    const memory = memoryIn();
    const one = await keeperOn(await stateDir(), memory);
    const listed = () => decodeVersions(memory.texts.get(memoryKey('mill-1', 'versions')) ?? '', 'x')?.length;
    expect(listed()).toBe(1);
    memory.does = 'refuses';
    one.core.news.push({ kind: 'parameters', machine: 0, values: {}, unknown: [], clamped: [] });
    const writes = writesOf(one);
    await one.until('a writing into the files', () => writesOf(one) > writes + 1);
    expect(listed()).toBe(1);
    memory.does = 'keeps';
    await one.until('the list in the history', () => listed() === 2);
  });

  test('a text of it that is damaged is told, and the file is taken', async () => {
    const [dir, memory] = [await stateDir(), memoryIn()];
    const one = await keeperOn(dir, memory);
    setInputs(one.core, cutting);
    await one.until('wear', () => one.told() > 0.002);
    await one.stop();
    const key = memoryKey('mill-1', 'memory');
    memory.texts.set(key, memory.texts.get(key)!.replace('"clean":true', '"clean":false'));
    const two = await keeperOn(dir, memory, 60_000);
    expect(two.events[0]!.text).toBe('mill-1: its memory in the history cannot be read');
    expect(stateOf(two.core, 'tool.3.wear')).toBe(stateOf(one.core, 'tool.3.wear'));
  });

  test('files that are gone or damaged do not matter', async () => {
    const [dir, memory] = [await stateDir(), memoryIn()];
    const one = await keeperOn(dir, memory);
    setInputs(one.core, cutting);
    await one.until('wear', () => one.told() > 0.002);
    await one.stop();
    await rm(`${one.file}.previous`, { force: true });
    await writeFile(one.file, (await readFile(one.file, 'utf8')).slice(0, -9));
    const two = await keeperOn(dir, memory, 60_000);
    expect(two.events[0]!.text).toMatch(/is damaged and was put aside .*; the history is used$/);
    expect(stateOf(two.core, 'tool.3.wear')).toBe(stateOf(one.core, 'tool.3.wear'));
  });
});

test('a history that hangs is waited for once, and not once for each machine', async () => {
  let asked = 0;
  const late = Promise.withResolvers<void>();
  const commits = createCommits({ remember: () => (asked++ === 0 ? late.promise : Promise.resolve()) }, 20);
  const text = { memory: 'x' };
  expect(await commits.put('mill-1', text)).toBe(false);
  for (const machine of ['mill-2', 'mill-3', 'mill-1']) expect(await commits.put(machine, text)).toBe(false);
  expect(asked).toBe(1);
  late.resolve();
  await poll('the history again', () => commits.put('mill-2', text));
  expect(asked).toBe(2);
});
