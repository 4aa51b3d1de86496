// `gemel alarms` beside a gateway that runs and beside none; what an operator did outlives a crash and a stop in order.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/history/database.ts';
import type { PastSummary } from '../../src/replay/past/summary.ts';
import { useCleanUp } from '../broker/fixture.ts';
import { gemel } from '../gemel-process.ts';
import { poll } from '../poll.ts';
import { alarmHall, hot } from './alarms-hall.ts';

useCleanUp();

async function replayed(dir: string): Promise<PastSummary['hashes']> {
  const run = gemel(['replay', '--json'], { cwd: dir });
  expect([await run.ended(), run.err()]).toEqual([expect.any(Number), '']);
  return (JSON.parse(run.out()) as PastSummary).hashes;
}

/** All of it is in the history: a replay comes to what both gateways were when they stopped. */
async function checkReplay(dir: string): Promise<void> {
  expect(await replayed(dir)).toEqual({ compared: 2, equal: 2 });
  const database = openDatabase(join(dir, 'state', 'history.db'));
  const lost = database.prepare('DELETE FROM acts WHERE text LIKE \'%"shelve"%7200%\'').run();
  database.close();
  expect(lost.changes).toBe(1);
  // Control: without the shelving it was another run.
  expect((await replayed(dir)).equal).toBeLessThan(2);
}

test('an alarm from its raise over a crash, a shelf and a stop to its end', async () => {
  const hall = await alarmHall();
  hall.heat(70);
  const first = await hall.start();
  const raised = await poll('the alarm', async () => (await hall.listed()).alarms[0]);
  expect(raised).toMatchObject({ id: hot, state: 'raised', severity: 'medium', trip: false, occurrence: 1 });
  const shown = await hall.call('show', 'mill-1', hot);
  expect(shown.out).toMatch(
    /spindle\.windingTemp is (69\.\d+|70(\.\d+)?) °C, beyond its warning limit of 60 °C/,
  );
  expect(shown.out).toMatch(/What to do: Take load off the spindle/);

  const wrong = await hall.call('acknowledge', 'mill-1', 'spindel.windingTemp.limit', '--by', 'Ann');
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining(`did you mean "${hot}"`)]);
  const long = await hall.call('shelve', 'mill-1', hot, '--for', '9h', '--by', 'Ann');
  expect([long.code, long.err]).toEqual([1, expect.stringContaining('at most 4 h, not for 9 h')]);
  const done = await hall.call('acknowledge', 'mill-1', hot, '--by', 'Ann', '--comment', 'fan is on order');
  expect([done.code, done.out]).toEqual([0, `mill-1: ${hot} was acknowledged by Ann\n`]);
  // Answered means: it outlives a crash from here on.
  first.kill('SIGKILL');
  await first.ended();
  expect((await hall.listed()).alarms).toMatchObject([{ state: 'acknowledged', by: 'Ann' }]);

  const second = await hall.start();
  const back = await poll('it again', async () => {
    const { running, alarms } = await hall.listed();
    return running ? alarms[0] : undefined;
  });
  expect(back).toMatchObject({ state: 'acknowledged', occurrence: 1, raisedMs: raised.raisedMs, by: 'Ann' });
  expect((await hall.call()).out).toContain(hot);
  expect((await hall.call('shelve', 'mill-1', 'spindle.*', '--for', '2h', '--by', 'Ben')).code).toBe(0);
  const hidden = await hall.call();
  expect(hidden.out).toBe(
    'No alarm stands.\n1 more is shelved, suppressed or a consequence: gemel alarms --all\n',
  );
  expect(await second.stop()).toBe(0);

  const without = await hall.call('unshelve', 'mill-1', hot, '--by', 'Ben');
  expect(without.out).toContain('No gateway runs here');
  expect((await hall.call()).out).toMatch(/No gateway runs here: this is what stood/);
  hall.heat(30);
  const third = await hall.start();
  const cold = await poll('it cleared', async () =>
    (await hall.listed()).alarms.find(({ active }) => !active),
  );
  expect(cold).toMatchObject({ state: 'cleared', occurrence: 1 });
  expect((await hall.call('acknowledge', 'mill-1', hot, '--by', 'Ann')).code).toBe(0);
  expect((await hall.listed()).alarms).toEqual([]);

  const journal = await poll('the journal', async () => {
    const { out } = await hall.call('history', '--json');
    const kinds = out
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [(JSON.parse(line) as { kind: string }).kind]));
    return kinds.at(-1) === 'removed' ? kinds.filter((kind) => kind !== 'evidence') : undefined;
  });
  expect(journal).toEqual([
    ...['raised', 'acknowledged', 'restored', 'shelved', 'restored', 'cleared', 'acknowledged', 'removed'],
  ]);
  const last = await hall.call('show', 'mill-1', hot);
  expect(last.out).toMatch(/What became of it:\n.*raised\n.*acknowledged by Ann: fan is on order\n/);
  expect(await third.stop()).toBe(0);

  await checkReplay(hall.dir);
}, 60_000);
