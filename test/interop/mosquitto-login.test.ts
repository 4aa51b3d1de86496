// Passwords at a real mosquitto: the right one is let in; a wrong one is said once, tried with patience, and
// costs no tick; once it has been put right, the gateway comes in by itself.
import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { hear, peer, stateDir, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { launchGateway, startGateway, ticked } from '../running-gateway.ts';
import { startMosquitto } from './broker-peers.ts';
import { watchTicks } from './missed-ticks.ts';

const run = promisify(execFile);
const password = 'right-c4n4ry';

/** mosquitto that knows one user, with a log in which each refusal is a line. */
async function guarded(firstPassword: string) {
  const dir = await stateDir();
  const [file, log] = [join(dir, 'passwords'), join(dir, 'mosquitto.log')];
  const setPassword = (secret: string) => run('mosquitto_passwd', ['-b', file, 'gateway', secret]);
  writeFileSync(file, '');
  chmodSync(file, 0o600);
  await setPassword(firstPassword);
  const lines = [`password_file ${file}`, 'allow_anonymous false', `log_dest file ${log}`, 'log_type all'];
  const mosquitto = await startMosquitto(lines);
  const refusals = () => readFileSync(log, 'utf8').match(/disconnected, not authorised/g)?.length ?? 0;
  return { ...mosquitto, setPassword, refusals };
}

for (const protocol of ['3.1.1', '5'] as const) {
  describe(`mosquitto with passwords, MQTT ${protocol}`, () => {
    useCleanUp();
    const brokerAt = (port: number, more = '') =>
      `{ url: "mqtt://127.0.0.1:${port}", protocol: "${protocol}", username: gateway, password: "\${env:GATE_PASSWORD}", backoffMinS: 0.2, backoffMaxS: 0.4 ${more}}`;
    const env = { GATE_PASSWORD: password };

    test('the right one: data flows', async () => {
      const { port } = await guarded(password);
      const gateway = await startGateway({ broker: brokerAt(port), env });
      await gateway.said('connected to the broker');
      const watcher = await peer(port, { username: 'gateway', password });
      const heard = hear(watcher);
      await watcher.subscribeAsync('gemel/test/mill-1/frame');
      await poll('frames', () => heard.length >= 5);
      await watcher.publishAsync('shop/mill-1/drive', '{"rpm":1}', { qos: 1 });
      await poll(
        'a sample',
        async () => (await gateway.metric('gemel_samples_received_total{source="shop"}')) === 1,
      );
    });

    test('in the URL too, and not shown there', async () => {
      const { port } = await guarded(password);
      const broker = `{ url: "mqtt://gateway:\${env:GATE_PASSWORD}@127.0.0.1:${port}", protocol: "${protocol}" }`;
      const gateway = await startGateway({ broker, env, level: 'debug' });
      await gateway.said('connected to the broker');
      await gateway.stop();
      expect(gateway.out() + gateway.err()).not.toContain(password);
    });

    test('a wrong one: one line, ticks go on, and it recovers when the password is put right', async () => {
      const mosquitto = await guarded('another');
      const gateway = await launchGateway({ broker: brokerAt(mosquitto.port), env });
      await gateway.said('first frame');
      const ticksMissed = await watchTicks(gateway);
      await poll('five refusals', () => mosquitto.refusals() >= 5);
      const complaints = () => gateway.lines().filter(({ code }) => code === 'GEM_BROKER_REFUSED');
      await poll('the line', () => complaints().length > 0);
      expect(complaints()).toHaveLength(1);
      expect(complaints()[0]).toMatchObject({
        level: 'error',
        component: 'broker',
        msg: `the broker at mqtt://127.0.0.1:${mosquitto.port} refused the connection: not authorized`,
        hint: expect.stringContaining('broker.password') as string,
      });
      await ticked(gateway, 10);
      expect(await ticksMissed()).toBe(0);
      expect(await gateway.metric('gemel_source_up{source="shop"}')).toBe(0);

      await mosquitto.setPassword(password);
      mosquitto.process.kill('SIGHUP');
      await gateway.said('connected to the broker');
      expect(complaints()).toHaveLength(1);
      const watcher = await peer(mosquitto.port, { username: 'gateway', password });
      const heard = hear(watcher);
      await watcher.subscribeAsync('gemel/test/mill-1/frame');
      await poll('frames', () => heard.length >= 5);
    });
  });
}
