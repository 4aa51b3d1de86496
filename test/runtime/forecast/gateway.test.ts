// A real gateway in this process: a machine that wears, and the risk of it on the broker and in the metrics.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import { configSchema } from '../../../src/config/schema.ts';
import { createGateway } from '../../../src/gateway.ts';
import { askGateway } from '../../../src/runtime/twins/ask.ts';
import { mailboxOf } from '../../../src/runtime/twins/mailbox.ts';
import { cleanUp, stateDir, useCleanUp } from '../../broker/fixture.ts';
import { poll } from '../../poll.ts';
import { keptLog } from '../../silent-log.ts';

useCleanUp();

interface Published {
  time: string;
  risk: {
    time: string;
    level: string;
    probability: number;
    horizonHours: number;
    seed: number;
    failures: Record<string, { probability: number; hours: { p10: number | null }; threshold: number }>;
  } | null;
  maintenance: { about: string[]; start: string; end: string; before: string; urgent: boolean }[] | null;
}

function configOf(more: object = {}) {
  return configSchema.parse({
    ...{ version: 1, site: 'hall', broker: { port: 0 }, metrics: { port: 0 }, loop: { periodMs: 50 } },
    history: { enabled: false },
    machines: { m: { model: 'mill', signals: {} } },
    maintenance: { watchedMinH: 0, zone: 'UTC', work: { bearing: { hours: 1 } } },
    ...more,
  });
}

async function run(dir: string, config = configOf()) {
  const log = keptLog();
  const gateway = createGateway({
    ...{ config, stateDir: dir, version: '0' },
    log: Object.assign(log, { component: () => log }) as never,
    foresight: { forecast: { firstMs: 200 }, planSoonMs: 20 },
  });
  const over = new AbortController();
  const ended = gateway.run(over.signal);
  const stop = async () => {
    over.abort();
    return ended;
  };
  cleanUp(stop);
  await poll('the broker', () => gateway.addresses().get('mqtt'));
  await poll('a tick', () => gateway.core.lastTick >= 0);
  const client = await mqtt.connectAsync(gateway.addresses().get('mqtt')!, {}, false);
  cleanUp(() => client.endAsync(true));
  const heard: Record<string, string[]> = {};
  client.on('message', (topic, payload) => {
    heard[topic] = [...(heard[topic] ?? []), payload.toString()];
  });
  await client.subscribeAsync('gemel/hall/m/#');
  return { gateway, log, stop, heard };
}

test('the risk of a machine comes to the broker and into the metrics, worn parts into the plan', async () => {
  const dir = await stateDir();
  const { gateway, log, stop, heard } = await run(dir);
  const folder = mailboxOf(dir);
  const worn = { kind: 'inspected', machine: 'm', component: 'bearing', wear: 0.95, sigma: 0.02 } as const;
  expect(await askGateway(folder, worn)).toMatchObject({ ok: true });
  const forecasts = () => (heard['gemel/hall/m/forecast'] ?? []).map((text) => JSON.parse(text) as Published);
  const high = await poll('a high risk', () => forecasts().find(({ risk }) => risk?.level === 'high'));
  expect(high.risk!.failures['bearing-worn']).toMatchObject({ probability: 1, threshold: 0.8 });
  expect(high.risk!.failures['winding-hot']!.probability).toBe(0);
  expect(high.risk!.failures['winding-hot']!.hours.p10).toBeNull();
  expect(high.risk!.horizonHours).toBe(24);

  const plans = () =>
    (heard['gemel/hall/m/maintenance'] ?? []).map(
      (text) => JSON.parse(text) as { windows: Published['maintenance'] },
    );
  const plan = await poll('a window', () => plans().find(({ windows }) => windows!.length > 0));
  expect(plan.windows![0]).toMatchObject({ about: ['bearing'], urgent: true });
  expect(Date.parse(plan.windows![0]!.start)).toBeLessThanOrEqual(Date.now());

  const metrics = await (await fetch(gateway.addresses().get('metrics')!)).text();
  const value = (series: string) =>
    Number(
      metrics
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    );
  expect(value('gemel_failure_probability{machine="m",failure="bearing-worn"}')).toBe(1);
  expect(value('gemel_failure_probability{machine="m",failure="winding-hot"}')).toBe(0);
  expect(value('gemel_risk_level{machine="m"}')).toBe(2);
  expect(value('gemel_forecast_age_seconds{machine="m"}')).toBeGreaterThanOrEqual(0);
  expect(value('gemel_forecast_duration_seconds{machine="m"}')).toBeGreaterThan(0);

  const asked = await askGateway(folder, {
    kind: 'forecast',
    machine: 'm',
    horizonH: 4,
    particles: 200,
    seed: 7,
  });
  expect(asked).toMatchObject({ ok: true, risk: { seed: 7, particles: 200, horizonH: 4, level: 'high' } });
  const calendar = join(dir, 'maintenance.ics');
  await poll('the calendar', () => existsSync(calendar));
  const ics = readFileSync(calendar, 'utf8');
  expect(ics).toContain('BEGIN:VEVENT');
  expect(await stop()).toEqual([]);
  expect(statSync(join(dir, 'twins', 'm.load')).size).toBeGreaterThan(100);
  expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);

  // The next run tells nothing of the risk of the last one until it has one of its own.
  const again = await run(dir, configOf({ forecast: { enabled: false } }));
  const first = await poll('a forecast', () =>
    again.heard['gemel/hall/m/forecast']
      ?.map((text) => JSON.parse(text) as Published)
      .find(({ time }) => Date.parse(time) >= Date.parse(high.time) && time !== forecasts().at(-1)!.time),
  );
  expect(first.risk).toBeNull();
  expect(readFileSync(join(dir, 'maintenance.ics'), 'utf8')).toContain(/UID:(.*)/.exec(ics)![1]!);
});
