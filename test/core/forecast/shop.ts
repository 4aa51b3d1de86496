// A shop of its own for forecasts: machines with shifts, days of rest, jobs of many kinds and changing batches, whose
// components wear at a rate that only they know. What the gateway would have seen of it goes the gateway's way: twin,
// wear watch, load book. Imports nothing of how a forecast is made.
import type { ForecastJob } from '../../../src/core/forecast/job.ts';
import { newLoadBook, noteLoad, profileOf } from '../../../src/core/forecast/load-book.ts';
import type { FailureSpec } from '../../../src/core/model.ts';
import { newTwin, parametersOf, type Twin } from '../../../src/core/twin.ts';
import { inspectWear } from '../../../src/core/wear/inspect.ts';
import { memoryOf } from '../../../src/core/wear/memory.ts';
import { newWearWatch, replaceComponent, watchWear } from '../../../src/core/wear/watch.ts';
import { newRandom, type Random, wearing, zoneRate } from '../wear/wearing.ts';

export const stepS = 60;
const hour = 3600;
const dayS = 86_400;

export interface Shop {
  /** Hours a day, from when on, and whether it rests at weekends; 24: around the clock. */
  readonly shiftH: number;
  readonly startH: number;
  readonly restsWeekends: boolean;
  /** Hours of work that a job lasts, on average, and how levels of jobs scatter. */
  readonly jobH: number;
  readonly jobSpread: number;
  readonly idleJobs: number;
  /** Every so many days another batch. */
  readonly batchDays: number;
  readonly batchSpread: number;
}

export function drawShop(random: Random): Shop {
  const u = random.uniform();
  return {
    shiftH: u < 0.35 ? 8 : u < 0.65 ? 16 : 24,
    startH: 5 + 4 * random.uniform(),
    restsWeekends: random.uniform() < 0.6,
    jobH: 0.75 * 16 ** random.uniform(),
    jobSpread: 0.25 + 0.5 * random.uniform(),
    idleJobs: 0.3 * random.uniform(),
    batchDays: 2 + 8 * random.uniform(),
    batchSpread: 0.3 * random.uniform(),
  };
}

/** The load at each step of a shop, from a time since 1970 on; mean about 1 while it works. */
export function newWork(shop: Shop, random: Random): (timeS: number) => number {
  let jobS = 0;
  let job = 0;
  let batchS = 0;
  let batch = 1;
  return (timeS) => {
    batchS -= stepS;
    if (batchS <= 0) {
      batchS = -Math.log(1 - random.uniform()) * shop.batchDays * dayS;
      batch = random.gamma(shop.batchSpread);
    }
    const day = Math.floor(timeS / dayS);
    const hourOfDay = (timeS - day * dayS) / hour;
    const intoShift = (hourOfDay - shop.startH + 24) % 24;
    const shiftDay = intoShift > hourOfDay ? day - 1 : day;
    const weekday = (shiftDay + 4) % 7;
    if (shop.restsWeekends && (weekday === 0 || weekday === 6)) return 0;
    if (shop.shiftH < 24 && intoShift >= shop.shiftH) return 0;
    // Half an hour to eat.
    if (intoShift % 8 >= 4 && intoShift % 8 < 4.5) return 0;
    jobS -= stepS;
    if (jobS <= 0) {
      jobS = -Math.log(1 - random.uniform()) * shop.jobH * hour;
      job = random.uniform() < shop.idleJobs ? 0 : random.gamma(shop.jobSpread);
    }
    // Parts of a few minutes, with changes of workpiece.
    const inPart = (timeS / 60) % 7 < 6;
    return inPart ? job * batch * (0.8 + 0.4 * random.uniform()) : 0;
  };
}

export const toolFails: FailureSpec = {
  name: 'tool-1-worn',
  about: 'The edge is worn out',
  of: { component: 'tool.1' },
  threshold: 1,
};

export interface Asked {
  readonly job: ForecastJob;
  /** Hours until it truly was worn out; 0: it was already. */
  readonly livedH: number;
}

export interface WearOutOptions {
  /** Before it is asked, and between asking: drawn by default. */
  readonly moments: number;
  readonly particles: number;
  readonly shop?: Partial<Shop>;
  /** Hours of work of a life; drawn by default. */
  readonly lifeH?: number;
  readonly watchedH?: number;
  /** Of the logarithm of the true factor, in sigmas of what is believed: so that many wear-outs can be spread evenly. */
  readonly factorZ?: number;
}

/**
 * One edge from its beginning to its end in a shop that was watched for a while before: its true factor and what it had
 * behind it are drawn from what the twin believes of them. Asked at moments that nothing of the truth decides.
 */
export function wearOut(seed: number, options: WearOutOptions): Asked[] {
  const random = newRandom(seed);
  const shop = { ...drawShop(random), ...options.shop };
  const lifeH = options.lifeH ?? 15 * 20 ** random.uniform();
  const base = 1 / (lifeH * hour);
  const factorVariance = Math.log(1.25);
  const factorZ = options.factorZ ?? random.normal();
  const unknownStart = random.uniform() < 0.3;
  const looks = random.uniform() < 0.4;
  const twin = newTwin(wearing, parametersOf(wearing, { 'tool.base': base }));
  const truth: Truth = { wear: 0, rate: base * Math.exp(Math.sqrt(factorVariance) * factorZ) };
  const watch = newWearWatch(wearing);
  const book = newLoadBook(wearing, stepS);
  const work = newWork(shop, random);
  let timeS =
    Math.floor(1_790_000_000 / stepS) * stepS + Math.floor((random.uniform() * 7 * dayS) / stepS) * stepS;
  const live = () => {
    const load = work(timeS);
    timeS += stepS;
    return load;
  };
  const pass = (watched: boolean) => {
    const load = live();
    wearTruth(truth, load, random);
    if (!watched) return;
    twin.input[0] = load;
    wearing.step(twin.parameters, twin.state, twin.input, stepS, twin.output);
    watchWear(watch, twin, stepS, 0, []);
    noteLoad(book, twin, watch, timeS * 1000, stepS);
  };
  const watchedH = options.watchedH ?? 2 * 84 ** random.uniform();
  if (unknownStart) truth.wear = Math.max(0, 0.3 * random.normal());
  else {
    for (let at = 0; at < watchedH * hour; at += stepS) {
      pass(true);
      // The edges before it were exchanged in time.
      if (twin.state[0]! > 0.95) replaceComponent(watch, twin, 'tool.1');
    }
    replaceComponent(watch, twin, 'tool.1');
    truth.wear = 0;
  }
  // Moments by the twin's own count of life, up to nine tenths of it.
  const moments = Array.from({ length: options.moments }, () => 0.02 + 0.88 * random.uniform()).sort(
    (a, b) => a - b,
  );
  const lookAt = looks ? 0.1 + 0.7 * random.uniform() : Number.POSITIVE_INFINITY;
  const asked: { job: ForecastJob; atS: number }[] = [];
  let looked = false;
  let endS = Number.NaN;
  for (let guard = 0; guard < 2e6; guard++) {
    if (Number.isNaN(endS) && truth.wear >= 1) endS = timeS;
    const done = twin.state[0]!;
    if (!looked && done >= lookAt) {
      looked = true;
      inspectWear(watch, twin, 'tool.1', Math.max(0, truth.wear + 0.03 * random.normal()), 0.03);
    }
    while (asked.length < moments.length && twin.state[0]! >= moments[asked.length]!) {
      const particles = options.particles;
      asked.push({ job: jobOf(twin, watch, book, timeS, particles, seed * 1000 + asked.length), atS: timeS });
    }
    // A look may say that less is left than the moments want.
    if (asked.length === moments.length || (twin.state[0]! >= 1 && !Number.isNaN(endS))) {
      if (!Number.isNaN(endS)) break;
    }
    pass(asked.length < moments.length);
  }
  return asked.map(({ job, atS }) => ({ job, livedH: Math.max(0, endS - atS) / hour }));
}

/** ∫ dw / zoneRate(w) from 0 to 1: wear of a life without zones over that of one with them. */
const zonesLife = 0.1 / 2 + 0.7 + 0.2 / 3;

/**
 * The law of the model, but that nothing ends at 1: who looks at an edge that is gone sees that it is. Life is used by
 * leaps, a gamma process: a whole life scatters by a twentieth, whatever the load was that used it.
 */
function wearTruth(truth: Truth, load: number, random: Random): void {
  if (!(load > 0)) return;
  const even = truth.rate * load * stepS;
  const leaps = 0.05 / Math.sqrt(even / zonesLife);
  truth.wear += zoneRate(truth.wear) * even * gammaOf(leaps, random);
}

interface Truth {
  wear: number;
  readonly rate: number;
}

/** Mean 1, never negative, with this relative deviation, which may be above 1: a life is irregular by leaps. */
function gammaOf(relative: number, random: Random): number {
  const shape = 1 / (relative * relative);
  if (shape >= 1) return random.gamma(relative);
  return gammaBelowOne(shape, random) / shape;
}

function gammaBelowOne(shape: number, random: Random): number {
  for (;;) {
    const u = random.uniform();
    const p = (1 + shape / Math.E) * u;
    const e = -Math.log(1 - random.uniform());
    if (p <= 1) {
      const x = p ** (1 / shape);
      if (e >= x) return x;
    } else {
      const x = -Math.log((1 + shape / Math.E - p) / shape);
      if (e >= (1 - shape) * Math.log(x)) return x;
    }
  }
}

export function jobOf(
  twin: Twin,
  watch: ReturnType<typeof newWearWatch>,
  book: ReturnType<typeof newLoadBook>,
  timeS: number,
  particles: number,
  seed: number,
  failures: readonly FailureSpec[] = [toolFails],
): ForecastJob {
  const { model } = twin;
  return {
    machine: 'mill-1',
    model: model.id,
    memory: {
      model: model.id,
      modelVersion: model.version,
      state: Object.fromEntries(model.states.map(({ name }, s) => [name, twin.state[s]!])),
      parameters: Object.fromEntries(model.parameters.map(({ name }, p) => [name, twin.parameters[p]!])),
      sigma: {},
      wear: memoryOf(watch),
    },
    input: twin.input.slice(),
    timeMs: timeS * 1000,
    load: profileOf(book),
    failures,
    horizonH: 24,
    particles,
    seed,
  };
}
