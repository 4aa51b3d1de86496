// The envelope of what a stretch of samples has in a band: how strongly it rings there from moment to moment. Only the
// band is transformed back, so the envelope comes with few samples, however fast the sensor.
import { complexTransform, type Fft, newFft, realSpectrum, setComplex } from './fft.ts';

/** At either end so much of the stretch is faded in and out: the transform takes the ends for neighbours. */
const fadeShare = 0.05;

export interface Demodulation {
  readonly fft: Fft;
  readonly re: Float64Array;
  readonly im: Float64Array;
  /** Of a length that follows from the band: a few sizes at most, kept. */
  readonly back: Fft[];
  readonly envelope: Float64Array;
  /** Of the envelope: so many samples, so many a second. */
  length: number;
  rateHz: number;
}

export function newDemodulation(length: number): Demodulation {
  return {
    fft: newFft(length),
    re: new Float64Array(length / 2 + 1),
    im: new Float64Array(length / 2 + 1),
    back: [],
    envelope: new Float64Array(length),
    length: 0,
    rateHz: 0,
  };
}

/**
 * Of the first `length` of `input`, which is overwritten and as long as the transform: fills `envelope`. A tone of
 * amplitude A in the band has an envelope of A.
 */
export function demodulate(
  demodulation: Demodulation,
  input: Float64Array,
  length: number,
  rateHz: number,
  fromHz: number,
  toHz: number,
): void {
  const { fft, re, im, envelope } = demodulation;
  fade(input, length);
  realSpectrum(fft, input, re, im);
  const size = fft.length;
  const first = Math.max(1, Math.ceil((fromHz * size) / rateHz));
  const last = Math.min(size / 2 - 1, Math.floor((toHz * size) / rateHz));
  const bins = Math.max(1, last - first + 1);
  // Twice as many as the band has: the size of a sum of tones swings faster than the tones are apart.
  const short = Math.min(size, 2 ** Math.max(3, Math.ceil(Math.log2(2 * bins))));
  const back = backOf(demodulation, short);
  for (let k = 0; k < short; k++) {
    const inside = k < bins && first + k <= last;
    // The conjugate, forwards: its size is that of the way back.
    setComplex(back, k, inside ? re[first + k]! : 0, inside ? -im[first + k]! : 0);
  }
  complexTransform(back);
  const every = size / short;
  demodulation.length = Math.max(0, Math.floor(length / every));
  demodulation.rateHz = rateHz / every;
  for (let m = 0; m < demodulation.length; m++) {
    envelope[m] = (2 * Math.hypot(back.re[m]!, back.im[m]!)) / size;
  }
}

function fade(input: Float64Array, length: number): void {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += input[i]!;
  const mean = sum / length;
  for (let i = 0; i < length; i++) input[i] = input[i]! - mean;
  input.fill(0, length);
  const edge = Math.floor(length * fadeShare);
  for (let i = 0; i < edge; i++) {
    const weight = 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / edge);
    input[i] = input[i]! * weight;
    input[length - 1 - i] = input[length - 1 - i]! * weight;
  }
}

function backOf({ back }: Demodulation, size: number): Fft {
  for (let i = 0; i < back.length; i++) if (back[i]!.re.length === size) return back[i]!;
  const made = newFft(2 * size);
  back.push(made);
  return made;
}
