// What a stream of samples has at an order of a shaft: of the samples themselves (a tone that turns with it), or of the
// envelope of a band in which a pit makes something ring. RMS, made anew a few times a window, and held between.
import { Origins, type SignalColumns } from '../frame.ts';
import { isBad, Quality, worse } from '../quality.ts';
import { writeMissing, writeSignal } from '../read-track.ts';
import { reachOf } from './bearing.ts';
import { type Demodulation, demodulate, newDemodulation } from './demodulate.ts';
import { type EvenSamples, layOutEvenly, qualityOf, roomFor, samplesMin, trueRateHz } from './even.ts';
import { Grade, newSeries, pushSeries, type Series, slideSeries, slotOf } from './series.ts';
import { type Comb, combRms, followShaft, newTurns, type Turns } from './turns.ts';

/** So often within a window it is made anew. */
const hopsPerWindow = 4;
/** Of the speed, one a frame: a minute of frames every 15 ms. */
const speedsMax = 4096;
/** A shaft slower than this, in turns a second, stands. */
const standsHz = 0.05;

export interface EnvelopePolicy extends Comb {
  readonly windowMs: number;
  readonly rateHz: number;
  /** The band whose envelope is looked at; absent: the samples themselves. */
  readonly band?: { readonly fromHz: number; readonly toHz: number };
  /** Turns a second of a shaft whose speed nobody measures; else it is a row of the frame. */
  readonly turnsHz?: number;
}

export interface Envelope extends EvenSamples {
  readonly policy: EnvelopePolicy;
  readonly demodulation: Demodulation | null;
  readonly turns: Turns;
  readonly speeds: Series;
  nextMs: number;
  madeMs: number;
  value: number;
  quality: number;
}

export function newEnvelope(policy: EnvelopePolicy): Envelope {
  const length = roomFor(policy);
  return {
    policy,
    series: newSeries(length * 2),
    input: new Float64Array(length),
    demodulation: policy.band === undefined ? null : newDemodulation(length),
    turns: newTurns(length),
    speeds: newSeries(speedsMax),
    ...{ present: 0, doubtful: 0, firstMs: 0, lastMs: 0 },
    ...{ nextMs: Number.NEGATIVE_INFINITY, madeMs: Number.NaN },
    ...{ value: Number.NaN, quality: Quality.badWaitingForInitialData },
  };
}

/** The newest sample; times never decrease. */
export function pushEnvelope({ series }: Envelope, timeMs: number, value: number, quality: number): void {
  pushSeries(series, timeMs, value, quality);
}

/** The speed of the shaft in a frame, in turns a second; before `readEnvelope` of that frame. */
export function pushSpeed({ speeds, policy }: Envelope, timeMs: number, turnsHz: number, quality: number) {
  const known = Number.isFinite(turnsHz) ? quality : worse(quality, Quality.badOutOfRange);
  pushSeries(speeds, timeMs, turnsHz, known);
  // Some before the window: the speed at its beginning lies between two.
  slideSeries(speeds, timeMs - 2 * policy.windowMs);
}

/** Writes what the window that ends at `atMs`, or at most a quarter of a window earlier, has at the order. */
export function readEnvelope(envelope: Envelope, atMs: number, out: SignalColumns, row: number): void {
  const { windowMs, turnsHz } = envelope.policy;
  const due = atMs >= envelope.nextMs;
  if (due) {
    if (turnsHz !== undefined) pushSpeed(envelope, atMs, turnsHz, Quality.good);
    slideSeries(envelope.series, atMs - windowMs);
    make(envelope);
    envelope.nextMs = atMs + windowMs / hopsPerWindow;
  }
  const never = Number.isNaN(envelope.madeMs);
  const ageMs = never ? Number.POSITIVE_INFINITY : atMs - envelope.madeMs;
  if (isBad(envelope.quality)) writeMissing(out, row, envelope.quality, ageMs);
  else {
    const origin = due ? Origins.measured : Origins.held;
    writeSignal(out, row, envelope.value, envelope.quality, origin, ageMs);
  }
}

function make(envelope: Envelope): void {
  const { series, input } = envelope;
  const length = layOutEvenly(envelope);
  if (envelope.present < samplesMin || envelope.lastMs <= envelope.firstMs) {
    const never = Number.isNaN(envelope.madeMs) && series.count === 0;
    envelope.quality = never ? Quality.badWaitingForInitialData : Quality.badNoCommunication;
    return;
  }
  envelope.madeMs = envelope.lastMs;
  const rateHz = trueRateHz(envelope, length);
  envelope.quality = qualityOf(envelope, rateHz);
  const kept = Math.min(length, input.length);
  const value = measure(envelope, kept, rateHz);
  if (Number.isFinite(value)) envelope.value = value;
  else if (!isBad(envelope.quality)) envelope.quality = Quality.badOutOfRange;
}

/** NaN where samples that come so fast, in a window so long, cannot tell; 0 of a shaft that stands. */
function measure(envelope: Envelope, length: number, rateHz: number): number {
  const { policy, turns, demodulation, input, speeds, firstMs } = envelope;
  const { band } = policy;
  let samples = input;
  let count = length;
  let everyHz = rateHz;
  if (demodulation !== null && band !== undefined) {
    demodulate(demodulation, input, length, rateHz, band.fromHz, band.toHz);
    samples = demodulation.envelope;
    count = demodulation.length;
    everyHz = demodulation.rateHz;
  }
  if (!followShaft(turns, count, firstMs, everyHz, speeds)) {
    envelope.quality = Quality.badWaitingForInitialData;
    return Number.NaN;
  }
  const newest = speeds.grade[slotOf(speeds, speeds.count - 1)]!;
  // Nobody tells the speed any more, or it is in doubt: it is taken to be as it was.
  if (newest !== Grade.good) envelope.quality = worse(envelope.quality, Quality.uncertainSubNormal);
  const turnsHz = (turns.total * everyHz) / count;
  if (turnsHz < standsHz) return 0;
  const bandHz = band === undefined ? undefined : band.toHz - band.fromHz;
  const reach = reachOf({
    ...{ order: policy.order, rateHz, windowMs: policy.windowMs },
    ...(bandHz !== undefined && { bandHz }),
  });
  // Too slow for the window to hold a few of them: as good as standing. Too fast: nobody can say.
  if (turnsHz < reach.fromHz) return 0;
  return turnsHz > reach.toHz ? Number.NaN : combRms(turns, samples, count, policy);
}
