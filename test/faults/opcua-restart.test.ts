// An OPC UA server that is killed and comes back: data within 5 s, every gap marked, one session.
import { expect, test } from 'vitest';
import { killServer, median } from '../sources/opcua/kills.ts';

test('5 kills: data within 5 s of the return, each gap Bad once, one session left', {
  timeout: 60_000,
}, async () => {
  const { backMs, bad, sessions, subscriptions } = await killServer({ times: 5, warm: 1, encrypted: true });
  expect(backMs).toHaveLength(5);
  expect(Math.max(...backMs)).toBeLessThan(5000);
  expect(median(backMs)).toBeLessThan(1500);
  expect(bad).toBe(5);
  expect({ sessions, subscriptions }).toEqual({ sessions: 1, subscriptions: 1 });
});
