// Text that is mostly numbers, put together in one buffer that is used again and again: a back-fill writes millions of
// them, and as strings they would be millions of things to throw away.
import { sixDigits } from './digits.ts';

export interface ByteText {
  add(text: string): void;
  /** Milliseconds since 1970. */
  time(timeMs: number): void;
  /** As `sixDigits` writes it. */
  value(value: number): void;
  comma(): void;
  /** All of it; the next begins anew. */
  take(): string;
}

const zero = 48;
const point = 46;
const minus = 45;
const comma = 44;
/** Longest number, and some. */
const roomEach = 32;

export function createByteText(): ByteText {
  let bytes = Buffer.allocUnsafeSlow(16_384);
  let length = 0;

  const makeRoom = (more: number) => {
    if (length + more <= bytes.length) return;
    const wider = Buffer.allocUnsafeSlow(Math.max(2 * bytes.length, length + more));
    wider.set(bytes.subarray(0, length));
    bytes = wider;
  };

  const add = (text: string) => {
    makeRoom(3 * text.length);
    length += bytes.write(text, length);
  };

  /** The digits of a whole number, `least` of them at least. */
  const whole = (number: number, least: number) => {
    let digits = 1;
    for (let beyond = 10; beyond <= number; beyond *= 10) digits++;
    digits = Math.max(digits, least);
    let rest = number;
    for (let at = length + digits - 1; at >= length; at--) {
      const next = Math.floor(rest / 10);
      bytes[at] = zero + (rest - 10 * next);
      rest = next;
    }
    length += digits;
  };

  return {
    add,
    time(timeMs) {
      makeRoom(roomEach);
      if (Number.isInteger(timeMs) && timeMs >= 0 && timeMs < 1e15) whole(timeMs, 1);
      else add(String(timeMs));
    },
    value(value) {
      const size = Math.abs(value);
      const places = placesOf(size);
      if (places < 0) {
        add(sixDigits(value));
        return;
      }
      makeRoom(roomEach);
      const factor = tens[places]!;
      const scaled = Math.round(value * factor);
      if (scaled < 0) bytes[length++] = minus;
      const all = Math.abs(scaled);
      const before = Math.floor(all / factor);
      whole(before, 1);
      if (all === before * factor) return;
      bytes[length++] = point;
      whole(all - before * factor, places);
      while (bytes[length - 1] === zero) length--;
    },
    comma() {
      makeRoom(1);
      bytes[length++] = comma;
    },
    take() {
      const text = bytes.toString('utf8', 0, length);
      length = 0;
      return text;
    },
  };
}

const tens = [1, 10, 100, 1e3, 1e4, 1e5, 1e6];

/** Decimal places of six digits; -1 for what is written otherwise. */
function placesOf(size: number): number {
  if (size === 0) return 0;
  if (!(size >= 0.1 && size < 1e6)) return -1;
  if (size >= 1000) return size >= 1e5 ? 0 : size >= 1e4 ? 1 : 2;
  return size >= 100 ? 3 : size >= 10 ? 4 : size >= 1 ? 5 : 6;
}
