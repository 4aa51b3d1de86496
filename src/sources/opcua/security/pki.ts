// The folder of certificates below the state directory: whom we trust, whom we turned away. What is put there by
// hand counts as well as what `gemel trust` puts there; nothing becomes trusted by itself.
import { createHash, randomBytes, type X509Certificate } from 'node:crypto';
import { chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GemError } from '../../../errors.ts';
import { factsOf, readCertificates } from './certificate.ts';
import { type RevocationList, readRevocationList } from './revocation-list.ts';

export type Standing = 'trusted' | 'issuer' | 'rejected';

export const folders = {
  trusted: 'trusted/certs',
  trustedCrl: 'trusted/crl',
  issuer: 'issuers/certs',
  issuerCrl: 'issuers/crl',
  rejected: 'rejected',
  ownCertificate: 'own/certs',
  ownKey: 'own/private',
} as const;

export interface KeptCertificate {
  readonly standing: Standing;
  readonly file: string;
  readonly certificate: X509Certificate;
  /** When it was last seen or put there. */
  readonly seenMs: number;
  /** The server that showed it; empty when that is not known. */
  readonly url: string;
}

export interface TrustList {
  readonly trusted: readonly X509Certificate[];
  /** Authorities that are not trusted themselves, but complete a chain to one that is. */
  readonly issuers: readonly X509Certificate[];
  readonly revocations: readonly RevocationList[];
}

const filesMax = 500;
const fileBytesMax = 4 * 1024 * 1024;
/** A stranger on the network may show another certificate each time. */
const rejectedMax = 100;
const seenAgainMs = 600_000;

export async function preparePki(dir: string): Promise<void> {
  try {
    for (const folder of ['', ...Object.values(folders)]) {
      const made = await mkdir(join(dir, folder), {
        recursive: true,
        mode: folder === folders.ownKey ? 0o700 : 0o755,
      });
      if (made !== undefined) await ownLike(dirname(dir), ...levels(dir, folder));
    }
  } catch (error) {
    throw new GemError('GEM_STATE_UNWRITABLE', { dir, why: (error as Error).message }, error);
  }
}

export async function readTrustList(dir: string): Promise<TrustList> {
  const [trusted, issuers, ...lists] = await Promise.all([
    listKept(dir, 'trusted'),
    listKept(dir, 'issuer'),
    readRevocations(join(dir, folders.trustedCrl)),
    readRevocations(join(dir, folders.issuerCrl)),
  ]);
  return {
    trusted: trusted.map(({ certificate }) => certificate),
    issuers: issuers.map(({ certificate }) => certificate),
    revocations: lists.flat(),
  };
}

/** What is in one of the folders; what is no certificate is passed over. */
export async function listKept(dir: string, standing: Standing): Promise<KeptCertificate[]> {
  const kept: KeptCertificate[] = [];
  for (const file of await filesIn(join(dir, folders[standing]))) {
    try {
      const bytes = await readFile(file);
      const [seenMs, url] = noteOf(bytes) ?? [(await stat(file)).mtimeMs, ''];
      for (const certificate of readCertificates(bytes))
        kept.push({ standing, file, certificate, seenMs, url });
    } catch {
      // Something else that lies there, or that went away while we looked.
    }
  }
  return kept;
}

/** Keeps a certificate that was turned away, so that a person can look at it. Returns where. */
export async function keepRejected(
  dir: string,
  certificate: X509Certificate,
  url: string,
  nowMs: number,
): Promise<string> {
  await preparePki(dir);
  const folder = join(dir, folders.rejected);
  const file = join(folder, fileNameOf(certificate));
  const known = await stat(file).catch(() => undefined);
  // Seen again and again while nobody decides: the disk is not written each time.
  if (known !== undefined && Math.abs(nowMs - known.mtimeMs) < seenAgainMs) return file;
  if (known === undefined) await makeRoom(folder);
  await writeWhole(file, `${note(nowMs, url)}${certificate.toString()}`);
  return file;
}

/** Puts a certificate among the trusted ones, and out of all others. Returns where it is now. */
export async function trustCertificate(dir: string, certificate: X509Certificate): Promise<string> {
  await preparePki(dir);
  const rejected = (await listKept(dir, 'rejected')).filter(isSame(certificate));
  const { seenMs = Date.now(), url = '' } = rejected[0] ?? {};
  const file = join(dir, folders.trusted, fileNameOf(certificate));
  await writeWhole(file, `${note(seenMs, url)}${certificate.toString()}`, dir);
  for (const { file: old } of rejected) await takeOut(dir, old, certificate);
  return file;
}

/** Of an authority, whether it is trusted or only completes a chain. Throws on what is none. */
export async function keepRevocationList(dir: string, bytes: Buffer): Promise<string> {
  readRevocationList(bytes);
  await preparePki(dir);
  const name = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  const file = join(dir, folders.issuerCrl, `${name}.crl`);
  await writeWhole(file, bytes, dir);
  return file;
}

/** No longer trusted: moved to the rejected ones. */
export async function distrustCertificate(dir: string, kept: KeptCertificate): Promise<string> {
  await preparePki(dir);
  const file = join(dir, folders.rejected, fileNameOf(kept.certificate));
  await writeWhole(file, `${note(kept.seenMs, kept.url)}${kept.certificate.toString()}`, dir);
  const same = (await listKept(dir, 'trusted')).filter(isSame(kept.certificate));
  for (const { file: old } of same) await takeOut(dir, old, kept.certificate);
  return file;
}

/** A file put there by hand may hold others as well. */
async function takeOut(dir: string, file: string, certificate: X509Certificate): Promise<void> {
  const others = readCertificates(await readFile(file)).filter((one) => !one.raw.equals(certificate.raw));
  if (others.length === 0) await rm(file, { force: true });
  else await writeWhole(file, others.map((one) => one.toString()).join(''), dir);
}

function isSame(certificate: X509Certificate): (kept: KeptCertificate) => boolean {
  return (kept) => kept.certificate.raw.equals(certificate.raw);
}

/** Whole or not at all; owned by whoever owns the folder, also when root does it for the gateway. */
export async function writeWhole(
  file: string,
  text: string | Buffer,
  ownedLike?: string,
  mode = 0o644,
): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}.new`;
  try {
    await writeFile(draft, text, { mode });
    if (ownedLike !== undefined) await ownLike(ownedLike, draft);
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

/** What root makes for the gateway is the gateway's. */
async function ownLike(model: string, ...paths: string[]): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(model);
  for (const path of paths) await chown(path, uid, gid);
}

/** `a/b` in `dir`: dir, dir/a, dir/a/b. */
function levels(dir: string, folder: string): string[] {
  const names = folder === '' ? [] : folder.split('/');
  return [dir, ...names.map((_name, depth) => join(dir, ...names.slice(0, depth + 1)))];
}

async function readRevocations(folder: string): Promise<RevocationList[]> {
  const lists: RevocationList[] = [];
  for (const file of await filesIn(folder)) {
    try {
      lists.push(readRevocationList(await readFile(file)));
    } catch {
      // Whoever needs it finds it missing, and lets nobody in.
    }
  }
  return lists;
}

/** A folder that is not there is empty; one that cannot be read is not taken for empty. */
async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new GemError(
      'GEM_FILE_UNREADABLE',
      { what: 'the folder', file: folder, why: error.message },
      error,
    );
  });
  const small: string[] = [];
  for (const name of names.filter((one) => !one.endsWith('.new')).slice(0, filesMax)) {
    const file = join(folder, name);
    const info = await stat(file).catch(() => undefined);
    if (info?.isFile() === true && info.size <= fileBytesMax) small.push(file);
  }
  return small;
}

async function makeRoom(folder: string): Promise<void> {
  const files = await filesIn(folder);
  if (files.length < rejectedMax) return;
  const aged = await Promise.all(files.map(async (file) => ({ file, atMs: (await stat(file)).mtimeMs })));
  aged.sort((a, b) => a.atMs - b.atMs);
  for (const { file } of aged.slice(0, files.length - rejectedMax + 1)) await rm(file, { force: true });
}

function fileNameOf(certificate: X509Certificate): string {
  const { sha1, subject } = factsOf(certificate);
  const name = /CN=([^,]*)/.exec(subject)?.[1] ?? '';
  const plain = name
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^[._]+/, '')
    .slice(0, 60);
  return `${plain === '' ? 'certificate' : plain}[${sha1.toLowerCase()}].pem`;
}

/** Text before the block of a PEM file is for people. */
function note(seenMs: number, url: string): string {
  return `# seen ${new Date(seenMs).toISOString()} ${url.replace(/\s/g, '')}\n`;
}

function noteOf(bytes: Buffer): [seenMs: number, url: string] | undefined {
  const match = /^# seen (\S+) (\S*)/.exec(bytes.toString('utf8', 0, 1000));
  const seenMs = Date.parse(match?.[1] ?? '');
  return Number.isNaN(seenMs) ? undefined : [seenMs, match![2]!];
}
