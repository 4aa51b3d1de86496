// Statement 6: plain HTTP or MQTT beyond loopback refuses to start unless an explicit, logged override is set.
import { describe, expect, test } from 'vitest';
import { inspectConfig } from '../../src/config/load.ts';
import { useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { type GatewayInput, launchGateway } from '../running-gateway.ts';
import { listeningSockets } from './sockets.ts';

const user = '{ name: esp1, passwordHash: "scrypt$16$1$1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA" }';
const here = '{ port: 0 }';

describe('6: beyond loopback without protection', () => {
  useCleanUp();

  const refused: [string, GatewayInput, string, string][] = [
    ['MQTT on all addresses', { broker: '{ port: 0, host: 0.0.0.0 }' }, 'GEM_BROKER_UNSAFE', 'TLS and users'],
    [
      'MQTT on no address at all, which means all',
      { broker: '{ port: 0, host: "" }' },
      'GEM_BROKER_UNSAFE',
      'TLS',
    ],
    [
      'passwords without TLS',
      { broker: `{ port: 0, host: 0.0.0.0, users: [${user}] }` },
      'GEM_BROKER_UNSAFE',
      'without TLS',
    ],
    [
      'WebSocket',
      { broker: '{ port: 0, host: 0.0.0.0, websocketPort: 0 }' },
      'GEM_BROKER_UNSAFE',
      'TLS and users',
    ],
    [
      'by a variable',
      { broker: here, env: { GEMEL_BROKER_HOST: '0.0.0.0' } },
      'GEM_BROKER_UNSAFE',
      'TLS and users',
    ],
    ['metrics', { broker: here, metrics: ', host: 0.0.0.0' }, 'GEM_METRICS_UNSAFE', 'plain HTTP'],
    [
      'metrics on no address at all',
      { broker: here, metrics: ', host: ""' },
      'GEM_METRICS_UNSAFE',
      'plain HTTP',
    ],
    [
      'metrics, where only the broker was allowed to',
      { broker: '{ port: 0, host: 0.0.0.0, allowInsecure: true }', metrics: ', host: 0.0.0.0' },
      'GEM_METRICS_UNSAFE',
      'plain HTTP',
    ],
  ];

  test.each(refused)('%s: refuses to start', async (_name, input, code, words) => {
    const gateway = await launchGateway(input);
    expect(await gateway.ended()).toBe(2);
    const [first, hint] = gateway.err().split('\n');
    expect(first).toContain(`[${code}]`);
    expect(first).toContain(words);
    expect(hint).toContain('allowInsecure: true');
    expect(gateway.out()).not.toContain('first frame');
  });

  test('whatever is not surely loopback is beyond it', () => {
    const beyond = [
      '::',
      '192.0.2.1',
      '127.0.0.1.example',
      'localhost.example',
      '0',
      '::ffff:0.0.0.0',
      'fe80::1',
    ];
    for (const host of beyond) {
      const text = `version: 1\nbroker: { host: "${host}" }\nmetrics: { host: "${host}" }\n`;
      const { problems } = inspectConfig(text, 'gemel.yaml', { env: {}, preflight: true });
      expect([host, problems.map(({ path }) => path)]).toEqual([host, ['broker.host', 'metrics.host']]);
    }
  });

  test.each([
    [
      'broker',
      { broker: '{ port: 0, host: 0.0.0.0, allowInsecure: true }' },
      /INSECURE.*0\.0\.0\.0.*broker\.allowInsecure/,
    ],
    [
      'broker, by variables',
      { broker: here, env: { GEMEL_BROKER_HOST: '0.0.0.0', GEMEL_BROKER_ALLOW_INSECURE: 'true' } },
      /INSECURE.*0\.0\.0\.0.*broker\.allowInsecure/,
    ],
    [
      'metrics',
      { broker: here, metrics: ', host: 0.0.0.0, allowInsecure: true' },
      /0\.0\.0\.0.*allowInsecure/,
    ],
  ] as [string, GatewayInput, RegExp][])(
    'the override of the %s is obeyed and said as a warning',
    async (_name, input, words) => {
      const gateway = await launchGateway(input);
      await gateway.said('first frame');
      const warnings = gateway.lines().filter(({ level, msg }) => level === 'warn' && words.test(msg));
      expect(warnings).toHaveLength(1);
      const beyond = listeningSockets(gateway.child.pid!).filter(({ loopback }) => !loopback);
      expect(beyond).toHaveLength(1);
    },
  );

  test('the override changes nothing where nothing is beyond loopback, and is not warned about', async () => {
    const broker = `{ port: ${await freePort()}, allowInsecure: true }`;
    const gateway = await launchGateway({ broker, metrics: ', allowInsecure: true' });
    await gateway.said('first frame');
    await poll('sockets', () => listeningSockets(gateway.child.pid!).length === 2);
    expect(listeningSockets(gateway.child.pid!).every(({ loopback }) => loopback)).toBe(true);
    expect(gateway.out()).not.toContain('INSECURE');
  });
});
