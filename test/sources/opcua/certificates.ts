// Makes certificates of every kind for tests: self-signed, signed by an authority, of another time, revoked.
import { generateKeyPairSync, type webcrypto, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const dayMs = 86_400_000;
const algorithm = { name: 'RSASSA-PKCS1-v1_5' as const, hash: { name: 'SHA-256' as const } };

async function loadTools() {
  process.env['NODEOPCUA_LOG_LEVEL'] ??= '0';
  return (await import('node-opcua-client')).crypto_utils;
}

interface Keys {
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicKey: webcrypto.CryptoKey;
}

export interface Wanted {
  readonly name: string;
  readonly uri?: string;
  readonly hosts?: readonly string[];
  readonly fromMs?: number;
  readonly untilMs?: number;
  readonly by?: Authority;
  readonly bits?: number;
}

export interface Made {
  readonly certificate: X509Certificate;
  readonly pem: string;
  readonly keyPem: string;
  /** Both written into a folder, the key for nobody else. */
  write(dir: string): Promise<{ file: string; key: string }>;
}

export interface Authority extends Made {
  readonly name: string;
  readonly keys: Keys;
  /** Its revocation list, as PEM. */
  revoke(revoked: readonly X509Certificate[], nextUpdateMs?: number): Promise<string>;
}

async function newKeys(bits: number): Promise<{ keys: Keys; keyPem: string }> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const keys = {
    privateKey: await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']),
    publicKey: await crypto.subtle.importKey('spki', spki, algorithm, true, ['verify']),
  };
  return { keys, keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function made(name: string, pem: string, keyPem: string): Made {
  return {
    certificate: new X509Certificate(pem),
    pem,
    keyPem,
    async write(dir) {
      const files = { file: join(dir, `${name}.pem`), key: join(dir, `${name}.key`) };
      await writeFile(files.file, pem);
      await writeFile(files.key, keyPem, { mode: 0o600 });
      return files;
    },
  };
}

export async function makeCertificate(wanted: Wanted): Promise<Made> {
  const tools = await loadTools();
  const { name, uri, hosts = ['127.0.0.1'], by, bits = 2048 } = wanted;
  const { fromMs = Date.now() - dayMs, untilMs = Date.now() + 365 * dayMs } = wanted;
  const { keys, keyPem } = await newKeys(bits);
  const isAddress = (host: string) => /^[\d.]+$/.test(host);
  const content = {
    purpose: tools.CertificatePurpose.ForApplication,
    dns: hosts.filter((host) => !isAddress(host)),
    ip: hosts.filter(isAddress),
    notBefore: new Date(fromMs),
    notAfter: new Date(untilMs),
    ...(uri === undefined ? {} : { applicationUri: uri }),
  };
  const subject = `/CN=${name}`;
  if (by === undefined) {
    const { cert } = await tools.createSelfSignedCertificate({
      privateKey: keys.privateKey,
      subject,
      ...content,
    });
    return made(name, cert, keyPem);
  }
  const request = await tools.createCertificateSigningRequest({
    privateKey: keys.privateKey,
    subject,
    ...content,
  });
  const { cert } = await tools.createCertificateFromCsr({
    csr: request.csr,
    issuerName: `CN=${by.name}`,
    issuerPublicKey: by.keys.publicKey,
    signingKey: by.keys.privateKey,
    signingAlgorithm: algorithm,
    ...content,
  });
  return made(name, cert, keyPem);
}

export async function makeAuthority(name: string): Promise<Authority> {
  const tools = await loadTools();
  const { keys, keyPem } = await newKeys(2048);
  const { cert } = await tools.createSelfSignedCertificate({
    privateKey: keys.privateKey,
    subject: `/CN=${name}`,
    purpose: tools.CertificatePurpose.ForCertificateAuthority,
    validity: 365,
  });
  return {
    ...made(name, cert, keyPem),
    name,
    keys,
    async revoke(revoked, nextUpdateMs = Date.now() + 30 * dayMs) {
      const { crl } = await tools.createCrl({
        issuerName: `CN=${name}`,
        issuerPublicKey: keys.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        crlNumber: 1,
        thisUpdate: new Date(Date.now() - dayMs),
        nextUpdate: new Date(nextUpdateMs),
        entries: revoked.map(({ serialNumber }) => ({ serialNumber })),
      });
      return crl;
    },
  };
}
