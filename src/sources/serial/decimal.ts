// A decimal number from its bytes, without making a string of it first. NaN when it is anything else.

const dot = 0x2e;
const minus = 0x2d;
const plus = 0x2b;

/** Up to these, digits and power of ten are exact, and one division rounds once: the same as Number(). */
const digitsExact = 15;
const powers = Float64Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);

/** `-12.5`, `.5`, `3.`, `1e-3`; no spaces, no comma, no hex, no words. */
export function readDecimal(bytes: Buffer, from: number, to: number): number {
  const sign = bytes[from];
  const begin = sign === minus || sign === plus ? from + 1 : from;
  let at = begin;
  let mantissa = 0;
  let digits = 0;
  let fraction = -1;
  for (; at < to; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      digits++;
    } else if (bytes[at] === dot && fraction < 0) fraction = digits;
    else break;
  }
  if (digits === 0) return Number.NaN;
  if (at < to) return withExponent(bytes, from, at, to);
  const decimals = fraction < 0 ? 0 : digits - fraction;
  if (digits > digitsExact) return Number(bytes.toString('latin1', from, to));
  const size = decimals === 0 ? mantissa : mantissa / powers[decimals]!;
  return sign === minus ? -size : size;
}

/** Rare enough for a string. */
function withExponent(bytes: Buffer, from: number, e: number, to: number): number {
  if ((bytes[e]! | 0x20) !== 0x65) return Number.NaN;
  const sign = bytes[e + 1];
  const begin = sign === minus || sign === plus ? e + 2 : e + 1;
  if (begin >= to || to - begin > 4) return Number.NaN;
  for (let at = begin; at < to; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
  }
  return Number(bytes.toString('latin1', from, to));
}
