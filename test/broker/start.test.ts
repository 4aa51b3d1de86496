// What the broker refuses to start with, and how it says so.
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { embeddedBrokerSchema } from '../../src/broker/schema.ts';
import { GemError } from '../../src/errors.ts';
import { poll } from '../poll.ts';
import { cleanUp, hear, makeBroker, peer, startBroker, stateDir, useCleanUp } from './fixture.ts';

async function refusal(input: object, options: { stateDir?: string } = {}): Promise<GemError> {
  const { broker } = await makeBroker(input, options);
  const error: unknown = await broker.start().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(GemError);
  expect(broker.link).toBe('stopped');
  return error as GemError;
}

describe('start', () => {
  useCleanUp();

  test('listens on loopback by default', async () => {
    const { broker } = await startBroker();
    expect(broker.address.host).toBe('127.0.0.1');
    expect(embeddedBrokerSchema.parse({}).host).toBe('127.0.0.1');
  });

  test('beyond loopback it wants TLS and a login, and says what is missing', async () => {
    const bare = await refusal({ host: '0.0.0.0' });
    expect(bare.code).toBe('GEM_BROKER_UNSAFE');
    expect(bare.message).toBe(
      'the broker would listen on 0.0.0.0 without TLS and users or client certificates',
    );
    const users = [{ name: 'a', passwordHash: 'scrypt$16$1$1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA' }];
    expect((await refusal({ host: '::', users })).message).toMatch(/without TLS$/);
    const tls = { cert: 'cert.pem', key: 'key.pem' };
    expect((await refusal({ host: '0.0.0.0', tls })).message).toMatch(
      /without users or client certificates$/,
    );
  });

  test('told to be insecure it obeys, loudly', async () => {
    const { broker, log } = await startBroker({ host: '0.0.0.0', allowInsecure: true });
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringMatching(/^INSECURE/) as string }),
    );
    await peer(broker.address.port);
  });

  test('a port in use and an address that is not ours', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    cleanUp(() => other.close());
    const { port } = other.address() as { port: number };
    const inUse = await refusal({ port });
    expect(inUse.code).toBe('GEM_PORT_IN_USE');
    expect(inUse.message).toContain(`127.0.0.1:${port}`);
    expect(inUse.hint).toContain('broker.port');
    const web = await refusal({ websocketPort: port });
    expect(web.hint).toContain('broker.websocketPort');
    const foreign = await refusal({ host: '192.0.2.1', allowInsecure: true });
    expect(foreign.code).toBe('GEM_LISTEN_FAILED');
  });

  test('certificates: missing, no PEM, or a key that anybody may read', async () => {
    const dir = await stateDir();
    const cert = join(dir, 'cert.pem');
    const key = join(dir, 'key.pem');
    await writeFile(key, 'no key', { mode: 0o600 });
    expect((await refusal({ tls: { cert, key } })).message).toMatch(/cannot read the certificate .*ENOENT/);
    await writeFile(cert, 'no certificate');
    expect((await refusal({ tls: { cert, key } })).message).toMatch(/not a matching PEM pair/);
    await chmod(key, 0o644);
    const exposed = await refusal({ tls: { cert, key } });
    expect(exposed.code).toBe('GEM_FILE_UNREADABLE');
    expect(exposed.message).toMatch(/mode 644/);
  });

  test('a state folder in use by another gateway, or not to be written', async () => {
    const { dir } = await startBroker();
    expect((await refusal({}, { stateDir: dir })).code).toBe('GEM_STATE_LOCKED');
    const file = join(await stateDir(), 'file');
    await writeFile(file, '');
    expect((await refusal({}, { stateDir: file })).code).toBe('GEM_STATE_UNWRITABLE');
  });

  test('names and prefixes that would open more than they say are refused by the schema', () => {
    for (const user of [
      { name: '#' },
      { name: 'a/+' },
      { name: 'a', prefix: '' },
      { name: 'a', prefix: '$SYS' },
    ]) {
      expect(embeddedBrokerSchema.safeParse({ users: [user] }).success).toBe(false);
    }
  });
});

describe('a damaged database', () => {
  useCleanUp();
  const damages: [string, (dir: string, files: string[]) => Promise<void>][] = [
    ['CURRENT points nowhere', (dir) => writeFile(join(dir, 'CURRENT'), 'MANIFEST-999999\n')],
    [
      'the manifest is noise',
      (dir, files) =>
        writeFile(join(dir, files.find((f) => f.startsWith('MANIFEST'))!), Buffer.alloc(500, 7)),
    ],
    [
      'the tables are noise',
      async (dir, files) => {
        for (const file of files.filter((f) => f.endsWith('.ldb')))
          await writeFile(join(dir, file), Buffer.alloc(900, 7));
      },
    ],
    [
      'a file stands where a folder was',
      async (dir) => {
        await rm(join(dir, 'CURRENT'));
        await mkdir(join(dir, 'CURRENT'));
      },
    ],
  ];

  test.each(damages)('%s: it is moved aside, said, and the broker starts', async (_name, damage) => {
    const first = await startBroker();
    const client = await peer(first.port);
    await client.publishAsync('kept', Buffer.alloc(2000, 'x'), { qos: 1, retain: true });
    await first.broker.stop();
    // A second start compacts the log into tables.
    const second = await startBroker({}, { stateDir: first.dir });
    await second.broker.stop();
    const dir = join(first.dir, 'broker');
    await damage(dir, await readdir(dir));
    const third = await startBroker({}, { stateDir: first.dir });
    const aside = (await readdir(first.dir)).filter((name) => name.startsWith('broker.damaged-'));
    expect(aside).toHaveLength(1);
    expect(third.log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    const after = await peer(third.port);
    await after.publishAsync('kept', 'new', { qos: 1, retain: true });
    const heard = hear(after);
    await after.subscribeAsync('kept');
    await poll('the new message', () => heard.length > 0);
  });
});
