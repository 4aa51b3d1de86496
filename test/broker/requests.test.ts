// Who may ask the gateway to do something: publish below a topic that is otherwise the gateway's own.
import { scryptSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createAcl, type Principal } from '../../src/broker/acl.ts';
import { createLogin } from '../../src/broker/login.ts';
import { poll } from '../poll.ts';
import { hear, peer, realClock, startBroker, useCleanUp } from './fixture.ts';

const acl = createAcl(['gemel/hall']);
const request = 'gemel/hall/mill-1/request/alarm';
const answer = 'gemel/hall/mill-1/response/alarm';
const panel: Principal = { name: 'panel', role: 'reader', prefix: 'panel', requests: true };
/** As `gemel password` makes it, but for the work it takes. */
const passwordHash = `scrypt$16$1$1$${Buffer.from('saltsalt').toString('base64url')}$${scryptSync('pw', 'saltsalt', 32, { N: 16, r: 1, p: 1 }).toString('base64url')}`;
const device: Principal = { name: 'esp', role: 'device', prefix: 'shop/m1', requests: true };

describe('table', () => {
  test.each([
    [request, true],
    ['gemel/hall/mill-1/request/any', true],
    ['gemel/hall/mill-1/alarm/a', false],
    [answer, false],
    ['gemel/hall/request/alarm', false],
    ['gemel/hall/mill-1/request', false],
    ['gemel/hall/mill-1/request/alarm/more', false],
    ['gemel/hall/a/b/request/alarm', false],
    ['gemel/hall//request/alarm', false],
    ['gemel/hall/mill-1/request/', false],
    ['gemel/hallway/mill-1/request/alarm', false],
    ['gemel/hall', false],
  ])('who may ask may publish %s: %s', (topic, isAllowed) => {
    expect(acl.mayPublish(panel, topic)).toBe(isAllowed);
    expect(acl.mayPublish({ ...panel, requests: false }, topic)).toBe(false);
    expect(acl.isRequest(topic)).toBe(isAllowed);
  });

  test.each([
    [answer, true],
    ['gemel/hall/+/response/alarm', true],
    ['gemel/hall/+/response/+', true],
    ['gemel/hall/#', false],
    ['gemel/hall/+/response/#', false],
    ['gemel/+/+/response/alarm', false],
    ['gemel/hall/+/alarm/+', false],
    ['gemel/hall/mill-1/frame', false],
  ])('a device that may ask hears of %s: %s', (filter, isAllowed) => {
    expect(acl.maySubscribe(device, filter)).toBe(isAllowed);
    expect(acl.maySubscribe({ ...device, requests: false }, filter)).toBe(false);
  });
});

test('without users it is whoever is on this machine, and nobody from elsewhere', async () => {
  const login = createLogin({ users: [], certificates: false, anonymousAnywhere: true, clock: realClock });
  const from = { certificateName: undefined, username: undefined, password: undefined };
  const here = await login.check({ ...from, address: '127.0.0.1', loopback: true });
  const elsewhere = await login.check({ ...from, address: '10.0.0.7', loopback: false });
  expect([here, elsewhere]).toMatchObject([{ requests: true }, { requests: false }]);
});

describe('over the wire', () => {
  useCleanUp();

  async function hall() {
    const users = [
      { name: 'viewer', passwordHash, role: 'reader' },
      { name: 'panel', passwordHash, role: 'reader', requests: true },
      { name: 'root', passwordHash, role: 'admin' },
      { name: 'limited', passwordHash, role: 'admin', requests: false },
      { name: 'esp', passwordHash },
    ];
    const started = await startBroker({ users }, { protect: ['gemel/hall'] });
    const taken: { payload: string; isRetained: boolean }[] = [];
    started.broker.subscribe('gemel/hall/+/request/alarm', 0, (_topic, payload, isRetained) => {
      taken.push({ payload: Buffer.from(payload).toString(), isRetained });
      return undefined;
    });
    return { ...started, taken, as: (username: string) => peer(started.port, { username, password: 'pw' }) };
  }

  test('an operator and an admin may, a viewer, a device and an admin who may not are cut', async () => {
    const { as, taken, broker } = await hall();
    for (const name of ['panel', 'root']) await (await as(name)).publishAsync(request, name, { qos: 1 });
    for (const name of ['viewer', 'limited', 'esp']) {
      const client = await as(name);
      client.publish(request, name, { qos: 1 });
      await poll(`${name} is cut`, () => !client.connected);
    }
    expect(taken.map(({ payload }) => payload)).toEqual(['panel', 'root']);
    expect(broker.stats().refused['publish-denied']).toBe(3);
  });

  test('an operator may still not say what only the gateway says', async () => {
    const { as, broker } = await hall();
    const watcher = await as('viewer');
    const heard = hear(watcher);
    await watcher.subscribeAsync('gemel/#');
    const client = await as('panel');
    client.publish('gemel/hall/mill-1/alarm/a', '', { qos: 1, retain: true });
    await poll('it is cut', () => !client.connected);
    await new Promise<void>((done) => {
      broker.publish('gemel/hall/end', 'x', { qos: 0, retain: false }, () => done());
    });
    await poll('the end', () => heard.some(({ topic }) => topic === 'gemel/hall/end'));
    expect(heard.map(({ topic }) => topic)).toEqual(['gemel/hall/end']);
  });

  test('a retained request is marked, heard once and not kept', async () => {
    const { as, taken, broker } = await hall();
    const client = await as('panel');
    await client.publishAsync(request, 'keep me', { qos: 1, retain: true });
    await client.publishAsync(request, 'now', { qos: 1 });
    expect(taken).toEqual([
      { payload: 'keep me', isRetained: true },
      { payload: 'now', isRetained: false },
    ]);
    expect(broker.stats().retained).toBe(0);
    const late = await as('panel');
    const heard = hear(late);
    await late.subscribeAsync('gemel/hall/+/request/alarm');
    await late.publishAsync(request, 'end', { qos: 1 });
    await poll('the end', () => heard.length > 0);
    expect(heard.map(({ payload }) => payload)).toEqual(['end']);
  });

  test('a last will may ask no more than its client', async () => {
    const { port, taken } = await hall();
    const will = { topic: request, payload: Buffer.from('stop'), qos: 1 as const, retain: false };
    await expect(peer(port, { username: 'viewer', password: 'pw', will })).rejects.toThrow();
    expect(taken).toEqual([]);
  });
});
