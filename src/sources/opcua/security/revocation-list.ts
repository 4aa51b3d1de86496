// A certificate revocation list (RFC 5280 §5.1): whose it is, until when it counts, which serials it names.
// Refuses what it cannot read to the end: a list misread would let a revoked certificate in.
import { verify, type X509Certificate } from 'node:crypto';

export interface RevocationList {
  /** Infinity where the list does not say. */
  readonly nextUpdateMs: number;
  /** Hexadecimal, capitals, no leading zeros: as `serialKey` writes them. */
  readonly serials: ReadonlySet<string>;
  /** Whether this authority signed it. */
  isOf(authority: X509Certificate): boolean;
}

export function readRevocationList(file: Buffer): RevocationList {
  const der = derOf(file);
  const whole = elementAt(der, 0);
  if (whole.to !== der.length) throw new Error('more than a revocation list');
  const [toSign, algorithm, signature] = children(der, whole);
  if (toSign === undefined || algorithm === undefined || signature?.tag !== tag.bitString) {
    throw new Error('no revocation list');
  }
  const digest = digestOf(der, algorithm);
  const signed = der.subarray(toSign.from, toSign.to);
  // The first octet of a bit string counts the bits to leave out; of a signature there are none.
  const proof = der.subarray(signature.body + 1, signature.to);
  return {
    ...bodyOf(der, toSign),
    isOf: (authority) => authority.ca && isSigned(digest, signed, authority, proof),
  };
}

/** Of a serial as a certificate shows it. */
export function serialKey(hex: string): string {
  return hex.toUpperCase().replace(/^(-?)0+(?=.)/, '$1');
}

/** There should be no negative ones, and there are. */
function serialOf(bytes: Buffer): string {
  const value = BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString('hex') || '0'}`));
  return serialKey(value.toString(16));
}

const tag = {
  integer: 0x02,
  bitString: 0x03,
  oid: 0x06,
  utcTime: 0x17,
  time: 0x18,
  sequence: 0x30,
  boolean: 0x01,
  extensions: 0xa0,
} as const;

/** Signature algorithms by the bytes of their object identifiers. */
const digests: ReadonlyMap<string, string> = new Map([
  ['2a864886f70d010105', 'sha1'],
  ['2a864886f70d01010b', 'sha256'],
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d040302', 'sha256'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
]);

interface Element {
  readonly tag: number;
  readonly from: number;
  readonly body: number;
  readonly to: number;
}

function derOf(file: Buffer): Buffer {
  const pem = /-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----/.exec(file.toString('latin1'));
  return pem === null ? file : Buffer.from(pem[1]!, 'base64');
}

function elementAt(der: Buffer, from: number): Element {
  const first = der[from + 1];
  if (first === undefined) throw new Error('truncated');
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthBytes > 4) throw new Error('not DER');
  const body = from + 2 + lengthBytes;
  const length = lengthBytes === 0 ? first : der.readUIntBE(from + 2, lengthBytes);
  if (body + length > der.length) throw new Error('truncated');
  return { tag: der[from]!, from, body, to: body + length };
}

function children(der: Buffer, parent: Element): Element[] {
  if (parent.tag !== tag.sequence) throw new Error('not a sequence');
  const found: Element[] = [];
  for (let at = parent.body; at < parent.to; ) {
    const child = elementAt(der, at);
    if (child.to > parent.to) throw new Error('not DER');
    found.push(child);
    at = child.to;
  }
  return found;
}

/** [version], algorithm, issuer, this update, [next update], [revoked], [extensions] */
function bodyOf(der: Buffer, list: Element) {
  const parts = children(der, list);
  if (parts[0]?.tag === tag.integer) parts.shift();
  const [, , thisUpdate, ...rest] = parts;
  if (thisUpdate === undefined) throw new Error('no revocation list');
  let nextUpdateMs = Number.POSITIVE_INFINITY;
  if (isTime(rest[0])) nextUpdateMs = timeOf(der, rest.shift()!);
  const revoked = rest[0]?.tag === tag.sequence ? children(der, rest.shift()!) : [];
  if (rest[0]?.tag === tag.extensions) refuseCritical(der, rest.shift()!);
  if (rest.length > 0 || !isTime(thisUpdate)) throw new Error('no revocation list');
  const serials = new Set(
    revoked.map((entry) => {
      const serial = children(der, entry)[0];
      if (serial?.tag !== tag.integer) throw new Error('a revoked certificate without a number');
      return serialOf(der.subarray(serial.body, serial.to));
    }),
  );
  return { nextUpdateMs, serials };
}

/** A list of changes only, or of some of the certificates, says so here; as a whole one it would mislead. */
function refuseCritical(der: Buffer, { body, to }: Element): void {
  const list = elementAt(der, body);
  if (list.to !== to) throw new Error('not DER');
  for (const extension of children(der, list)) {
    const critical = children(der, extension)[1];
    if (critical?.tag === tag.boolean && der[critical.body] !== 0)
      throw new Error('a revocation list of a kind that is not known here');
  }
}

function isTime(element: Element | undefined): boolean {
  return element?.tag === tag.utcTime || element?.tag === tag.time;
}

function timeOf(der: Buffer, element: Element): number {
  const text = der.toString('latin1', element.body, element.to);
  const match = /^(\d\d)?(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null || !isTime(element)) throw new Error('a time that is none');
  const [, century, year, ...rest] = match;
  const full = century === undefined ? (Number(year) < 50 ? '20' : '19') + year! : century + year!;
  const [month, day, hour, minute, second] = rest;
  return Date.parse(`${full}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function digestOf(der: Buffer, algorithm: Element): string {
  const oid = children(der, algorithm)[0];
  const digest = oid?.tag === tag.oid ? digests.get(der.toString('hex', oid.body, oid.to)) : undefined;
  if (digest === undefined) throw new Error('a signature algorithm that is not known here');
  return digest;
}

function isSigned(digest: string, signed: Buffer, authority: X509Certificate, proof: Buffer): boolean {
  try {
    return verify(digest, signed, authority.publicKey, proof);
  } catch {
    return false;
  }
}
