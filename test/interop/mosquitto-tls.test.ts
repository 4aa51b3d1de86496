// TLS between the whole gateway and a real mosquitto: the wrong server is refused, each with a reason that a
// reader can act on; the right one, with our client certificate, is used.
import { chmodSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hear, peer, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { launchGateway, startGateway, ticked } from '../running-gateway.ts';
import { makeAuthority, startMosquitto } from './broker-peers.ts';

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** mosquitto that speaks TLS to the gateway and plainly to the test. */
async function secured(server: Pair, ca: string, more: string[] = []) {
  const plainPort = await freePort();
  const tls = [`cafile ${ca}`, `certfile ${server.cert}`, `keyfile ${server.key}`, ...more];
  const { port } = await startMosquitto([...tls, `listener ${plainPort} 127.0.0.1`]);
  return { port, plainPort };
}

const brokerAt = (url: string, tls: Record<string, string>, protocol = '3.1.1') =>
  JSON.stringify({ url, protocol, tls, backoffMinS: 0.2, backoffMaxS: 0.4 });

describe('mosquitto with TLS', () => {
  useCleanUp();

  test.each(['3.1.1', '5'])(
    'the right authority and our client certificate: data flows (MQTT %s)',
    async (protocol) => {
      const authority = await makeAuthority('plant-ca');
      const mosquitto = await secured(await authority.issue('mosquitto'), authority.ca, [
        'require_certificate true',
        'use_identity_as_username true',
      ]);
      const mine = await authority.issue('gateway');
      chmodSync(mine.key, 0o600);
      const url = `mqtts://localhost:${mosquitto.port}`;
      const gateway = await launchGateway({ broker: brokerAt(url, { ca: authority.ca, ...mine }, protocol) });
      await gateway.said('connected to the broker');
      const watcher = await peer(mosquitto.plainPort);
      const heard = hear(watcher);
      await watcher.subscribeAsync('gemel/test/mill-1/frame');
      await poll('frames', () => heard.length >= 5);
      await watcher.publishAsync('shop/mill-1/drive', '{"rpm":1}', { qos: 1 });
      const received = 'gemel_samples_received_total{source="shop"}';
      await poll('a sample', async () => (await gateway.metric(received)) === 1);
    },
  );

  test('a wrong authority, an expired and a wrong-host certificate: refused, each in its own words', async () => {
    const authority = await makeAuthority('plant-ca');
    const other = await makeAuthority('other-ca');
    const good = await secured(await authority.issue('mosquitto'), authority.ca);
    const expired = await secured(await authority.issue('expired', { days: 0 }), authority.ca);
    const elsewhere = await authority.issue('elsewhere', { names: 'DNS:elsewhere.example' });
    const named = await secured(elsewhere, authority.ca);
    const cases: [number, string, RegExp][] = [
      [good.port, other.ca, /unable to (verify|get)|self-signed/],
      [expired.port, authority.ca, /certificate has expired/],
      [named.port, authority.ca, /Host: localhost\. is not in the cert's altnames: DNS:elsewhere\.example/],
    ];
    const reasons = new Set<string>();
    for (const [port, ca, reason] of cases) {
      const gateway = await startGateway({ broker: brokerAt(`mqtts://localhost:${port}`, { ca }) });
      await gateway.said('GEM_BROKER_REFUSED');
      await ticked(gateway, 15);
      const complaints = gateway.lines().filter(({ code }) => code === 'GEM_BROKER_REFUSED');
      expect(complaints).toHaveLength(1);
      expect(complaints[0]?.msg).toMatch(reason);
      reasons.add(String(complaints[0]?.msg).replace(/.*refused the connection: /, ''));
      expect(gateway.out()).not.toContain('connected to the broker');
      expect(await gateway.metric('gemel_source_up{source="shop"}')).toBe(0);
      await gateway.stop();
    }
    expect(reasons.size).toBe(3);
  });

  test('a broker that wants a client certificate and gets none or a foreign one: refused', async () => {
    const authority = await makeAuthority('plant-ca');
    const stranger = await (await makeAuthority('other-ca')).issue('gateway');
    chmodSync(stranger.key, 0o600);
    const server = await authority.issue('mosquitto');
    const { port } = await secured(server, authority.ca, ['require_certificate true']);
    for (const mine of [{}, stranger]) {
      const broker = brokerAt(`mqtts://localhost:${port}`, { ca: authority.ca, ...mine });
      const gateway = await startGateway({ broker });
      await gateway.said('GEM_BROKER_');
      await ticked(gateway, 15);
      const complaints = gateway.lines().filter(({ level }) => level === 'error');
      expect(complaints).toHaveLength(1);
      expect(complaints[0]).toMatchObject({ code: 'GEM_BROKER_REFUSED' });
      await gateway.stop();
    }
  });
});
