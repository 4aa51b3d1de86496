// The forecast: whether it keeps its word over simulated wear-outs, and what it costs. FORECAST_RUNS says how many
// wear-outs (500), FORECAST_SEED which (1); each is asked at four moments, for eight horizons.
import { riskOf } from '../src/core/forecast/risk.ts';
import { brierOf, decilesOf, evenNormals, type Said } from '../test/core/forecast/reliability.ts';
import { type Asked, type WearOutOptions, wearOut } from '../test/core/forecast/shop.ts';
import { newRandom, wearing } from '../test/core/wear/wearing.ts';
import { forecastSpeed } from './forecast-speed.ts';
import type { BenchResult } from './run.ts';

const runs = Number(process.env['FORECAST_RUNS'] ?? 500);
const firstSeed = Number(process.env['FORECAST_SEED'] ?? 1);
const horizonH = 336;
/** Of the 48 points of the curve. */
const horizons = [0, 1, 3, 6, 11, 19, 31, 47];

export async function bench(): Promise<BenchResult> {
  const rows: string[][] = [];
  const all = calibration(runs, {}, firstSeed);
  const { score, base, skill } = brierOf(all.said);
  decilesOf(all.said).forEach(({ count, said, came }, d) => {
    if (count === 0) return;
    const name = `said ${10 * d} to ${10 * d + 10} %`;
    rows.push([name, `${(100 * said).toFixed(1)} %`, `${(100 * came).toFixed(1)} %`, `${count}`]);
  });
  rows.push([
    'Brier score, base rate',
    score.toFixed(4),
    `${(100 * base).toFixed(1)} %`,
    `${all.said.length}`,
  ]);
  rows.push(['Brier skill over the base rate', skill.toFixed(3), 'at least 0.3', '']);
  rows.push(...bandRows('remaining life', all));
  const early = calibration(
    Math.ceil(runs / 2),
    { shop: { jobH: 6 }, lifeH: 20, watchedH: 12 },
    firstSeed + 5000,
  );
  rows.push(...bandRows('jobs of 6 h, watched half a day, lives of 20 h', early));
  rows.push(...forecastSpeed());
  return { title: 'Forecast', head: ['what', 'said', 'came', 'count'], rows };
}

interface Calibration {
  readonly said: readonly Said[];
  readonly count: number;
  readonly within90: number;
  readonly within80: number;
}

function calibration(count: number, options: Partial<WearOutOptions>, firstSeed: number): Calibration {
  const said: Said[] = [];
  let asked = 0;
  let within90 = 0;
  let within80 = 0;
  const random = newRandom(firstSeed);
  const factors = evenNormals(count, () => random.uniform());
  factors.forEach((factorZ, i) => {
    for (const each of wearOut(firstSeed + i, { moments: 4, particles: 1000, factorZ, ...options })) {
      const { curve, band90, hours } = forecastOf(each);
      asked++;
      if (band90!.p05 <= each.livedH && each.livedH <= band90!.p95) within90++;
      if (hours.p10 <= each.livedH && each.livedH <= hours.p90) within80++;
      for (const k of horizons)
        said.push({ probability: curve[k]!, came: each.livedH <= (horizonH * (k + 1)) / curve.length });
    }
  });
  return { said, count: asked, within90, within80 };
}

function forecastOf({ job }: Asked) {
  return riskOf({ ...job, horizonH }, wearing).failures[0]!;
}

function bandRows(name: string, { count, within90, within80 }: Calibration): string[][] {
  const percent = (part: number) => `${((100 * part) / count).toFixed(1)} %`;
  return [
    [`${name}: within the band of`, '90 %', percent(within90), `${count}`],
    [`${name}: within the band of`, '80 %', percent(within80), `${count}`],
  ];
}
