// `gemel inspect` and `gemel parameters` beside a gateway that runs and beside none, what comes of it over a crash and a
// stop in order, and that a recording of all that replays to the same bits.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { models } from '../../src/core/models/index.ts';
import { replayFile } from '../../src/replay/summary.ts';
import { useCleanUp } from '../broker/fixture.ts';
import { fallsOf, flankFullUm, kill, runGemel, type WearHall, wearHall } from '../faults/wear-hall.ts';
import { gemel } from '../gemel-process.ts';
import { poll } from '../poll.ts';
import { keptLog } from '../silent-log.ts';

useCleanUp();

async function call({ dir, file }: WearHall, ...words: string[]) {
  const done = gemel([...words, '--config', file], { cwd: dir });
  const code = await done.ended();
  return { code, out: done.out(), err: done.err() };
}

interface Answer {
  readonly text: string;
  readonly running: boolean;
  readonly version: number;
  readonly changes: readonly { name: string; before: number; after: number }[];
}

async function asked(hall: WearHall, ...words: string[]): Promise<Answer> {
  const { code, out, err } = await call(hall, ...words, '--json');
  expect(err).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out) as Answer;
}

const grown = (hall: WearHall, um: number) => {
  const from = hall.told.length;
  return poll('wear', () => hall.told.length > from && hall.told.at(-1)! > um);
};

async function replay({ file: configFile }: WearHall, file: string) {
  const { config } = loadConfig(configFile, { env: {}, models });
  const wishes = { file, source: undefined, map: [], overrides: {}, speed: Number.POSITIVE_INFINITY };
  return (await replayFile({ config, log: keptLog(), ...wishes })).recorded;
}

describe('a look and a rollback', () => {
  test('reach a gateway that runs, last, and are in its recording', async () => {
    const hall = await wearHall(0);
    const first = runGemel(hall);
    await grown(hall, 0.5);
    // From a known start on a look tells of the rate.
    await asked(hall, 'inspect', 'mill-1', 'tool.3', '--replaced');
    await poll('the new one', () => hall.told.at(-1)! < Math.max(...hall.told));
    hall.told.length = 0;
    await grown(hall, 0.5);
    await kill(first.child);
    const recording = join(hall.dir, 'run.jsonl');
    const second = runGemel(hall, '--record', recording);
    await grown(hall, hall.told.at(-1)!);

    const looked = await asked(hall, 'inspect', 'mill-1', 'tool.3', '--flank', '60um');
    expect(looked).toMatchObject({ running: true, version: 2 });
    const [wear, factor] = looked.changes;
    expect(wear).toMatchObject({ name: 'tool.3.wear' });
    expect(wear!.after).toBeGreaterThan(wear!.before);
    expect(factor).toMatchObject({ name: 'wear.tool.factor', before: 1 });
    // Answered means: it outlives a crash from here on.
    expect((await hall.memory())!.twin.state['tool.3.wear']).toBeGreaterThanOrEqual(wear!.after);
    await grown(hall, wear!.after * flankFullUm - 1e-3);

    const back = await call(hall, 'parameters', 'rollback', 'mill-1', '--to', '1');
    expect(back.out).toContain('mill-1: parameters are those of version 1 again, as version 3');
    expect(back.out).toMatch(/wear\.tool\.factor {2}[\d.]+ → 1\n/);
    const listed = JSON.parse((await call(hall, 'parameters', 'mill-1', '--json')).out) as {
      versions: { version: number; reason: string }[];
    };
    expect(listed.versions.map(({ reason }) => reason)).toEqual(['configured', 'inspected', 'rolled-back']);
    await poll('the events', () => hall.events.some(({ kind }) => kind === 'parameters-rolled-back'));
    expect(hall.events.map(({ kind }) => kind)).toContain('inspected');

    second.kill('SIGTERM');
    expect(await second.ended()).toBe(0);
    expect(fallsOf(hall.told)).toEqual([]);
    expect(await replay(hall, recording)).toMatchObject({ same: true, brokenLines: 0 });
    // Control: without one of its commands it is another run.
    const lines = readFileSync(recording, 'utf8').split('\n');
    const all = lines.filter((line) => line.startsWith('{"command"'));
    // Beside what people did: that the source is there.
    const commands = all.filter((line) => !line.includes('"kind":"link"'));
    expect(commands).toHaveLength(3);
    expect(all.length).toBeGreaterThan(3);
    writeFileSync(recording, lines.filter((line) => line !== commands[1]).join('\n'));
    expect(await replay(hall, recording)).toMatchObject({ same: false });
  });

  test('reach what is kept where none runs; a stop in order loses no bit', async () => {
    const hall = await wearHall(0);
    const first = runGemel(hall);
    await grown(hall, 0.5);
    first.kill('SIGTERM');
    expect(await first.ended()).toBe(0);
    hall.cut(false);
    const stopped = (await hall.memory())!;
    expect(stopped).toMatchObject({ clean: true, told: {} });
    const before = stopped.twin.state['tool.3.wear']!;
    expect(before * flankFullUm).toBeGreaterThan(hall.told.at(-1)! - 1e-3);

    const { code, out } = await call(hall, 'inspect', 'mill-1', 'bearing', '--replaced');
    expect(code).toBe(0);
    expect(out).toContain('No gateway runs here: it was done to what is kept');
    const kept = (await hall.memory())!;
    expect(kept.twin.state).toEqual({
      ...stopped.twin.state,
      'bearing.wear': 0,
      ...followed(kept.twin.state),
    });
    expect(kept.twin.parameters).toEqual(stopped.twin.parameters);

    const next = runGemel(hall);
    const running = await poll('the first writing', async () => {
      const memory = await hall.memory();
      return memory?.clean === false ? memory : undefined;
    });
    expect(wearIn(running.twin.state)).toEqual(wearIn(kept.twin.state));
    expect(running.twin.parameters).toEqual(stopped.twin.parameters);
    await kill(next.child);
  });

  test('are refused with what there is', async () => {
    const hall = await wearHall(0);
    const empty = await call(hall, 'inspect', 'mill-1', 'tool.3', '--replaced');
    expect(empty.code).toBe(1);
    expect(empty.err).toContain('nothing is kept of the machine "mill-1"');
    const gateway = runGemel(hall);
    await poll('a memory', () => hall.memory());
    const cases: [string[], number, string][] = [
      [['inspect', 'mill-2', 'tool.3', '--replaced'], 1, 'twins, did you mean "mill-1"?'],
      [['inspect', 'mill-1', 'tool3', '--replaced'], 2, 'no component "tool3", did you mean "tool.3"?'],
      [['inspect', 'mill-1', 'tool.3'], 2, 'say one of --wear, --flank and --replaced'],
      [['inspect', 'mill-1', 'tool.3', '--flank', '180'], 2, 'expected a length such as 180um or 0.18mm'],
      [
        ['inspect', 'mill-1', 'bearing', '--flank', '1um'],
        2,
        'bearing is not gauged by a length: use --wear',
      ],
      [['inspect', 'mill-1', 'bearing', '--wear', '4'], 2, 'expected a share such as 0.4, or 40%'],
      [
        ['parameters', 'rollback', 'mill-1', '--to', '9'],
        1,
        'it was not done: mill-1 has no version 9; it has 1',
      ],
      [['parameters', 'mill-1', '--show', '7'], 2, 'mill-1 has no version 7; it has 1'],
    ];
    const answers = await Promise.all(cases.map(([words]) => call(hall, ...words)));
    for (const [i, [, code, words]] of cases.entries()) {
      expect(answers[i]!.err).toContain(words);
      expect(answers[i]!.code).toBe(code);
    }
    await kill(gateway.child);
  });
});

function wearIn(state: Readonly<Record<string, number>>) {
  return Object.fromEntries(Object.entries(state).filter(([name]) => name.endsWith('.wear')));
}

/** What the machine does at the moment is not remembered, and temperatures go on without anybody. */
function followed(state: Readonly<Record<string, number>>) {
  const moving = /velocity|speed|temp$/;
  return Object.fromEntries(Object.entries(state).filter(([name]) => moving.test(name)));
}
