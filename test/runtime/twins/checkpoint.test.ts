// Checkpoints beside the ticks: whatever the disk does, no tick waits for it, and no more wear is told than it holds.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { liveAlarms } from '../../../src/core/alarm/book.ts';
import { newStanding } from '../../../src/core/finding.ts';
import type { Forecast } from '../../../src/core/forecast.ts';
import { step } from '../../../src/core/step.ts';
import type { GatewayEvent } from '../../../src/ports/event.ts';
import { memoryFile } from '../../../src/runtime/twins/kept.ts';
import { decodeMemory, encodeMemory } from '../../../src/runtime/twins/memory.ts';
import { hostDisk, readSealed, writeSealed } from '../../../src/runtime/twins/sealed-file.ts';
import { createTwinKeeper } from '../../../src/runtime/twins/twins.ts';
import { cleanUp, stateDir, useCleanUp } from '../../broker/fixture.ts';
import { coreOfMill, cutting, setInputs, startMs, stateOf } from '../../core/core-of-mill.ts';
import { poll } from '../../poll.ts';
import { keptLog } from '../../silent-log.ts';
import { memoryOf, tryingDisk } from './memory-of.ts';

useCleanUp();

const none = { length: 0 } as never;
const full = 300;

/** A keeper under a clock that the test moves, a tick at a time; what it told last. */
async function keeperOn(dir: string, offsetMs = 0) {
  const core = coreOfMill({ 'wear.tool.life': 5 });
  const disk = tryingDisk();
  const log = keptLog();
  const events: GatewayEvent[] = [];
  const forecasts: Forecast[] = [];
  let passedMs = 0;
  const keeper = createTwinKeeper({
    ...{ core, stateDir: dir, stated: [{}], gapMaxS: 3600, log, tuning: { disk } },
    clock: { nowMs: () => startMs + passedMs, monotonicMs: () => passedMs, offsetMs },
    tell: (event) => events.push(event),
    forecast: (forecast) => forecasts.push(forecast),
    alarm: () => {},
    onCommand: () => {},
  });
  await keeper.part.start();
  let stopped = false;
  const stop = async () => {
    if (!stopped) await keeper.part.stop();
    stopped = true;
  };
  cleanUp(() => {
    disk.hangs = false;
    return stop();
  });
  const tick = () => {
    passedMs += 100;
    keeper.commands.apply();
    const frames = step(core, core.lastTick + 1, none);
    keeper.tick({ tick: core.lastTick, timeMs: startMs + passedMs, latenessMs: 0, frames });
  };
  const told = () => {
    const { outputs } = core.twins[0]!.model;
    return core.frames[0]!.twin[outputs.findIndex(({ name }) => name === 'tool.flankWear')]! / full;
  };
  const file = memoryFile(join(dir, 'twins'), 'mill-1');
  const durable = async () => (await readSealed(hostDisk, file, decodeMemory)).value!.told['tool.3']!;
  const folder = join(dir, 'twins');
  return { core, disk, log, events, forecasts, keeper, tick, told, durable, stop, folder };
}

/** Ticks until it is so; every tick gives the disk a turn. */
async function ticks(tick: () => void, what: string, until: () => boolean | Promise<boolean>): Promise<void> {
  await poll(
    what,
    async () => {
      tick();
      return until();
    },
    undefined,
    1,
  );
}

describe('wear that is told', () => {
  test('is never above what the file promises, while it grows at each tick', async () => {
    const one = await keeperOn(await stateDir());
    setInputs(one.core, cutting);
    let above = 0;
    let n = 0;
    await ticks(one.tick, 'fifty ticks', async () => {
      // Read after the tick: the file may have come further, never less far.
      if (one.told() > (await one.durable())) above++;
      return ++n === 50;
    });
    expect(above).toBe(0);
    // And it is the twin's own as soon as the disk has caught up.
    await ticks(one.tick, 'the twin’s own', async () => {
      return one.told() === stateOf(one.core, 'tool.3.wear') && (await one.durable()) > one.told();
    });
  });

  test('nor while a writing is under way that promises less than the one before', async () => {
    const one = await keeperOn(await stateDir());
    setInputs(one.core, cutting);
    await ticks(one.tick, 'wear', () => one.told() > 0);
    one.disk.hangs = true;
    for (let k = 0; k < 100; k++) one.tick();
    one.disk.hangs = false;
    // After so long a time it promises for as long.
    await ticks(one.tick, 'a wide promise', async () => {
      return (await one.durable()) > stateOf(one.core, 'tool.3.wear') + 0.02 && one.told() > 0;
    });
    const wide = await one.durable();
    let over = false;
    cleanUp(() => {
      over = true;
    });
    // It is there, and not known to be.
    one.disk.syncFolder = async (folder) => {
      while (!over) await wait(5);
      return hostDisk.syncFolder(folder);
    };
    await ticks(one.tick, 'a narrower one', async () => (await one.durable()) < wide);
    for (let k = 0; k < 60; k++) one.tick();
    expect(stateOf(one.core, 'tool.3.wear')).toBeGreaterThan(await one.durable());
    // The gauge tells it in another unit, and back.
    expect(one.told() - (await one.durable())).toBeLessThan(1e-12);
    over = true;
  });

  test('is held where the disk is full, told once, and goes on when there is room', async () => {
    const one = await keeperOn(await stateDir());
    setInputs(one.core, cutting);
    await ticks(one.tick, 'wear', () => one.told() > 0);
    one.disk.fails = { call: 'write', code: 'ENOSPC' };
    // What is on its way to the disk still comes to its end, before the first that fails.
    await ticks(one.tick, 'a complaint', () => one.log.lines.some(({ level }) => level === 'error'));
    await ticks(one.tick, 'more wear than may be told', async () => {
      const promised = await one.durable();
      return stateOf(one.core, 'tool.3.wear') > promised + 0.005 && Math.abs(one.told() - promised) < 1e-12;
    });
    const held = await one.durable();
    await ticks(one.tick, 'a forecast', () => (one.forecasts.at(-1)?.timeMs ?? 0) > startMs + 60_000);
    const { wear, gauge } = one.forecasts.at(-1)!.components.find(({ component }) => component === 'tool.3')!;
    expect(wear).toBe(held);
    expect(gauge!.value).toBeCloseTo(held * full, 9);
    expect(one.log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    expect(one.log.lines.find(({ level }) => level === 'error')!.fields).toMatchObject({
      why: expect.stringMatching('ENOSPC'),
    });
    one.disk.fails = undefined;
    await ticks(one.tick, 'the twin’s own again', () => one.told() === stateOf(one.core, 'tool.3.wear'));
    expect(one.log.lines.some(({ message }) => message.endsWith('is written again'))).toBe(true);
  });

  test('is held where the disk hangs; no second writing begins, and no tick waits', async () => {
    const one = await keeperOn(await stateDir());
    setInputs(one.core, cutting);
    one.disk.hangs = true;
    const writes = () => one.disk.calls.filter((call) => call.startsWith('write mill-1.json')).length;
    const before = writes();
    await ticks(one.tick, 'a complaint', () => one.log.lines.some(({ level }) => level === 'error'));
    expect(writes()).toBe(before + 1);
    expect(one.told()).toBe(0);
    expect(stateOf(one.core, 'tool.3.wear')).toBeGreaterThan(0.001);
  });

  test('needs no writing at rest but now and then', async () => {
    const one = await keeperOn(await stateDir());
    await ticks(one.tick, 'a while', () => one.core.lastTick > 50);
    one.disk.calls.length = 0;
    const from = one.core.lastTick;
    await ticks(one.tick, 'a minute', () => one.core.lastTick > from + 600);
    expect(one.disk.calls.filter((call) => call === 'write mill-1.json.new').length).toBeLessThan(8);
  });
});

test('an alarm is written with the tick that raises it, and a flood of them a few times a second', async () => {
  const one = await keeperOn(await stateDir());
  const written = () => one.disk.calls.filter((call) => call === 'write mill-1.json.new').length;
  const kept = async () => {
    const { value } = await readSealed(hostDisk, memoryFile(one.folder, 'mill-1'), decodeMemory);
    return value!.twin.alarms!.alarms.length;
  };
  const book = one.core.books[0]!;
  const standing = newStanding(book.conditions.length);
  const raise = (c: number, timeMs: number) => {
    standing.level[c] = 2;
    const frame = { ...one.core.frames[0]!, timeMs };
    liveAlarms(book, standing, frame, 0.1, one.core.alarmChanges, one.core.detections[0]!);
  };
  for (let k = 0; k < 5; k++) one.tick();
  await poll('the first writing', () => written() > 0 && one.disk.calls.at(-1) === 'sync folder');
  const before = written();
  raise(
    book.settings.findIndex(({ onDelayS }) => onDelayS === 0),
    book.timeMs + 100,
  );
  one.tick();
  await poll('the alarm on the disk', async () => (await kept()) === 1);
  expect(written()).toBe(before + 1);
  for (let k = 0; k < 20; k++) {
    book.changes++;
    one.tick();
    await poll('the end of what is being written', () => one.disk.calls.at(-1) === 'sync folder');
  }
  // Two seconds of it.
  expect(written() - before).toBeLessThanOrEqual(1 + 2 * 5 + 1);
});

test('a stop writes exactly what is, and the next start says where it goes on', async () => {
  const dir = await stateDir();
  const one = await keeperOn(dir, 3_600_000);
  setInputs(one.core, cutting);
  await ticks(one.tick, 'wear', () => one.core.lastTick > 30);
  await one.stop();
  const file = memoryFile(join(dir, 'twins'), 'mill-1');
  const { value } = await readSealed(hostDisk, file, decodeMemory);
  expect(value).toMatchObject({ clean: true, told: {}, working: true });
  // By the wall, which somebody has set an hour ahead meanwhile: the next run sees no other clock.
  expect(value!.timeMs - startMs).toBeGreaterThanOrEqual(3_600_000 + 3100);
  expect(value!.timeMs - startMs).toBeLessThan(3_600_000 + 10_000);
  expect(value!.twin.state['tool.3.wear']).toBe(stateOf(one.core, 'tool.3.wear'));
  const two = await keeperOn(dir);
  const [event] = two.events;
  expect(event).toMatchObject({ kind: 'restored', machine: 'mill-1' });
  expect(stateOf(two.core, 'tool.3.wear')).toBeGreaterThanOrEqual(stateOf(one.core, 'tool.3.wear'));
});

test('the memory of another kind of machine is put aside, and not taken', async () => {
  const dir = await stateDir();
  const file = memoryFile(join(dir, 'twins'), 'mill-1');
  const { twin } = memoryOf();
  const other = memoryOf({ twin: { ...twin, model: 'motor', state: { 'bearing.wear': 0.5 } } });
  await writeSealed(hostDisk, file, encodeMemory(other));
  const one = await keeperOn(dir);
  expect(one.events.map(({ text }) => text)).toEqual([
    `mill-1: its memory is of a motor (kept as ${file}.motor), and this is a mill: it begins anew`,
  ]);
  expect(stateOf(one.core, 'bearing.wear')).toBe(0);
  expect((await readSealed(hostDisk, `${file}.motor`, decodeMemory)).value).toEqual(other);
});

test('what cannot be read or written at all is refused at the start', async () => {
  const unreadable = await stateDir();
  await mkdir(memoryFile(join(unreadable, 'twins'), 'mill-1'), { recursive: true });
  await expect(keeperOn(unreadable)).rejects.toMatchObject({ code: 'GEM_FILE_UNREADABLE' });
  const unwritable = await stateDir();
  await writeFile(join(unwritable, 'twins'), 'a file');
  await expect(keeperOn(unwritable)).rejects.toMatchObject({ code: 'GEM_STATE_UNWRITABLE' });
});
