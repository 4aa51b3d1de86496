// `gemel trust`: whose certificates the gateway accepts, whom it turned away, and a word to change that. The
// gateway reads the folder at each attempt to connect: nothing needs a restart.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { GemError } from '../errors.ts';
import type { KeptCertificate } from '../sources/opcua/security/pki.ts';
import { findConfig } from './run.ts';

export interface TrustOptions {
  readonly config?: string;
  readonly stateDir?: string;
  readonly remove?: string;
  readonly own?: boolean;
  readonly pem?: boolean;
  readonly json?: boolean;
}

const examples = `
Examples:
  gemel trust                      list who is trusted and who was turned away
  gemel trust 3F9A0C77             trust the certificate whose fingerprint begins so
  gemel trust ca.pem               trust a certificate, or all that an authority signs
  gemel trust ca.crl               keep the list of what an authority revoked
  gemel trust --remove 3F9A0C77    trust it no longer
  gemel trust --own                our own certificate, to be trusted at the server
  gemel trust --own --pem > us.pem

It takes effect at the next attempt to connect; an open connection stays until it is lost.`;

export function registerTrust(program: Command): void {
  program
    .command('trust')
    .description('list, trust and distrust the certificates of OPC UA servers')
    .argument('[certificate]', 'beginning of a fingerprint (SHA-1 or SHA-256), or a file')
    .option('--config <file>', 'configuration whose state directory is meant (default: as for `gemel run`)')
    .option('--state-dir <folder>', 'the state directory itself')
    .option('--remove <fingerprint>', 'move a trusted certificate to the rejected ones')
    .option('--own', 'show the certificate of this gateway; makes one if there is none')
    .option('--pem', 'with --own: print the certificate itself')
    .option('--json', 'as JSON')
    .addHelpText('after', examples)
    .action(async (wanted: string | undefined, options: TrustOptions) => {
      await runTrust(wanted, options, process.env, (text) => process.stdout.write(text));
    });
}

export async function runTrust(
  wanted: string | undefined,
  options: TrustOptions,
  env: NodeJS.ProcessEnv,
  print: (text: string) => void,
): Promise<void> {
  const acts = [wanted, options.remove, options.own].filter((act) => act !== undefined);
  if (acts.length > 1) throw new GemError('GEM_USAGE', { why: 'trust, --remove and --own go one at a time' });
  if (options.pem === true && options.own !== true)
    throw new GemError('GEM_USAGE', { why: '--pem goes with --own' });
  const stateDir = await stateDirOf(options, env);
  const isFile = wanted !== undefined && existsSync(wanted);
  // Making the folder is for those who bring something to keep in it.
  if (options.stateDir !== undefined && options.own !== true && !isFile && !existsSync(stateDir)) {
    const why = 'there is no such folder';
    throw new GemError('GEM_FILE_UNREADABLE', { what: 'the state directory', file: stateDir, why });
  }
  const pkiDir = join(stateDir, 'pki');
  const json = options.json === true;
  if (options.own === true) await showOwn(pkiDir, options, print);
  else if (options.remove !== undefined) await distrust(pkiDir, options.remove, json, print);
  else if (wanted !== undefined) await trust(pkiDir, wanted, json, print);
  else await list(pkiDir, options, print);
}

/** Where `gemel browse` keeps certificates when it is called without a configuration. */
const browsed = './state';

function configHere(env: NodeJS.ProcessEnv): string | undefined {
  try {
    return findConfig(env);
  } catch (error) {
    if (existsSync(join(browsed, 'pki'))) return undefined;
    const why = `${(error as Error).message}; --config or --state-dir says whose certificates are meant`;
    throw new GemError('GEM_USAGE', { why }, error);
  }
}

/** From the configuration only this one key is read: its secrets may be out of reach for who calls. */
export async function stateDirOf(
  { stateDir, config }: Pick<TrustOptions, 'stateDir' | 'config'>,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  if (stateDir !== undefined) return resolve(stateDir);
  if (config === undefined && env['STATE_DIRECTORY']) return resolve(env['STATE_DIRECTORY']);
  const file = config ?? configHere(env);
  if (file === undefined) return resolve(browsed);
  const [{ readConfigText }, { readDocument }] = await Promise.all([
    import('../config/load.ts'),
    import('../config/document.ts'),
  ]);
  const written = readDocument(readConfigText(file)).value?.['stateDir'];
  const named = env['GEMEL_STATE_DIR'] ?? (typeof written === 'string' ? written : './state');
  return resolve(dirname(resolve(file)), named);
}

async function list(pkiDir: string, options: TrustOptions, print: (text: string) => void): Promise<void> {
  const { listKept } = await import('../sources/opcua/security/pki.ts');
  const { asJson, asText } = await import('./trust-view.ts');
  const standings = ['trusted', 'issuer', 'rejected'] as const;
  const kept = (await Promise.all(standings.map((standing) => listKept(pkiDir, standing)))).flat();
  if (options.json === true) print(toJson({ pkiDir, certificates: kept.map(asJson) }));
  else print(asText(pkiDir, kept, whose(options)));
}

/** The words of the call that say which gateway is meant, to be said again. */
function whose({ config, stateDir }: TrustOptions): string {
  if (stateDir !== undefined) return ` --state-dir ${stateDir}`;
  return config === undefined ? '' : ` --config ${config}`;
}

async function trust(
  pkiDir: string,
  wanted: string,
  json: boolean,
  print: (text: string) => void,
): Promise<void> {
  const { listKept, trustCertificate } = await import('../sources/opcua/security/pki.ts');
  const { asJson, asBlock } = await import('./trust-view.ts');
  // What is trusted is so wherever else it lies.
  const standings = ['trusted', 'rejected', 'issuer'] as const;
  const known = (await Promise.all(standings.map((standing) => listKept(pkiDir, standing)))).flat();
  const found = byFingerprint(known, wanted);
  if (found.length === 0 && existsSync(wanted)) return trustFile(pkiDir, wanted, json, print);
  const kept = onlyOne(found, wanted, pkiDir);
  const file = await trustCertificate(pkiDir, kept.certificate);
  const now: KeptCertificate = { ...kept, standing: 'trusted', file };
  const news = kept.standing === 'trusted' ? 'already trusted' : 'now trusted';
  print(json ? toJson({ trusted: [asJson(now)] }) : `${news}:\n${asBlock(now)}`);
}

async function trustFile(
  pkiDir: string,
  source: string,
  json: boolean,
  print: (text: string) => void,
): Promise<void> {
  const { keepRevocationList, trustCertificate } = await import('../sources/opcua/security/pki.ts');
  const { readCertificates } = await import('../sources/opcua/security/certificate.ts');
  const { asJson, asBlock } = await import('./trust-view.ts');
  const bytes = readBytes(source);
  const list = await keepRevocationList(pkiDir, bytes).catch(() => undefined);
  if (list !== undefined) {
    print(json ? toJson({ revocationList: list }) : `kept the revocation list as ${list}\n`);
    return;
  }
  let certificates: ReturnType<typeof readCertificates>;
  try {
    certificates = readCertificates(bytes);
  } catch (error) {
    const why = 'there is no certificate in it';
    throw new GemError('GEM_FILE_UNREADABLE', { what: 'the certificate', file: source, why }, error);
  }
  const kept: KeptCertificate[] = [];
  for (const certificate of certificates) {
    const file = await trustCertificate(pkiDir, certificate);
    kept.push({ standing: 'trusted', file, certificate, seenMs: Date.now(), url: '' });
  }
  print(json ? toJson({ trusted: kept.map(asJson) }) : `now trusted:\n${kept.map(asBlock).join('')}`);
}

async function distrust(
  pkiDir: string,
  wanted: string,
  json: boolean,
  print: (text: string) => void,
): Promise<void> {
  const { distrustCertificate, listKept } = await import('../sources/opcua/security/pki.ts');
  const { asJson, asBlock } = await import('./trust-view.ts');
  const kept = onlyOne(byFingerprint(await listKept(pkiDir, 'trusted'), wanted), wanted, pkiDir);
  const file = await distrustCertificate(pkiDir, kept);
  const now: KeptCertificate = { ...kept, standing: 'rejected', file };
  print(json ? toJson({ removed: [asJson(now)] }) : `no longer trusted:\n${asBlock(now)}`);
}

async function showOwn(pkiDir: string, { json, pem }: TrustOptions, print: (text: string) => void) {
  const { ensureOwnCertificate } = await import('../sources/opcua/security/own-certificate.ts');
  const { loadLibrary } = await import('../sources/opcua/library.ts');
  const { asJson, asBlock } = await import('./trust-view.ts');
  const { chain, file } = await ensureOwnCertificate(loadLibrary, pkiDir, Date.now());
  const own: KeptCertificate = {
    standing: 'trusted',
    file,
    certificate: chain[0]!,
    seenMs: Number.NaN,
    url: '',
  };
  const text = own.certificate.toString();
  if (json === true) print(toJson({ own: { ...asJson(own), standing: 'own', pem: text } }));
  else if (pem === true) print(text);
  else print(`the certificate of this gateway, for the trust list of the servers:\n${asBlock(own)}`);
}

/** Fewer would be typed by accident. */
const digitsMin = 4;

function byFingerprint(kept: readonly KeptCertificate[], wanted: string): KeptCertificate[] {
  const digits = wanted.replaceAll(':', '').toLowerCase();
  if (digits.length < digitsMin || !/^[0-9a-f]{1,64}$/.test(digits)) return [];
  const seen = new Set<string>();
  return kept.filter(({ certificate }) => {
    const prints = [certificate.fingerprint, certificate.fingerprint256];
    const fits = prints.some((print) => print.replaceAll(':', '').toLowerCase().startsWith(digits));
    const fresh = !seen.has(certificate.fingerprint256);
    if (fits) seen.add(certificate.fingerprint256);
    return fits && fresh;
  });
}

function onlyOne(found: readonly KeptCertificate[], wanted: string, dir: string): KeptCertificate {
  const [first, ...others] = found;
  const digits = wanted.replaceAll(':', '');
  if (/^[0-9a-f]*$/i.test(digits) && digits.length < digitsMin) {
    const why = `${wanted} is too short for a fingerprint: give its first ${digitsMin} digits or more`;
    throw new GemError('GEM_USAGE', { why });
  }
  if (first === undefined) throw new GemError('GEM_CERTIFICATE_UNKNOWN', { wanted, dir });
  if (others.length === 0) return first;
  const lines = found.map(
    ({ certificate }) => `  ${certificate.fingerprint}  ${certificate.subject.split('\n').join(', ')}`,
  );
  throw new GemError('GEM_CERTIFICATE_AMBIGUOUS', { wanted, count: found.length, found: lines.join('\n') });
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const why = (error as Error).message;
    throw new GemError('GEM_FILE_UNREADABLE', { what: 'the certificate', file, why }, error);
  }
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
