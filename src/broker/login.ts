// Who a connection is: by client certificate, by password, or nobody on this machine. Must never say why a
// login failed, keep a password, or let one address guess without end.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../ports.ts';
import type { Principal } from './acl.ts';
import { verifyPassword } from './password.ts';
import type { BrokerUser } from './schema.ts';
import { validPrefix } from './topic.ts';

export interface Credentials {
  readonly address: string;
  readonly loopback: boolean;
  /** Common name of a certificate our authority signed; undefined: none was shown. */
  readonly certificateName: string | undefined;
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
}

export type LoginRefusal = 'login' | 'throttled' | 'busy';

export interface Login {
  check(credentials: Credentials): Promise<Principal | LoginRefusal>;
}

export interface LoginOptions {
  readonly users: readonly BrokerUser[];
  /** Certificates of our authority log in, even where no users are listed. */
  readonly certificates: boolean;
  /** Anonymous clients from anywhere, not only from this machine (allowInsecure). */
  readonly anonymousAnywhere: boolean;
  readonly clock: Clock;
}

const WRONG_PER_MINUTE = 10;
const ADDRESSES_MAX = 10_000;
const CHECKS_AT_ONCE = 2;
const CHECKS_WAITING_MAX = 256;

export function createLogin({ users, certificates, anonymousAnywhere, clock }: LoginOptions): Login {
  const byName = new Map(users.map((user) => [user.name, user]));
  const throttle = createThrottle(clock);
  const gate = createGate();
  const recall = createRecall();
  const nobodyMay = users.length > 0 || (certificates && !anonymousAnywhere);

  function byCertificate(name: string, username: string | undefined): Principal | LoginRefusal {
    if (username !== undefined && username !== name) return 'login';
    const user = byName.get(name);
    if (user !== undefined) return principalOf(user);
    if (users.length > 0 || !validPrefix(name)) return 'login';
    return { name, role: 'device', prefix: name };
  }

  async function byPassword(
    address: string,
    name: string,
    password: Uint8Array,
  ): Promise<Principal | LoginRefusal> {
    if (throttle.blocked(address)) return 'throttled';
    const user = byName.get(name);
    const hash = user?.passwordHash;
    if (user !== undefined && hash !== undefined && recall.knows(name, hash, password))
      return principalOf(user);
    if (!(await gate.enter())) return 'busy';
    try {
      const right = await verifyPassword(password, hash);
      if (!right || user === undefined || hash === undefined) {
        throttle.wrong(address);
        return 'login';
      }
      recall.keep(name, hash, password);
      return principalOf(user);
    } finally {
      gate.leave();
    }
  }

  return {
    async check({ address, loopback, certificateName, username, password }) {
      if (certificateName !== undefined) return byCertificate(certificateName, username);
      if (users.length > 0 && username !== undefined) {
        return byPassword(address, username, password ?? new Uint8Array());
      }
      if (nobodyMay || !(loopback || anonymousAnywhere)) return 'login';
      return { name: '', role: 'anonymous', prefix: '', requests: loopback };
    },
  };
}

function principalOf({ name, role, prefix, requests }: BrokerUser): Principal {
  return { name, role, prefix: prefix ?? name, requests: requests ?? role === 'admin' };
}

interface Throttle {
  blocked(address: string): boolean;
  wrong(address: string): void;
}

/** Ten wrong passwords a minute from one address; others are not held up by it. */
export function createThrottle(clock: Clock): Throttle {
  const wrong = new Map<string, { count: number; sinceMs: number }>();
  return {
    blocked(address) {
      const entry = wrong.get(address);
      if (entry === undefined) return false;
      if (clock.monotonicMs() - entry.sinceMs > 60_000) {
        wrong.delete(address);
        return false;
      }
      return entry.count >= WRONG_PER_MINUTE;
    },
    wrong(address) {
      const entry = wrong.get(address);
      if (entry !== undefined) entry.count++;
      else {
        if (wrong.size >= ADDRESSES_MAX) wrong.delete(wrong.keys().next().value ?? '');
        wrong.set(address, { count: 1, sinceMs: clock.monotonicMs() });
      }
    },
  };
}

/** scrypt runs on the thread pool that files use too: never more than two at once. */
function createGate() {
  const waiting: (() => void)[] = [];
  let inside = 0;
  return {
    async enter(): Promise<boolean> {
      if (inside < CHECKS_AT_ONCE) {
        inside++;
        return true;
      }
      if (waiting.length >= CHECKS_WAITING_MAX) return false;
      await new Promise<void>((resolve) => waiting.push(resolve));
      return true;
    },
    leave(): void {
      const next = waiting.shift();
      if (next === undefined) inside--;
      else next();
    },
  };
}

/**
 * After a power cut a hundred devices log in at once. What scrypt has found right once is known again by a
 * MAC under a key that lives in this process only.
 */
function createRecall() {
  const key = randomBytes(32);
  const macs = new Map<string, Buffer>();
  const macOf = (hash: string, password: Uint8Array): Buffer =>
    createHmac('sha256', key).update(hash).update('\0').update(password).digest();
  return {
    knows(name: string, hash: string, password: Uint8Array): boolean {
      const mac = macs.get(name);
      return mac !== undefined && timingSafeEqual(mac, macOf(hash, password));
    },
    keep(name: string, hash: string, password: Uint8Array): void {
      macs.set(name, macOf(hash, password));
    },
  };
}
