// Alarms through the gateway's own broker: a panel that may ask and a display that may not, advice to stop at a trip, the
// journal with what was seen, metrics.
import { scryptSync } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openReader } from '../../src/history/reader/open.ts';
import { hear, peer, stateDir, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { launchText } from '../running-gateway.ts';
import { bodiesOf, lastOf } from './heard-json.ts';
import { loadMachine } from './load-machine.ts';
import { watchTicks } from './missed-ticks.ts';

useCleanUp();

const hash = scryptSync('pw', 'saltsalt', 32, { N: 16, r: 1, p: 1 }).toString('base64url');
const passwordHash = `scrypt$16$1$1$${Buffer.from('saltsalt').toString('base64url')}$${hash}`;

const configuration = (port: number, metricsPort: number) => `version: 1
site: test
log: { level: info }
broker:
  port: ${port}
  users:
    - { name: shop, passwordHash: "${passwordHash}", prefix: shop }
    - { name: display, passwordHash: "${passwordHash}", role: reader }
    - { name: panel, passwordHash: "${passwordHash}", role: reader, requests: true }
metrics: { port: ${metricsPort} }
${loadMachine('trip: 95, ')}    alarms:
      stopRequest: { topic: plc/mill-1/stop, alarms: ["load.*"] }
`;

interface Body {
  readonly state: string;
  readonly severity: string;
  readonly occurrence: number;
  readonly evidence?: { readonly complete: boolean };
}

test('from the raise to the end of it, with all that hear of it', async () => {
  const [port, metricsPort, dir] = [await freePort(), await freePort(), await stateDir()];
  const gateway = await launchText(configuration(port, metricsPort), metricsPort, { dir });
  await gateway.said('first frame');
  const ticksMissed = await watchTicks(gateway);
  const as = (username: string) => peer(port, { username, password: 'pw' });
  const [display, panel, device] = [await as('display'), await as('panel'), await as('shop')];
  const heard = hear(display);
  await display.subscribeAsync(['gemel/test/+/alarm/+', 'gemel/test/+/response/#', 'plc/#'], { qos: 1 });
  const load = (value: number) => device.publishAsync('shop/mill-1/load', String(value), { qos: 1 });
  const topic = 'gemel/test/mill-1/alarm/load.limit';
  const now = () =>
    lastOf<Body>(
      heard.filter(({ payload }) => payload !== ''),
      topic,
    );
  const stops = () => heard.filter((message) => message.topic === 'plc/mill-1/stop');

  await load(90);
  await poll('the warning', () => now()?.state === 'raised');
  expect(stops()).toEqual([]);
  await load(99);
  await poll('the trip', () => now()?.severity === 'critical');
  await poll('the advice', () => stops().length === 1);
  expect(JSON.parse(stops()[0]!.payload)).toMatchObject({ request: 'stop', alarm: 'load.limit' });
  expect(await gateway.metric('gemel_alarms_active{machine="mill-1",severity="critical"}')).toBe(1);

  const request = JSON.stringify({ id: 1, alarm: 'load.limit', action: 'acknowledge', by: 'anna' });
  display.publish('gemel/test/mill-1/request/alarm', request, { qos: 1 });
  await poll('the display is cut', () => !display.connected);
  const watcher = await as('display');
  const later = hear(watcher);
  await watcher.subscribeAsync(['gemel/test/+/alarm/+', 'gemel/test/+/response/#', 'plc/#'], { qos: 1 });
  await panel.publishAsync('gemel/test/mill-1/request/alarm', request, { qos: 1 });
  const answers = () => bodiesOf<{ ok: boolean }>(later, 'gemel/test/mill-1/response/alarm');
  await poll('the answer', () => answers().length === 1);
  expect(answers()).toMatchObject([{ id: 1, ok: true, state: 'acknowledged' }]);
  // What was seen around the raise, once ten seconds have passed.
  const seen = () => later.filter((message) => message.topic === topic && message.payload !== '');
  await poll('the evidence', () => lastOf<Body>(seen(), topic)?.evidence?.complete === true);
  await load(20);
  await poll('it is gone', () => later.findLast((message) => message.topic === topic)?.payload === '');
  expect(await ticksMissed()).toBe(0);
  expect(await gateway.stop()).toBe(0);

  const reader = openReader(join(dir, 'state', 'history.db'));
  const rows = await reader.alarms({ machine: 'mill-1', fromMs: 0, toMs: 1e15, limit: 100 });
  const kinds = rows.map(({ kind }) => kind);
  expect(kinds).toEqual(['raised', 'escalated', 'acknowledged', 'evidence', 'cleared', 'removed']);
  const evidence = await reader.evidence({ machine: 'mill-1', occurrence: rows[0]!.alarm.occurrence });
  reader.close();
  expect(evidence).toMatchObject({ complete: true });
  expect(evidence!.signals.find(({ name }) => name === 'load')?.values).toContain(99);
});
