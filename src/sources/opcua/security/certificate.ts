// An X.509 certificate as people and checks want to see it: who, for which application and hosts, until when.
// Judges nothing.
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

export interface CertificateFacts {
  /** One line, as openssl shows it: "CN=cnc, O=Maker". */
  readonly subject: string;
  readonly issuer: string;
  /** Empty when it names none. */
  readonly applicationUri: string;
  /** DNS names and addresses. */
  readonly hosts: readonly string[];
  /** 40 and 64 hexadecimal digits, capitals. */
  readonly sha1: string;
  readonly sha256: string;
  /** NaN when it cannot be read. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** It may sign others. */
  readonly authority: boolean;
}

export function factsOf(certificate: X509Certificate): CertificateFacts {
  const names = alternativeNames(certificate.subjectAltName ?? '');
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    applicationUri: names.find(({ kind }) => kind === 'URI')?.name ?? '',
    hosts: names.filter(({ kind }) => kind !== 'URI').map(({ name }) => name),
    sha1: certificate.fingerprint.replaceAll(':', ''),
    sha256: certificate.fingerprint256.replaceAll(':', ''),
    // Not `validFromDate`: of a malformed time it is any date, another one each time (Node 24).
    notBeforeMs: Date.parse(certificate.validFrom),
    notAfterMs: Date.parse(certificate.validTo),
    authority: certificate.ca,
  };
}

/** With colons, as other tools show it. */
export function readable(fingerprintHex: string): string {
  return fingerprintHex.replace(/..(?!$)/g, '$&:');
}

/** A time of a certificate: one of a stranger may be anything. */
export function timeText(timeMs: number): string {
  if (!(Math.abs(timeMs) <= 8.64e15)) return 'an unreadable time';
  return `${new Date(timeMs).toISOString().slice(0, -5)}Z`;
}

export function dayText(timeMs: number): string {
  return timeText(timeMs).replace(/T.*/, '');
}

export function isForHost(certificate: X509Certificate, host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0) return certificate.checkIP(bare) !== undefined;
  return certificate.checkHost(bare, { subject: 'never' }) !== undefined;
}

/** A certificate and those behind it, one after the other, as the wire carries them. Throws on what is none. */
export function splitChain(der: Uint8Array): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let rest = Buffer.from(der.buffer, der.byteOffset, der.byteLength);
  while (rest.length > 0 && chain.length < chainMax) {
    const one = new X509Certificate(rest);
    // What is judged is what came, byte for byte: not text in front of it, nor another spelling of it.
    if (!rest.subarray(0, one.raw.length).equals(one.raw)) throw new Error('no certificate');
    chain.push(one);
    rest = rest.subarray(one.raw.length);
  }
  return chain;
}

/** Every certificate of a PEM file, or the one of a DER file. Throws on what holds none. */
export function readCertificates(bytes: Buffer): X509Certificate[] {
  const blocks = bytes.toString('latin1').match(pemBlock);
  if (blocks === null) return [new X509Certificate(bytes)];
  return blocks.slice(0, chainMax).map((block) => new X509Certificate(block));
}

const chainMax = 10;
const pemBlock =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/** Text of a stranger: on one line, without anything a terminal would obey. */
function oneLine(name: string | undefined): string {
  return (name ?? '')
    .split('\n')
    .join(', ')
    .replace(/[\p{Cc}\p{Cf}]/gu, '?')
    .slice(0, 300);
}

function alternativeNames(text: string): { kind: string; name: string }[] {
  const found: { kind: string; name: string }[] = [];
  for (const match of text.matchAll(/(?:^|, )(URI|DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)/g)) {
    const raw = match[2]!;
    found.push({ kind: match[1]!, name: raw.startsWith('"') ? unquote(raw) : raw });
  }
  return found;
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
