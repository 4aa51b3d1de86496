// The certificate we show to servers: configured, or made at the first start and kept. Made anew when it has run
// out or was made on another machine; servers must be told to trust the new one then.
import { createPrivateKey, generateKeyPair, type KeyObject, randomUUID, X509Certificate } from 'node:crypto';
import { chmod, link, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Library } from '../library.ts';
import { dayText, factsOf } from './certificate.ts';
import { type KeyPair, readKeyPair } from './key-pair.ts';
import { folders, preparePki, writeWhole } from './pki.ts';

export interface OwnCertificate extends KeyPair {
  readonly file: string;
  /** Why it was made just now; empty when it was there. */
  readonly made: string;
}

const keyBits = 2048;
const validDays = 3650;
const dayMs = 86_400_000;
const subjectMax = 60;

/** Our name towards servers; part of the certificate. */
export function ownApplicationUri(): string {
  return `urn:${hostname().toLowerCase()}:gemel`;
}

export function ownFiles(pkiDir: string): { certificate: string; key: string } {
  return {
    certificate: join(pkiDir, folders.ownCertificate, 'client_certificate.pem'),
    key: join(pkiDir, folders.ownKey, 'private_key.pem'),
  };
}

export async function configuredCertificate(files: {
  certificate: string;
  key: string;
}): Promise<OwnCertificate> {
  const pair = await readKeyPair('this gateway', files.certificate, files.key);
  return { ...pair, file: files.certificate, made: '' };
}

/** One after the other on this thread; between threads and processes the first to finish wins. */
const making = new Map<string, Promise<OwnCertificate>>();

export function ensureOwnCertificate(
  loadLibrary: () => Promise<Library>,
  pkiDir: string,
  nowMs: number,
): Promise<OwnCertificate> {
  const before = making.get(pkiDir) ?? Promise.resolve();
  const next = before.then(
    () => ensure(loadLibrary, pkiDir, nowMs),
    () => ensure(loadLibrary, pkiDir, nowMs),
  );
  making.set(pkiDir, next);
  const forget = () => {
    if (making.get(pkiDir) === next) making.delete(pkiDir);
  };
  next.then(forget, forget);
  return next;
}

async function ensure(
  loadLibrary: () => Promise<Library>,
  pkiDir: string,
  nowMs: number,
): Promise<OwnCertificate> {
  await preparePki(pkiDir);
  const files = ownFiles(pkiDir);
  const found = await readOwn(files);
  const unfit = found === undefined ? 'there was none' : unfitness(found, nowMs);
  if (found !== undefined && unfit === '') return { ...found, file: files.certificate, made: '' };
  // A new key as well: the old one may have been copied to another machine together with its disk.
  if (found !== undefined) await rm(files.key, { force: true });
  await rm(files.certificate, { force: true });
  const key = createPrivateKey(await keepFirst(files.key, await newKey(), pkiDir, 0o600));
  const text = await keepFirst(
    files.certificate,
    await newCertificate(await loadLibrary(), key, nowMs),
    pkiDir,
  );
  return { chain: [new X509Certificate(text)], key, file: files.certificate, made: unfit };
}

/** Undefined also when they do not belong together: somebody is at it, or was killed over it. */
async function readOwn(files: { certificate: string; key: string }): Promise<KeyPair | undefined> {
  try {
    // Earlier versions left it readable.
    await chmod(files.key, 0o600).catch(() => {});
    return await readKeyPair('this gateway', files.certificate, files.key);
  } catch {
    return undefined;
  }
}

function unfitness({ chain }: KeyPair, nowMs: number): string {
  const { applicationUri, notAfterMs, notBeforeMs } = factsOf(chain[0]!);
  if (nowMs > notAfterMs) return `it expired on ${dayText(notAfterMs)}`;
  // Made when the clock was wrong. A clock that is wrong now looks the same: a day of grace.
  if (nowMs < notBeforeMs - dayMs && nowMs > Date.UTC(2020, 0)) return 'it is not valid yet';
  const wanted = ownApplicationUri();
  if (applicationUri.toLowerCase() !== wanted)
    return `it is for ${applicationUri === '' ? 'no application' : applicationUri}, and we are ${wanted}`;
  return '';
}

async function newKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: keyBits });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Puts a file where none is; of two who try, both go on with the one that is there. */
async function keepFirst(file: string, pem: string, pkiDir: string, mode?: number): Promise<string> {
  const draft = join(dirname(file), `.${randomUUID()}`);
  await writeWhole(draft, pem, pkiDir, mode);
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(file, 'utf8');
}

async function newCertificate({ crypto_utils }: Library, key: KeyObject, nowMs: number): Promise<string> {
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const host = hostname();
  const { cert } = await crypto_utils.createSelfSignedCertificate({
    privateKey: await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']),
    purpose: crypto_utils.CertificatePurpose.ForApplication,
    subject: `/CN=gemel on ${host.replace(/[^A-Za-z0-9._-]/g, '-').slice(0, subjectMax - 9)}/O=gemel`,
    applicationUri: ownApplicationUri(),
    dns: [host],
    // The clock of the server may be a little behind ours.
    notBefore: new Date(nowMs - dayMs),
    notAfter: new Date(nowMs + validDays * dayMs),
  });
  return cert;
}
