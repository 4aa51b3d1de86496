// A link whose broker refuses, goes away, freezes or flaps.
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createBrokerLink } from '../../src/broker/link.ts';
import { hashPassword } from '../../src/broker/password.ts';
import { externalBrokerSchema } from '../../src/broker/schema.ts';
import type { Bus } from '../../src/ports.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { keptLog } from '../silent-log.ts';
import { startWatch } from '../stopwatch.ts';
import { cleanUp, makeBroker, peer, realClock, startBroker, stateDir, useCleanUp } from './fixture.ts';

/** `quick`: what no configuration may say, for it would be too often on a real network. */
function makeLink(input: object, quick: { keepaliveS?: number } = {}) {
  const log = keptLog();
  const config = {
    ...externalBrokerSchema.parse({ backoffMinS: 0.05, backoffMaxS: 0.2, ...input }),
    ...quick,
  };
  let failures = 0;
  // Chance is asked once for each wait.
  const random = (): number => {
    failures++;
    return 0.5;
  };
  const link = createBrokerLink(config, { clientId: 'gemel-test', log, clock: realClock, random });
  cleanUp(() => link.stop());
  const errors = () => log.lines.filter(({ level }) => level === 'error').map(({ message }) => message);
  return { link, log, errors, failures: () => failures };
}

const publish = (bus: Bus, topic: string, text: string, qos: 0 | 1 = 1) =>
  new Promise<Error | undefined>((resolve) => bus.publish(topic, text, { qos, retain: false }, resolve));

/** A relay that can be frozen: it accepts and says nothing more. */
async function relay(
  toPort: number,
): Promise<{ port: number; freeze(): void; tries: () => number; server: Server }> {
  const { connect } = await import('node:net');
  const open: Socket[] = [];
  let frozen = false;
  let tries = 0;
  const server = createServer((socket) => {
    tries++;
    open.push(socket);
    socket.on('error', () => {});
    if (frozen) return;
    const onward = connect(toPort, '127.0.0.1');
    open.push(onward);
    onward.on('error', () => {});
    onward.on('close', () => {
      if (!frozen) socket.destroy();
    });
    socket.on('close', () => onward.destroy());
    socket.on('data', (chunk) => {
      if (!frozen) onward.write(chunk);
    });
    onward.on('data', (chunk) => {
      if (!frozen) socket.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUp(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return {
    port,
    server,
    tries: () => tries,
    freeze: () => {
      frozen = true;
    },
  };
}

describe('link', () => {
  useCleanUp();

  test('nobody there: one line, however often it tries; it comes up when the broker does', async () => {
    const port = await freePort();
    const { link, errors, failures } = makeLink({ url: `mqtt://127.0.0.1:${port}` });
    const changes: string[] = [];
    link.onLink((state) => changes.push(state));
    await link.start();
    await poll('down', () => link.link === 'down');
    expect(link.reason).toBe('nothing listens there (ECONNREFUSED)');
    await poll('some more tries', () => failures() >= 5);
    expect(errors()).toHaveLength(1);
    expect(errors()[0]).toMatch(/^the broker at mqtt:\/\/127\.0\.0\.1:\d+ cannot be reached/);
    expect(await publish(link, 'a', 'x')).toBeInstanceOf(Error);
    const { broker } = await makeBroker({ port });
    await broker.start();
    await poll('up', () => link.link === 'up');
    expect(changes).toEqual(['connecting', 'down', 'up']);
    expect(link.reason).toBe('');
  });

  test('a wrong password: refused, said once with what to do, no secret in it, and tried again', async () => {
    const users = [{ name: 'gw', passwordHash: await hashPassword('right'), role: 'admin' }];
    const { port, broker } = await startBroker({ users });
    const { link, log, errors } = makeLink({ url: `mqtt://gw:secret-1@127.0.0.1:${port}` });
    await link.start();
    await poll('three tries', () => broker.stats().refused.login >= 3);
    expect(errors()).toEqual([
      `the broker at mqtt://127.0.0.1:${port} refused the connection: not authorized`,
    ]);
    expect(link).toMatchObject({ link: 'down', reason: 'not authorized' });
    expect(JSON.stringify(log.lines)).toContain('GEM_BROKER_REFUSED');
    expect(JSON.stringify(log.lines)).not.toContain('secret-1');
    await link.stop();
    const right = makeLink({ url: `mqtt://127.0.0.1:${port}`, username: 'gw', password: 'right' });
    await right.link.start();
    await poll('up', () => right.link.link === 'up');
  });

  test('what was published when the connection breaks is answered with an error, once', async () => {
    const { broker, port, dir } = await startBroker();
    const { link } = makeLink({ url: `mqtt://127.0.0.1:${port}` });
    await link.start();
    await poll('up', () => link.link === 'up');
    expect(await publish(link, 'a', 'x')).toBeUndefined();
    let answers = 0;
    const lost: (Error | undefined)[] = [];
    const between = await relay(port);
    const second = makeLink({ url: `mqtt://127.0.0.1:${between.port}`, clientId: 'x' }).link;
    await link.stop();
    await second.start();
    await poll('up', () => second.link === 'up');
    between.freeze();
    for (let i = 0; i < 20; i++) {
      second.publish('a', 'x', { qos: 1, retain: false }, (error) => {
        answers++;
        lost.push(error);
      });
    }
    await second.stop();
    await poll('the answers', () => answers === 20);
    expect(lost.every((error) => error instanceof Error)).toBe(true);
    await broker.stop();
    expect(answers).toBe(20);
    expect(dir).not.toBe('');
  });

  test('a broker that restarts: the link comes back, subscribes again if it must, and misses no QoS 1', async () => {
    const port = await freePort();
    const dir = await stateDir();
    const first = await makeBroker({ port }, { stateDir: dir });
    await first.broker.start();
    const seen: string[] = [];
    const { link } = makeLink({ url: `mqtt://127.0.0.1:${port}` });
    link.subscribe('a/#', 1, (_topic, payload) => {
      seen.push(Buffer.from(payload).toString());
      return undefined;
    });
    await link.start();
    await poll('up', () => link.link === 'up');
    await first.broker.stop();
    await poll('down', () => link.link === 'down');
    const second = await makeBroker({ port }, { stateDir: dir });
    await second.broker.start();
    const sender = await peer(port);
    await sender.publishAsync('a/b', 'while away', { qos: 1 });
    await poll('up', () => link.link === 'up');
    await sender.publishAsync('a/b', 'live', { qos: 1 });
    await poll('both', () => seen.includes('live'));
    // What comes just when the link does may come twice, by the queue and by itself: at least once is QoS 1.
    expect([...new Set(seen)]).toEqual(['while away', 'live']);
    await second.broker.stop();
    await poll('down', () => link.link === 'down');
    // A broker that has forgotten the session.
    const third = await makeBroker({ port }, { stateDir: await stateDir() });
    await third.broker.start();
    await poll('up', () => link.link === 'up');
    await (await peer(port)).publishAsync('a/b', 'after', { qos: 1 });
    await poll('the third', () => seen.includes('after'));
  });

  test('a half-open connection is noticed by the keepalive', async () => {
    const { port } = await startBroker();
    const between = await relay(port);
    const url = `mqtt://127.0.0.1:${between.port}`;
    const { link } = makeLink({ url, connectTimeoutS: 1 }, { keepaliveS: 1 });
    await link.start();
    await poll('up', () => link.link === 'up');
    const foundMs = startWatch();
    between.freeze();
    await poll('down', () => link.link === 'down');
    expect(link.reason).toBe('the broker no longer answers');
    // One and a half of them, and what a busy machine adds; the network would take minutes.
    expect(foundMs()).toBeLessThan(5000);
    await poll('a try that gets no answer', () => /no answer in time/.test(link.reason));
  });

  test('a broker that accepts and hangs up is tried at the pace of the backoff, not faster', async () => {
    let tries = 0;
    const server = createServer((socket) => {
      tries++;
      socket.on('error', () => {});
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanUp(() => server.close());
    const { port } = server.address() as { port: number };
    const { link, errors } = makeLink({
      url: `mqtt://127.0.0.1:${port}`,
      backoffMinS: 0.1,
      backoffMaxS: 0.1,
    });
    await link.start();
    const started = performance.now();
    await poll('five tries', () => tries >= 5);
    expect(performance.now() - started).toBeGreaterThan(390);
    expect(errors()).toHaveLength(1);
  });

  test('certificate files that are not there stop the start', async () => {
    const ca = join(await stateDir(), 'no.pem');
    const { link } = makeLink({ url: 'mqtts://127.0.0.1:1', tls: { ca } });
    await expect(link.start()).rejects.toMatchObject({ code: 'GEM_FILE_UNREADABLE' });
  });

  test('over WebSocket too', async () => {
    const { broker } = await startBroker({ websocketPort: 0 });
    const { link } = makeLink({ url: `ws://127.0.0.1:${broker.address.websocketPort}` });
    const seen: string[] = [];
    link.subscribe('a', 1, (_topic, payload) => {
      seen.push(Buffer.from(payload).toString());
      return undefined;
    });
    await link.start();
    await poll('up', () => link.link === 'up');
    broker.publish('a', 'x', { qos: 1, retain: false }, () => {});
    await poll('the message', () => seen.length > 0);
    expect(await publish(link, 'b', 'y')).toBeUndefined();
  });
});
