// What is told of one part's wear, for people and for programs. Pure.
import type { DegradationForecast, WideQuantiles } from '../core/forecast/degradation.ts';
import { bar } from './forecast-view.ts';
import { textTable } from './text-table.ts';

export interface About {
  readonly part: string;
  readonly useUnit: string;
  readonly wearUnit: string;
  readonly notes: readonly string[];
}

const curveRows = 12;

export function wearText(told: DegradationForecast, { part, useUnit, wearUnit, notes }: About): string {
  const { now, limit, life, left, points, parts, wornNow, families, curve } = told;
  const unit = useUnit === '' ? '' : ` ${useUnit}`;
  const name = part === '' ? 'the part' : part;
  const head =
    `${name}, used ${plain(now)}${unit}: ${plain(left.p50)}${unit} are left until ${plain(limit)} ${wearUnit}`.trimEnd();
  const band = `; nine in ten futures: ${plain(left.p05)} to ${plain(left.p95)}${unit}\n`;
  const quantiles = textTable(
    [
      [useUnit, 'p05', 'p10', 'p50', 'p90', 'p95'],
      ['left', ...wide(left)],
      ['life', ...wide(life)],
    ],
    { right: [1, 2, 3, 4, 5], indent: '  ' },
  );
  const every = Math.max(1, Math.ceil(curve.length / curveRows));
  const rows = curve
    .filter((_, i) => i % every === every - 1)
    .map(({ use, p05, p50, p95, probability }) => [
      ...[use, p05, p50, p95].map(plain),
      `${Math.round(probability * 100)} %`,
      bar(probability),
    ]);
  const chart = textTable([['use', 'wear p05', 'p50', 'p95', 'worn out', ''], ...rows], {
    ...{ right: [0, 1, 2, 3, 4], indent: '  ' },
  });
  const worn = wornNow > 0.005 ? [`It may be worn out already, with ${Math.round(wornNow * 100)} %.`] : [];
  const shapes = families
    .filter(({ weight }) => weight >= 0.01)
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ family, weight }) => `${family} ${Math.round(weight * 100)} %`);
  const from = `From ${points} ${points === 1 ? 'point' : 'points'} and ${parts} earlier ${parts === 1 ? 'part' : 'parts'}; shapes: ${shapes.join(', ')}.`;
  const foot = [...worn, from, ...told.notes, ...notes].map((line) => `${line}\n`).join('');
  return `${head}${band}\n${quantiles}\n${chart}\n${foot}`;
}

/** What is not in sight is null. */
export function wearJson(told: DegradationForecast, { part, useUnit, wearUnit, notes }: About): string {
  const all = {
    part: part === '' ? null : part,
    useUnit,
    wearUnit,
    ...told,
    notes: [...told.notes, ...notes],
  };
  return `${JSON.stringify(all, null, 2)}\n`;
}

function wide({ p05, p10, p50, p90, p95 }: WideQuantiles): string[] {
  return [p05, p10, p50, p90, p95].map(plain);
}

function plain(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : '-';
}
