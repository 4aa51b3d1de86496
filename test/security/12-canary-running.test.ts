// Statement 12: secrets are references, and nothing the program says holds one: no log line at the
// chattiest level, no metric, no published message, no file of its state, no command line.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hashPassword } from '../../src/broker/password.ts';
import { cleanUp, hear, peer, startBroker, useCleanUp } from '../broker/fixture.ts';
import { gemel } from '../gemel-process.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { launchGateway, startGateway, ticked } from '../running-gateway.ts';
import { all, canary, cnc, expectSilent, filesLeftIn, hideaway, secrets } from './canary.ts';
import { descendants } from './sockets.ts';

describe('12: secrets', () => {
  useCleanUp();

  test('control: the search finds what it looks for', () => {
    for (const leak of [
      `x ${secrets.env}`,
      Buffer.from(secrets.file).toString('base64'),
      `{"p":"${canary}"}`,
    ]) {
      expect(() => expectSilent(leak)).toThrow();
    }
  });

  test('a gateway that works: login at a broker by a file, one source by a credential that stays away', async () => {
    const { dir, env } = await hideaway();
    const passwordHash = await hashPassword(secrets.file);
    const { broker, port } = await startBroker({ users: [{ name: 'gw', passwordHash, role: 'admin' }] });
    let published = '';
    broker.subscribe('#', 0, (topic, payload) => {
      published += `${topic} ${Buffer.from(payload).toString()}\n`;
      return undefined;
    });
    const gateway = await startGateway({
      broker: `{ url: "mqtt://127.0.0.1:${port}", username: gw, password: "\${file:broker.password}" }`,
      sources: cnc(await freePort()),
      more: 'publish: { healthS: 1 }\n',
      level: 'trace',
      dir,
      env,
    });
    await gateway.said('connected to the broker');
    await gateway.said('the OPC UA server is away');
    const device = await peer(port, { username: 'gw', password: secrets.file });
    await device.publishAsync('shop/mill-1/drive', 'no json', { qos: 1 });
    await device.publishAsync('shop/mill-1/drive', '{"rpm":1}', { qos: 1 });
    await poll(
      'a dead letter and health',
      () => /dlq\/shop/.test(published) && /health .*"received":2/.test(published),
    );
    const metrics = await gateway.metrics();
    expect(await gateway.stop()).toBe(0);
    expect(published).toContain('gemel/test/status');
    expectSilent(published);
    expectSilent(metrics);
    expectSilent(all(gateway));
    const kept = filesLeftIn(dir);
    for (const file of kept) expectSilent(readFileSync(file));
  });

  test('a broker in trouble, in every way that can be provoked', async () => {
    const { env } = await hideaway();
    const passwordHash = await hashPassword('another one');
    const { port } = await startBroker({ users: [{ name: 'gw', passwordHash, role: 'admin' }] });
    const here = `gw:\${env:CANARY}@127.0.0.1:${port}`;
    const troubles: [string, string][] = [
      [`{ url: "mqtt://127.0.0.1:${port}", username: gw, password: "\${env:CANARY}" }`, 'GEM_BROKER_REFUSED'],
      [`{ url: "mqtt://${here}" }`, 'GEM_BROKER_REFUSED'],
      [`{ url: "mqtt://gw:${secrets.env}@127.0.0.1:${port}" }`, 'GEM_BROKER_REFUSED'],
      ['{ url: "mqtt://gw:${env:CANARY}@nowhere.invalid:1883" }', 'GEM_BROKER_UNREACHABLE'],
      [`{ url: "mqtts://${here}" }`, 'GEM_BROKER_'],
      [`{ url: "ws://${here}/mqtt?token=\${env:CANARY}" }`, 'GEM_BROKER_UNREACHABLE'],
    ];
    await Promise.all(
      troubles.map(async ([broker, code]) => {
        // The trouble is told long before there are metrics: the history is opened in between.
        const gateway = await startGateway({ broker, level: 'trace', env });
        await gateway.said(code);
        await ticked(gateway, 3);
        const metrics = await gateway.metrics();
        await gateway.stop();
        expectSilent(metrics);
        expectSilent(all(gateway));
      }),
    );
  });

  test('a broker in trouble: a secret in the path of its address', async () => {
    const { dir, env } = await hideaway();
    const broker = '{ url: "ws://127.0.0.1:9/${env:CANARY}" }';
    const gateway = await launchGateway({ broker, dir, env });
    await gateway.said('GEM_BROKER_UNREACHABLE');
    expectSilent(all(gateway));
  });

  test('our own broker: neither what users log in with nor what they fail with is kept or said', async () => {
    const { dir, env } = await hideaway();
    const port = await freePort();
    const passwordHash = await hashPassword(secrets.file);
    const users = `[{ name: esp1, passwordHash: "\${env:HASH}", role: admin }]`;
    const gateway = await startGateway({
      broker: `{ port: ${port}, users: ${users} }`,
      level: 'trace',
      dir,
      env: { ...env, HASH: passwordHash },
      more: 'publish: { healthS: 1 }\n',
    });
    await expect(peer(port, { username: 'esp1', password: secrets.env })).rejects.toThrow();
    await expect(peer(port, { username: 'nobody', password: secrets.env })).rejects.toThrow();
    const device = await peer(port, {
      clientId: 'a',
      clean: false,
      username: 'esp1',
      password: secrets.file,
    });
    const heard = hear(device);
    await device.subscribeAsync(['#', '$SYS/#'], { qos: 1 });
    device.publish('gemel/test/status', 'forged');
    await poll('the cut', () => !device.connected);
    const again = await peer(port, { username: 'esp1', password: secrets.file });
    const more = hear(again);
    await again.subscribeAsync(['#', '$SYS/#'], { qos: 1 });
    await poll('health', () => more.some(({ topic }) => topic === 'gemel/test/health'));
    const metrics = await gateway.metrics();
    await gateway.stop();
    const published = JSON.stringify([...heard, ...more]);
    for (const text of [published, metrics, all(gateway)]) {
      expectSilent(text);
      expect(text).not.toContain(passwordHash);
    }
    const kept = filesLeftIn(dir);
    expect(kept.length).toBeGreaterThan(0);
    for (const file of kept) expectSilent(readFileSync(file));
  });

  test('the demo at a broker with a password: neither on the page nor on a command line', async () => {
    const { dir, env } = await hideaway();
    const passwordHash = await hashPassword(secrets.env);
    const { broker, port } = await startBroker({ users: [{ name: 'gw', passwordHash, role: 'admin' }] });
    const file = join(dir, 'gemel.yaml');
    const url = `mqtt://gw:\${env:CANARY}@127.0.0.1:${port}`;
    writeFileSync(file, `version: 1\nbroker: { url: "${url}" }\nmetrics: { port: ${await freePort()} }\n`);
    const demo = gemel(['demo', '--plain', '--config', file], { cwd: dir, env });
    cleanUp(async () => {
      demo.kill('SIGTERM');
      await demo.ended();
    });
    await demo.said('first frame');
    await poll('gateway and machine shop at the broker', () => broker.stats().clients >= 2);
    for (const pid of [demo.child.pid!, ...descendants(demo.child.pid!)]) {
      expectSilent(readFileSync(`/proc/${pid}/cmdline`));
    }
    demo.kill('SIGTERM');
    expect(await demo.ended()).toBe(0);
    expectSilent(all(demo));
    expectSilent(readFileSync(join(dir, 'state', 'gemel.log')));
  });
});
