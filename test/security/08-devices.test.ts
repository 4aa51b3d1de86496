// Statement 8: TLS 1.2 at least; a device publishes and subscribes below its own prefix only; # and $SYS/# are
// denied to it. At the running program: what is denied reaches neither the twin nor another client.

import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls, type SecureVersion } from 'node:tls';
import type { MqttClient } from 'mqtt';
import { OPCUACertificateManager } from 'node-opcua-certificate-manager';
import { describe, expect, test } from 'vitest';
import { hashPassword } from '../../src/broker/password.ts';
import { hear, peer, stateDir, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { startGateway } from '../running-gateway.ts';
import { listeningSockets } from './sockets.ts';

const password = 'a long enough one';
const received = 'gemel_samples_received_total{source="shop"}';

async function users() {
  const passwordHash = await hashPassword(password);
  return [
    { name: 'esp1', passwordHash, prefix: 'shop/mill-1' },
    { name: 'esp2', passwordHash, prefix: 'shop/mill-2' },
    { name: 'root', passwordHash, role: 'admin' },
  ];
}

/** What the broker granted for each filter: 0, 1, or 128 for a refusal. */
function subscribe(client: MqttClient, filters: readonly string[]): Promise<number[]> {
  const wanted = Object.fromEntries(filters.map((filter) => [filter, { qos: 1 as const }]));
  return new Promise((resolve) => {
    client.subscribe(wanted, (_error, _subscriptions, packet) => {
      resolve((packet as { granted: number[] }).granted);
    });
  });
}

describe('8: devices at the running gateway', () => {
  useCleanUp();

  async function guarded() {
    const port = await freePort();
    const gateway = await startGateway({ broker: JSON.stringify({ port, users: await users() }) });
    const as = (username: string) => peer(port, { username, password });
    return { gateway, as };
  }

  test('everything outside the own prefix is denied to subscribe, and stays silent', async () => {
    const { as } = await guarded();
    const device = await as('esp1');
    const heard = hear(device);
    const outside = [
      '#',
      '+/#',
      '$SYS/#',
      '$SYS/broker/uptime',
      'gemel/#',
      'shop/#',
      'shop/+/drive',
      'shop/mill-10/#',
    ];
    expect(await subscribe(device, [...outside, 'shop/mill-1/#'])).toEqual([...outside.map(() => 128), 1]);
    const root = await as('root');
    await root.publishAsync('shop/mill-2/drive', '{"rpm":2}', { qos: 1 });
    const frames = hear(root);
    await root.subscribeAsync('gemel/test/+/frame');
    await poll('frames to those who may', () => frames.length >= 2);
    await root.publishAsync('shop/mill-1/hello', 'own', { qos: 1 });
    await poll('the own message', () => heard.length > 0);
    expect(heard.map(({ topic }) => topic)).toEqual(['shop/mill-1/hello']);
  });

  test('a sample for a foreign machine ends the connection and is never taken; an own one is', async () => {
    const { gateway, as } = await guarded();
    const thief = await as('esp2');
    thief.publish('shop/mill-1/drive', '{"rpm":66}', { qos: 0 });
    await poll('the cut', () => !thief.connected);
    const owner = await as('esp1');
    await owner.publishAsync('shop/mill-1/drive', '{"rpm":11}', { qos: 1 });
    await poll('the own sample', async () => (await gateway.metric(received)) > 0);
    expect(await gateway.metric(received)).toBe(1);
    const value = 'gemel_signal_value{machine="mill-1",signal="spindle.speed"}';
    await poll('its value', async () => (await gateway.metric(value)) === 11);
  });

  test('nobody forges what the gateway says, not even an admin', async () => {
    const { as } = await guarded();
    const watcher = await as('root');
    const heard = hear(watcher);
    await watcher.subscribeAsync('gemel/#', { qos: 1 });
    for (const name of ['esp1', 'root']) {
      const forger = await as(name);
      forger.publish('gemel/test/status', '{"state":"forged"}', { qos: 0, retain: true });
      await poll('the cut', () => !forger.connected);
    }
    const count = heard.length;
    await poll('genuine messages after it', () => heard.length > count + 2);
    expect(heard.filter(({ payload }) => payload.includes('forged'))).toEqual([]);
  });

  test('beyond loopback: TLS 1.2 and 1.3, nothing older, nothing plain, nobody without a login', async () => {
    const port = await freePort();
    const tls = await selfSigned();
    const broker = JSON.stringify({ host: '0.0.0.0', port, tls, users: await users() });
    const gateway = await startGateway({ broker });
    expect(gateway.out()).not.toContain('INSECURE');
    const beyond = listeningSockets(gateway.child.pid!).filter(({ loopback }) => !loopback);
    expect(beyond).toMatchObject([{ port }]);
    expect(await spoken(port, 'TLSv1')).toMatch(/^refused/);
    expect(await spoken(port, 'TLSv1.1')).toMatch(/^refused/);
    expect(await spoken(port, 'TLSv1.2')).toBe('TLSv1.2');
    expect(await spoken(port, 'TLSv1.3')).toBe('TLSv1.3');
    const url = `mqtts://127.0.0.1:${port}`;
    const insecure = { rejectUnauthorized: false };
    await expect(peer(port, { username: 'esp1', password, connectTimeout: 2000 })).rejects.toThrow();
    await expect(peer(url, insecure)).rejects.toThrow(/Not authorized/);
    await expect(peer(url, { ...insecure, username: 'esp1', password: 'no' })).rejects.toThrow(
      /Not authorized/,
    );
    const device = await peer(url, { ...insecure, username: 'esp1', password });
    await device.publishAsync('shop/mill-1/drive', '{"rpm":11}', { qos: 1 });
    await poll('the sample', async () => (await gateway.metric(received)) === 1);
  });
});

/** The version both sides settled on, when only this one is offered. */
function spoken(port: number, version: SecureVersion): Promise<string> {
  return new Promise((resolve) => {
    const ciphers = 'DEFAULT@SECLEVEL=0';
    const offer = { minVersion: version, maxVersion: version, ciphers, rejectUnauthorized: false };
    const socket = connectTls({ host: '127.0.0.1', port, ...offer });
    const done = (answer: string) => {
      resolve(answer);
      socket.destroy();
    };
    socket.once('secureConnect', () => done(socket.getProtocol() ?? 'none'));
    socket.once('error', (error) => done(`refused: ${error.message}`));
  });
}

async function selfSigned(): Promise<{ cert: string; key: string }> {
  const rootFolder = await stateDir();
  const certificates = new OPCUACertificateManager({ rootFolder });
  await certificates.initialize();
  const cert = join(rootFolder, 'broker.pem');
  await certificates.createSelfSignedCertificate({
    applicationUri: 'urn:gemel:test:broker',
    subject: '/CN=localhost',
    dns: ['localhost'],
    startDate: new Date(Date.now() - 86_400_000),
    validity: 2,
    outputFile: cert,
  });
  const key = certificates.privateKey;
  chmodSync(key, 0o600);
  return { cert, key };
}
