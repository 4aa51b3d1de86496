// Row: Ten times the expected rate.
import type { MqttClient } from 'mqtt';
import { describe, expect, test } from 'vitest';
import { poll } from '../poll.ts';
import { type Inputs, openInputs, periodMs } from './fixture.ts';

const expectedPerS = 200;
const sources = {
  flood: {
    type: 'mqtt',
    topics: [{ topic: 'flood/{m}', fields: { v: '{m}/v' } }],
    limits: { samplesPerS: expectedPerS, burst: expectedPerS / 2 },
  },
  calm: { type: 'mqtt', topics: [{ topic: 'calm/{m}', fields: { v: '{m}/v' } }] },
};

/** So many messages a second, until told to stop; `steady`: what a busy machine kept it from is not made up for. */
function publish(client: MqttClient, topic: string, perS: number, steady = false) {
  let dueMs = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (const nowMs = performance.now(); dueMs < nowMs; dueMs += 1000 / perS) {
      client.publish(topic, `{"v":${sent++}}`);
      if (steady) dueMs = nowMs;
    }
  }, 5);
  return { sent: () => sent, stop: () => clearInterval(timer) };
}

/** From receipt to the frame, of so many samples of the calm source that arrive from now on. */
async function latencies(shop: Inputs, samples: number): Promise<{ medianMs: number; p95Ms: number }> {
  const from = shop.stored.length;
  const mine = () => shop.stored.slice(from).filter(({ tag }) => tag === 'mill/v');
  await poll('the samples of the calm source', () => mine().length >= samples);
  const delays = mine().map(({ takenMs, receiveMs }) => takenMs - receiveMs);
  delays.sort((a, b) => a - b);
  return { medianMs: delays[delays.length >> 1]!, p95Ms: delays[Math.floor(delays.length * 0.95)]! };
}

describe("Ten times the expected rate: token bucket per source; other sources' latency does not move", () => {
  test('what is too much is counted and told at a limited rate; the other source does not notice', async () => {
    const shop = await openInputs(sources);
    try {
      const started = performance.now();
      const calm = publish(await shop.client(), 'calm/mill', 100);
      const alone = await latencies(shop, 60);
      const flood = publish(await shop.client(), 'flood/m', 10 * expectedPerS);
      const beside = await latencies(shop, 200);
      flood.stop();
      calm.stop();
      await poll('all of the flood', () => shop.report('flood').ledger.received === flood.sent());
      const seconds = (performance.now() - started) / 1000;

      const { ledger } = shop.report('flood');
      const most = expectedPerS / 2 + seconds * expectedPerS;
      expect(ledger.rejected.rate).toBeGreaterThanOrEqual(flood.sent() - most);
      expect(ledger.stored + ledger.pending).toBeGreaterThanOrEqual(expectedPerS / 2);
      expect(ledger.stored + ledger.pending).toBeLessThanOrEqual(most);
      expect(ledger.stored + ledger.pending + ledger.rejected.rate).toBe(ledger.received);
      const letters = () => shop.letters.filter(({ reason }) => reason === 'rate').length;
      await poll('a letter', () => letters() > 0);
      expect(letters()).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
      expect(await shop.metric('gemel_samples_rejected_total{source="flood",reason="rate"}')).toBe(
        ledger.rejected.rate,
      );

      await poll('the end of the calm source', () => shop.report('calm').ledger.received >= calm.sent());
      expect(Object.values(shop.report('calm').ledger.rejected).every((count) => count === 0)).toBe(true);
      expect(beside.medianMs).toBeLessThan(alone.medianMs + periodMs / 2);
      expect(beside.p95Ms).toBeLessThan(alone.p95Ms + periodMs);
    } finally {
      await shop.close();
    }
  });

  test('the expected rate passes whole (control)', async () => {
    const shop = await openInputs(sources);
    try {
      const device = publish(await shop.client(), 'flood/m', 0.8 * expectedPerS, true);
      await poll('a second of it', () => device.sent() > 0.8 * expectedPerS);
      device.stop();
      await poll('all of it', () => shop.report('flood').ledger.stored === device.sent());
      expect(shop.report('flood').ledger.rejected.rate).toBe(0);
    } finally {
      await shop.close();
    }
  });
});
