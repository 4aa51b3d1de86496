// What is written down of a run for its replay: never so much of it that memory fills, and never at the cost of a tick.
import { expect, test } from 'vitest';
import { createRunRecord } from '../../../src/runtime/twins/run-record.ts';
import { coreOfMill, run } from '../../core/core-of-mill.ts';
import { poll } from '../../poll.ts';
import { keptLog } from '../../silent-log.ts';

function recordOf(core = coreOfMill()) {
  const taken: { tick: number; arrived: PromiseWithResolvers<void> }[] = [];
  const log = keptLog();
  const record = createRunRecord({
    ...{ core, log, act() {}, snapshotEveryMs: core.periodMs },
    snapshot({ tick }) {
      const arrived = Promise.withResolvers<void>();
      taken.push({ tick, arrived });
      return arrived.promise;
    },
  });
  const tick = () => {
    run(core, 1);
    record.ticked(core.lastTick);
  };
  return { core, taken, log, record, tick };
}

test('one snapshot at a time is on its way to the disk, whether it arrives or not', async () => {
  const { taken, tick, record } = recordOf();
  for (const ending of ['resolve', 'reject'] as const) {
    const before = taken.length;
    await poll('a snapshot', () => {
      tick();
      return taken.length > before;
    });
    for (let i = 0; i < 20; i++) tick();
    // The end does not wait for a disk.
    await record.end();
    expect(taken).toHaveLength(before + 1);
    taken[before]!.arrived[ending]();
  }
  await poll('another one', () => {
    tick();
    return taken.length === 3;
  });
});

test('of what no snapshot can be taken: that is said, and the tick goes on', async () => {
  const { core, log, record, tick } = recordOf();
  Object.assign(core, { when: new Date(0) });
  tick();
  await record.end();
  expect(log.lines).toMatchObject([{ level: 'error', message: 'no snapshot could be taken of the twins' }]);
});
