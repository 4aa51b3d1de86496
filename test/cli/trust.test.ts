// `gemel trust`: lists, trusts and distrusts, and says what is wrong with what it was given.
import { X509Certificate } from 'node:crypto';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runTrust, type TrustOptions } from '../../src/cli/trust.ts';
import { keepRejected, listKept } from '../../src/sources/opcua/security/pki.ts';
import { gemel } from '../gemel-process.ts';
import { tempDir } from '../ports.ts';
import { type Made, makeAuthority, makeCertificate } from '../sources/opcua/certificates.ts';

let dir: Awaited<ReturnType<typeof tempDir>>;
let pkiDir: string;
let seen: Made[];

const url = 'opc.tcp://10.0.0.7:4840';
const seenMs = Date.UTC(2026, 10, 20, 12);

beforeAll(async () => {
  seen = await Promise.all(
    ['lathe', 'mill'].map((name) => makeCertificate({ name, uri: `urn:maker:${name}` })),
  );
});
beforeEach(async () => {
  dir = await tempDir();
  pkiDir = join(dir.path, 'pki');
  for (const { certificate } of seen) await keepRejected(pkiDir, certificate, url, seenMs);
});
afterEach(() => dir.remove());

async function trust(
  wanted?: string,
  options: TrustOptions = { stateDir: dir.path },
  env = {},
): Promise<string> {
  let said = '';
  await runTrust(wanted, options, env, (text) => {
    said += text;
  });
  return said;
}

/** Another certificate of the same looks; its signature is false, which no list asks about. */
function withSerial({ certificate }: Made, serial: number): X509Certificate {
  const der = Buffer.from(certificate.raw);
  der.writeUInt32BE(serial, der.length - 4);
  return new X509Certificate(der);
}

const sha1 = (made: Made) => made.certificate.fingerprint.replaceAll(':', '');
const standing = async (kind: 'trusted' | 'rejected') =>
  (await listKept(pkiDir, kind)).map(({ certificate }) => certificate.fingerprint256).sort();
const prints = (...made: Made[]) => made.map(({ certificate }) => certificate.fingerprint256).sort();

describe('gemel trust', () => {
  test('lists with all one compares: names, fingerprints, validity, when and where it was seen', async () => {
    const text = await trust();
    for (const { certificate } of seen) {
      expect(text).toContain(certificate.fingerprint);
      expect(text).toContain(certificate.fingerprint256);
    }
    expect(text).toMatch(/Rejected.*CN=lathe.*urn:maker:lathe.*valid +\d{4}-\d\d-\d\d to/s);
    expect(text).toContain(`seen        2026-11-20T12:00:00Z at ${url}`);
    const { certificates } = JSON.parse(await trust(undefined, { stateDir: dir.path, json: true }));
    expect(certificates).toHaveLength(2);
    expect(certificates).toContainEqual(
      expect.objectContaining({
        standing: 'rejected',
        applicationUri: 'urn:maker:mill',
        url,
        hosts: ['127.0.0.1'],
      }),
    );
    await mkdir(join(dir.path, 'none'));
    expect(await trust(undefined, { stateDir: join(dir.path, 'none') })).toContain(
      'no certificate of a server is known',
    );
    const absent = trust(undefined, { stateDir: join(dir.path, 'absent') });
    await expect(absent).rejects.toThrow(`${join(dir.path, 'absent')}: there is no such folder`);
  });

  test('trusts by the beginning of either fingerprint, written in any way', async () => {
    const [lathe, mill] = seen as [Made, Made];
    expect(await trust(sha1(lathe).slice(0, 12).toLowerCase())).toMatch(/^now trusted:\n {2}CN=lathe/);
    expect(await standing('trusted')).toEqual(prints(lathe));
    expect(await standing('rejected')).toEqual(prints(mill));
    await trust(mill.certificate.fingerprint256);
    expect(await standing('rejected')).toEqual([]);
    expect(await trust(sha1(mill))).toMatch(/^already trusted/);
    // What was known of it stays known.
    expect(await trust()).toContain(`at ${url}`);
  });

  test('takes trust away', async () => {
    const [lathe] = seen as [Made, Made];
    await trust(sha1(lathe));
    await trust(undefined, { stateDir: dir.path, remove: sha1(lathe) });
    expect(await standing('trusted')).toEqual([]);
    expect(await standing('rejected')).toEqual(prints(...seen));
  });

  test('trusts files; of a file with several, taking one away leaves the others', async () => {
    const authority = await makeAuthority('Plant CA');
    expect(await trust((await authority.write(dir.path)).file)).toContain(
      'what it signs is accepted as well',
    );
    const [lathe, mill] = seen as [Made, Made];
    await writeFile(join(pkiDir, 'trusted', 'certs', 'both.pem'), lathe.pem + mill.pem);
    await trust(undefined, { stateDir: dir.path, remove: sha1(lathe) });
    expect(await standing('trusted')).toEqual(prints(mill, authority));
  });

  test('shows our own certificate, made if there is none', async () => {
    const text = await trust(undefined, { stateDir: dir.path, own: true });
    expect(text).toMatch(/SHA-1 +([0-9A-F]{2}:){19}[0-9A-F]{2}/);
    expect(text).toContain(join(pkiDir, 'own'));
    const pem = await trust(undefined, { stateDir: dir.path, own: true, pem: true });
    expect(pem).toMatch(/^-----BEGIN CERTIFICATE-----.*-----END CERTIFICATE-----\n$/s);
    const { own } = JSON.parse(await trust(undefined, { stateDir: dir.path, own: true, json: true }));
    expect(own).toMatchObject({ standing: 'own', pem, seen: null });
  });

  test('finds the state directory of a configuration whose secrets are out of reach', async () => {
    const file = join(dir.path, 'gemel.yaml');
    await writeFile(file, 'version: 1\nstateDir: .\nsources:\n  cnc: { password: "${env:NOT_HERE}" }\n');
    expect(await trust(undefined, { config: file })).toContain('CN=lathe');
    expect(await trust(undefined, { config: file }, { GEMEL_STATE_DIR: './other' })).toContain(
      'is known yet',
    );
  });
});

test('without a configuration it shows what `gemel browse` kept here, and says the options again', async () => {
  const here = await tempDir();
  await mkdir(join(here.path, 'state'));
  await cp(pkiDir, join(here.path, 'state', 'pki'), { recursive: true });
  const run = gemel(['trust'], { cwd: here.path });
  expect(await run.ended()).toBe(0);
  expect(run.out()).toMatch(/CN=lathe.*then: gemel trust [0-9A-F]{16}\n$/s);
  await here.remove();
  expect(await trust()).toContain(`then: gemel trust --state-dir ${dir.path} `);
});

describe('it says what is wrong', () => {
  test.each([
    ['nobody has that fingerprint', 'deadbeef', 'GEM_CERTIFICATE_UNKNOWN', 1],
    ['too short to mean one', '61', 'GEM_USAGE', 2],
    ['a file that is not there', './nothing.pem', 'GEM_CERTIFICATE_UNKNOWN', 1],
  ])('%s', async (_name, wanted, code, exitCode) => {
    await expect(trust(wanted)).rejects.toMatchObject({ code, row: { exitCode } });
  });

  test('a file that holds no certificate', async () => {
    const file = join(dir.path, 'words.pem');
    await writeFile(file, 'words');
    await expect(trust(file)).rejects.toMatchObject({ code: 'GEM_FILE_UNREADABLE' });
  });

  test('a beginning that fits two: both are named, and nobody is trusted', async () => {
    // Two of the same subject differ in their fingerprints, so a shared beginning is looked for.
    const starts = new Map<string, Made>();
    let twins: [Made, Made] | undefined;
    for (let i = 0; i < 2000 && twins === undefined; i++) {
      const made = { ...seen[0]!, certificate: withSerial(seen[0]!, i) };
      const start = sha1(made).slice(0, 4);
      const other = starts.get(start);
      if (other === undefined) starts.set(start, made);
      else twins = [other, made];
    }
    for (const { certificate } of twins!) await keepRejected(pkiDir, certificate, url, seenMs);
    const wanted = sha1(twins![0]).slice(0, 4);
    await expect(trust(wanted)).rejects.toMatchObject({
      code: 'GEM_CERTIFICATE_AMBIGUOUS',
      message: expect.stringContaining(twins![1].certificate.fingerprint) as string,
      row: { exitCode: 2 },
    });
    expect(await standing('trusted')).toEqual([]);
  });

  test('no configuration, and nothing kept here', async () => {
    const run = gemel(['trust'], { cwd: dir.path });
    expect(await run.ended()).toBe(2);
    expect(run.err()).toContain('--config or --state-dir says whose certificates are meant');
  });

  test('half an option', async () => {
    const half = { stateDir: dir.path, pem: true };
    await expect(trust(undefined, half)).rejects.toThrow('--pem goes with --own');
  });

  test('two things at once', async () => {
    const both = { stateDir: dir.path, own: true, remove: 'abcd' };
    await expect(trust(undefined, both)).rejects.toMatchObject({ code: 'GEM_USAGE' });
  });

  test('as a program: the message on stderr, the exit code', async () => {
    const run = gemel(['trust', 'deadbeef', '--state-dir', dir.path]);
    expect(await run.ended()).toBe(1);
    expect(run.err()).toMatch(
      /^gemel: no certificate deadbeef is kept in .* \[GEM_CERTIFICATE_UNKNOWN\]\n {2}`gemel trust` lists/,
    );
    expect(run.out()).toBe('');
  });
});
