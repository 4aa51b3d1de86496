// Monte Carlo over what is known of a machine and the load it has had lately: when each way in which it fails comes, in
// so many futures. Seeded; the same job is the same forecast on any thread.
import type { FailureForecast, Risk, RiskLevel } from '../forecast.ts';
import type { FailureSpec, Model } from '../model.ts';
import { models } from '../models/index.ts';
import { passFutures } from './futures.ts';
import { type Heat, heatOf } from './heat.ts';
import type { ForecastJob } from './job.ts';
import { type Lives, livesOf } from './lives.ts';
import { lookAt, type SeenLoad } from './seen-load.ts';

const curvePoints = 48;

const mediumFrom = 0.1;
const highFrom = 0.5;

/** By the model the job names. */
export function forecastRisk(job: ForecastJob): Risk {
  const model = models.get(job.model);
  if (model === undefined) throw new RangeError(`there is no model ${job.model}`);
  return riskOf(job, model);
}

export function riskOf(job: ForecastJob, model: Model): Risk {
  const horizonH = job.horizonH > 0 && Number.isFinite(job.horizonH) ? job.horizonH : 24;
  const particles = Math.max(1, Math.floor(job.particles));
  const lives = livesOf(model, job.memory, job.failures);
  const seen = lookAt(job.load, weightOf(lives), model);
  const told = job.failures.map((spec, f) => isTold(spec, f, lives, seen));
  const hours = job.failures.map(() => new Float64Array(particles).fill(Number.POSITIVE_INFINITY));
  const heat = heatOf(job, model, seen);
  passFutures({ ...job, horizonH, particles }, lives, seen, heat, hours);
  const shown = job.failures.flatMap((spec, f) => (told[f] ? [{ spec, hours: hours[f]! }] : []));
  const first = firstOf(
    shown.map((each) => each.hours),
    particles,
  );
  return {
    ...{ horizonH, particles, seed: job.seed, timeMs: job.timeMs },
    failures: shown.map(({ spec, hours: each }) => failureForecast(spec, each, horizonH)),
    probability: first.probability(horizonH),
    level: levelOf(Math.max(0, ...shown.map((each) => shareBy(each.hours, horizonH)))),
    limiting: first.limiting < 0 ? undefined : shown[first.limiting]!.spec.name,
    loadHours: seen.watchedS / 3600,
    notes: notesOf(seen, lives, heat),
  };
}

function levelOf(probability: number): RiskLevel {
  if (probability < mediumFrom) return 'low';
  return probability < highFrom ? 'medium' : 'high';
}

/** By component: what a unit of life used is worth: what is near its end counts most. */
function weightOf({ watch, lives }: Lives): Float64Array {
  const weight = new Float64Array(watch.state.length).fill(1);
  for (const { component, left } of lives) weight[component] = 1 / Math.max(0.02, left);
  return weight;
}

/** Of what is exchanged by number, most have never been in the machine: of those there is nothing to tell. */
function isTold({ of }: FailureSpec, f: number, { watch, wear, lives }: Lives, seen: SeenLoad): boolean {
  if ('output' in of) return watch.model.outputs.some(({ name }) => name === of.output);
  const life = lives.find(({ failure }) => failure === f);
  if (life === undefined) return false;
  const c = life.component;
  const spec = watch.model.wear![c]!;
  if (spec.gauge === undefined || wear[c]! > 0) return true;
  for (let i = c; i < seen.used.length; i += seen.components) if (seen.used[i]! > 0) return true;
  return false;
}

function shareBy(hours: Float64Array, horizonH: number): number {
  let count = 0;
  for (const each of hours) if (each <= horizonH) count++;
  return count / hours.length;
}

/** Of sorted hours. */
function shareOf(sorted: Float64Array, byH: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= byH) low = middle + 1;
    else high = middle;
  }
  return low / sorted.length;
}

function failureForecast(spec: FailureSpec, hours: Float64Array, horizonH: number): FailureForecast {
  const sorted = hours.slice().sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return {
    failure: spec.name,
    about: spec.about,
    ...('component' in spec.of ? { component: spec.of.component } : {}),
    threshold: spec.threshold,
    probability: shareOf(sorted, horizonH),
    hours: { p10: at(0.1), p50: at(0.5), p90: at(0.9) },
    band90: { p05: at(0.05), p95: at(0.95) },
    curve: Array.from({ length: curvePoints }, (_, k) => shareOf(sorted, (horizonH * (k + 1)) / curvePoints)),
  };
}

function firstOf(hours: readonly Float64Array[], particles: number) {
  const first = new Float64Array(particles).fill(Number.POSITIVE_INFINITY);
  const count = new Float64Array(hours.length);
  for (let i = 0; i < particles; i++) {
    let limiting = -1;
    for (let f = 0; f < hours.length; f++) {
      if (hours[f]![i]! >= first[i]!) continue;
      first[i] = hours[f]![i]!;
      limiting = f;
    }
    if (limiting >= 0) count[limiting] = count[limiting]! + 1;
  }
  const most = Math.max(0, ...count);
  return {
    limiting: most > 0 ? count.indexOf(most) : -1,
    probability: (horizonH: number) => shareBy(first, horizonH),
  };
}

function notesOf(seen: SeenLoad, { lives, watch, wear }: Lives, heat: Heat | undefined): string[] {
  const notes: string[] = [];
  const hours = seen.watchedS / 3600;
  if (hours === 0) notes.push('no load was seen: nothing is seen to come that is not there already');
  else if (seen.busyS === 0) notes.push('no work was seen: of wear, none is seen to come');
  else if (hours < 24) notes.push('less than a day of load was seen: what comes at other hours is guessed');
  else if (hours < 7 * 24)
    notes.push('less than a week of load was seen: what days of rest there are is guessed');
  const unknown = lives.filter(
    ({ component: c, startSigma }) =>
      startSigma > 0 && (wear[c]! > 0 || watch.model.wear![c]!.gauge === undefined),
  );
  if (unknown.length > 0) {
    const names = unknown.map(({ component }) => watch.model.wear![component]!.component).join(', ');
    notes.push(`how worn it was at the start nobody has told: ${names}`);
  }
  if (heat !== undefined && heat.guessed.length > 0)
    notes.push(`of heat and currents, not learnt yet: ${heat.guessed.join(', ')}`);
  return notes;
}
