// Statement 12: secrets are references, and nothing the program says holds one: no log line at the chattiest
// level, no metric, no published message, no error, no dump, no file of its state, no command line.
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hashPassword } from '../../src/broker/password.ts';
import { cleanUp, hear, peer, startBroker, stateDir, useCleanUp } from '../broker/fixture.ts';
import { type GemelProcess, gemel } from '../gemel-process.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { launchGateway, startGateway, ticked } from '../running-gateway.ts';
import { descendants } from './sockets.ts';

/** One word for all ways in, so that one search finds any of them. */
const canary = 'c4n4ry';
const secrets = {
  env: `${canary}-env-9f3a`,
  file: `${canary}-file-77b1`,
  credential: `${canary}-credential-5e2d`,
};

/** A folder with the same kinds of secret files that a real installation has. */
async function hideaway() {
  const dir = await stateDir();
  mkdirSync(join(dir, 'credentials'));
  writeFileSync(join(dir, 'broker.password'), `${secrets.file}\n`, { mode: 0o600 });
  writeFileSync(join(dir, 'credentials', 'cnc'), secrets.credential, { mode: 0o400 });
  const env = { CANARY: secrets.env, CREDENTIALS_DIRECTORY: join(dir, 'credentials') };
  return { dir, env };
}

/** Also in the encodings in which a careless line would show it. */
function expectSilent(text: string | Buffer): void {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const found = [canary, ...Object.values(secrets)]
    .flatMap((word) => [
      word,
      Buffer.from(word).toString('hex'),
      Buffer.from(word).toString('base64').replace(/=+$/, ''),
    ])
    .filter((word) => bytes.includes(word));
  expect(found, text.toString().slice(0, 2000)).toEqual([]);
}

const all = (process: GemelProcess) => `${process.out()}${process.err()}`;
/** Cannot be reached; has a password all the same. */
const cnc = (port: number) =>
  `  cnc: { type: opcua, url: "opc.tcp://127.0.0.1:${port}", username: operator, password: "\${credential:cnc}", tags: { a: "ns=1;s=a" } }\n`;

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

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
    const config = [gateway.file, join(dir, 'broker.password'), join(dir, 'credentials', 'cnc')];
    const kept = filesBelow(dir).filter((file) => !config.includes(file));
    for (const file of kept) expectSilent(readFileSync(file));
  });

  test.each([
    [
      'a wrong password',
      'GEM_BROKER_REFUSED',
      (port: number) => `{ url: "mqtt://127.0.0.1:${port}", username: gw, password: "\${env:CANARY}" }`,
    ],
    [
      'a wrong password in the URL',
      'GEM_BROKER_REFUSED',
      (port: number) => `{ url: "mqtt://gw:\${env:CANARY}@127.0.0.1:${port}" }`,
    ],
    [
      'a wrong password in the URL, written down',
      'GEM_BROKER_REFUSED',
      (port: number) => `{ url: "mqtt://gw:${secrets.env}@127.0.0.1:${port}" }`,
    ],
    ['nobody there', 'GEM_BROKER_UNREACHABLE', () => '{ url: "mqtt://gw:${env:CANARY}@127.0.0.1:9" }'],
    [
      'no such name',
      'GEM_BROKER_UNREACHABLE',
      () => '{ url: "mqtt://gw:${env:CANARY}@nowhere.invalid:1883" }',
    ],
    [
      'a broker that speaks no TLS',
      'GEM_BROKER_',
      (port: number) => `{ url: "mqtts://gw:\${env:CANARY}@127.0.0.1:${port}" }`,
    ],
    [
      'a broker that speaks no WebSocket',
      'GEM_BROKER_UNREACHABLE',
      (port: number) =>
        `{ url: "ws://gw:\${env:CANARY}@127.0.0.1:${port}/\${env:CANARY}?token=\${env:CANARY}" }`,
    ],
  ] as [string, string, (port: number) => string][])(
    'a broker in trouble: %s',
    async (_name, code, brokerAt) => {
      const { dir, env } = await hideaway();
      const passwordHash = await hashPassword('another one');
      const { port } = await startBroker({ users: [{ name: 'gw', passwordHash, role: 'admin' }] });
      const gateway = await launchGateway({ broker: brokerAt(port), level: 'trace', dir, env });
      await gateway.said(code);
      await ticked(gateway, 3);
      const metrics = await gateway.metrics();
      await gateway.stop();
      expectSilent(metrics);
      expectSilent(all(gateway));
    },
  );

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
    await expect(peer(port, { username: secrets.env, password: secrets.env })).rejects.toThrow();
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
    const config = [gateway.file, join(dir, 'broker.password'), join(dir, 'credentials', 'cnc')];
    const kept = filesBelow(dir).filter((file) => !config.includes(file));
    expect(kept.length).toBeGreaterThan(0);
    for (const file of kept) expectSilent(readFileSync(file));
  });

  const external =
    '{ url: "mqtt://gw:${env:CANARY}@127.0.0.1:9", username: "${env:CANARY}", password: "${file:broker.password}"';

  test('starts that fail', async () => {
    const { dir, env } = await hideaway();
    const busy = createServer();
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
    cleanUp(() => busy.close());
    const { port } = busy.address() as { port: number };
    const sources = cnc(1);
    const starts: [Parameters<typeof launchGateway>[0], string][] = [
      [{ broker: `${external} }`, env: { ...env, GEMEL_METRICS_PORT: `${port}` } }, 'GEM_PORT_IN_USE'],
      [{ broker: `${external}, tls: { ca: nowhere.pem } }` }, 'GEM_FILE_UNREADABLE'],
      [{ broker: `${external}, tls: { key: broker.password } }` }, 'GEM_FILE_UNREADABLE'],
      [{ broker: `${external} }`, more: 'stateDir: ./gemel.yaml\n' }, 'GEM_STATE_UNWRITABLE'],
      [{ broker: `${external} }`, more: 'brokr: {}\n' }, 'GEM_CONFIG_INVALID'],
      [{ broker: `${external} }`, env: { ...env, GEMEL_BROKER_PASSWRD: secrets.env } }, 'GEM_CONFIG_INVALID'],
      [
        {
          broker: `${external} }`,
          env: { ...env, GEMEL_BROKER_PASSWORD: secrets.env, GEMEL_LOOP_PERIOD_MS: secrets.env },
        },
        'GEM_CONFIG_INVALID',
      ],
      [
        { broker: `{ url: "mqtt://b", password: ${secrets.env}, password: ${secrets.env} }` },
        'GEM_CONFIG_INVALID',
      ],
      [{ broker: `{ url: "mqtt://b", password: "${secrets.env} }` }, 'GEM_CONFIG_INVALID'],
      [{ broker: `{ url: "mqtt://b", password: *${secrets.env} }` }, 'GEM_CONFIG_INVALID'],
      [{ broker: `{ url: "mqtt://b", password: "\\q${secrets.env}" }` }, 'GEM_CONFIG_INVALID'],
      [{ broker: `{ url: "mqtt://gw:${secrets.env}@b:port" }` }, 'GEM_'],
      [{ broker: `{ url: "mqtt://gw:%zz${secrets.env}@127.0.0.1:9" }` }, 'GEM_'],
      [{ broker: '{ url: "mqtt://gw:${env:CANARY}@127.0.0.1:99999" }' }, 'GEM_'],
    ];
    for (const [input, code] of starts) {
      const gateway = await launchGateway({ sources, level: 'trace', dir, env, ...input });
      expect([code, await gateway.ended()]).toEqual([code, expect.toBeOneOf([1, 2])]);
      expect(gateway.err()).toContain(code);
      expectSilent(all(gateway));
    }
  });

  test('a crash: what is thrown where nobody catches it', async () => {
    const { dir, env } = await hideaway();
    const thrown = 'setTimeout(() => { throw new Error("out of the blue") }, 1500)';
    const rejected = 'setTimeout(() => Promise.reject(new Error("out of the blue")), 1500)';
    for (const code of [thrown, rejected]) {
      const preload = `--import=data:text/javascript,${encodeURIComponent(code)}`;
      const broker = `${external} }`;
      const gateway = await launchGateway({
        broker,
        level: 'trace',
        dir,
        env: { ...env, NODE_OPTIONS: preload },
      });
      expect(await gateway.ended()).toBe(1);
      expect(gateway.lines().at(-1)?.msg).toContain('uncaught: out of the blue');
      expectSilent(all(gateway));
    }
  });

  test('the configuration as it is printed: by check, for people and for programs', async () => {
    const { dir, env } = await hideaway();
    const file = join(dir, 'gemel.yaml');
    writeFileSync(file, `version: 1\nbroker: ${external} }\nsources:\n${cnc(1)}`);
    for (const words of [[], ['--print'], ['--json'], ['--print', '--json']]) {
      const check = gemel(['check', file, ...words], { cwd: dir, env });
      expect(await check.ended()).toBe(0);
      expectSilent(all(check));
      if (words.length > 0 && words[0] === '--print') expect(check.out()).toContain('${credential:cnc}');
    }
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

describe('12: files that anybody may read', () => {
  useCleanUp();

  const exposed: [string, string, string, (file: string) => Parameters<typeof launchGateway>[0]][] = [
    [
      'a password',
      'secret',
      'chmod o-rwx',
      () => ({ broker: '{ url: "mqtt://b", password: "${file:secret}" }' }),
    ],
    ['a credential', 'credentials/cnc', 'chmod o-rwx', () => ({ broker: '{ port: 0 }', sources: cnc(1) })],
    [
      'the key of our broker',
      'server.key',
      'chmod 640',
      () => ({ broker: '{ port: 0, tls: { cert: server.pem, key: server.key } }' }),
    ],
    [
      'our key at an external broker',
      'client.key',
      'chmod 640',
      () => ({ broker: '{ url: "mqtts://b", tls: { cert: client.pem, key: client.key } }' }),
    ],
  ];

  test.each(exposed)('%s: refuses to start, and says what to do', async (_name, path, advice, inputOf) => {
    const { dir, env } = await hideaway();
    const file = join(dir, path);
    writeFileSync(join(dir, 'secret'), secrets.file, { mode: 0o600 });
    if (path.endsWith('.key')) writeFileSync(file, secrets.file);
    chmodSync(file, 0o644);
    const gateway = await launchGateway({ ...inputOf(file), dir, env });
    expect(await gateway.ended()).toBe(2);
    expect(gateway.err()).toContain(file);
    expect(gateway.err()).toMatch(/0?644/);
    expect(gateway.err()).toContain(advice);
    expectSilent(all(gateway));
    chmodSync(file, 0o600);
    const closed = await launchGateway({ ...inputOf(file), dir, env });
    await poll(
      'no word of it any more',
      () => closed.child.exitCode !== null || closed.out().includes('starting'),
    );
    expect(closed.err()).not.toContain(advice);
  });
});
