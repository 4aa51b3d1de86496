// What the source makes of a server's certificate: each fault by its name, and no fault where there is none.
import { beforeAll, describe, expect, test } from 'vitest';
import { factsOf, readCertificates, splitChain } from '../../../src/sources/opcua/security/certificate.ts';
import type { TrustList } from '../../../src/sources/opcua/security/pki.ts';
import { readRevocationList } from '../../../src/sources/opcua/security/revocation-list.ts';
import { hostRemark, judge } from '../../../src/sources/opcua/security/server-certificate.ts';
import { type Authority, type Made, makeAuthority, makeCertificate } from './certificates.ts';

const uri = 'urn:maker:machine';
const dayMs = 86_400_000;
const nobody: TrustList = { trusted: [], issuers: [], revocations: [] };

let authority: Authority;
let stranger: Authority;
let own: Made;
let issued: Made;
let empty: ReturnType<typeof readRevocationList>;

beforeAll(async () => {
  [authority, stranger] = await Promise.all([makeAuthority('Plant CA'), makeAuthority('Somebody')]);
  own = await makeCertificate({ name: 'cnc', uri });
  issued = await makeCertificate({ name: 'cnc', uri, by: authority });
  empty = readRevocationList(Buffer.from(await authority.revoke([])));
});

const trusting = (...made: Made[]): TrustList => ({
  ...nobody,
  trusted: made.map(({ certificate }) => certificate),
});

function fault(made: Made, trust: TrustList, more: { host?: string; uri?: string; nowMs?: number } = {}) {
  const { host = '127.0.0.1', nowMs = Date.now() } = more;
  return judge([made.certificate], trust, { applicationUri: more.uri ?? uri, host, nowMs, keyBitsMin: 2048 })
    ?.fault;
}

describe('a certificate of its own', () => {
  test('is untrusted until it is trusted itself', () => {
    expect(fault(own, nobody)).toBe('untrusted');
    expect(fault(own, trusting(issued))).toBe('untrusted');
    expect(fault(own, trusting(own))).toBeUndefined();
  });

  test('counts in its time only', () => {
    const { notBeforeMs, notAfterMs } = factsOf(own.certificate);
    expect(fault(own, trusting(own), { nowMs: notBeforeMs - 1000 })).toBe('not-yet-valid');
    expect(fault(own, trusting(own), { nowMs: notAfterMs + 1000 })).toBe('expired');
    expect(fault(own, trusting(own), { nowMs: notAfterMs - 1000 })).toBeUndefined();
  });

  test('is for one application', () => {
    expect(fault(own, trusting(own), { uri: 'urn:maker:other' })).toBe('wrong-uri');
  });

  test('was looked at by a person: another host is a remark', () => {
    expect(fault(own, trusting(own), { host: '10.0.0.7' })).toBeUndefined();
    expect(hostRemark(own.certificate, '10.0.0.7')).toContain('is for 127.0.0.1, not for 10.0.0.7');
    expect(hostRemark(own.certificate, '127.0.0.1')).toBeUndefined();
  });

  test('wants a key that holds', async () => {
    const short = await makeCertificate({ name: 'old', uri, bits: 1024 });
    expect(fault(short, trusting(short))).toBe('weak');
  });
});

describe('a certificate of an authority', () => {
  test('is in when the authority is trusted, and its revocation list is there and does not name it', () => {
    const trust = { ...trusting(authority), revocations: [empty] };
    expect(fault(issued, nobody)).toBe('untrusted');
    expect(fault(issued, trusting(stranger))).toBe('untrusted');
    expect(fault(issued, trust)).toBeUndefined();
    // An authority that only completes a chain vouches for nobody.
    expect(fault(issued, { ...nobody, issuers: [authority.certificate], revocations: [empty] })).toBe(
      'untrusted',
    );
  });

  test('without a list nobody knows whether it was revoked', async () => {
    expect(fault(issued, trusting(authority))).toBe('revocation-unknown');
    const old = readRevocationList(Buffer.from(await authority.revoke([], Date.now() - 1000)));
    expect(fault(issued, { ...trusting(authority), revocations: [old] })).toBe('revocation-unknown');
    const forged = readRevocationList(Buffer.from(await stranger.revoke([])));
    expect(fault(issued, { ...trusting(authority), revocations: [forged] })).toBe('revocation-unknown');
  });

  test('revoked is revoked, also when it is trusted itself or the list is old', async () => {
    for (const nextMs of [Date.now() + dayMs, Date.now() - 1000]) {
      const list = readRevocationList(
        Buffer.from(await authority.revoke([own.certificate, issued.certificate], nextMs)),
      );
      expect(list.serials.size).toBe(2);
      expect(fault(issued, { ...trusting(authority), revocations: [list] })).toBe('revoked');
      expect(fault(issued, { ...trusting(issued, authority), revocations: [list] })).toBe('revoked');
    }
  });

  test('is for its hosts only', () => {
    const trust = { ...trusting(authority), revocations: [empty] };
    expect(fault(issued, trust, { host: '10.0.0.7' })).toBe('wrong-host');
    expect(fault(issued, trust, { host: 'cnc' })).toBe('wrong-host');
  });

  test('a trusted machine is no authority: what it signs is not let in', async () => {
    const machine = { ...stranger, ...(await makeCertificate({ name: 'machine', uri })) };
    const child = await makeCertificate({ name: 'child', uri, by: { ...stranger, name: 'machine' } });
    expect(fault(child, trusting(machine))).toBe('untrusted');
  });

  test('who only calls himself as a trusted authority vouches for nobody', async () => {
    const forged = await makeCertificate({ name: 'cnc', uri, by: { ...stranger, name: authority.name } });
    expect(fault(forged, { ...trusting(authority), revocations: [empty] })).toBe('untrusted');
  });
});

test('a certificate whose signature is not its own is forged', () => {
  const der = Buffer.from(own.certificate.raw);
  der[der.length - 1] = der[der.length - 1]! ^ 1;
  const forged = { ...own, certificate: splitChain(der)[0]! };
  expect(fault(forged, trusting(forged))).toBe('invalid');
});

describe('reading', () => {
  test('a chain as the wire carries it', () => {
    const wire = Buffer.concat([issued.certificate.raw, authority.certificate.raw]);
    expect(splitChain(wire).map(({ raw }) => raw)).toEqual([
      issued.certificate.raw,
      authority.certificate.raw,
    ]);
    expect(() => splitChain(wire.subarray(0, -1))).toThrow();
    expect(() => splitChain(Buffer.from('no certificate at all'))).toThrow();
    expect(splitChain(Buffer.alloc(0))).toEqual([]);
  });

  test('files with one, with several, as PEM and as DER', () => {
    expect(readCertificates(Buffer.from(own.pem)).length).toBe(1);
    expect(readCertificates(Buffer.from(`# words\n${own.pem}${issued.pem}`)).length).toBe(2);
    expect(readCertificates(own.certificate.raw)[0]?.fingerprint).toBe(own.certificate.fingerprint);
    expect(() => readCertificates(Buffer.from('x'))).toThrow();
  });

  test('a revocation list that is cut or changed is refused', async () => {
    const pem = await authority.revoke([issued.certificate]);
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    expect(readRevocationList(der).isOf(authority.certificate)).toBe(true);
    expect(readRevocationList(der).isOf(stranger.certificate)).toBe(false);
    for (let length = 0; length < der.length; length += 7)
      expect(() => readRevocationList(der.subarray(0, length))).toThrow();
    // One bit of the serial: whoever reads it, nobody signed it.
    const serial = der.indexOf(Buffer.from(issued.certificate.serialNumber, 'hex'));
    expect(serial).toBeGreaterThan(0);
    der[serial] = der[serial]! ^ 1;
    expect(readRevocationList(der).isOf(authority.certificate)).toBe(false);
    expect(() => readRevocationList(own.certificate.raw)).toThrow();
  });
});
