// What `gemel alarms` shows and does where no gateway runs, and how an alarm reads.
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import type { AlarmsConsole } from '../../src/cli/alarm-files.ts';
import { registerAlarms } from '../../src/cli/alarms.ts';
import { alarmsText, alarmText, journalText } from '../../src/cli/alarms-view.ts';
import type { Alarm } from '../../src/core/alarm.ts';
import { GemError } from '../../src/errors.ts';
import type { StoredAlarm } from '../../src/ports/history.ts';
import { encodeMemory } from '../../src/runtime/twins/memory.ts';
import { stateDir, useCleanUp } from '../broker/fixture.ts';
import { memoryOf } from '../runtime/twins/memory-of.ts';

useCleanUp();

const nowMs = 1_790_000_600_000;
const hot: Alarm = {
  ...{ machine: 'mill-1', id: 'spindle.windingTemp.limit', occurrence: 3, state: 'raised', active: true },
  ...{ latched: false, severity: 'medium', trip: false, cause: 'machine', reasons: ['nothing else moved'] },
  ...{
    text: 'spindle.windingTemp is 63.5 °C, beyond its warning limit of 60 °C',
    action: 'Look at its cooling.',
  },
  ...{
    signals: ['spindle.windingTemp'],
    detector: 'limits',
    score: 0.61,
    value: 63.5,
    bound: 60,
    unit: 'degC',
  },
  ...{ raisedMs: nowMs - 180_000, count: 2, consequences: [] },
};
const away: Alarm = {
  ...{ ...hot, id: 'shop.link', severity: 'high', cause: 'comms', text: 'the source shop is away', count: 1 },
  ...{ consequences: ['spindle.current.silent'], raisedMs: nowMs - 5000, occurrence: 4 },
};
const silent: Alarm = { ...hot, id: 'spindle.current.silent', under: 'shop.link', occurrence: 5 };
const shelved: Alarm = {
  ...hot,
  id: 'axis.x.current.limit',
  shelvedUntilMs: nowMs + 5_400_000,
  occurrence: 6,
};

describe('the list', () => {
  test('has what operators are to know, the text below each, and says what it leaves out', () => {
    const text = alarmsText([away, hot, silent, shelved], { all: false, running: true, width: 100, nowMs });
    expect(text).toBe(`severity  since  machine  id                         state   cause    count
high      5 s    mill-1   shop.link                  raised  comms        1
    the source shop is away
medium    3 min  mill-1   spindle.windingTemp.limit  raised  machine      2
    spindle.windingTemp is 63.5 °C, beyond its warning limit of 60 °C
2 more are shelved, suppressed or a consequence: gemel alarms --all
`);
  });

  test('has all of them with why they are not told', () => {
    const text = alarmsText([silent, shelved], {
      all: true,
      running: false,
      width: Number.POSITIVE_INFINITY,
      nowMs,
    });
    expect(text).toContain('raised, under shop.link');
    expect(text).toContain('raised, shelved for 1.5 h');
    expect(text).toContain('No gateway runs here: this is what stood when the last one ended.');
  });

  test('is no wider than the terminal, and moves no cursor', () => {
    const odd = { ...hot, text: `${'x'.repeat(200)}\u001b[2J` };
    const text = alarmsText([odd], { all: false, running: true, width: 80, nowMs });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).not.toContain('\u001b');
  });
});

describe('one alarm', () => {
  test('says why, what to do, and what was seen', () => {
    const values = Array.from({ length: 40 }, (_, i) => (i < 30 ? 50 : 63.5));
    const evidence = {
      ...{ fromMs: hot.raisedMs - 30_000, toMs: hot.raisedMs + 10_000, stepMs: 1000, complete: true },
      signals: [{ name: 'spindle.windingTemp', unit: 'degC', values }],
      residuals: [{ name: 'spindle.windingTemp', unit: 'sigma', values: values.map(() => null) }],
      links: [{ timeMs: hot.raisedMs - 2000, source: 'shop', up: false, reason: 'refused' }],
    };
    const changes = [
      { id: 1, timeMs: hot.raisedMs, kind: 'raised', alarm: hot },
      {
        ...{ id: 2, timeMs: hot.raisedMs + 1000, kind: 'acknowledged' },
        alarm: { ...hot, by: 'Ann', comment: 'fan is on order' },
      },
    ] satisfies StoredAlarm[];
    const text = alarmText(hot, evidence, changes, { width: 100, ascii: true, nowMs });
    expect(text).toContain('What to do: Look at its cooling.');
    expect(text).toContain('- nothing else moved');
    expect(text).toContain('has come 2 times');
    expect(text).toMatch(/spindle\.windingTemp {2,}_+@+ {2}50 to 63\.5 °C/);
    expect(text).toContain('nothing was known');
    expect(text).toContain('shop went away: refused');
    expect(text).toContain('acknowledged by Ann: fan is on order');
    expect(journalText(changes, 100)).toContain('acknowledged by Ann');
  });
});

async function folder(alarms: readonly Alarm[]): Promise<string> {
  const dir = await stateDir();
  mkdirSync(join(dir, 'twins'), { recursive: true });
  const { twin } = memoryOf();
  const memory = { ...twin, alarms: { occurrences: 6, shelveMaxS: 7200, alarms } };
  await writeFile(join(dir, 'twins', 'mill-1.json'), encodeMemory({ ...memoryOf(), twin: memory }));
  return dir;
}

async function call(dir: string, ...words: string[]) {
  let out = '';
  const to: AlarmsConsole = {
    ...{ env: {}, tell: () => {}, width: 120, nowMs, user: 'root' },
    print: (text) => (out += text),
  };
  const program = new Command().exitOverride();
  registerAlarms(program, () => to);
  try {
    await program.parseAsync(['alarms', ...words, '--state-dir', dir], { from: 'user' });
  } catch (error) {
    if (error instanceof GemError) return { code: error.row.exitCode, out, err: error.message };
    throw error;
  }
  return { code: 0, out, err: '' };
}

describe('where no gateway runs', () => {
  test('what stood is listed, and what is done is done to what is kept', async () => {
    const dir = await folder([hot, shelved]);
    expect((await call(dir)).out).toContain('spindle.windingTemp.limit');
    const done = await call(dir, 'acknowledge', 'mill-1', hot.id, '--by', 'Ann', '--comment', 'seen');
    expect(done.out).toMatch(/was acknowledged by Ann\nNo gateway runs here/);
    const listed = JSON.parse((await call(dir, '--all', '--json')).out) as {
      alarms: Alarm[];
      running: boolean;
    };
    expect(listed.running).toBe(false);
    expect(listed.alarms.find(({ id }) => id === hot.id)).toMatchObject({
      state: 'acknowledged',
      comment: 'seen',
    });
    expect((await call(dir, 'unshelve', 'mill-1', 'axis.*')).out).toContain('taken off the shelf by root');
  });

  test.each([
    [['acknowledge', 'mill-1', 'spindel.windingTemp.limit'], /did you mean "spindle\.windingTemp\.limit"/, 1],
    [['acknowledge', 'mill-2', hot.id], /mill-2.*did you mean "mill-1"/, 1],
    [['reset', 'mill-1', hot.id], /still holds/, 1],
    [['shelve', 'mill-1', hot.id], /--for 2h/, 2],
    [['shelve', 'mill-1', hot.id, '--for', '3h'], /at most 2 h, not for 3 h/, 1],
    [['acknowledge', 'mill-1', 'axis.y.*'], /no alarm "axis\.y\.\*"/, 1],
    [['show', 'mill-1', 'axis.y.limit'], /^mill-1 has no alarm "axis\.y\.limit"/, 1],
    [['--machine', 'mill-9'], /mill-9/, 1],
    [['history'], /no history/, 1],
  ] as const)('%j is refused with words', async (words, why, code) => {
    const dir = await folder([hot]);
    const refused = await call(dir, ...words);
    expect(refused.err).toMatch(why);
    expect(refused.code).toBe(code);
  });

  test('an alarm that is over stays for the next gateway to tell, and is not listed', async () => {
    const dir = await folder([{ ...hot, state: 'cleared', active: false }]);
    expect((await call(dir, 'acknowledge', 'mill-1', hot.id)).code).toBe(0);
    expect((await call(dir)).out).toContain('No alarm stands.');
  });
});
