// One message that is refused among others that are not: it is tried ever more rarely, and said once.
import { expect, test } from 'vitest';
import type { CatchUpPeer, MissedSamples } from '../../../src/ports/catch-up.ts';
import type { Asker } from '../../../src/runtime/catch-up/ask.ts';
import { createPace } from '../../../src/runtime/catch-up/pace.ts';
import { createWalk } from '../../../src/runtime/catch-up/walk.ts';
import { keptLog } from '../../silent-log.ts';

const samplesOf = (machine: string): MissedSamples => ({
  ...{ machine, seq: 5, part: 0, parts: 1, fromMs: 5000, toMs: 6000, late: false },
  ...{ samples: 1, signals: [{ name: 'a', timeMs: [5500], value: [1], quality: [0] }] },
});

test('a machine whose topic is denied does not have the others told again each second for ever', async () => {
  let nowMs = 0;
  const told: string[] = [];
  const peer: CatchUpPeer = {
    ...{ isUp: true, isClear: true, dropped: 0 },
    gap() {},
    event() {},
    mark() {},
    samples({ machine }, done) {
      told.push(machine);
      done(machine === 'denied' ? new Error('not authorised') : undefined);
    },
  };
  let asked = false;
  const asker: Asker = {
    next() {
      if (asked) return undefined;
      asked = true;
      const items = ['free', 'denied'].map((machine) => ({ message: samplesOf(machine), doneMs: 5000 }));
      return Promise.resolve([...items, { doneMs: 6000 }]);
    },
    back() {
      asked = false;
    },
  };
  const log = keptLog();
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  const walk = createWalk({ asker, peer, clock, log, pace: createPace(5000, 8, 100) }, 0);
  for (; nowMs < 600_000; nowMs += 100) {
    walk.run();
    await new Promise((resolve) => setImmediate(resolve));
  }
  // After 1, 2, 4, 8 and 16 s, then each 30 s.
  expect(told.filter((machine) => machine === 'denied').length).toBeLessThan(30);
  expect(told.filter((machine) => machine === 'free').length).toBeLessThan(30);
  expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  expect(walk.doneMs).toBe(5000);
});
