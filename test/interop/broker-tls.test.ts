// TLS with real certificates: clients of the embedded broker, and a link that must not be talked into
// trusting the wrong server.
import { readFile } from 'node:fs/promises';
import type { IClientOptions } from 'mqtt';
import { describe, expect, test } from 'vitest';
import { createBrokerLink } from '../../src/broker/link.ts';
import { hashPassword } from '../../src/broker/password.ts';
import { externalBrokerSchema } from '../../src/broker/schema.ts';
import { cleanUp, peer, realClock, startBroker, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { keptLog } from '../silent-log.ts';
import { makeAuthority, mosquittoClient, startMosquitto } from './broker-peers.ts';

async function pem(files: { ca?: string; cert?: string; key?: string }): Promise<Partial<IClientOptions>> {
  const read = async ([name, file]: [string, string]) => [name, await readFile(file)] as const;
  return Object.fromEntries(await Promise.all(Object.entries(files).map(read)));
}

describe('embedded broker with TLS', () => {
  useCleanUp();

  async function secured(input: { users?: object[]; clientCa?: boolean; websocketPort?: number }) {
    const authority = await makeAuthority('plant-ca');
    const server = await authority.issue('broker');
    const { users = [], clientCa = true, ...more } = input;
    const tls = { ...server, ...(clientCa ? { clientCa: authority.ca } : {}) };
    const started = await startBroker({ host: '0.0.0.0', users, tls, ...more });
    return { ...started, authority, url: `mqtts://127.0.0.1:${started.port}` };
  }

  test('a certificate of our authority is a device with its name as prefix; others do not get in', async () => {
    const { broker, url, authority } = await secured({});
    const topics: string[] = [];
    broker.subscribe('#', 0, (topic) => {
      topics.push(topic);
      return undefined;
    });
    const esp1 = await pem({ ca: authority.ca, ...(await authority.issue('esp1')) });
    const client = await peer(url, esp1);
    await client.publishAsync('esp1/temp', '20', { qos: 1 });
    client.publish('esp2/temp', '20', { qos: 0 });
    await poll('the cut', () => !client.connected);
    await expect.poll(() => topics).toEqual(['esp1/temp']);
    const stranger = await makeAuthority('other-ca');
    const forged = await pem({ ca: authority.ca, ...(await stranger.issue('esp1')) });
    await expect(peer(url, forged)).rejects.toThrow();
    await expect(peer(url, await pem({ ca: authority.ca }))).rejects.toThrow();
    await expect(peer(url, { ...esp1, username: 'esp2' })).rejects.toThrow(/Not authorized/);
    await poll('nobody', () => broker.stats().clients === 0);
  });

  test('where users are listed, the name on the certificate must be one; passwords work beside it', async () => {
    const passwordHash = await hashPassword('pw');
    const users = [
      { name: 'esp1', prefix: 'shop/m1' },
      { name: 'root', role: 'admin', passwordHash },
    ];
    const { url, authority } = await secured({ users });
    const ca = { ca: authority.ca };
    const listed = await peer(url, await pem({ ...ca, ...(await authority.issue('esp1')) }));
    await listed.publishAsync('shop/m1/temp', 'x', { qos: 1 });
    const unlisted = await pem({ ...ca, ...(await authority.issue('esp9')) });
    await expect(peer(url, unlisted)).rejects.toThrow(/Not authorized/);
    await peer(url, { ...(await pem(ca)), username: 'root', password: 'pw' });
    await expect(peer(url, { ...(await pem(ca)), username: 'esp1', password: '' })).rejects.toThrow();
    await expect(peer(url, await pem(ca))).rejects.toThrow(/Not authorized/);
  });

  test('old TLS and plain MQTT on the TLS port are refused', async () => {
    const { broker, url, port, authority } = await secured({});
    const esp1 = await pem({ ca: authority.ca, ...(await authority.issue('esp1')) });
    const tls = (version: string) => ({
      minVersion: version,
      maxVersion: version,
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    await expect(peer(url, { ...esp1, ...tls('TLSv1.1') })).rejects.toThrow();
    await expect(peer(port, { connectTimeout: 2000 })).rejects.toThrow();
    await poll('the counts', () => broker.stats().refused.tls >= 2);
    await peer(url, { ...esp1, ...tls('TLSv1.2') });
  });

  test('WebSocket over TLS asks for the certificate too', async () => {
    const { broker, authority } = await secured({ websocketPort: 0 });
    const url = `wss://127.0.0.1:${broker.address.websocketPort}`;
    const esp1 = await pem({ ca: authority.ca, ...(await authority.issue('esp1')) });
    const client = await peer(url, { wsOptions: esp1 });
    await client.publishAsync('esp1/temp', 'x', { qos: 1 });
    await expect(peer(url, { wsOptions: await pem({ ca: authority.ca }) })).rejects.toThrow();
  });

  test('the mosquitto clients understand it', async () => {
    const { broker, port, authority } = await secured({});
    const { cert, key } = await authority.issue('esp1');
    const tls = ['-h', '127.0.0.1', '-p', `${port}`, '--cafile', authority.ca, '--cert', cert, '--key', key];
    expect(
      (await mosquittoClient('mosquitto_pub', [...tls, '-t', 'esp1/a', '-m', 'x', '-q', '1', '-r'])).code,
    ).toBe(0);
    const got = await mosquittoClient('mosquitto_sub', [...tls, '-t', 'esp1/#', '-q', '1', '-C', '1', '-v']);
    expect(got).toEqual({ code: 0, output: 'esp1/a x\n' });
    expect(broker.stats().refused['publish-denied']).toBe(0);
    const without = await mosquittoClient('mosquitto_pub', [...tls.slice(0, 6), '-t', 'esp1/a', '-m', 'x']);
    expect(without.code).not.toBe(0);
  });
});

describe('link with TLS', () => {
  useCleanUp();

  async function link(url: string, tls: object) {
    const log = keptLog();
    const config = externalBrokerSchema.parse({ url, tls, backoffMinS: 0.1, backoffMaxS: 0.2 });
    const bus = createBrokerLink(config, { clientId: 'gemel-test', log, clock: realClock });
    cleanUp(() => bus.stop());
    await bus.start();
    await poll('an outcome', () => bus.link === 'up' || bus.link === 'down');
    return { bus, log };
  }

  async function server(issued: { cert: string; key: string }, ca: string, more: string[] = []) {
    return startMosquitto([`cafile ${ca}`, `certfile ${issued.cert}`, `keyfile ${issued.key}`, ...more]);
  }

  test('the right authority and name connect, with a client certificate where it is asked for', async () => {
    const authority = await makeAuthority('plant-ca');
    const { port } = await server(await authority.issue('mosquitto'), authority.ca, [
      'require_certificate true',
    ]);
    const mine = await authority.issue('gemel');
    const { bus } = await link(`mqtts://localhost:${port}`, { ca: authority.ca, ...mine });
    expect(bus.link).toBe('up');
    const byAddress = await link(`mqtts://127.0.0.1:${port}`, { ca: authority.ca, ...mine });
    expect(byAddress.bus.link).toBe('up');
    const without = await link(`mqtts://localhost:${port}`, { ca: authority.ca });
    expect(without.bus.link).toBe('down');
  });

  test('a wrong authority, a wrong name and an expired certificate are refused, each with its reason', async () => {
    const authority = await makeAuthority('plant-ca');
    const other = await makeAuthority('other-ca');
    const good = await server(await authority.issue('mosquitto'), authority.ca);
    const named = await server(
      await authority.issue('elsewhere', { names: 'DNS:elsewhere.example' }),
      authority.ca,
    );
    const old = await server(await authority.issue('expired', { days: 0 }), authority.ca);
    const cases: [number, string, RegExp][] = [
      [good.port, other.ca, /unable to verify|self-signed|unable to get/],
      [named.port, authority.ca, /does not match certificate/],
      [old.port, authority.ca, /expired/],
    ];
    for (const [port, ca, reason] of cases) {
      const { bus, log } = await link(`mqtts://localhost:${port}`, { ca });
      expect(bus.link).toBe('down');
      expect(bus.reason).toMatch(reason);
      const [line] = log.lines.filter(({ level }) => level === 'error');
      expect(line?.fields['code']).toBe('GEM_BROKER_REFUSED');
    }
    const renamed = await link(`mqtts://localhost:${named.port}`, {
      ca: authority.ca,
      servername: 'elsewhere.example',
    });
    expect(renamed.bus.link).toBe('up');
    const system = await link(`mqtts://localhost:${good.port}`, {});
    expect(system.bus.link).toBe('down');
  });
});
