// Who may do what: the table, and the same over the wire.
import { describe, expect, test } from 'vitest';
import { createAcl, type Principal } from '../../src/broker/acl.ts';
import { hashPassword } from '../../src/broker/password.ts';
import { poll } from '../poll.ts';
import { hear, peer, startBroker, useCleanUp } from './fixture.ts';

const acl = createAcl(['gemel/hall']);
const who: Record<string, Principal> = {
  device: { name: 'esp1', role: 'device', prefix: 'shop/m1' },
  reader: { name: 'grafana', role: 'reader', prefix: 'grafana' },
  admin: { name: 'root', role: 'admin', prefix: 'root' },
  anonymous: { name: '', role: 'anonymous', prefix: '' },
};

describe('table', () => {
  test.each([
    ['shop/m1/temp', 'yes', 'no', 'yes', 'yes'],
    ['shop/m1', 'yes', 'no', 'yes', 'yes'],
    ['shop/m10/temp', 'no', 'no', 'yes', 'yes'],
    ['other', 'no', 'no', 'yes', 'yes'],
    ['gemel/hall/mill/frame', 'no', 'no', 'no', 'no'],
    ['gemel/hallway', 'no', 'no', 'yes', 'yes'],
    ['$SYS/x', 'no', 'no', 'no', 'no'],
    ['$other', 'no', 'no', 'no', 'no'],
  ])('publish to %s: device %s, reader %s, admin %s, anonymous %s', (topic, ...answers) => {
    const got = Object.values(who).map((principal) => (acl.mayPublish(principal, topic) ? 'yes' : 'no'));
    expect(got).toEqual(answers);
  });

  test.each([
    ['shop/m1/#', 'yes', 'yes', 'yes', 'yes'],
    ['shop/m1/+/x', 'yes', 'yes', 'yes', 'yes'],
    ['shop/+/temp', 'no', 'yes', 'yes', 'yes'],
    ['shop/#', 'no', 'yes', 'yes', 'yes'],
    ['#', 'no', 'yes', 'yes', 'yes'],
    ['+/m1/temp', 'no', 'yes', 'yes', 'yes'],
    ['$SYS/#', 'no', 'yes', 'yes', 'no'],
    ['gemel/hall/#', 'no', 'yes', 'yes', 'yes'],
  ])('subscribe %s: device %s, reader %s, admin %s, anonymous %s', (filter, ...answers) => {
    const got = Object.values(who).map((principal) => (acl.maySubscribe(principal, filter) ? 'yes' : 'no'));
    expect(got).toEqual(answers);
  });
});

describe('over the wire', () => {
  useCleanUp();
  const users = async () => {
    const passwordHash = await hashPassword('pw');
    return [
      { name: 'esp1', passwordHash, prefix: 'shop/m1' },
      { name: 'esp2', passwordHash },
      { name: 'grafana', passwordHash, role: 'reader' },
      { name: 'root', passwordHash, role: 'admin' },
    ];
  };
  const as = (username: string, more: object = {}) => ({ username, password: 'pw', ...more });

  test('a publish outside the prefix closes that client only, reaches nobody and is counted', async () => {
    const { broker, port } = await startBroker({ users: await users() });
    const topics: string[] = [];
    broker.subscribe('#', 0, (topic) => {
      topics.push(topic);
      return undefined;
    });
    const bad = await peer(port, as('esp1'));
    const good = await peer(port, as('esp2'));
    bad.publish('shop/m2/temp', '1', { qos: 0 });
    await poll('the close', () => !bad.connected);
    await good.publishAsync('esp2/temp', '1', { qos: 1 });
    expect(topics).toEqual(['esp2/temp']);
    expect(broker.stats().refused['publish-denied']).toBe(1);
    expect(good.connected).toBe(true);
  });

  test('a refused filter answers 128, the others of the same packet hold, and it stays refused after a reconnect', async () => {
    const { broker, port } = await startBroker({ users: await users() });
    const session = as('esp1', { clientId: 'esp1-a', clean: false });
    const device = await peer(port, session);
    const granted = await new Promise<number[]>((resolve) => {
      device.subscribe({ 'shop/m1/#': { qos: 1 }, 'shop/#': { qos: 1 } }, (_error, _subs, packet) =>
        resolve((packet as { granted: number[] }).granted),
      );
    });
    expect(granted).toEqual([1, 128]);
    expect(broker.stats().refused['subscribe-denied']).toBe(1);
    await device.endAsync();
    const again = await peer(port, session);
    const heard = hear(again);
    const root = await peer(port, as('root'));
    await root.publishAsync('shop/m2/x', 'secret', { qos: 1 });
    await root.publishAsync('shop/m1/x', 'mine', { qos: 1 });
    await poll('the own message', () => heard.length > 0);
    expect(new Set(heard.map(({ payload }) => payload))).toEqual(new Set(['mine']));
  });

  test('a reader hears all but says nothing; the gateway root is the gateway’s alone', async () => {
    const { broker, port } = await startBroker({ users: await users() }, { protect: ['gemel/hall'] });
    const reader = await peer(port, as('grafana'));
    const heard = hear(reader);
    await reader.subscribeAsync('#', { qos: 1 });
    broker.publish('gemel/hall/frame', 'from the gateway', { qos: 1, retain: false }, () => {});
    await poll('the frame', () => heard.length > 0);
    const root = await peer(port, as('root'));
    root.publish('gemel/hall/frame', 'forged', { qos: 0 });
    reader.publish('grafana/x', 'x', { qos: 0 });
    await poll('both closed', () => !root.connected && !reader.connected);
    expect(heard.map(({ payload }) => payload)).toEqual(['from the gateway']);
    expect(broker.stats().refused['publish-denied']).toBe(2);
  });

  test('a client whose last will lies outside its prefix is not let in; a right will is published', async () => {
    const { broker, port } = await startBroker({ users: await users() });
    const topics: string[] = [];
    broker.subscribe('#', 0, (topic) => {
      topics.push(topic);
      return undefined;
    });
    const will = (topic: string) => ({
      will: { topic, payload: Buffer.from('gone'), qos: 1 as const, retain: false },
    });
    await expect(peer(port, as('esp1', will('esp2/status')))).rejects.toThrow(/Not authorized/);
    await expect(peer(port, as('esp1', will('shop/m1/#')))).rejects.toThrow(/Not authorized/);
    expect(broker.stats().refused['publish-denied']).toBe(2);
    const good = await peer(port, as('esp2', will('esp2/status')));
    good.stream.destroy();
    await poll('the will', () => topics.length > 0);
    expect(topics).toEqual(['esp2/status']);
  });

  test('nobody takes over the session of another user', async () => {
    const { broker, port } = await startBroker({ users: await users() });
    const owner = await peer(port, as('esp1', { clientId: 'shared-id', clean: false }));
    await owner.subscribeAsync('shop/m1/#', { qos: 1 });
    await expect(peer(port, as('esp2', { clientId: 'shared-id', clean: true }))).rejects.toThrow(
      /Identifier/,
    );
    expect(owner.connected).toBe(true);
    expect(broker.stats().refused['client-id']).toBe(1);
    await owner.endAsync();
    await expect(peer(port, as('esp2', { clientId: 'shared-id', clean: false }))).rejects.toThrow(
      /Identifier/,
    );
    await peer(port, as('esp1', { clientId: 'shared-id', clean: false }));
  });
});
