// Password hashes: right ones pass, all else does not, and a wrong one takes as long as a right one.
import { describe, expect, test } from 'vitest';
import { hashPassword, parseHash, verifyPassword } from '../../src/broker/password.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('password hashes', () => {
  test('a hash verifies its password only, and never twice the same', async () => {
    const hash = await hashPassword('correct horse');
    expect(hash).toMatch(/^scrypt\$32768\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
    expect(await verifyPassword(bytes('correct horse'), hash)).toBe(true);
    expect(await verifyPassword(bytes('correct horsf'), hash)).toBe(false);
    expect(await verifyPassword(bytes(''), hash)).toBe(false);
    expect(await hashPassword('correct horse')).not.toBe(hash);
  });

  test('hashes with other costs verify too', async () => {
    const made = 'scrypt$16$1$1$c2FsdHNhbHQ$';
    const { scryptSync } = await import('node:crypto');
    const key = scryptSync('x', Buffer.from('c2FsdHNhbHQ', 'base64url'), 32, { N: 16, r: 1, p: 1 });
    expect(await verifyPassword(bytes('x'), made + key.toString('base64url'))).toBe(true);
  });

  test.each([
    '',
    'plain',
    'scrypt$1$8$1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
    'scrypt$3$8$1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
    'scrypt$1048576$64$1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
    'scrypt$16$1$1$$aGFzaGhhc2hoYXNoaGFzaA',
    'scrypt$16$1$1$c2FsdHNhbHQ$',
    'bcrypt$16$1$1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
  ])('%j is no hash: nobody logs in with it', async (text) => {
    expect(parseHash(text)).toBeUndefined();
    expect(await verifyPassword(bytes('plain'), text)).toBe(false);
  });

  test('an unknown user costs the same work as a known one', async () => {
    const hash = await hashPassword('x');
    // Time of the processor, for what else the machine does costs other time as well.
    const time = async (stored: string | undefined): Promise<number> => {
      const tries: number[] = [];
      for (let i = 0; i < 5; i++) {
        const start = process.cpuUsage();
        await verifyPassword(bytes('y'), stored);
        const { user, system } = process.cpuUsage(start);
        tries.push(user + system);
      }
      return Math.min(...tries);
    };
    const known = await time(hash);
    const unknown = await time(undefined);
    expect(unknown / known).toBeGreaterThan(0.3);
    expect(unknown / known).toBeLessThan(3);
  });

  test('the event loop goes on while a password is checked', async () => {
    const hash = await hashPassword('x');
    let turns = 0;
    let checking = true;
    const turn = (): void => {
      turns++;
      if (checking) setImmediate(turn);
    };
    setImmediate(turn);
    await verifyPassword(bytes('x'), hash);
    checking = false;
    expect(turns).toBeGreaterThan(50);
  });
});
