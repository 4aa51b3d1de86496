// The energies of one column's newest views: in bands that grow with frequency, and at the orders of a bearing, in the
// samples themselves and in the envelope of what rings. NaN where the samples cannot tell.
import { type BearingPart, bearingParts, reachOf } from '../../derive/bearing.ts';
import { demodulate } from '../../derive/demodulate.ts';
import { powerSpectrum } from '../../derive/fft.ts';
import { combRms } from '../../derive/turns.ts';
import type { BandSpec, SpectrumBearing, SpectrumOptions, SpectrumState } from './state.ts';

/** Below these the window takes part of the mean for a slow swing. */
const firstBin = 2;
const ballSlip = 0.02;
const harmonics = 3;
const slowestHz = 1e-9;

/** Half octaves, and no narrower than two bins. */
export function plainBands(windowViews: number): BandSpec[] {
  const bands: BandSpec[] = [];
  let from = firstBin;
  for (let octave = firstBin; octave < windowViews / 2; octave *= 2) {
    const middle = octave + octave / 2;
    if (octave >= 4) bands.push(plain(from, middle - 1));
    if (octave >= 4) from = middle;
    bands.push(plain(from, 2 * octave - 1));
    from = 2 * octave;
  }
  return bands;
}

function plain(first: number, last: number): BandSpec {
  return { kind: 'band', firstBin: first, lastBin: last, part: null };
}

export function bearingBands(): BandSpec[] {
  const of = (kind: 'tone' | 'envelope') => (part: BearingPart) => ({ kind, firstBin: 0, lastBin: 0, part });
  return [...bearingParts.map(of('tone')), ...bearingParts.map(of('envelope'))];
}

/** The band whose envelope is looked at, in Hz. */
export function ringingOf({ fromHz, toHz }: SpectrumBearing, rateHz: number) {
  return toHz > 0
    ? { fromHz, toHz: Math.min(toHz, rateHz / 2) }
    : { fromHz: rateHz / 8, toHz: 0.45 * rateHz };
}

export interface SpectrumReach {
  readonly part: BearingPart;
  readonly kind: 'tone' | 'envelope';
  /** Turns a second of the shaft between which it can be told; `fromHz` above `toHz`: never. */
  readonly fromHz: number;
  readonly toHz: number;
}

/** Which parts of the bearing can be told at which speeds from views that come so fast: for whoever sets it up. */
export function reachOfSpectrum({ bearing, windowViews }: SpectrumOptions, periodS: number): SpectrumReach[] {
  if (bearing === undefined) return [];
  const rateHz = 1 / periodS;
  const windowMs = windowViews * periodS * 1000;
  const ringing = ringingOf(bearing, rateHz);
  const bandHz = ringing.toHz - ringing.fromHz;
  return bearingBands().map(({ kind, part }) => {
    const order = bearing.orders[part!];
    const tone = kind === 'tone';
    const reach = reachOf({ order, rateHz, windowMs, ...(!tone && { bandHz }) });
    return { part: part!, kind: tone ? 'tone' : 'envelope', ...reach };
  });
}

/** Fills `energies` (mean squares) for the watched column at `place`. */
export function fillEnergies(state: SpectrumState, place: number): void {
  const { input, energies, bands, hann, fft, power } = state;
  const { length } = input;
  unroll(state, place);
  energies.fill(Number.NaN);
  if (state.turns !== null) fillOrders(state, place);
  unroll(state, place);
  let squares = 0;
  for (let i = 0; i < length; i++) {
    input[i] = input[i]! * hann[i]!;
    squares += hann[i]! ** 2;
  }
  powerSpectrum(fft, input, power);
  for (let b = 0; b < bands.length; b++) {
    const { kind, firstBin: first, lastBin: last } = bands[b]!;
    if (kind !== 'band') continue;
    let sum = 0;
    for (let k = first; k <= last; k++) sum += power[k]!;
    energies[b] = (2 * sum) / (length * squares);
  }
}

/** The column's views in order of time, without their mean and slope. */
function unroll({ ring, head, input }: SpectrumState, place: number): void {
  const { length } = input;
  let sum = 0;
  let moment = 0;
  for (let i = 0; i < length; i++) {
    const value = ring[place * length + ((head + i) & (length - 1))]!;
    input[i] = value;
    sum += value;
    moment += value * (i - (length - 1) / 2);
  }
  const mean = sum / length;
  const slope = moment / ((length * (length * length - 1)) / 12);
  for (let i = 0; i < length; i++) input[i] = input[i]! - mean - slope * (i - (length - 1) / 2);
}

function fillOrders(state: SpectrumState, place: number): void {
  const { options, setup, turns, demodulation, input, watched } = state;
  const { bearing } = options;
  if (bearing === undefined || turns === null || demodulation === null) return;
  if (watched[place] === bearing.speedColumn) return;
  const { length } = input;
  const rateHz = 1 / setup.periodS;
  if (!turnShaft(state, length, 1)) return;
  for (let b = 0; b < state.bands.length; b++) fillOrder(state, b, 'tone', input, length, rateHz);
  const { fromHz, toHz } = ringingOf(bearing, rateHz);
  demodulate(demodulation, input, length, rateHz, fromHz, toHz);
  if (!turnShaft(state, demodulation.length, length / demodulation.length)) return;
  for (let b = 0; b < state.bands.length; b++) {
    fillOrder(
      state,
      b,
      'envelope',
      demodulation.envelope,
      demodulation.length,
      demodulation.rateHz,
      toHz - fromHz,
    );
  }
}

/** Every so many views; false where nobody knows how fast it turned. */
function turnShaft({ turns, speed, head, setup }: SpectrumState, count: number, every: number): boolean {
  const { length } = speed;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    turns!.angle[i] = sum;
    const turnsHz = speed[(head + Math.floor(i * every)) & (length - 1)]!;
    if (Number.isNaN(turnsHz)) return false;
    sum += Math.abs(turnsHz) * setup.periodS * every;
  }
  turns!.total = sum;
  return true;
}

function fillOrder(
  { bands, options, turns, setup, energies }: SpectrumState,
  b: number,
  kind: string,
  samples: Float64Array,
  length: number,
  rateHz: number,
  bandHz = Number.POSITIVE_INFINITY,
): void {
  const band = bands[b]!;
  if (band.kind !== kind || band.part === null) return;
  const order = options.bearing!.orders[band.part];
  const turnsHz = Math.max(slowestHz, (turns!.total * rateHz) / length);
  const windowMs = options.windowViews * setup.periodS * 1000;
  const { fromHz, toHz } = reachOf({ order, rateHz: 1 / setup.periodS, windowMs, bandHz });
  if (turnsHz < fromHz || turnsHz > toHz) return;
  energies[b] = combRms(turns!, samples, length, { order, harmonics, slip: ballSlip }) ** 2;
}
