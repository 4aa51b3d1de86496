// Between two runs: a time in which nothing was received is told as a gap; and a clock that was set back, for what came
// then is of both.
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createGather } from '../../../src/history/thread/gather.ts';
import { notePause } from '../../../src/history/thread/pause.ts';
import { keptLog } from '../../silent-log.ts';
import { openHouse } from './house.ts';

test('a run that begins before the last sample of the one before says so, in its log and for a replay', async () => {
  const one = await openHouse();
  for (let value = 0; value < 5; value++) one.push(value);
  await one.history.stop();
  // The clock of a house begins where that of the one before began.
  const two = await openHouse({}, one.dir);
  two.push(5);
  await two.history.stop();
  const reader = two.reader();
  const [run] = await reader.runs();
  const acts = await reader.acts({ run: run!.id, fromTick: 0, limit: 10 });
  expect(acts).toMatchObject([{ tick: 0, kind: 'overlap', text: String(run!.openedMs + 5) }]);
  reader.close();
  rmSync(one.dir, { recursive: true });
});

test('a clock that went on leaves a gap, a new file neither', () => {
  const log = keptLog();
  const gather = createGather({ samplesMax: 1000, monotonicMs: () => 0, onDue() {} });
  notePause(gather, Number.NaN, 1000, log);
  expect([gather.filling.gaps, gather.filling.acts]).toEqual([[], []]);
  notePause(gather, 400, 1000, log);
  expect(gather.filling.gaps).toEqual([{ fromMs: 400, toMs: 1000, reason: 'stopped', samples: 0 }]);
  expect([gather.filling.acts, log.lines]).toEqual([[], []]);
  notePause(gather, 3400, 1000, log);
  expect(log.lines).toMatchObject([{ level: 'warn', fields: { behindS: 3 } }]);
});
