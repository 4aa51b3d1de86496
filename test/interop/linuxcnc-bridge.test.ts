// The bridge and its broker: both generations of its MQTT library, TLS and logins, a broker that goes and returns.
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { stateDir, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { makeAuthority, startMosquitto } from './broker-peers.ts';
import { listen, root } from './linuxcnc-listener.ts';
import {
  bridgeDir,
  makePlace,
  type Place,
  sitePackages,
  startBridge,
  startLinuxcnc,
  toBroker,
} from './linuxcnc-machine.ts';

const run = promisify(execFile);
const password = 'machine-c4n4ry';

/** mosquitto that wants a certificate and a login of machines; of the test only the login. */
async function guarded(place: Place) {
  const authority = await makeAuthority('plant-ca');
  const [server, machine] = [await authority.issue('mosquitto'), await authority.issue('mill-1')];
  const passwords = join(await stateDir(), 'passwords');
  writeFileSync(passwords, '');
  chmodSync(passwords, 0o600);
  await run('mosquitto_passwd', ['-b', passwords, 'mill-1', password]);
  const plainPort = await freePort();
  const { port } = await startMosquitto([
    ...[`cafile ${authority.ca}`, `certfile ${server.cert}`, `keyfile ${server.key}`],
    ...['require_certificate true', 'allow_anonymous false', `password_file ${passwords}`],
    `listener ${plainPort} 127.0.0.1`,
  ]);
  const own = (file: string, name: string) => {
    copyFileSync(file, join(place.dir, name));
    chmodSync(join(place.dir, name), 0o644);
    return join(place.dir, name);
  };
  const secret = join(place.dir, 'password');
  writeFileSync(secret, `${password}\n`);
  const words = [
    ...['--machine', 'mill-1', '--host', 'localhost', '--port', `${port}`],
    ...['--ca', own(authority.ca, 'ca.pem'), '--cert', own(machine.cert, 'mill-1.pem')],
    ...['--key', own(machine.key, 'mill-1.key'), '--pin', 'spindle.0.speed-in', '--verbose'],
  ];
  return { plainPort, words, login: ['--username', 'mill-1', '--password-file', secret] };
}

describe('the bridge and its broker', () => {
  useCleanUp();

  test.each([1, 2])(
    'paho %i: TLS with our certificate, a login, and everything arrives',
    async (generation) => {
      const place = await makePlace();
      const broker = await guarded(place);
      const heard = await listen(broker.plainPort, { username: 'mill-1', password });
      await startLinuxcnc(place);
      const env = generation === 2 ? { PYTHONPATH: await sitePackages(place) } : {};
      const nobody = startBridge(place, [...broker.words, '--client-id', 'nobody'], env);
      await poll('the refusal', () => /refused us: .*[Nn]ot authori[sz]ed/.test(nobody.said()));
      await nobody.stop();

      const bridge = startBridge(place, [...broker.words, ...broker.login], env);
      await poll('motion', () => heard.motion().length > 20);
      await poll('the state', () => heard.state());
      const resting = { quality: 'good', feed: 0, line: 0 };
      await expect.poll(() => heard.lastMotion()).toMatchObject(resting);
      await poll('the pins', () => heard.all(`${root}/hal`).length > 20);
      const pins = { 'spindle.0.speed-in': 0, quality: 'good' };
      await expect.poll(() => heard.last(`${root}/hal`)).toMatchObject(pins);
      await poll('its status', () => heard.status() === 'running');
      expect(await bridge.stop()).toBe(0);
      await poll('offline', () => heard.status() === 'offline');
      await poll('its words', () => bridge.said().includes(`paho ${generation}.`));
      expect(bridge.said()).not.toMatch(new RegExp(`Traceback|${password}`));
    },
  );

  test('the broker goes and returns under the bridge; a stop says offline; a wrong option ends it with 2', async () => {
    const place = await makePlace();
    await startLinuxcnc(place);
    const mosquitto = await startMosquitto();
    const bridge = startBridge(place, toBroker(mosquitto.port));
    const before = await listen(mosquitto.port);
    await poll('motion', () => before.motion().length > 20);
    await mosquitto.kill('SIGKILL');
    await poll('the loss', () => bridge.said().includes('the broker is away'));
    const backMs = Date.now();
    await startMosquitto([], mosquitto.port);
    const heard = await listen(mosquitto.port);
    await poll('motion again', () => heard.motion().length > 20);
    await poll('its status', () => heard.status() === 'running');
    await expect.poll(() => heard.state()).toMatchObject({ quality: 'good', mode: 'manual' });
    // What was not sent is not sent later.
    expect(heard.motion()[0]!.t).toBeGreaterThan(backMs);

    expect(await bridge.stop()).toBe(0);
    await poll('offline', () => heard.status() === 'offline');
    await expect.poll(() => heard.lastMotion()).toMatchObject({ quality: 'bad', feed: null });

    const wrong = startBridge(place, ['--rate', '1000']);
    await poll('its end', () => wrong.child.exitCode !== null);
    expect(wrong.child.exitCode).toBe(2);
    await poll('the reason', () => wrong.said().includes('1 to 200 readings a second'));
  });

  test('the systemd unit is right, and starts the bridge with options that it knows', async () => {
    const unit = join(bridgeDir, 'gemel-linuxcnc.service');
    const verified = await run('systemd-analyze', ['verify', '--recursive-errors=yes', unit]);
    expect(verified.stderr).toBe('');
    const text = readFileSync(unit, 'utf8');
    const options = text.match(/--[a-z][a-z-]+/g) ?? [];
    expect(options).toContain('--machine');
    const bridge = startBridge(await makePlace(), ['--help']);
    await poll('the help', () => bridge.child.exitCode === 0);
    for (const option of options) await poll(`${option} in the help`, () => bridge.said().includes(option));
    expect(text).toContain('ExecStart=/usr/bin/python3 -B /opt/gemel/linuxcnc/gemel-linuxcnc.py ');
  });
});
