// Fits: an axis from 25,000 samples at 1 kHz, by either method, with values beside the truth they were made from.
// Target: each in well under 10 s. The record is made by the slide of the tests, which shares nothing with the fit.
// Then how often 95 % intervals have the truth in them, over far more records than a test can afford: 90 to 99 %.
import { fitAxis } from '../src/core/fit/axis.ts';
import type { AxisOptions } from '../src/core/fit/axis-setup.ts';
import type { FitAnswer, FitRecord } from '../src/core/fit/fit.ts';
import {
  axisCoverage,
  intervalCases,
  intervalCoverage,
  thermalCoverage,
  wearCoverage,
} from '../test/core/fit/coverage.ts';
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
  rows.push(...coverageRows());
  const head = ['what', 'time', `mass (${plainSlide.mass} kg)`, `coulomb (${plainSlide.coulomb[1]} N)`, 'R²'];
  return { title: 'Fit', head, rows };
}

/** What is covered, how often of how many, and what it should be. */
function coverageRows(): string[][] {
  const row = (what: string, share: number, cases: number, low: number, high: number) => {
    if (share < low || share > high) throw new Error(`${what}: ${percent(share)} covered`);
    return [
      `covered: ${what}`,
      percent(share),
      `${cases} records`,
      `${percent(low)} to ${percent(high)}`,
      '',
    ];
  };
  const axes = (
    [
      ['inverse', 0],
      ['output-error', 0],
      ['inverse', 0.7],
    ] as const
  ).flatMap(([method, colour]) =>
    [...axisCoverage(method, colour, 100)].map(([name, share]) =>
      row(`axis by ${method}, noise keeps ${colour}, ${name}`, share, 100, 0.899, 0.991),
    ),
  );
  const curves = intervalCases.flatMap(([name, points, colour]) =>
    intervalCoverage(name, points, colour, 300).map((share, j) =>
      row(`curve ${name}, noise keeps ${colour}, parameter ${j + 1}`, share, 300, 0.9, 0.99),
    ),
  );
  return [
    ...axes,
    row('two thermal nodes, all parameters', thermalCoverage(24), 24, 0.9, 0.99),
    row('life of a tool, linear, p10 to p90', wearCoverage('linear', 0, 70), 70, 0.7, 0.9),
    row('life of a tool, power, p10 to p90', wearCoverage('power', 0, 70), 70, 0.7, 0.9),
    row('life of a third tool, zones, p10 to p90', wearCoverage('zones', 2, 60), 60, 0.7, 0.9),
    ...curves,
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
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
