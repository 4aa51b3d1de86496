// What the embedded broker refuses to start with, and the TLS material it reads. Must never open a port.
import { isIP } from 'node:net';
import { createSecureContext, type TlsOptions } from 'node:tls';
import { GemError } from '../errors.ts';
import type { Log } from '../ports.ts';
import { readAuthority, readKey, readPem } from './pem.ts';
import type { EmbeddedBrokerConfig } from './schema.ts';

export function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/, '');
  return plain === 'localhost' || plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

/** Throws GEM_BROKER_UNSAFE when the broker would listen beyond this machine without protection. */
export function assertSafe(config: EmbeddedBrokerConfig, log: Log): void {
  if (isLoopback(config.host)) return;
  const missing: string[] = [];
  if (config.tls === undefined) missing.push('TLS');
  if (config.users.length === 0 && config.tls?.clientCa === undefined) {
    missing.push('users or client certificates');
  }
  if (missing.length === 0) return;
  const what = missing.join(' and ');
  if (!config.allowInsecure) throw new GemError('GEM_BROKER_UNSAFE', { host: config.host, missing: what });
  log.warn(
    { host: config.host, missing: what },
    `INSECURE: the broker listens on ${config.host} without ${what}, because broker.allowInsecure is set`,
  );
}

export async function readTls(config: EmbeddedBrokerConfig): Promise<TlsOptions | undefined> {
  const { tls } = config;
  if (tls === undefined) return undefined;
  const options: TlsOptions = {
    cert: await readPem('the certificate', tls.cert),
    key: await readKey('the private key', tls.key),
    minVersion: 'TLSv1.2',
  };
  if (tls.clientCa !== undefined) {
    options.ca = await readAuthority('the authority of client certificates', tls.clientCa);
    options.requestCert = true;
    // Without users a certificate is the only way in; with them, login.ts decides.
    options.rejectUnauthorized = config.users.length === 0;
  }
  try {
    createSecureContext(options);
  } catch (error) {
    const why = `not a matching PEM pair (${(error as Error).message})`;
    throw new GemError(
      'GEM_FILE_UNREADABLE',
      { what: 'the certificate and key', file: tls.cert, why },
      error,
    );
  }
  return options;
}
