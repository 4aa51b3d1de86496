// Fits: an axis from 25,000 samples at 1 kHz, by either method, with values beside the truth they were made from.
// Target: each in well under 10 s. The record is made by the slide of the tests, which shares nothing with the fit.
import { fitAxis } from '../src/core/fit/axis.ts';
import type { AxisOptions } from '../src/core/fit/axis-setup.ts';
import type { FitAnswer, FitRecord } from '../src/core/fit/fit.ts';
import { plainSlide, recordOf, shoot } from '../test/core/fit/lathe-slide.ts';
import type { BenchResult } from './run.ts';

const targetS = 10;
const passes = 3;
const ampere = 0.02;

export async function bench(): Promise<BenchResult> {
  const rows: string[][] = [];
  for (const [samples, rateHz] of [
    [25_000, 1000],
    [200_000, 1000],
  ] as const) {
    const shot = shoot(plainSlide, { seed: 1, rateHz, durationS: samples / rateHz });
    const force = recordOf(shot, { force: shot.force }, 1);
    const size = recordOf(shot, { current: shot.force.map((f) => Math.abs(f * ampere)) }, 1);
    const cases: readonly [string, FitRecord, AxisOptions][] = [
      ['inverse model', force, { method: 'inverse' }],
      ['output error', force, {}],
      [
        'output error, friction by direction',
        force,
        { byDirection: true, known: { offset: plainSlide.offset } },
      ],
      ['output error, Stribeck', force, { stribeck: true }],
      ['output error, size of the current', size, { unsigned: true, known: { forcePerAmpere: 1 / ampere } }],
    ];
    for (const [name, record, options] of cases) {
      const { answer, seconds } = timed(record, options);
      if (seconds > targetS && samples === 25_000) throw new Error(`${name}: ${seconds.toFixed(1)} s`);
      rows.push([
        `${samples.toLocaleString('en')} samples, ${name}`,
        `${seconds.toFixed(2)} s`,
        told(answer, 'mass'),
        told(answer, options.byDirection === true ? 'coulombPositive' : 'coulomb'),
        answer.traces[0]!.fit.r2.toFixed(5),
      ]);
    }
  }
  const head = ['what', 'time', `mass (${plainSlide.mass} kg)`, `coulomb (${plainSlide.coulomb[1]} N)`, 'R²'];
  return { title: 'Fit', head, rows };
}

function timed(record: FitRecord, options: AxisOptions): { answer: FitAnswer; seconds: number } {
  let seconds = Number.POSITIVE_INFINITY;
  let answer: FitAnswer | undefined;
  for (let pass = 0; pass < passes; pass++) {
    const start = performance.now();
    answer = fitAxis(record, options);
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  return { answer: answer!, seconds };
}

function told(answer: FitAnswer, name: string): string {
  const { value, low95, high95 } = answer.parameters.find((p) => p.name === name)!;
  return `${value.toFixed(2)} (${low95.toFixed(2)} to ${high95.toFixed(2)})`;
}
