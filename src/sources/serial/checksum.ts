// Does a line prove itself? The sum stands at its end in hex, after a separator, and covers what is before it.
// Pure, and without allocation: it runs for every line.
import type { ChecksumName, SerialSourceConfig } from './schema.ts';

/** Where the text of the line ends when its sum is right; -1 when it is wrong or missing. */
export type Proof = (bytes: Buffer, from: number, to: number) => number;

interface Algorithm {
  readonly digits: 2 | 4;
  readonly init: number;
  readonly sum: (bytes: Buffer, from: number, to: number, init: number) => number;
}

const crc8Table = table(8, (crc) => (crc & 0x80 ? (crc << 1) ^ 0x07 : crc << 1));
const ccittTable = table(16, (crc) => (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1));
/** Reflected: the lowest bit goes first. */
const modbusTable = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  return crc;
});

const algorithms: Readonly<Record<Exclude<ChecksumName, 'none'>, Algorithm>> = {
  'nmea-xor': { digits: 2, init: 0, sum: nmeaXor },
  xor8: { digits: 2, init: 0, sum: xor },
  sum8: { digits: 2, init: 0, sum: add },
  crc8: { digits: 2, init: 0, sum: crc8 },
  'crc16-ccitt': { digits: 4, init: 0xffff, sum: crcCcitt },
  'crc16-modbus': { digits: 4, init: 0xffff, sum: crcModbus },
};

/** Undefined when lines carry no sum. */
export function compileProof(config: SerialSourceConfig['checksum']): Proof | undefined {
  const details =
    typeof config === 'string' ? { type: config, separator: '*', skip: 0, init: undefined } : config;
  const { type, separator, skip } = details;
  if (type === 'none') return undefined;
  const { digits, sum, ...algorithm } = algorithms[type];
  const init = details.init ?? algorithm.init;
  const mark = separator.charCodeAt(0);
  return (bytes, from, to) => {
    const end = to - digits - 1;
    if (end < from + skip || bytes[end] !== mark) return -1;
    const said = hex(bytes, end + 1, to);
    return said === sum(bytes, from + skip, end, init) ? end : -1;
  };
}

/** Hex digits of either case; -1 when one is none. */
function hex(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const code = bytes[at]!;
    const letter = code | 0x20;
    let digit = -1;
    if (code >= 0x30 && code <= 0x39) digit = code - 0x30;
    else if (letter >= 0x61 && letter <= 0x66) digit = letter - 0x61 + 10;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** NMEA 0183: the mark at the beginning, $ or !, is not covered. */
function nmeaXor(bytes: Buffer, from: number, to: number, init: number): number {
  return xor(bytes, isNmeaMark(bytes[from]) ? from + 1 : from, to, init);
}

export function isNmeaMark(byte: number | undefined): boolean {
  return byte === 0x24 || byte === 0x21;
}

function xor(bytes: Buffer, from: number, to: number, init: number): number {
  let sum = init & 0xff;
  for (let at = from; at < to; at++) sum ^= bytes[at]!;
  return sum;
}

function add(bytes: Buffer, from: number, to: number, init: number): number {
  let sum = init;
  for (let at = from; at < to; at++) sum += bytes[at]!;
  return sum & 0xff;
}

function crc8(bytes: Buffer, from: number, to: number, init: number): number {
  let crc = init & 0xff;
  for (let at = from; at < to; at++) crc = crc8Table[crc ^ bytes[at]!]!;
  return crc;
}

function crcCcitt(bytes: Buffer, from: number, to: number, init: number): number {
  let crc = init;
  for (let at = from; at < to; at++) crc = ((crc << 8) & 0xffff) ^ ccittTable[(crc >>> 8) ^ bytes[at]!]!;
  return crc;
}

function crcModbus(bytes: Buffer, from: number, to: number, init: number): number {
  let crc = init;
  for (let at = from; at < to; at++) crc = (crc >>> 8) ^ modbusTable[(crc ^ bytes[at]!) & 0xff]!;
  return crc;
}

/** Of a CRC whose highest bit goes first. */
function table(bits: 8 | 16, shift: (crc: number) => number): Uint16Array {
  const mask = 2 ** bits - 1;
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << (bits - 8);
    for (let bit = 0; bit < 8; bit++) crc = shift(crc) & mask;
    return crc;
  });
}
