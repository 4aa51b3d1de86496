// The certificate of the gateway: made once, kept, made anew when it does not fit any more, never left readable.
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadLibrary } from '../../../src/sources/opcua/library.ts';
import { factsOf } from '../../../src/sources/opcua/security/certificate.ts';
import {
  configuredCertificate,
  ensureOwnCertificate,
  ownApplicationUri,
  ownFiles,
} from '../../../src/sources/opcua/security/own-certificate.ts';
import { tempDir } from '../../ports.ts';
import { makeCertificate } from './certificates.ts';

const dayMs = 86_400_000;
let dir: Awaited<ReturnType<typeof tempDir>>;
let pkiDir: string;

beforeEach(async () => {
  dir = await tempDir();
  pkiDir = join(dir.path, 'pki');
});
afterEach(() => dir.remove());

const ensure = (nowMs = Date.now()) => ensureOwnCertificate(loadLibrary, pkiDir, nowMs);
const printOf = ({ chain }: Awaited<ReturnType<typeof ensure>>) => factsOf(chain[0]!).sha256;

/** As if another gateway, or an earlier one, had left it. */
async function leave(wanted: Parameters<typeof makeCertificate>[0]): Promise<void> {
  const made = await makeCertificate(wanted);
  const files = ownFiles(pkiDir);
  for (const file of Object.values(files)) await mkdir(dirname(file), { recursive: true });
  await writeFile(files.certificate, made.pem);
  await writeFile(files.key, made.keyPem, { mode: 0o600 });
}

describe('the certificate of the gateway', () => {
  test('is made for this machine, and kept', async () => {
    const first = await ensure();
    expect(first.made).not.toBe('');
    const facts = factsOf(first.chain[0]!);
    expect(facts).toMatchObject({
      applicationUri: `urn:${hostname().toLowerCase()}:gemel`,
      authority: false,
    });
    expect(facts.hosts).toContain(hostname());
    expect(facts.notBeforeMs).toBeLessThan(Date.now());
    expect(facts.notAfterMs).toBeGreaterThan(Date.now() + 9 * 365 * dayMs);
    expect(first.chain[0]!.checkPrivateKey(first.key)).toBe(true);
    expect((await stat(ownFiles(pkiDir).key)).mode & 0o777).toBe(0o600);
    const second = await ensure();
    expect(second.made).toBe('');
    expect(printOf(second)).toBe(printOf(first));
  });

  test('is one also for those that do not know of one another, as on threads and in processes', async () => {
    const others = ['', '.', './.'].map((way) =>
      ensureOwnCertificate(loadLibrary, `${pkiDir}/${way}`, Date.now()),
    );
    const all = await Promise.all(others);
    expect(new Set(all.map(printOf)).size).toBe(1);
    expect(printOf(await ensure())).toBe(printOf(all[0]!));
    for (const { chain, key } of all) expect(chain[0]!.checkPrivateKey(key)).toBe(true);
  });

  test('is one, however many ask at the same time', async () => {
    const all = await Promise.all([ensure(), ensure(), ensure()]);
    expect(new Set(all.map(printOf)).size).toBe(1);
    expect(all.filter(({ made }) => made !== '')).toHaveLength(1);
  });

  test.each([
    [
      'it has expired',
      { uri: ownApplicationUri(), fromMs: Date.now() - 9 * dayMs, untilMs: Date.now() - dayMs },
    ],
    ['it is of another machine', { uri: 'urn:elsewhere:gemel' }],
    ['it names no application', {}],
  ])('is made anew, with a new key, when %s', async (_name, more) => {
    await leave({ name: 'gemel', ...more });
    const before = await readFile(ownFiles(pkiDir).key, 'utf8');
    const own = await ensure();
    expect(own.made).not.toBe('');
    expect(factsOf(own.chain[0]!).applicationUri).toBe(ownApplicationUri());
    expect(await readFile(ownFiles(pkiDir).key, 'utf8')).not.toBe(before);
    expect((await ensure()).made).toBe('');
  });

  test('is made to fit when somebody was killed between key and certificate', async () => {
    await leave({ name: 'gemel', uri: ownApplicationUri() });
    const key = (await makeCertificate({ name: 'other' })).keyPem;
    await writeFile(ownFiles(pkiDir).key, key, { mode: 0o600 });
    const own = await ensure();
    expect(own.chain[0]!.checkPrivateKey(own.key)).toBe(true);
    expect(await readFile(ownFiles(pkiDir).key, 'utf8')).toBe(key);
  });

  test('has a key that nobody else can read, also where an earlier version left it open', async () => {
    const { key } = ownFiles(pkiDir);
    const first = await ensure();
    await chmod(key, 0o644);
    expect(printOf(await ensure())).toBe(printOf(first));
    expect((await stat(key)).mode & 0o777).toBe(0o600);
  });
});

describe('a configured one', () => {
  test('is taken as it is', async () => {
    const { file, key } = await (await makeCertificate({ name: 'ours', uri: 'urn:ours' })).write(dir.path);
    const own = await configuredCertificate({ certificate: file, key });
    expect(factsOf(own.chain[0]!).applicationUri).toBe('urn:ours');
  });

  test('is refused when the key is another, is open to all, or is none', async () => {
    const ours = await (await makeCertificate({ name: 'ours' })).write(dir.path);
    const theirs = await (await makeCertificate({ name: 'theirs' })).write(dir.path);
    const refused = (certificate: string, key: string, words: RegExp) =>
      expect(configuredCertificate({ certificate, key })).rejects.toMatchObject({
        code: 'GEM_FILE_UNREADABLE',
        message: expect.stringMatching(words) as string,
      });
    await refused(ours.file, theirs.key, /does not belong to the certificate/);
    await refused(ours.key, ours.key, /there is no certificate in it/);
    await refused(join(dir.path, 'nothing.pem'), ours.key, /no such file/);
    await chmod(ours.key, 0o644);
    await refused(ours.file, ours.key, /any user of this machine may read it \(mode 644\)/);
    await writeFile(theirs.key, 'nothing of the kind');
    await refused(theirs.file, theirs.key, /no key in it/);
  });
});
