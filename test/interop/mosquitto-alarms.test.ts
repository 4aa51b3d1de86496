// Alarms through a real mosquitto with an ACL: who may acknowledge, and what the broker knows in the end when it dies
// between raise and clear, or the gateway does.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MqttClient } from 'mqtt';
import { describe, expect, test } from 'vitest';
import { type Heard, hear, peer, stateDir, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { launchText, type RunningGateway, ticked } from '../running-gateway.ts';
import { startMosquitto } from './broker-peers.ts';
import { loadMachine } from './load-machine.ts';
import { watchTicks } from './missed-ticks.ts';

const topic = 'gemel/test/mill-1/alarm/load.limit';
const acl = fileURLToPath(new URL('../../deploy/mosquitto/acl', import.meta.url));

/** As a deployment has it, with the users that stand there as examples. */
async function startGuarded(port: number, dir: string) {
  const rules = readFileSync(acl, 'utf8').replaceAll(/^#(user|topic)/gm, '$1');
  writeFileSync(join(dir, 'acl'), rules);
  const users = [...rules.matchAll(/^user (\w+)$/gm)].map(([, name]) => name!);
  expect(users).toEqual(['gateway', 'shop', 'viewer', 'operator']);
  writeFileSync(join(dir, 'passwords'), users.map((name) => `${name}:pw\n`).join(''));
  execFileSync('mosquitto_passwd', ['-U', join(dir, 'passwords')]);
  const lines = [`password_file ${join(dir, 'passwords')}`, `acl_file ${join(dir, 'acl')}`];
  return startMosquitto(
    [...lines, 'allow_anonymous false', 'persistence true', `persistence_location ${dir}/`],
    port,
  );
}

async function startGateway(brokerPort: number, dir: string): Promise<RunningGateway> {
  const metricsPort = await freePort();
  const gateway = await launchText(
    `version: 1
site: test
log: { level: info }
broker: { url: "mqtt://gateway:pw@127.0.0.1:${brokerPort}", backoffMinS: 0.2, backoffMaxS: 1 }
metrics: { port: ${metricsPort} }
${loadMachine()}`,
    metricsPort,
    { dir },
  );
  await gateway.said('connected to the broker');
  await gateway.said('first frame');
  await poll('the source', async () => (await gateway.metric('gemel_source_up{source="shop"}')) === 1);
  return gateway;
}

const as = (port: number, username: string) => peer(port, { username, password: 'pw' });

/** What a display that comes now is told; undefined: nothing is there. */
async function keptAt(port: number): Promise<string | undefined> {
  const client = await as(port, 'viewer');
  const heard = hear(client);
  await client.subscribeAsync(topic, { qos: 1 });
  // What is retained comes before what is published later.
  await client.subscribeAsync('gemel/test/status', { qos: 1 });
  await poll('the status', () => heard.some((message) => message.topic === 'gemel/test/status'));
  await client.endAsync(true);
  return heard.find((message) => message.topic === topic)?.payload;
}

async function stateAt(port: number): Promise<string | undefined> {
  const payload = await keptAt(port);
  return payload === undefined ? undefined : (JSON.parse(payload) as { state: string }).state;
}

async function load(port: number, value: number): Promise<void> {
  const device = await as(port, 'shop');
  await device.publishAsync('shop/mill-1/load', String(value), { qos: 1 });
  await device.endAsync();
}

const answersIn = (heard: readonly Heard[]) =>
  heard
    .filter((message) => message.topic === 'gemel/test/mill-1/response/alarm')
    .map(({ payload }) => JSON.parse(payload) as { id: string; ok: boolean; why?: string });

async function ask(client: MqttClient, id: string, action: string, more: object = {}): Promise<void> {
  const request = { id, alarm: 'load.limit', action, by: 'anna', time: new Date().toISOString(), ...more };
  await client.publishAsync('gemel/test/mill-1/request/alarm', JSON.stringify(request), { qos: 1 });
}

describe('alarms through mosquitto', () => {
  useCleanUp();

  test('an operator may acknowledge, a viewer may not, and what is kept or old is refused', async () => {
    const [port, dir] = [await freePort(), await stateDir()];
    await startGuarded(port, dir);
    await startGateway(port, dir);
    await load(port, 90);
    await poll('the alarm', async () => (await stateAt(port)) === 'raised');
    const operator = await as(port, 'operator');
    const heard = hear(operator);
    await operator.subscribeAsync('gemel/test/+/response/alarm', { qos: 1 });
    // Mosquitto takes what is denied and says nothing: what comes after it is done, and it is not.
    await ask(await as(port, 'viewer'), 'viewer', 'acknowledge');
    await ask(operator, 'old', 'acknowledge', { time: new Date(Date.now() - 3_600_000).toISOString() });
    await poll('an answer', () => answersIn(heard).length > 0);
    expect(answersIn(heard)).toMatchObject([{ id: 'old', ok: false }]);
    expect(await stateAt(port)).toBe('raised');
    await ask(operator, 'now', 'acknowledge');
    await poll('an answer', () => answersIn(heard).length > 1);
    expect(answersIn(heard)[1]).toMatchObject({ id: 'now', ok: true });
    await poll('it is acknowledged', async () => (await stateAt(port)) === 'acknowledged');
    await ask(operator, 'unknown', 'reset', { alarm: 'none' });
    await poll('an answer', () => answersIn(heard).length > 2);
    expect(answersIn(heard)[2]).toMatchObject({ id: 'unknown', ok: false });
    await load(port, 20);
    await poll('it is over', async () => (await keptAt(port)) === undefined);
  });

  test('the broker dies between raise and clear: in the end it has what stands, and nothing else', async () => {
    const [port, dir] = [await freePort(), await stateDir()];
    const mosquitto = await startGuarded(port, dir);
    const gateway = await startGateway(port, dir);
    const ticksMissed = await watchTicks(gateway);
    const operator = await as(port, 'operator');
    await load(port, 90);
    await poll('the alarm', async () => (await stateAt(port)) === 'raised');
    await ask(operator, '1', 'acknowledge');
    await poll('it is acknowledged', async () => (await stateAt(port)) === 'acknowledged');
    // Its disk has what was written at its last clean end: nothing, or what was retained then.
    await mosquitto.kill('SIGTERM');
    const again = await startGuarded(port, dir);
    await load(port, 20);
    await poll('it is over', async () => (await keptAt(port)) === undefined);
    await load(port, 95);
    await poll('the alarm', async () => (await stateAt(port)) === 'raised');
    await again.kill('SIGKILL');
    await startGuarded(port, dir);
    await poll('the alarm is told anew', async () => (await stateAt(port)) === 'raised', 20_000);
    expect(await ticksMissed()).toBe(0);
  });

  test('the gateway is killed with an alarm that stands: it is there again as it was, and what was left is gone', async () => {
    const [port, dir] = [await freePort(), await stateDir()];
    await startGuarded(port, dir);
    const first = await startGateway(port, dir);
    await load(port, 90);
    await poll('the alarm', async () => (await stateAt(port)) === 'raised');
    const operator = await as(port, 'operator');
    const answers = hear(operator);
    await operator.subscribeAsync('gemel/test/+/response/alarm', { qos: 1 });
    await ask(operator, '1', 'acknowledge');
    // What is answered is durable.
    await poll('the answer', () => answersIn(answers).length > 0);
    first.kill('SIGKILL');
    await first.ended();
    const before = JSON.parse((await keptAt(port))!) as { occurrence: number; state: string };
    // Left by an earlier configuration, and by a machine that is gone.
    const writer = await as(port, 'gateway');
    for (const left of ['gemel/test/mill-1/alarm/gone.limit', 'gemel/test/mill-9/alarm/x'])
      await writer.publishAsync(left, '{"state":"raised"}', { qos: 1, retain: true });
    const standing = await watchList(port);
    await poll('what was left', () => standing().length === 3);
    const second = await startGateway(port, dir);
    await poll('only what stands', () => standing().length === 1);
    await load(port, 91);
    await ticked(second, 5);
    expect(standing()).toEqual([[topic, 'acknowledged']]);
    expect(JSON.parse((await keptAt(port))!)).toMatchObject({ occurrence: before.occurrence });
    second.kill('SIGKILL');
    await second.ended();
    const third = await startGateway(port, dir);
    await load(port, 20);
    await poll('nothing is left', () => standing().length === 0);
    expect(await keptAt(port)).toBeUndefined();
    expect(await third.stop()).toBe(0);
  });

  test('killed at the moment of a raise, and back when all is well: the broker does not keep it', async () => {
    const [port, dir] = [await freePort(), await stateDir()];
    await startGuarded(port, dir);
    const first = await startGateway(port, dir);
    const standing = await watchList(port);
    await load(port, 90);
    await poll('the alarm', () => standing().length === 1, 10_000, 1);
    first.kill('SIGKILL');
    await first.ended();
    expect(await stateAt(port)).toBe('raised');
    await startGateway(port, dir);
    await load(port, 20);
    const operator = await as(port, 'operator');
    // Where it was remembered it is cleared, and waits for somebody to know.
    await poll('it is over', () => standing().every(([, state]) => state === 'cleared'));
    await ask(operator, '1', 'acknowledge');
    await poll('nothing is left', () => standing().length === 0);
    await load(port, 95);
    await poll('a new one is told', async () => (await stateAt(port)) === 'raised');
  });
});

/** What somebody has on his list who takes what comes and removes what comes empty. */
async function watchList(port: number): Promise<() => (readonly [string, string])[]> {
  const client = await as(port, 'viewer');
  const kept = new Map<string, string>();
  client.on('message', (at, payload) => {
    if (payload.length === 0) kept.delete(at);
    else kept.set(at, (JSON.parse(payload.toString()) as { state: string }).state);
  });
  await client.subscribeAsync('gemel/test/+/alarm/+', { qos: 1 });
  return () => [...kept];
}
