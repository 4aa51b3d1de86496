// `time.trusted` says the same to every source: the stamps of that clock stand as they are, and are watched.
import { describe, expect, test } from 'vitest';
import type { TagSpec } from '../../src/core/sample.ts';
import { compilePlan as mqttPlan } from '../../src/sources/mqtt/plan.ts';
import { createRouteCache } from '../../src/sources/mqtt/route.ts';
import { mqttSourceSchema } from '../../src/sources/mqtt/schema.ts';
import { opcuaSourceSchema } from '../../src/sources/opcua/schema.ts';
import { planTags } from '../../src/sources/opcua/tag-plan.ts';
import { decoderOf } from '../../src/sources/replay/format.ts';
import { replaySourceSchema } from '../../src/sources/replay/schema.ts';
import { compilePlan as serialPlan } from '../../src/sources/serial/plan.ts';
import { serialSourceSchema } from '../../src/sources/serial/schema.ts';
import { createKeptFeed } from '../kept-feed.ts';
import { createFeeds, wallMs } from '../runtime/feeds.ts';

type Trust = { trusted?: boolean };

/** The tag that each source makes of its configuration. */
const specOf: Record<string, (trust: Trust) => TagSpec> = {
  mqtt(trust) {
    const topic = { topic: 'm', time: { field: 't', ...trust }, fields: { v: 'v' } };
    const { topics } = mqttSourceSchema.parse({ type: 'mqtt', topics: [topic] });
    return createRouteCache(topics.map(mqttPlan)).find('m')!.specs[0]!;
  },
  opcua(trust) {
    const tags = { v: 'ns=2;s=v' };
    const config = { type: 'opcua', url: 'opc.tcp://cnc:4840', time: trust, tags };
    return planTags(opcuaSourceSchema.parse(config)).tags[0]!.spec;
  },
  serial(trust) {
    const time = { field: 't', format: 'ms', ...trust };
    const shape = { columns: ['t', 'v'], time, fields: { v: 'v' } };
    const config = { type: 'serial', path: '/dev/serial/by-id/usb-imu', ...shape };
    return serialPlan(serialSourceSchema.parse(config)).fields[0]!.spec;
  },
  'a followed file'(trust) {
    const time = { column: 't', ...trust };
    const config = { type: 'replay', file: 'log.csv', follow: true, time, tags: { v: 'v' } };
    const feed = createKeptFeed();
    const decode = decoderOf(replaySourceSchema.parse(config), 'csv', feed);
    const rows: Parameters<typeof decode.write>[1] = [];
    decode.write('t,v\n2026-11-20T06:00:00Z,1\n', rows);
    for (const row of rows) decode.take(row, row.timeMs);
    return feed.tags[0]!;
  },
};

/** How old a sample of a device three seconds behind seems, once its clock is known. */
function ageMs(spec: TagSpec) {
  const feeds = createFeeds();
  const feed = feeds.feed[0]!;
  const tag = feed.tag(spec);
  let age = Number.NaN;
  for (feeds.nowMs = 100; feeds.nowMs <= 20_000; feeds.nowMs += 100) {
    feed.push(tag, feeds.nowMs, 0, wallMs + feeds.nowMs - 3000.4);
    const { receiveMs, timeMs } = feeds.tick();
    age = receiveMs[0]! - timeMs[0]!;
  }
  expect(feeds.watch.reports()[0]!.clockFinding).toBe('offset');
  return age;
}

describe.each(Object.keys(specOf))('%s', (source) => {
  test('trusted: its stamps stand', () => {
    expect(ageMs(specOf[source]!({ trusted: true }))).toBeCloseTo(3000.4, 1);
  });
  test.each([{}, { trusted: false }])('else they are corrected (control) %j', (trust) => {
    expect(ageMs(specOf[source]!(trust))).toBeLessThan(1);
  });
});

test('a server that is asked for its time and is trusted is watched by its answers', () => {
  const feeds = createFeeds();
  const feed = feeds.feed[0]!;
  const tag = feed.tag(specOf['opcua']!({ trusted: true }));
  feeds.nowMs = 1000;
  feed.peerClock(wallMs + 999, wallMs + 999.5 - 60_000, wallMs + 1000);
  feed.push(tag, 1, 0, wallMs + 900 - 60_000);
  expect(feeds.tick().timeMs[0]).toBe(wallMs + 900 - 60_000);
  expect(feeds.watch.reports()[0]).toMatchObject({ clockFinding: 'offset' });
});
