// Watching wear: how fast each component wears lately, how much of the time it works, and what is known of its wear
// and of the factor its rate has. Reads the twin; it never lowers wear: only an inspection and a replacement do.
//
// Wear W counts here as the life it has used, G = G(W) of shape.ts, in which a load wears evenly in all zones.
// Rates: exponentially weighted means of dG/dt over 1 h, 5 h and 24 h, divided by the share of the window that was seen.
// Belief: G = g + grown·(e^l − 1) + slope·l + e, with l = ln(factor / the twin's factor) ~ N(0, variance), shared by
// all components of a factor, and e ~ N(0, spread) of its own. What has grown since the last inspection is as
// uncertain as the factor; `slope` is what an inspection has left of that. A twin that is put on a machine does not know
// the wear it starts with: until somebody looks or a new one is put in, N(0, start) is added, with new as its mean.
import type { Model, WearSpec } from '../model.ts';
import type { Twin } from '../twin.ts';
import type { TwinNews } from '../twin-command.ts';
import { ageShapes, keepShape, lifeUsed, newShapes, relativeRate, type Shapes, wearAt } from './shape.ts';

export const shortS = 3600;
export const middleS = 5 * 3600;
export const longS = 24 * 3600;
/** How a load varies takes longer to see than how high it is. */
export const unrestS = 7 * 24 * 3600;
/** A whole life scatters by so much, for reasons that nobody models: its square is spread a unit of wear. */
const irregularity = 0.05;
export const spreadPerWear = irregularity * irregularity;

/** A rate that has faded to this is of weeks ago. */
const forgottenPerS = 1e-20;

/** Struct of arrays by component (by index of `model.wear`), but for those by factor. */
export interface WearWatch {
  readonly model: Model;
  readonly state: Int32Array;
  /** Index of its factor below. */
  readonly factor: Int32Array;
  /** The wear at the last tick; NaN where a twin's is taken as it is at the next. */
  readonly last: Float64Array;
  readonly shapes: Shapes;
  /** Life used a second by gateway time, and the share of time at work; not yet divided by `seen`. */
  readonly shortRate: Float64Array;
  readonly middleRate: Float64Array;
  readonly longRate: Float64Array;
  readonly longWork: Float64Array;
  /** Mean square of the short and of the middle rate about the long one, over a week. */
  readonly shortUnrest: Float64Array;
  readonly middleUnrest: Float64Array;
  readonly grown: Float64Array;
  readonly slope: Float64Array;
  readonly spread: Float64Array;
  readonly start: Float64Array;
  /** By factor: index of the parameter, its value when last seen, variance of its logarithm. */
  readonly parameter: Int32Array;
  readonly value: Float64Array;
  readonly variance: Float64Array;
  /** By `Seen`: shares of the windows that were seen, and seconds: watched, of this hour, at rest, not watched. */
  readonly seen: Float64Array;
  /** By window: the weight of a tick as long as the last, and 1 over the share that was seen. [seconds of the last] */
  readonly gain: Float64Array;
  readonly scale: Float64Array;
  readonly tickS: Float64Array;
}

export const Seen = {
  short: 0,
  middle: 1,
  long: 2,
  unrest: 3,
  watchedS: 4,
  hourS: 5,
  /** Watched, since anything last wore. */
  restS: 6,
  /** In which the twin has held still, until the machine is back. */
  heldS: 7,
} as const;
/** Wear has grown within so long before: it is at work. A pause between two parts is no rest. */
const workingS = 600;
const neverS = 1e9;
const windowsS = [shortS, middleS, longS, unrestS] as const;

export function newWearWatch(model: Model): WearWatch {
  const wear = model.wear ?? [];
  const factors = [...new Set(wear.map((spec) => spec.factor))];
  const parameter = Int32Array.from(factors, (name) => indexOf(model.parameters, name));
  const column = () => new Float64Array(wear.length);
  const state = Int32Array.from(wear, (spec) => indexOf(model.states, spec.state));
  return {
    model,
    state,
    factor: Int32Array.from(wear, (spec) => factors.indexOf(spec.factor)),
    last: Float64Array.from(state, (s) => model.states[s]!.initial),
    shapes: newShapes(model),
    shortRate: column(),
    middleRate: column(),
    longRate: column(),
    longWork: column(),
    shortUnrest: column(),
    middleUnrest: column(),
    grown: column(),
    slope: column(),
    spread: column(),
    start: Float64Array.from(wear, startVariance),
    parameter,
    value: new Float64Array(factors.length),
    variance: Float64Array.from(parameter, (p) => priorVariance(model, p)),
    seen: newSeen(),
    gain: new Float64Array(windowsS.length),
    scale: new Float64Array(windowsS.length),
    tickS: new Float64Array(1),
  };
}

/** Of the wear that a component has when a twin first sees it, when its model does not say. */
const startSigma = 0.3;

export function startVariance(spec: WearSpec): number {
  return (spec.startSigma ?? startSigma) ** 2;
}

function newSeen(): Float64Array {
  const seen = new Float64Array(Object.keys(Seen).length);
  seen[Seen.restS] = neverS;
  return seen;
}

function indexOf(specs: readonly { readonly name: string }[], name: string): number {
  const at = specs.findIndex((spec) => spec.name === name);
  if (at < 0) throw new RangeError(`wear names ${name}, which the model has not`);
  return at;
}

/** Of the logarithm of something positive with this mean and standard deviation. */
function logVariance(mean: number, sigma: number): number {
  return Math.log1p((sigma / mean) ** 2);
}

function priorVariance(model: Model, parameter: number): number {
  const { value, priorSigma } = model.parameters[parameter]!;
  return logVariance(value, priorSigma);
}

/** After each step of the twin. Steps may be long. */
export function watchWear(
  watch: WearWatch,
  twin: Twin,
  dtS: number,
  machine: number,
  news: TwinNews[],
): void {
  followFactors(watch, twin);
  passTime(watch, dtS);
  for (let c = 0; c < watch.last.length; c++) {
    const added = addedWear(watch, twin, c, machine, news);
    if (added > 0) wears(watch, twin, c, added, dtS);
    else if (watch.longRate[c]! > forgottenPerS) take(watch, c, 0, 0);
    else if (watch.longRate[c]! > 0) scaleRates(watch, c, 0);
  }
}

/** Into the windows: a rate, and whether it works. */
function take(watch: WearWatch, c: number, rate: number, work: number): void {
  const { gain, scale } = watch;
  const short = watch.shortRate[c]! + (rate - watch.shortRate[c]!) * gain[Seen.short]!;
  const middle = watch.middleRate[c]! + (rate - watch.middleRate[c]!) * gain[Seen.middle]!;
  const long = watch.longRate[c]! + (rate - watch.longRate[c]!) * gain[Seen.long]!;
  watch.shortRate[c] = short;
  watch.middleRate[c] = middle;
  watch.longRate[c] = long;
  watch.longWork[c] = watch.longWork[c]! + (work - watch.longWork[c]!) * gain[Seen.long]!;
  const mean = long * scale[Seen.long]!;
  const shortOff = short * scale[Seen.short]! - mean;
  const middleOff = middle * scale[Seen.middle]! - mean;
  const week = gain[Seen.unrest]!;
  watch.shortUnrest[c] = watch.shortUnrest[c]! + (shortOff * shortOff - watch.shortUnrest[c]!) * week;
  watch.middleUnrest[c] = watch.middleUnrest[c]! + (middleOff * middleOff - watch.middleUnrest[c]!) * week;
}

/** Another value of a factor, from wherever: the rates that were seen are that much higher from now on. */
export function followFactors(watch: WearWatch, twin: Twin): void {
  const { parameter, value, factor } = watch;
  for (let f = 0; f < parameter.length; f++) {
    const now = twin.parameters[parameter[f]!]!;
    if (now === value[f]) continue;
    const ratio = value[f]! > 0 ? now / value[f]! : 1;
    value[f] = now;
    for (let c = 0; c < factor.length; c++) if (factor[c] === f) scaleRates(watch, c, ratio);
  }
}

function scaleRates(watch: WearWatch, c: number, ratio: number): void {
  watch.shortRate[c] = watch.shortRate[c]! * ratio;
  watch.middleRate[c] = watch.middleRate[c]! * ratio;
  watch.longRate[c] = watch.longRate[c]! * ratio;
  watch.shortUnrest[c] = watch.shortUnrest[c]! * ratio * ratio;
  watch.middleUnrest[c] = watch.middleUnrest[c]! * ratio * ratio;
}

function passTime(watch: WearWatch, dtS: number): void {
  const { seen, gain, scale, tickS } = watch;
  if (dtS !== tickS[0]) {
    tickS[0] = dtS;
    for (let w = 0; w < windowsS.length; w++) gain[w] = -Math.expm1(-dtS / windowsS[w]!);
  }
  for (let w = 0; w < windowsS.length; w++) {
    seen[w] = seen[w]! + (1 - seen[w]!) * gain[w]!;
    scale[w] = 1 / seen[w]!;
  }
  seen[Seen.watchedS] = seen[Seen.watchedS]! + dtS;
  seen[Seen.restS] = Math.min(neverS, seen[Seen.restS]! + dtS);
  seen[Seen.hourS] = seen[Seen.hourS]! + dtS;
  if (seen[Seen.hourS]! < shortS) return;
  seen[Seen.hourS] = 0;
  ageShapes(watch.shapes);
}

/** Since the last tick; wear that has fallen is a component that was replaced, and starts from nothing. */
function addedWear(watch: WearWatch, twin: Twin, c: number, machine: number, news: TwinNews[]): number {
  const before = watch.last[c]!;
  const now = twin.state[watch.state[c]!]!;
  watch.last[c] = now;
  if (now >= before) return now - before;
  // Before the first tick nothing is known to compare with.
  if (Number.isNaN(before)) return 0;
  forget(watch, c);
  news.push({ kind: 'replaced', machine, component: watch.model.wear![c]!.component, wear: before });
  return now;
}

function wears(watch: WearWatch, twin: Twin, c: number, added: number, dtS: number): void {
  const { shapes, grown, spread, seen } = watch;
  seen[Seen.restS] = 0;
  const used = added / relativeRate(shapes, c, watch.last[c]! - added / 2);
  take(watch, c, used / dtS, 1);
  grown[c] = grown[c]! + used;
  spread[c] = spread[c]! + used * spreadPerWear;
  keepShape(shapes, c, added / dtS, watch.state[c]!, twin);
}

/** Nothing has grown since, so nothing of it is uncertain. What was learnt of the factor stays. */
function forget(watch: WearWatch, c: number): void {
  watch.grown[c] = 0;
  watch.slope[c] = 0;
  watch.spread[c] = 0;
  watch.start[c] = 0;
}

/** What the twin has now is what the next tick adds to. */
export function watchFrom({ last, state }: WearWatch, twin: Twin): void {
  for (let c = 0; c < last.length; c++) last[c] = twin.state[state[c]!]!;
}

/** Index of a component by its name, -1 for one that the model has not. */
export function componentOf(watch: WearWatch, component: string): number {
  return (watch.model.wear ?? []).findIndex((spec) => spec.component === component);
}

/** Somebody has put in a new one. The wear the old one had; undefined for an unknown component. */
export function replaceComponent(watch: WearWatch, twin: Twin, component: string): number | undefined {
  const c = componentOf(watch, component);
  if (c < 0) return undefined;
  const state = watch.state[c]!;
  const before = twin.state[state]!;
  twin.state[state] = 0;
  watch.last[c] = 0;
  forget(watch, c);
  return before;
}

export function workedLately({ seen }: WearWatch): boolean {
  return seen[Seen.restS]! <= workingS;
}

/** Of the long window it worked so much. */
export function longWorkShare({ longWork, seen }: WearWatch, c: number): number {
  return seen[Seen.long]! > 0 ? longWork[c]! / seen[Seen.long]! : 0;
}

/** One standard deviation of what is known of a wear, towards more of it. */
export function wearSigma(watch: WearWatch, c: number, wear: number): number {
  const slope = watch.slope[c]! + watch.grown[c]!;
  const own = watch.spread[c]! + watch.start[c]!;
  const lifeSigma = Math.sqrt(slope * slope * watch.variance[watch.factor[c]!]! + own);
  return wearAt(watch.shapes, c, lifeUsed(watch.shapes, c, wear) + lifeSigma) - wear;
}

/** A factor that was set from outside with a sigma: a rollback, a set that was fitted elsewhere. */
export function believeFactor(watch: WearWatch, parameter: string, value: number, sigma: number): void {
  const f = watch.parameter.findIndex((index) => watch.model.parameters[index]!.name === parameter);
  if (f >= 0 && value > 0 && sigma > 0) watch.variance[f] = logVariance(value, sigma);
}
