// What is refused is in the log as well: one line a source and reason now and then, with a count and an example.
import { expect, test } from 'vitest';
import type { RejectReason } from '../../src/core/sample.ts';
import type { TickResult } from '../../src/ports.ts';
import { createTeller } from '../../src/runtime/teller.ts';
import { keptLog } from '../silent-log.ts';
import { createFeeds } from './feeds.ts';

function told() {
  const log = keptLog();
  const teller = createTeller([], log);
  return {
    lines: log.lines,
    refuse: (source: string, reason: RejectReason, excerpt: string, count = 1) =>
      teller.deadLetter({ source, reason, timeMs: 0, excerpt, count }),
    tick: (timeMs: number) => teller.tick({ timeMs } as TickResult),
  };
}

test('the first is told at once, those of the next minute together when it is over, and none is left out', () => {
  const { lines, refuse, tick } = told();
  for (let ms = 0; ms < 90_000; ms += 20) {
    if (ms < 30_000) refuse('shop', 'parse', `line ${ms}`);
    tick(ms);
  }
  expect(lines).toEqual([
    {
      level: 'warn',
      message: 'source shop: input refused (parse)',
      fields: { source: 'shop', reason: 'parse', count: 1, excerpt: 'line 0' },
    },
    {
      level: 'warn',
      message: 'source shop: input refused (parse)',
      fields: { source: 'shop', reason: 'parse', count: 1499, excerpt: 'line 29980' },
    },
  ]);
});

test('what goes on is told ever more rarely, down to once an hour; after a rest it is news again', () => {
  const { lines, refuse, tick } = told();
  const minuteMs = 60_000;
  const toldAt: number[] = [];
  for (let minute = 0; minute < 600; minute++) {
    if (minute < 400) refuse('shop', 'unmapped', '$GPGSV');
    tick(minute * minuteMs);
    if (toldAt.length < lines.length) toldAt.push(minute);
  }
  expect(toldAt).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243, 303, 363, 423]);
  refuse('shop', 'unmapped', '$GPGSV');
  tick(600 * minuteMs);
  refuse('shop', 'unmapped', '$GPGSV');
  tick(601 * minuteMs);
  expect(lines.length).toBe(toldAt.length + 2);
  const counted = lines.reduce((sum, { fields }) => sum + Number(fields['count']), 0);
  expect(counted).toBe(402);
});

test('each source and reason has a line of its own; an example is short', () => {
  const { lines, refuse, tick } = told();
  refuse('a', 'parse', 'x'.repeat(1000), 7);
  refuse('a', 'type', 'y');
  refuse('b', 'parse', 'z');
  tick(0);
  tick(59_000);
  expect(lines.map(({ fields }) => [fields['source'], fields['reason'], fields['count']])).toEqual([
    ['a', 'parse', 7],
    ['a', 'type', 1],
    ['b', 'parse', 1],
  ]);
  expect(lines[0]!.fields['excerpt']).toBe('x'.repeat(200));
});

test('repetitions are no news, and a flood is told of as such', () => {
  const { lines, refuse, tick } = told();
  for (const reason of ['duplicate', 'rate', 'inbox_full'] as const) refuse('a', reason, 'x');
  tick(0);
  expect(lines).toEqual([]);
});

test('a feed says how many there were', () => {
  const feeds = createFeeds();
  feeds.feed[0]!.reject('parse', 'x', 12);
  expect(feeds.letters).toMatchObject([{ source: 'shop', reason: 'parse', count: 12 }]);
});
