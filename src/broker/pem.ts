// Certificates and keys from files, with words for what is wrong with them.
import { readFile, stat } from 'node:fs/promises';
import { GemError } from '../errors.ts';

export async function readPem(what: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new GemError('GEM_FILE_UNREADABLE', { what, file, why: (error as Error).message }, error);
  }
}

/** An authority file without a certificate would trust nobody, and say so only at the first connection. */
export async function readAuthority(what: string, file: string): Promise<Buffer> {
  const pem = await readPem(what, file);
  if (pem.includes('BEGIN CERTIFICATE')) return pem;
  throw new GemError('GEM_FILE_UNREADABLE', { what, file, why: 'there is no certificate in it' });
}

/** Refuses a key that any user of this machine may read. */
export async function readKey(what: string, file: string): Promise<Buffer> {
  const mode = await stat(file).then(
    (info) => info.mode & 0o777,
    () => 0,
  );
  if ((mode & 0o007) === 0) return readPem(what, file);
  const why = `any user of this machine may read it (mode ${mode.toString(8)}); chmod 640 or stricter`;
  throw new GemError('GEM_FILE_UNREADABLE', { what, file, why });
}
