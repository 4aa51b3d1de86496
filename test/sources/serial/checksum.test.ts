// Checksums against the published check values of "123456789", and what they are there for: no changed byte passes.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileProof } from '../../../src/sources/serial/checksum.ts';
import type { ChecksumName } from '../../../src/sources/serial/schema.ts';

const text = '123456789';
const proves = (type: ChecksumName, line: string, init?: number) => {
  const bytes = Buffer.from(line);
  const end = compileProof({ type, separator: '*', skip: 0, init })!(bytes, 0, bytes.length);
  return end >= 0 && bytes.toString('utf8', 0, end);
};

test.each([
  ['xor8', '31'],
  ['sum8', 'DD'],
  ['crc8', 'F4'],
  ['crc16-ccitt', '29B1'],
  ['crc16-modbus', '4B37'],
] as const)('%s of 123456789 is %s', (type, sum) => {
  expect(proves(type, `${text}*${sum}`)).toBe(text);
  expect(proves(type, `${text}*${sum.toLowerCase()}`)).toBe(text);
  expect(proves(type, `${text}*${sum}0`)).toBe(false);
  expect(proves(type, `${text}${sum}`)).toBe(false);
  expect(proves(type, text)).toBe(false);
  expect(proves(type, '')).toBe(false);
});

test('the XMODEM variant is the CCITT one with start value 0', () => {
  expect(proves('crc16-ccitt', `${text}*31C3`, 0)).toBe(text);
});

test('a sentence of NMEA 0183 proves itself', () => {
  const sentence = '$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47';
  expect(proves('nmea-xor', sentence)).toBe(sentence.slice(0, -3));
});

test('none asks for nothing', () => {
  expect(compileProof('none')).toBeUndefined();
});

const names = ['nmea-xor', 'xor8', 'crc8', 'crc16-ccitt', 'crc16-modbus'] as const;

test.each(names)('%s: no line with one changed bit passes', (type) => {
  const proof = compileProof(type)!;
  const digits = type.startsWith('crc16') ? 4 : 2;
  fc.assert(
    fc.property(fc.stringMatching(/^[ -)+-~]{1,60}$/), fc.nat(), (body, where) => {
      const right = sumLine(type, body, digits);
      const bytes = Buffer.from(right);
      expect(proof(bytes, 0, bytes.length)).toBe(body.length);
      const bit = where % (8 * body.length);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      // A mark that is no longer one changes what is covered, which for an XOR can meet by chance.
      const isMark = bit < 8 && type === 'nmea-xor';
      if (!isMark) expect(proof(bytes, 0, bytes.length)).toBe(-1);
    }),
    { numRuns: digits === 4 ? 30 : 300 },
  );
});

/** Finds the digits by trying all, so that the test has no arithmetic of its own. */
function sumLine(type: ChecksumName, body: string, digits: number): string {
  const proof = compileProof(type)!;
  for (let sum = 0; sum < 16 ** digits; sum++) {
    const line = `${body}*${sum.toString(16).padStart(digits, '0')}`;
    const bytes = Buffer.from(line);
    if (proof(bytes, 0, bytes.length) >= 0) return line;
  }
  throw new Error(`no sum of ${type} fits`);
}
