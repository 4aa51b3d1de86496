// Logins over the wire: passwords, anonymous clients, guessing.
import { describe, expect, test } from 'vitest';
import { createThrottle } from '../../src/broker/login.ts';
import { hashPassword, verifyPassword } from '../../src/broker/password.ts';
import { poll } from '../poll.ts';
import { peer, startBroker, useCleanUp } from './fixture.ts';

describe('login', () => {
  useCleanUp();

  test('right password in; wrong password, unknown user and anonymous out, all with the same answer', async () => {
    const users = [{ name: 'esp1', passwordHash: await hashPassword('right') }];
    const { broker, port, log } = await startBroker({ users });
    await peer(port, { username: 'esp1', password: 'right' });
    for (const attempt of [
      { username: 'esp1', password: 'wrong' },
      { username: 'nobody', password: 'right' },
      { username: 'esp1' },
      {},
    ]) {
      await expect(peer(port, attempt)).rejects.toThrow(/Not authorized/);
    }
    expect(broker.stats().refused.login).toBe(4);
    expect(JSON.stringify(log.lines)).not.toMatch(/right|wrong/);
    expect(broker.stats().clients).toBe(1);
  });

  test('after ten wrong passwords from one address it has to wait, even with the right one', async () => {
    const users = [
      { name: 'esp1', passwordHash: 'scrypt$16$1$1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo' },
    ];
    const { broker, port } = await startBroker({ users });
    for (let i = 0; i < 12; i++) {
      await peer(port, { username: 'esp1', password: `guess ${i}` }).catch(() => {});
    }
    expect(broker.stats().refused).toMatchObject({ login: 10, throttled: 2 });
  });

  test('the throttle forgets after a minute and does not hold up other addresses', () => {
    let nowMs = 0;
    const throttle = createThrottle({ nowMs: () => nowMs, monotonicMs: () => nowMs });
    for (let i = 0; i < 10; i++) throttle.wrong('10.0.0.1');
    expect(throttle.blocked('10.0.0.1')).toBe(true);
    expect(throttle.blocked('10.0.0.2')).toBe(false);
    nowMs = 61_000;
    expect(throttle.blocked('10.0.0.1')).toBe(false);
  });

  test('without users a client of this machine needs no login, and cannot read $SYS', async () => {
    const { port } = await startBroker();
    const client = await peer(port);
    await expect(client.subscribeAsync('$SYS/#')).rejects.toThrow();
    await client.subscribeAsync('#');
  });

  test('a second login with the same password does not wait for scrypt', async () => {
    const users = [{ name: 'esp1', passwordHash: await hashPassword('right') }];
    const { port } = await startBroker({ users });
    await peer(port, { username: 'esp1', password: 'right' });
    const checked = performance.now();
    await verifyPassword(Buffer.from('right'), users[0]!.passwordHash);
    const scryptMs = performance.now() - checked;
    const started = performance.now();
    await Promise.all(Array.from({ length: 40 }, () => peer(port, { username: 'esp1', password: 'right' })));
    const perLoginMs = (performance.now() - started) / 40;
    expect(perLoginMs).toBeLessThan(scryptMs);
    await expect(peer(port, { username: 'esp1', password: 'Right' })).rejects.toThrow(/Not authorized/);
  });

  test('an MQTT 5 client is refused and told so by the protocol', async () => {
    const { broker, port } = await startBroker();
    await expect(peer(port, { protocolVersion: 5 })).rejects.toThrow();
    await poll('the count', () => broker.stats().refused.protocol === 1);
  });
});
