// A writer whose thread hangs in a call of the system, as on a disk that has gone: it neither answers nor can be ended.
// Then only a new process helps, and the watchdog sees to that.
import { expect, test } from 'vitest';
import { createHistory } from '../../../src/history/history.ts';
import { historySchema } from '../../../src/history/schema.ts';
import type { HostEvents } from '../../../src/history/thread/host.ts';
import type { GatewayEvent } from '../../../src/ports/event.ts';
import { createServing, type ServiceManager } from '../../../src/runtime/systemd.ts';
import { poll } from '../../poll.ts';
import { keptLog } from '../../silent-log.ts';

const sizes = { bytes: 0, walBytes: 0, freeBytes: 0 };
const left = {
  ...{ tags: [], recent: new Map(), ledger: [], memory: new Map(), cursors: [] },
  ...{ lastEventId: 0, lastReceivedMs: Number.NaN, unclean: false },
};

function hanging(ends: boolean) {
  const events: GatewayEvent[] = [];
  let writers = 0;
  const history = createHistory({
    config: historySchema.parse({}),
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    ...{ log: keptLog(), reader: undefined as never, accounts: () => [], settle() {}, stopMs: 100 },
    tell: (event) => {
      events.push(event);
    },
    tuning: { silenceMs: 300 },
    spawn: () => (heard: HostEvents) => {
      writers++;
      setImmediate(() => heard.message({ kind: 'opened', left, run: 1, group: -1, sizes }));
      return { post() {}, end: () => (ends ? Promise.resolve() : new Promise<void>(() => {})) };
    },
  });
  return { history, events, writers: () => writers };
}

test('the watchdog is not fed while it hangs, and nobody else opens the file meanwhile', async () => {
  const { history, events, writers } = hanging(false);
  let fed = 0;
  const service: ServiceManager = {
    ...{ watchdogPeriodMs: 1, ready() {}, stopping() {}, status() {} },
    watchdog: () => {
      fed++;
    },
  };
  const ticked = createServing(service, () => history.alive);
  await history.start();
  ticked();
  expect(fed).toBe(1);
  await poll('the hang', () => !history.alive);
  ticked();
  expect(fed).toBe(1);
  expect(history.report()).toMatchObject({ state: 'failed', reason: 'it did not answer for 0.3 s' });
  expect(events.map(({ kind }) => kind)).toEqual(['history-failed']);
  expect(writers()).toBe(1);
  await history.stop();
});

test('control: one that can be ended is, another follows, and the gateway is well', async () => {
  const { history, writers } = hanging(true);
  await history.start();
  await poll('another writer', () => writers() > 1);
  expect(history.alive).toBe(true);
  await history.stop();
});
