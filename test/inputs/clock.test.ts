// Row: Drifting device clock, float32-quantised epoch seconds, clock running backwards. On virtual time, since
// clocks go wrong slowly; the end of it, what a user is told, through a real gateway.
import { describe, expect, test } from 'vitest';
import { newIntake } from '../../src/core/intake.ts';
import { qualityName } from '../../src/core/quality.ts';
import type { GatewayEvent } from '../../src/ports/event.ts';
import { createClockNews, reportClocks } from '../../src/runtime/clock-news.ts';
import { createFeed } from '../../src/runtime/feed.ts';
import { poll } from '../poll.ts';
import { seeded } from '../virtual-time.ts';
import { openInputs } from './fixture.ts';
import { feedParts } from './small-feed.ts';

interface Sent {
  trueMs: number;
  timeMs: number;
  receiveMs: number;
  rawMs: number;
  quality: string;
}

/** A device at 20 Hz over a way of 2 to 12 ms; `clock` says what its clock shows at a true time. */
async function watch(seconds: number, clock: (trueMs: number, sinceMs: number) => number) {
  const parts = feedParts(1000);
  const intake = newIntake(4);
  const feed = createFeed('shop', parts.account, 10, { ...parts, intake });
  const tag = feed.tag({ name: 'v', unit: '', kind: 'number', clock: 'esp32' });
  const news = createClockNews(parts.clock);
  const events: GatewayEvent[] = [];
  const random = seeded(7);
  const sent: Sent[] = [];
  const startMs = parts.clock.nowMs();
  for (let i = 1; i <= seconds * 20; i++) {
    const trueMs = startMs + i * 50;
    await parts.world.runTo(i * 50 + 2 + random() * 10);
    feed.push(tag, Math.sin(i), 0, clock(trueMs, i * 50));
    const columns = parts.inbox.drain(Math.ceil(parts.clock.nowMs()));
    sent.push({
      trueMs,
      timeMs: columns.timeMs[0]!,
      receiveMs: columns.receiveMs[0]!,
      rawMs: columns.rawMs[0]!,
      quality: qualityName(columns.quality[0]!),
    });
    news.look('shop', parts.account, (event) => events.push(event));
  }
  return {
    sent,
    events,
    report: reportClocks(parts.account, parts.clock.nowMs()),
    ledger: parts.account.ledger,
  };
}

describe('Drifting device clock, float32-quantised epoch seconds, clock running backwards: seen and told', () => {
  test('a right clock is left alone (control)', async () => {
    const { sent, events, report, ledger } = await watch(120, (trueMs) => trueMs);
    expect(events).toEqual([]);
    expect(report.clockFinding).toBe('none');
    expect(ledger.remarks.clock_corrected).toBe(0);
    expect(sent.every(({ quality }) => quality === 'Good')).toBe(true);
  });

  test('3 s behind and 80 ppm fast: offset and drift measured, a finding, time corrected, raw stamp kept', async () => {
    const clock = (trueMs: number, sinceMs: number) => trueMs - 3000 + sinceMs * 80e-6;
    const { sent, events, report, ledger } = await watch(180, clock);
    expect(report.clockFinding).toBe('offset');
    // Of the clock at the end, and of the shortest way, which nobody can tell from an offset.
    expect(Math.abs(report.clockOffsetMs - (3000 - 180_000 * 80e-6))).toBeLessThan(6);
    expect(Math.abs(report.clockDriftPpm - 80)).toBeLessThan(40);
    expect(events.map(({ kind, details }) => [kind, details!['finding']])).toEqual([
      ['clock-finding', 'offset'],
    ]);
    expect(events[0]!.text).toMatch(/clock of esp32 \(source shop\) is 3\.0 s behind; corrected/);
    const settled = sent.slice(60 * 20);
    expect(Math.max(...settled.map(({ timeMs, trueMs }) => Math.abs(timeMs - trueMs)))).toBeLessThan(8);
    expect(settled.every(({ rawMs, trueMs }) => Math.abs(rawMs - trueMs) > 2900)).toBe(true);
    expect(ledger.remarks.clock_corrected).toBeGreaterThan(100 * 20);
  });

  test('float32 epoch seconds: 128 s a step, so the time of receipt, Uncertain, and a finding', async () => {
    const { sent, events, report } = await watch(60, (trueMs) => Math.fround(trueMs / 1000) * 1000);
    expect(report.clockFinding).toBe('quantised');
    expect(events.map(({ details }) => details!['finding'])).toEqual(['quantised']);
    expect(sent.every(({ timeMs, receiveMs }) => timeMs === receiveMs)).toBe(true);
    expect(sent.every(({ quality }) => quality === 'Uncertain')).toBe(true);
    expect(new Set(sent.map(({ rawMs }) => rawMs)).size).toBeLessThan(3);
  });

  test('running backwards: after a few seconds the time of receipt, Uncertain, and a finding', async () => {
    const { sent, events, report } = await watch(60, (trueMs, sinceMs) => trueMs - 2 * sinceMs);
    expect(report.clockFinding).toBe('backward');
    expect(events.at(-1)!.details!['finding']).toBe('backward');
    const later = sent.slice(10 * 20);
    expect(later.every(({ timeMs, receiveMs }) => timeMs === receiveMs)).toBe(true);
    expect(later.every(({ quality }) => quality === 'Uncertain')).toBe(true);
    expect(later.every(({ rawMs, trueMs }) => rawMs < trueMs)).toBe(true);
  });

  test('each device of a source has a clock of its own; a user is told in the log, an event and the metrics', async () => {
    const shop = await openInputs({
      shop: {
        type: 'mqtt',
        topics: [{ topic: 'shop/{m}', time: { field: 't', format: 's' }, fields: { v: '{m}/v' } }],
      },
    });
    try {
      const event = await poll('the finding', async () => {
        const now = Date.now() / 1000;
        await shop.send('shop/good', { t: now, v: Math.random() });
        await shop.send('shop/float', { t: Math.fround(now), v: Math.random() });
        return shop.events.find(({ kind }) => kind === 'clock-finding');
      });
      expect(event.text).toContain('shop/float');
      expect(shop.log.lines.some(({ message }) => message === event.text)).toBe(true);
      const of = (tag: string) => shop.stored.filter((one) => one.tag === tag).map(({ quality }) => quality);
      expect(new Set(of('good/v'))).toEqual(new Set(['Good']));
      expect(new Set(of('float/v'))).toEqual(new Set(['Uncertain']));
      expect(shop.report().clockFinding).toBe('quantised');
    } finally {
      await shop.close();
    }
  });
});
