// Certificates and revocation lists of strangers, changed in every way: never let in, never a way to bring us down.
import { sign, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import type { EndpointDescription } from 'node-opcua-client';
import { beforeAll, describe, expect, test } from 'vitest';
import { asJson, asText } from '../../../src/cli/trust-view.ts';
import { Refusal } from '../../../src/sources/opcua/refusal.ts';
import { opcuaSourceSchema } from '../../../src/sources/opcua/schema.ts';
import { admit } from '../../../src/sources/opcua/security/admission.ts';
import { factsOf, splitChain } from '../../../src/sources/opcua/security/certificate.ts';
import { keepRejected, listKept, trustCertificate } from '../../../src/sources/opcua/security/pki.ts';
import { readRevocationList } from '../../../src/sources/opcua/security/revocation-list.ts';
import { judge } from '../../../src/sources/opcua/security/server-certificate.ts';
import { tempDir } from '../../ports.ts';
import { type Authority, type Made, makeAuthority, makeCertificate } from './certificates.ts';

const uri = 'urn:maker:machine';
let authority: Authority;
let own: Made;
let issued: Made;
let list: Buffer;

beforeAll(async () => {
  authority = await makeAuthority('Plant CA');
  own = await makeCertificate({ name: 'cnc', uri });
  issued = await makeCertificate({ name: 'cnc', uri, by: authority });
  const pem = await authority.revoke([own.certificate]);
  list = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
});

interface Change {
  readonly at: number;
  readonly kind: 'set' | 'flip' | 'cut' | 'insert' | 'repeat';
  readonly byte: number;
}

const changesOf = (...kinds: Change['kind'][]) =>
  fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 0.999_999, noNaN: true }),
      kind: fc.constantFrom(...kinds),
      byte: fc.oneof(fc.nat(255), fc.constantFrom(0x00, 0x30, 0x80, 0x84, 0xff)),
    }),
    { minLength: 1, maxLength: 4 },
  );
const changes = fc.oneof(changesOf('set', 'flip'), changesOf('set', 'flip', 'cut', 'insert', 'repeat'));

function changed(der: Buffer, made: readonly Change[]): Buffer {
  let bytes = Buffer.from(der);
  for (const { at, kind, byte } of made) {
    const place = Math.floor(at * bytes.length);
    if (kind === 'set') bytes[place] = byte;
    else if (kind === 'flip') bytes[place] = bytes[place]! ^ (1 << (byte & 7));
    else if (kind === 'cut') bytes = bytes.subarray(0, place + 1);
    else {
      const more = kind === 'insert' ? Buffer.from([byte]) : bytes.subarray(place, place + byte);
      bytes = Buffer.concat([bytes.subarray(0, place), more, bytes.subarray(place)]);
    }
  }
  return bytes;
}

function chainOf(bytes: Buffer): X509Certificate[] {
  try {
    return splitChain(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return [];
  }
}

const expected = () => ({ applicationUri: uri, host: '127.0.0.1', nowMs: Date.now(), keyBitsMin: 2048 });

test('a changed certificate is let in by nobody: not for its likeness, not for its authority', () => {
  const trust = {
    trusted: [own.certificate, authority.certificate],
    issuers: [],
    revocations: [readRevocationList(list)],
  };
  expect(judge([issued.certificate], trust, expected())).toBeUndefined();
  fc.assert(
    fc.property(fc.constantFrom('own', 'issued'), changes, (which, made) => {
      const { raw } = which === 'own' ? own.certificate : issued.certificate;
      const chain = chainOf(changed(raw, made));
      const verdict = judge(chain, trust, expected());
      if (chain[0] === undefined || !chain[0].raw.equals(raw)) expect(verdict?.text).toMatch(/\w/);
      for (const one of chain) expect(factsOf(one).sha1).toMatch(/^[0-9A-F]{40}$/);
    }),
    { numRuns: 3000 },
  );
});

test('one that is trusted although it is broken does no harm either', () => {
  fc.assert(
    fc.property(changes, (made) => {
      const chain = chainOf(changed(own.certificate.raw, made));
      const trust = { trusted: chain, issuers: chain, revocations: [readRevocationList(list)] };
      const verdict = judge(chain, trust, expected());
      if (chain.length === 0) expect(verdict?.fault).toBe('invalid');
      else expect(verdict?.fault ?? 'none').not.toBe('untrusted');
    }),
    { numRuns: 2000 },
  );
});

test('a changed revocation list is refused, or nobody signed it, or it says what it said', () => {
  const { serials, nextUpdateMs } = readRevocationList(list);
  let read = 0;
  fc.assert(
    fc.property(changes, (made) => {
      let found: ReturnType<typeof readRevocationList>;
      try {
        found = readRevocationList(changed(list, made));
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        return;
      }
      read++;
      if (!found.isOf(authority.certificate)) return;
      expect([found.serials, found.nextUpdateMs]).toEqual([serials, nextUpdateMs]);
    }),
    { numRuns: 5000 },
  );
  // Some could be read: else this shows nothing.
  expect(read).toBeGreaterThan(50);
});

test('what a stranger shows is refused in our words, kept, and listed', async () => {
  const dir = await tempDir();
  const config = opcuaSourceSchema.parse({ type: 'opcua', url: 'opc.tcp://127.0.0.1:4840', tags: {} });
  await trustCertificate(dir.path, authority.certificate);
  const refuse = async (serverCertificate: Buffer) => {
    const endpoint = { serverCertificate, server: { applicationUri: uri } } as EndpointDescription;
    await expect(admit(config, dir.path, endpoint, () => {})).rejects.toBeInstanceOf(Refusal);
  };
  await fc.assert(
    fc.asyncProperty(changes, async (made) => refuse(changed(own.certificate.raw, made))),
    { numRuns: 100 },
  );
  // A year with no number, a subject with nothing in it: both are certificates to the library of the system.
  const odd = Buffer.from(own.certificate.raw);
  odd.write('xx', odd.toString('latin1').search(/\d{12}Z/), 'latin1');
  await refuse(odd);
  await keepRejected(dir.path, new X509Certificate(own.certificate.raw), 'opc.tcp://x:1', Date.now());
  await keepRejected(dir.path, new X509Certificate(odd), 'opc.tcp://x:1', Date.now());
  const kept = await listKept(dir.path, 'rejected');
  expect(kept.length).toBeGreaterThan(1);
  expect(asText(dir.path, kept, '')).toContain('an unreadable time');
  expect(kept.map(asJson).some(({ notBefore }) => notBefore === null)).toBe(true);
  await dir.remove();
});

/** Changed before it was signed: by the authority itself, whose signature is true. */
function signedAnew(der: Buffer, change: (body: Buffer) => void): Buffer {
  const bytes = Buffer.from(der);
  // Behind it lie the algorithm, in 15 bytes, and 2,048 bits of signature.
  const body = bytes.subarray(4, -(15 + 5 + 256));
  change(body);
  sign('sha256', body, authority.keyPem).copy(bytes, bytes.length - 256);
  return bytes;
}

describe('signed by an authority that is trusted', () => {
  const trusting = (revocations: Buffer) => ({
    trusted: [authority.certificate],
    issuers: [],
    revocations: [readRevocationList(revocations)],
  });
  const verdict = (bytes: Buffer, revocations = list) =>
    judge(splitChain(bytes), trusting(revocations), expected());

  test('control: unchanged it is let in', () => {
    expect(verdict(signedAnew(issued.certificate.raw, () => {}))).toBeUndefined();
  });

  test('a time that cannot be read is never in time', () => {
    for (const [which, fault] of [
      [0, 'not-yet-valid'],
      [1, 'expired'],
    ] as const) {
      const odd = signedAnew(issued.certificate.raw, (body) => {
        const times = [...body.toString('latin1').matchAll(/\d{12}Z/g)];
        body.write('xx', times[which]!.index, 'latin1');
      });
      expect(verdict(odd)).toMatchObject({ fault, text: expect.stringContaining('an unreadable time') });
    }
  });

  test('a revoked number that is negative is found', async () => {
    const number = Buffer.from(issued.certificate.serialNumber, 'hex');
    const negate = (body: Buffer) => {
      const at = body.indexOf(number) - (body[body.indexOf(number) - 1] === 0 ? 1 : 0);
      body[at] = body[at]! | 0x81;
    };
    const pem = await authority.revoke([issued.certificate]);
    const named = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    const odd = signedAnew(issued.certificate.raw, negate);
    expect(new X509Certificate(odd).serialNumber).toMatch(/^-/);
    expect(verdict(odd, signedAnew(named, negate))?.fault).toBe('revoked');
  });

  test('whatever it signs, there is a verdict', () => {
    let parsed = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), { maxLength: 4 }),
        (sets) => {
          const bytes = signedAnew(issued.certificate.raw, (body) => {
            for (const [at, byte] of sets) body[Math.floor(at * body.length)] = byte;
          });
          const chain = chainOf(bytes);
          if (chain.length > 0) parsed++;
          judge(chain, trusting(list), expected());
        },
      ),
      { numRuns: 1000 },
    );
    expect(parsed).toBeGreaterThan(100);
  });

  test('a list of changes only is no list: who is not named in it may be revoked all the same', () => {
    const whole = revocationList([]);
    const [crlNumber, deltaIndicator] = [0x14, 0x1b];
    expect(readRevocationList(whole).isOf(authority.certificate)).toBe(true);
    expect(readRevocationList(revocationList([extension(crlNumber, false)])).serials.size).toBe(0);
    expect(() => readRevocationList(revocationList([extension(deltaIndicator, true)]))).toThrow('not known');
  });
});

function tlv(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = body.length < 0x80 ? [tag, body.length] : [tag, 0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from(head), body]);
}

function extension(id: number, critical: boolean): Buffer {
  const number = tlv(0x04, tlv(0x02, Buffer.from([1])));
  const flag = critical ? [tlv(0x01, Buffer.from([0xff]))] : [];
  return tlv(0x30, tlv(0x06, Buffer.from([0x55, 0x1d, id])), ...flag, number);
}

/** By the book (RFC 5280 §5.1), with nobody in it. */
function revocationList(extensions: readonly Buffer[]): Buffer {
  const sha256WithRsa = tlv(0x30, tlv(0x06, Buffer.from('2a864886f70d01010b', 'hex')), tlv(0x05));
  const time = (text: string) => tlv(0x18, Buffer.from(text));
  const body = tlv(
    0x30,
    tlv(0x02, Buffer.from([1])),
    sha256WithRsa,
    tlv(0x30),
    time('20200101000000Z'),
    time('20990101000000Z'),
    ...(extensions.length === 0 ? [] : [tlv(0xa0, tlv(0x30, ...extensions))]),
  );
  const proof = sign('sha256', body, authority.keyPem);
  return tlv(0x30, body, sha256WithRsa, tlv(0x03, Buffer.from([0]), proof));
}

test('text in front of a certificate, or text for one, is not what is judged', () => {
  expect(() => splitChain(Buffer.from(own.pem))).toThrow('no certificate');
  expect(() => splitChain(Buffer.concat([Buffer.from('\n'), own.certificate.raw]))).toThrow();
});
