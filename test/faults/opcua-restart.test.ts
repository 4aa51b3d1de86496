// An OPC UA server that is killed and comes back: data within 5 s, every gap marked, one session. A hundred times
// over it is done in test/interop/opcua-restarts.test.ts.
import { expect, test } from 'vitest';
import { killServer, median } from '../sources/opcua/kills.ts';

// Five processes, one after the other: its waits have their own deadlines.
test('2 kills: data within 5 s of the return, each gap Bad once, one session left', {
  timeout: 300_000,
}, async () => {
  const { backMs, bad, sessions, subscriptions } = await killServer({
    times: 2,
    warm: 1,
    encrypted: true,
  });
  expect(backMs).toHaveLength(2);
  expect(Math.max(...backMs)).toBeLessThan(5000);
  expect(median(backMs)).toBeLessThan(2000);
  expect(bad).toBe(2);
  expect({ sessions, subscriptions }).toEqual({ sessions: 1, subscriptions: 1 });
});
