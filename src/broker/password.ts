// Passwords as scrypt hashes: made by `gemel password`, checked at each login. Must never keep a password,
// nor take less time for a wrong one.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

const COST = { N: 32_768, r: 8, p: 1 };
const HASH_BYTES = 32;
const MEMORY_MAX = 256 * 1024 * 1024;

interface Parsed {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** `scrypt$N$r$p$salt$hash`, salt and hash in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(Buffer.from(password, 'utf8'), { ...COST, salt, hash: Buffer.alloc(HASH_BYTES) });
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** With no `stored` hash (no such user) it answers false after the same work. */
export async function verifyPassword(password: Uint8Array, stored: string | undefined): Promise<boolean> {
  const parsed = stored === undefined ? undefined : parseHash(stored);
  const against = parsed ?? nobody;
  const hash = await derive(password, against);
  return timingSafeEqual(hash, against.hash) && parsed !== undefined;
}

/** The parts of a hash, or undefined when it is not one or asks for an absurd amount of work. */
export function parseHash(text: string): Parsed | undefined {
  const [kind, n, r, p, salt, hash, ...more] = text.split('$');
  if (kind !== 'scrypt' || salt === undefined || hash === undefined || more.length > 0) return undefined;
  const parsed = {
    N: Number(n),
    r: Number(r),
    p: Number(p),
    salt: Buffer.from(salt, 'base64url'),
    hash: Buffer.from(hash, 'base64url'),
  };
  const numbers = [parsed.N, parsed.r, parsed.p];
  if (!numbers.every((value) => Number.isInteger(value) && value > 0)) return undefined;
  if (parsed.N < 2 || (parsed.N & (parsed.N - 1)) !== 0 || parsed.p > 16) return undefined;
  if (128 * parsed.N * parsed.r > MEMORY_MAX || parsed.salt.length < 8 || parsed.hash.length < 16)
    return undefined;
  return parsed;
}

const nobody: Parsed = { ...COST, salt: randomBytes(16), hash: randomBytes(HASH_BYTES) };

function derive(password: Uint8Array, { N, r, p, salt, hash }: Parsed): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hash.length, { N, r, p, maxmem: 2 * MEMORY_MAX }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
