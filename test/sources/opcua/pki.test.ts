// The folder of certificates: bounded against a stranger who shows another one each time, tolerant of what lies there.

import { X509Certificate } from 'node:crypto';
import { readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  keepRejected,
  listKept,
  preparePki,
  readTrustList,
} from '../../../src/sources/opcua/security/pki.ts';
import { tempDir } from '../../ports.ts';
import { makeAuthority, makeCertificate } from './certificates.ts';

let dir: Awaited<ReturnType<typeof tempDir>>;
let pkiDir: string;
beforeEach(async () => {
  dir = await tempDir();
  pkiDir = join(dir.path, 'pki');
});
afterEach(() => dir.remove());

const url = 'opc.tcp://10.0.0.7:4840';

test('a stranger with ever new certificates does not fill the disk; the latest are there', async () => {
  const { certificate } = await makeCertificate({ name: '../../../etc/cron.d/x', uri: 'urn:x' });
  for (let i = 0; i < 130; i++) {
    const der = Buffer.from(certificate.raw);
    der.writeUInt32BE(i, der.length - 4);
    const file = await keepRejected(pkiDir, new X509Certificate(der), url, Date.now());
    await utimes(file, i, i);
  }
  const kept = await readdir(join(pkiDir, 'rejected'));
  expect(kept.length).toBe(100);
  // Whatever it is called, it stays where it belongs.
  expect(kept.every((name) => /^[\w.-]+\[[0-9a-f]{40}\]\.pem$/.test(name))).toBe(true);
  expect(await readdir(dir.path)).toEqual(['pki']);
  const numbers = (await listKept(pkiDir, 'rejected')).map((one) =>
    one.certificate.raw.readUInt32BE(one.certificate.raw.length - 4),
  );
  expect(Math.max(...numbers)).toBe(129);
  expect(Math.min(...numbers)).toBe(30);
});

test('a certificate that is shown again and again is not written each time', async () => {
  const { certificate } = await makeCertificate({ name: 'cnc' });
  const file = await keepRejected(pkiDir, certificate, url, Date.now());
  await utimes(file, Date.now() / 1000 - 60, Date.now() / 1000 - 60);
  const before = (await stat(file)).mtimeMs;
  await keepRejected(pkiDir, certificate, url, Date.now());
  expect((await stat(file)).mtimeMs).toBe(before);
  await keepRejected(pkiDir, certificate, 'opc.tcp://other:4840', Date.now() + 3_600_000);
  expect((await listKept(pkiDir, 'rejected'))[0]?.url).toBe('opc.tcp://other:4840');
});

test('what lies there and is none is passed over; a broken revocation list lets nobody in', async () => {
  await preparePki(pkiDir);
  const authority = await makeAuthority('Plant CA');
  const trusted = join(pkiDir, 'trusted', 'certs');
  await writeFile(join(trusted, 'ca.der'), authority.certificate.raw);
  await writeFile(join(trusted, 'README.txt'), 'put certificates here');
  await writeFile(join(trusted, 'half.pem'), authority.pem.slice(0, 300));
  await writeFile(join(pkiDir, 'issuers', 'crl', 'broken.crl'), (await authority.revoke([])).slice(0, 200));
  const { trusted: found, revocations } = await readTrustList(pkiDir);
  expect(found.map(({ fingerprint }) => fingerprint)).toEqual([authority.certificate.fingerprint]);
  expect(revocations).toEqual([]);
  expect(await readTrustList(join(dir.path, 'nowhere'))).toEqual({
    trusted: [],
    issuers: [],
    revocations: [],
  });
});

test('the key has a folder nobody else may look into', async () => {
  await preparePki(pkiDir);
  expect((await stat(join(pkiDir, 'own', 'private'))).mode & 0o077).toBe(0);
});
