// The spectrum of each column by itself over a short time: sees energy rise in a band, or at an order of a bearing,
// beyond what it is in this mode. It hears only what views are fast enough to show.
import { newDemodulation } from '../../derive/demodulate.ts';
import { newFft } from '../../derive/fft.ts';
import { newTurns } from '../../derive/turns.ts';
import type { Detector, DetectorSetup, Verdict, View } from '../detector.ts';
import { normalAbove } from '../joint/chi.ts';
import { silence } from '../joint/silence.ts';
import { addTail, tailBound } from '../joint/tail.ts';
import { bearingBands, fillEnergies, plainBands } from './bands.ts';
import { recallSpectrum, rememberSpectrum } from './memory.ts';
import { newSpectrumNormal, spectrumTail } from './normal.ts';
import type { SpectrumNormal, SpectrumOptions, SpectrumState } from './state.ts';

const hopsPerWindow = 4;
/** More of a window than this bridged: it says nothing. */
const bridgedMax = 0.1;
/** Of the logarithm of an energy: it never holds stiller than this. */
const sigmaMin = 0.05;
/** Neighbouring windows share most of their views: so many say as much as one. */
const alike = 2.5;
const fallsBelow = 0.85;
const strangeShare = 0.01;
const boundEvery = 16;
const bluntFrom = 6;
const bluntSigmas = 3;
/** No column of a machine is so large: it is a number that says nothing. */
const absurd = 1e30;
/** What lasts is judged over so many spectra: chance cancels, a fault stays. */
const slowSpectra = 12;

export const spectrum: Detector<SpectrumState, SpectrumOptions> = {
  kind: 'spectrum',
  joint: false,
  about: 'energy of a vibration rises in a band, or at an order of a bearing, beyond what it is in this mode',
  usual: { windowViews: 128, learnS: 300, learnWindows: 40, forgetS: 14_400, alpha: 1e-4, riseMin: 1.5 },
  needsS(setup, options) {
    const { windowViews } = options;
    return (windowViews + (windowsNeeded(setup, options) + 1) * hopOf(options)) * setup.periodS;
  },
  create(setup, options) {
    const { windowViews, bearing } = options;
    if (!Number.isInteger(Math.log2(windowViews)) || windowViews < 16)
      throw new RangeError(`a window of ${windowViews} views is no power of two from 16`);
    const watched = watchedOf(setup);
    const bands = [...plainBands(windowViews), ...(bearing === undefined ? [] : bearingBands())];
    const width = watched.length;
    return {
      ...{ options, setup, watched, bands, hop: hopOf(options) },
      normals: Array.from({ length: setup.modes }, () => null),
      ring: new Float64Array(width * windowViews),
      speed: new Float64Array(bearing === undefined ? 0 : windowViews),
      ...{ bridged: new Int32Array(width), isBridged: new Uint8Array(width * windowViews) },
      ...{ head: 0, views: 0, mode: -1, viewsInMode: 0 },
      ...{ fft: newFft(windowViews), input: new Float64Array(windowViews) },
      hann: Float64Array.from({ length: windowViews }, (_, i) => hannAt(i, windowViews)),
      power: new Float64Array(windowViews / 2 + 1),
      turns: bearing === undefined ? null : newTurns(windowViews),
      demodulation: bearing === undefined ? null : newDemodulation(windowViews),
      ...{ energies: new Float64Array(bands.length), slow: new Float64Array(width * bands.length) },
      ...{ ratio: new Float64Array(width), band: new Int32Array(width).fill(-1) },
      rms: new Float64Array(width).fill(Number.NaN),
      bound: new Float64Array(width).fill(Number.NaN),
      level: new Uint8Array(width),
    };
  },
  observe,
  remember: rememberSpectrum,
  recall: recallSpectrum,
};

function hannAt(i: number, length: number): number {
  return 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length);
}

function hopOf({ windowViews }: SpectrumOptions): number {
  return windowViews / hopsPerWindow;
}

export function windowsNeeded({ periodS }: DetectorSetup, options: SpectrumOptions): number {
  return Math.ceil(Math.max(options.learnWindows, options.learnS / (hopOf(options) * periodS)));
}

function watchedOf({ columns, watched }: DetectorSetup): Int32Array {
  const all = Int32Array.from({ length: columns }, (_, i) => i);
  return watched === undefined ? all : all.filter((i) => watched[i] === 1);
}

function observe(state: SpectrumState, view: View, verdict: Verdict): void {
  silence(verdict);
  push(state, view);
  const { mode } = view;
  if (mode !== state.mode) {
    state.mode = mode;
    state.viewsInMode = 0;
    state.ratio.fill(0);
    state.slow.fill(0);
    state.level.fill(0);
    state.band.fill(-1);
  }
  state.viewsInMode++;
  if (mode < 0 || mode >= state.setup.modes) return;
  const normal = normalOf(state, mode);
  if (state.viewsInMode >= state.options.windowViews) {
    const { length } = state.watched;
    const phase = state.viewsInMode % state.hop;
    // Columns take turns: each once a hop.
    const first = Math.ceil((phase * length) / state.hop);
    const last = Math.ceil(((phase + 1) * length) / state.hop);
    for (let place = first; place < last; place++) hear(state, normal, place);
  }
  tell(state, normal, verdict);
}

function normalOf(state: SpectrumState, mode: number): SpectrumNormal {
  const known = state.normals[mode];
  if (known !== null && known !== undefined) return known;
  const made = newSpectrumNormal(state);
  state.normals[mode] = made;
  return made;
}

/** What is missing is bridged by what came before it. */
function push(state: SpectrumState, { value }: View): void {
  const { ring, watched, bridged, isBridged, head, options, speed } = state;
  const length = options.windowViews;
  const before = (head + length - 1) & (length - 1);
  for (let place = 0; place < watched.length; place++) {
    const at = place * length + head;
    const now = value[watched[place]!]!;
    const missing = Math.abs(now) < absurd ? 0 : 1;
    ring[at] = missing === 1 ? ring[place * length + before]! : now;
    bridged[place] = bridged[place]! + missing - isBridged[at]!;
    isBridged[at] = missing;
  }
  const { bearing } = options;
  if (bearing !== undefined) {
    const { speedColumn, turnsHz } = bearing;
    speed[head] = speedColumn < 0 ? turnsHz : value[speedColumn]! * turnsHz;
  }
  state.head = (head + 1) & (length - 1);
}

function hear(state: SpectrumState, normal: SpectrumNormal, place: number): void {
  const { options, bridged, bands, energies, setup } = state;
  if (bridged[place]! > bridgedMax * options.windowViews) {
    state.ratio[place] = 0;
    state.level[place] = 0;
    state.band[place] = -1;
    return;
  }
  fillEnergies(state, place);
  const needed = windowsNeeded(setup, options);
  const ready = normal.seen[place]! >= needed;
  const plain = compare(state, normal, place);
  const ratio = ready ? plain / normal.seenBound : 0;
  state.ratio[place] = ratio;
  state.level[place] = ratio >= 1 || (state.level[place]! > 0 && ratio >= fallsBelow) ? 1 : 0;
  const share = ready && ratio >= 1 ? strangeShare : 1;
  const horizon = options.forgetS / (state.hop * setup.periodS);
  for (let b = 0; b < bands.length; b++) {
    const at = place * bands.length + b;
    if (energies[b]! > 0) follow(normal, at, Math.log(energies[b]!), state.slow[at]!, share, horizon);
  }
  normal.seen[place] = normal.seen[place]! + 1;
  // The first ones say little of how far the later ones go.
  if (normal.seen[place]! * 2 > needed) addTail(normal.tail, plain, share, horizon);
  if (normal.seen[place]! % boundEvery !== 0 && normal.seen[place]! > needed) return;
  normal.seenBound = Math.max(1, tailBound(normal.tail, options.alpha, spectrumTail));
}

/** The furthest band, by what theory allows; fills what is told of it. */
function compare(state: SpectrumState, normal: SpectrumNormal, place: number): number {
  const { bands, energies, options, slow } = state;
  const z = normalAbove(options.alpha / bands.length / 2);
  const riseMin = Math.log(options.riseMin) / normal.seenBound;
  let furthest = 0;
  state.band[place] = -1;
  for (let b = 0; b < bands.length; b++) {
    const at = place * bands.length + b;
    const energy = energies[b]!;
    const weight = normal.weight[at]! / alike;
    if (!(energy > 0) || weight < 2) continue;
    const apart = Math.log(energy) - normal.mean[at]!;
    slow[at] = slow[at]! + (apart - slow[at]!) / slowSpectra;
    // Of few, mean and spread are themselves only estimated.
    const doubt = z * (1 + 2 / weight);
    const allowed = Math.max(riseMin, doubt * Math.sqrt(normal.variance[at]! + sigmaMin ** 2));
    const slowSigma = Math.sqrt(
      Math.max(normal.slowVariance[at]!, normal.variance[at]! / slowSpectra) + sigmaMin ** 2,
    );
    const slowAllowed = Math.max(riseMin, doubt * slowSigma);
    const isSlow = slow[at]! / slowAllowed > apart / allowed;
    const ratio = isSlow ? slow[at]! / slowAllowed : apart / allowed;
    if (ratio <= furthest) continue;
    furthest = ratio;
    state.band[place] = b;
    state.rms[place] = Math.exp((normal.mean[at]! + (isSlow ? slow[at]! : apart)) / 2);
    state.bound[place] = Math.exp(
      (normal.mean[at]! + (isSlow ? slowAllowed : allowed) * normal.seenBound) / 2,
    );
  }
  return furthest;
}

function follow(
  normal: SpectrumNormal,
  at: number,
  logEnergy: number,
  slow: number,
  share: number,
  horizon: number,
): void {
  const { weight, mean, variance, slowVariance } = normal;
  weight[at] = Math.min(Math.max(horizon, 8), weight[at]! + share);
  const rate = Math.min(1, share / Math.max(1, weight[at]!));
  const far = logEnergy - mean[at]!;
  const most =
    weight[at]! < bluntFrom ? Number.POSITIVE_INFINITY : bluntSigmas * Math.sqrt(variance[at]! + sigmaMin);
  // A stranger among what it learns from moves it by no more than the furthest of the others.
  const apart = Math.max(-most, Math.min(most, far));
  mean[at] = mean[at]! + rate * apart;
  variance[at] = (1 - rate) * (variance[at]! + rate * apart * apart);
  slowVariance[at] = slowVariance[at]! + rate * (slow * slow - slowVariance[at]!);
}

function tell(state: SpectrumState, normal: SpectrumNormal, verdict: Verdict): void {
  const { watched, ratio, options, setup } = state;
  const needed = windowsNeeded(setup, options);
  for (let place = 0; place < watched.length; place++) {
    const column = watched[place]!;
    const seen = normal.seen[place]!;
    verdict.readiness[column] = Math.min(1, seen / needed);
    if (seen < needed || state.band[place]! < 0) continue;
    const cubed = ratio[place]! ** 3;
    verdict.scores[column] = cubed / (1 + cubed);
    verdict.score = Math.max(verdict.score, verdict.scores[column]!);
    verdict.levels[column] = state.level[place]!;
    verdict.values[column] = state.rms[place]!;
    verdict.bounds[column] = state.bound[place]!;
  }
}

export interface SpectrumFinding {
  /** The band in Hz, or the part of the bearing it is at. */
  readonly fromHz: number;
  readonly toHz: number;
  readonly part: string;
  readonly kind: 'band' | 'tone' | 'envelope';
}

/** Which band of a column is the furthest from what it usually is; undefined where none is known. For a text. */
export function furthestBand(state: SpectrumState, column: number): SpectrumFinding | undefined {
  const spec = state.bands[state.band[state.watched.indexOf(column)] ?? -1];
  if (spec === undefined) return undefined;
  const binHz = 1 / (state.setup.periodS * state.options.windowViews);
  const { kind, part, firstBin, lastBin } = spec;
  return { kind, part: part ?? '', fromHz: (firstBin - 0.5) * binHz, toHz: (lastBin + 0.5) * binHz };
}
