// The discrete Fourier transform of real numbers, of a length that is a power of two. The real signal goes
// through a complex transform of half the length (even samples real, odd ones imaginary) and is untangled.

export interface Fft {
  readonly length: number;
  /** cos and sin of 2πk/length, k below half of it. */
  readonly cos: Float64Array;
  readonly sin: Float64Array;
  readonly reversed: Uint32Array;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

export function newFft(length: number): Fft {
  const bits = Math.log2(length);
  if (!Number.isInteger(bits) || bits < 2) throw new RangeError(`no power of two from 4: ${length}`);
  const half = length / 2;
  return {
    length,
    cos: Float64Array.from({ length: half }, (_, k) => Math.cos((2 * Math.PI * k) / length)),
    sin: Float64Array.from({ length: half }, (_, k) => Math.sin((2 * Math.PI * k) / length)),
    reversed: Uint32Array.from({ length: half }, (_, i) => reverseBits(i, bits - 1)),
    re: new Float64Array(half),
    im: new Float64Array(half),
  };
}

function reverseBits(value: number, bits: number): number {
  let reversed = 0;
  for (let bit = 0; bit < bits; bit++) reversed |= ((value >> bit) & 1) << (bits - 1 - bit);
  return reversed;
}

/** Writes |X[k]|² for k from 0 to half the length, that one included, to `power`. */
export function powerSpectrum(fft: Fft, input: Float64Array, power: Float64Array): void {
  const { re, im, reversed } = fft;
  const half = re.length;
  for (let i = 0; i < half; i++) {
    re[reversed[i]!] = input[2 * i]!;
    im[reversed[i]!] = input[2 * i + 1]!;
  }
  transform(fft);
  power[0] = (re[0]! + im[0]!) ** 2;
  power[half] = (re[0]! - im[0]!) ** 2;
  for (let k = 1; k < half; k++) {
    const mirror = half - k;
    const evenRe = (re[k]! + re[mirror]!) / 2;
    const evenIm = (im[k]! - im[mirror]!) / 2;
    const oddRe = (im[k]! + im[mirror]!) / 2;
    const oddIm = (re[mirror]! - re[k]!) / 2;
    const c = fft.cos[k]!;
    const s = fft.sin[k]!;
    const xRe = evenRe + c * oddRe + s * oddIm;
    const xIm = evenIm + c * oddIm - s * oddRe;
    power[k] = xRe * xRe + xIm * xIm;
  }
}

/** X[k] of real numbers, for k from 0 to half the length, that one included. */
export function realSpectrum(fft: Fft, input: Float64Array, outRe: Float64Array, outIm: Float64Array): void {
  const { re, im, reversed, cos, sin } = fft;
  const half = re.length;
  for (let i = 0; i < half; i++) {
    re[reversed[i]!] = input[2 * i]!;
    im[reversed[i]!] = input[2 * i + 1]!;
  }
  transform(fft);
  outRe[0] = re[0]! + im[0]!;
  outRe[half] = re[0]! - im[0]!;
  outIm[0] = 0;
  outIm[half] = 0;
  for (let k = 1; k < half; k++) {
    const mirror = half - k;
    const oddRe = (im[k]! + im[mirror]!) / 2;
    const oddIm = (re[mirror]! - re[k]!) / 2;
    outRe[k] = (re[k]! + re[mirror]!) / 2 + cos[k]! * oddRe + sin[k]! * oddIm;
    outIm[k] = (im[k]! - im[mirror]!) / 2 + cos[k]! * oddIm - sin[k]! * oddRe;
  }
}

/** Places a complex number where `complexTransform` looks for the one at `index`; there are half the length of them. */
export function setComplex({ re, im, reversed }: Fft, index: number, real: number, imaginary: number): void {
  re[reversed[index]!] = real;
  im[reversed[index]!] = imaginary;
}

/** Σ x[k] exp(-2πi·kn/N) of the N numbers that were placed, N half the length; the results are `re` and `im`. */
export function complexTransform(fft: Fft): void {
  transform(fft);
}

/** The complex transform of `re` and `im` in place; they come in bit-reversed order. */
function transform({ re, im, cos, sin, length }: Fft): void {
  const half = re.length;
  for (let size = 2; size <= half; size *= 2) {
    const wing = size / 2;
    const stride = length / size;
    for (let start = 0; start < half; start += size) {
      for (let k = 0; k < wing; k++) {
        const a = start + k;
        const b = a + wing;
        const c = cos[k * stride]!;
        const s = sin[k * stride]!;
        const turnedRe = re[b]! * c + im[b]! * s;
        const turnedIm = im[b]! * c - re[b]! * s;
        re[b] = re[a]! - turnedRe;
        im[b] = im[a]! - turnedIm;
        re[a] = re[a]! + turnedRe;
        im[a] = im[a]! + turnedIm;
      }
    }
  }
}
