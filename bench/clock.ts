// The clock model against clocks whose error is known: when it settles, how far off it is from then on, and
// what an observation costs. `node bench/clock.ts` prints the table by itself.
import { observeClock } from '../src/core/clock/observe.ts';
import { type ClockModel, clockDriftPpm, correctedMs, newClockModel } from '../src/core/clock-model.ts';
import { type StreamSpec, startMs, stream } from '../test/core/clock/stream.ts';
import type { BenchResult } from './run.ts';

const seeds = 5;

export interface ClockFigures {
  /** From the first sample until it corrects; NaN: never. */
  readonly settledS: number;
  readonly maxMs60: number;
  readonly rmsMs: number;
  readonly maxMs: number;
  /** After the last sample, by hand-off to the drift alone for ten minutes. */
  readonly coastMs: number;
  readonly driftErrorPpm: number;
}

const cases: readonly (StreamSpec & { readonly seconds: number })[] = [
  ...[1000, 100, 10, 1, 0.1].flatMap((hz) =>
    (['exponential', 'lognormal'] as const).map((delay) => ({
      ...{ hz, delay, seed: 1, aheadMs: 2000, driftPpm: -50 },
      seconds: hz < 1 ? 1800 : 300,
    })),
  ),
  { hz: 100, delay: 'lognormal', jitterMs: 20, seed: 1, aheadMs: -2000, driftPpm: 50, seconds: 300 },
];

export function measureClock(spec: StreamSpec, seconds: number): ClockFigures {
  const model = newClockModel();
  let settledS = Number.NaN;
  let [maxMs60, maxMs, sum, count] = [0, 0, 0, 0];
  let last = { trueMs: 0, sourceMs: 0 };
  for (const { trueMs, sourceMs, receiveMs } of stream(spec, seconds)) {
    observeClock(model, sourceMs, receiveMs);
    last = { trueMs, sourceMs };
    if (!model.settled) continue;
    if (Number.isNaN(settledS)) settledS = (receiveMs - startMs) / 1000;
    const errorMs = Math.abs(correctedMs(model, sourceMs) - trueMs);
    maxMs = Math.max(maxMs, errorMs);
    if (receiveMs - startMs > 60_000) maxMs60 = Math.max(maxMs60, errorMs);
    sum += errorMs ** 2;
    count++;
  }
  const aheadMs = 600_000 * (1 + (spec.driftPpm ?? 0) * 1e-6);
  const coastMs = Math.abs(correctedMs(model, last.sourceMs + aheadMs) - last.trueMs - 600_000);
  const driftErrorPpm = Math.abs(clockDriftPpm(model) - (spec.driftPpm ?? 0));
  return { settledS, maxMs60, rmsMs: Math.sqrt(sum / count), maxMs, coastMs, driftErrorPpm };
}

/** ns an observation and a correction, as a feed does them. */
export function measureCost(): number {
  const stamps = [...stream({ hz: 1000, seed: 3, aheadMs: 500, driftPpm: 20 }, 200)].length;
  const source = new Float64Array(stamps);
  const receive = new Float64Array(stamps);
  let i = 0;
  for (const { sourceMs, receiveMs } of stream({ hz: 1000, seed: 3, aheadMs: 500, driftPpm: 20 }, 200)) {
    source[i] = sourceMs;
    receive[i++] = receiveMs;
  }
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 20; round++) best = Math.min(best, time(newClockModel(), source, receive));
  return best;
}

function time(model: ClockModel, source: Float64Array, receive: Float64Array): number {
  const from = performance.now();
  let sum = 0;
  for (let i = 0; i < source.length; i++) {
    observeClock(model, source[i]!, receive[i]!);
    sum += correctedMs(model, source[i]!);
  }
  if (!Number.isFinite(sum)) throw new Error('a corrected time is no number');
  return ((performance.now() - from) * 1e6) / source.length;
}

export async function bench(): Promise<BenchResult> {
  const rows = cases.map((one) => {
    const runs = Array.from({ length: seeds }, (_, seed) =>
      measureClock({ ...one, seed: seed + 1 }, one.seconds),
    );
    const worst = (of: (figures: ClockFigures) => number, digits: number) =>
      Math.max(...runs.map(of)).toFixed(digits);
    return [
      `${one.hz} Hz, ${one.delay} ${one.jitterMs ?? 3} ms`,
      `${worst((run) => run.settledS, 1)} s`,
      `${worst((run) => run.rmsMs, 3)} ms`,
      `${worst((run) => run.maxMs, 3)} ms`,
      `${worst((run) => run.maxMs60, 3)} ms`,
      `${worst((run) => run.driftErrorPpm, 2)} ppm`,
      `${worst((run) => run.coastMs, 2)} ms`,
    ];
  });
  rows.push(['observe and correct one stamp', `${measureCost().toFixed(0)} ns`, '', '', '', '', '']);
  return {
    title: `Clock model, worst of ${seeds} seeds; 5 % loss, least delay 0.3 ms, ±2 s and ±50 ppm`,
    head: ['stream', 'settled', 'RMS error', 'max error', 'after 60 s', 'drift error', '10 min later'],
    rows,
  };
}

if (process.argv[1] === import.meta.filename) {
  const { title, head, rows } = await bench();
  process.stdout.write(`${title}\n${[head, ...rows].map((row) => row.join('  ')).join('\n')}\n`);
}
