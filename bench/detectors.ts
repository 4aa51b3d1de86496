// The detectors that judge each column by itself, at their usual settings and 10 Hz: how often they speak without a
// reason in noise of many kinds, how soon with one, and what a view of fifty columns costs.
import { type Detector, newVerdict, newView } from '../src/core/detect/detector.ts';
import { detectors } from '../src/core/detect/detectors.ts';
import { mill } from '../src/core/models/mill/index.ts';
import { newTwin } from '../src/core/twin.ts';
import { tryOut } from '../test/core/detect/trial.ts';
import { type Course, came, courses, feed, normalFrom } from '../test/suites/detector-stream.ts';
import { part } from './mill-script.ts';
import type { BenchResult } from './run.ts';

const viewsAnHour = 36_000;
const columns = 8;
/** Column hours of each kind of noise for each detector. */
const hours = Number(process.env['DETECTOR_HOURS'] ?? 16);

const kinds = ['robust-z', 'cusum', 'ewma', 'change-point', 'rate', 'stuck'] as const;
const noises: Readonly<Record<string, (seed: number) => Course>> = {
  'white noise': courses.white,
  'follows itself with 0.9': courses.correlated,
  'whole numbers': courses.quantised,
  'a swing of 29 s': courses.periodic,
  'a slow temperature in tenths': courses.slow,
  'a random walk': courses.walk,
};

interface Fault {
  readonly name: string;
  readonly course: (seed: number) => Course;
  readonly change: (value: number, k: number, held: number) => number;
}

/** In sigmas of the noise, which has 2. */
const faults: readonly Fault[] = [
  { name: 'white: a spike of 10 sigmas', course: courses.white, change: (x, k) => (k === 0 ? x + 20 : x) },
  { name: 'white: a shift by 1 sigma', course: courses.white, change: (x) => x + 2 },
  { name: 'white: a shift by 3 sigmas', course: courses.white, change: (x) => x + 6 },
  { name: 'white: a drift of 1 sigma in 10 s', course: courses.white, change: (x, k) => x + k / 50 },
  { name: 'white: three times the noise', course: courses.white, change: (x) => 5 + 3 * (x - 5) },
  { name: 'white: a quarter of the noise', course: courses.white, change: (x) => 5 + (x - 5) / 4 },
  { name: 'follows itself: a shift by 6 sigmas', course: courses.correlated, change: (x) => x + 6 },
  { name: 'white: stuck', course: courses.white, change: (_, __, held) => held },
];

/** Any of them, with its usual options. */
function any(kind: keyof typeof detectors): Detector<unknown, unknown> {
  return detectors[kind] as unknown as Detector<unknown, unknown>;
}

function falseFindings(): string[][] {
  const normal = Math.round((hours * viewsAnHour) / columns);
  return Object.entries(noises).map(([name, course]) => [
    `${name}: false in ${hours} column hours`,
    ...kinds.map((kind) =>
      String(tryOut(any(kind), any(kind).usual, { course, columns, seed: 1, normal }).before),
    ),
  ]);
}

function delays(): string[][] {
  return faults.map(({ name, course, change }) => [
    `${name}: found, median after`,
    ...kinds.map((kind) => {
      const setup = { course, columns: 16, seed: 2, normal: 9000, wrong: 1500, fault: change };
      const trial = tryOut(any(kind), any(kind).usual, setup);
      const found = trial.delays.filter((delay) => delay >= 0).sort((a, b) => a - b);
      const middle = found[found.length >> 1];
      return middle === undefined ? '-' : `${found.length}/16, ${(middle / 10).toFixed(1)} s`;
    }),
  ]);
}

/** The least of many short runs: what it costs when nobody else wants the processor. */
function cost(): string[][] {
  const all = ['limits', 'silent', ...kinds] as const;
  const each = all.map((kind) => microseconds(kind));
  const sum = each.reduce((total, one) => total + one, 0);
  return [
    ['µs a view of 50 columns', ...each.slice(2).map((one) => one.toFixed(1))],
    [
      `µs: limits ${each[0]!.toFixed(1)}, silent ${each[1]!.toFixed(1)}, all ${sum.toFixed(1)}`,
      ...kinds.map(() => ''),
    ],
    [`one step of the mill meanwhile: ${millStepNs().toFixed(0)} ns`, ...kinds.map(() => '')],
  ];
}

/** What the processor was worth while this was measured. */
function millStepNs(): number {
  const twin = newTwin(mill);
  const script = part();
  const run = 100;
  let least = Number.POSITIVE_INFINITY;
  for (let r = 0; r < 300_000; r += run) {
    const before = process.hrtime.bigint();
    for (let i = r; i < r + run; i++) {
      const { dtS, input } = script[i % script.length]!;
      mill.step(twin.parameters, twin.state, input, dtS, twin.output);
    }
    if (r > 100_000) least = Math.min(least, Number(process.hrtime.bigint() - before) / run);
  }
  return least;
}

function microseconds(kind: keyof typeof detectors): number {
  const wide = 50;
  const detector = any(kind);
  const bounds = Array.from({ length: wide }, (_, column) => ({
    ...{ column, side: 'high' as const, warning: 30, trip: 40, hysteresis: 1 },
  }));
  const options = kind === 'limits' ? { limits: bounds } : detector.usual;
  const state = detector.create({ columns: wide, modes: 1, periodS: 0.1 }, options);
  const [view, verdict] = [newView(wide), newVerdict(wide)];
  const noise = Float64Array.from({ length: 1 << 16 }, normalFrom(3));
  const run = 40;
  let least = Number.POSITIVE_INFINITY;
  for (let t = 0; t < 24_000; t += run) {
    let ns = 0n;
    for (let i = t; i < t + run; i++) {
      feed(view, i, 0.1, () => {
        for (let c = 0; c < wide; c++) came(view, c, noise[(i * wide + c * 7919) & 65_535]!);
        for (let c = 0; c < 20; c++) view.residual[c] = view.value[c]!;
      });
      const before = process.hrtime.bigint();
      detector.observe(state, view, verdict);
      ns += process.hrtime.bigint() - before;
    }
    // Once all have learnt.
    if (t > 12_000) least = Math.min(least, Number(ns) / run / 1000);
  }
  return least;
}

export async function bench(): Promise<BenchResult> {
  return {
    title: 'Detectors of one column: false findings, delays, cost',
    head: ['', ...kinds],
    rows: [...falseFindings(), ...delays(), ...cost()],
  };
}
