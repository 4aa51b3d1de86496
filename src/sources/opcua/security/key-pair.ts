// Certificates and keys from files the configuration names. A key that any user may read is refused.
import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { GemError } from '../../../errors.ts';
import { readCertificates } from './certificate.ts';

export interface KeyPair {
  /** The certificate itself first, then those behind it. */
  readonly chain: readonly X509Certificate[];
  readonly key: KeyObject;
}

/** Throws when one cannot be read, or when they do not belong together. */
export async function readKeyPair(what: string, certificateFile: string, keyFile: string): Promise<KeyPair> {
  const chain = await readChain(`the certificate of ${what}`, certificateFile);
  const key = await readKey(`the key of ${what}`, keyFile);
  if (!chain[0]!.checkPrivateKey(key)) {
    throw unreadable(
      `the key of ${what}`,
      keyFile,
      `it does not belong to the certificate ${certificateFile}`,
    );
  }
  return { chain, key };
}

async function readChain(what: string, file: string): Promise<X509Certificate[]> {
  const bytes = await read(what, file);
  try {
    return readCertificates(bytes);
  } catch (error) {
    throw unreadable(what, file, 'there is no certificate in it', error);
  }
}

async function readKey(what: string, file: string): Promise<KeyObject> {
  const mode = await stat(file).then(
    (info) => info.mode & 0o777,
    () => 0,
  );
  if ((mode & 0o007) !== 0) {
    const why = `any user of this machine may read it (mode ${mode.toString(8)}); chmod 640 or stricter`;
    throw unreadable(what, file, why);
  }
  const bytes = await read(what, file);
  try {
    return createPrivateKey(bytes);
  } catch (error) {
    throw unreadable(what, file, 'there is no key in it, or one with a passphrase', error);
  }
}

async function read(what: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw unreadable(what, file, (error as Error).message, error);
  }
}

function unreadable(what: string, file: string, why: string, cause?: unknown): GemError {
  return new GemError('GEM_FILE_UNREADABLE', { what, file, why }, cause);
}
