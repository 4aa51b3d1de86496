// What `gemel fit wear` makes of a file: rows of use and measured wear, tool by tool. Rows need no time here; those
// without a measurement are no points.
import { basename } from 'node:path';
import type { FitRecord, FitSegment } from '../core/fit/fit.ts';
import { fitWear } from '../core/fit/wear-curve.ts';
import { shapeParameters, wearFamilies } from '../core/fit/wear-family.ts';
import type { WearLife } from '../core/fit/wear-life.ts';
import type { WearAnswer, WearOptions } from '../core/fit/wear-options.ts';
import { GemError } from '../errors.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import type { Range } from './assignments.ts';
import { chooseColumn } from './column-word.ts';
import { plain } from './digits.ts';
import type { ExtraTable, Fitted } from './fitted.ts';
import { type FileLook, peek } from './peek.ts';
import { type ReadingWishes, readingConfig } from './reading.ts';
import { fitOrRefuse } from './run.ts';
import { labelKey, readTable, type Table } from './table.ts';
import { plainUnit } from './unit-words.ts';
import type { NamedUse } from './use.ts';
import { needed, useOf } from './uses.ts';

export interface WearWishes {
  readonly path: string;
  readonly reading: ReadingWishes;
  readonly wear?: string;
  /** What use is counted in: hours, parts, cuts. */
  readonly use?: string;
  /** Which tool. */
  readonly run?: string;
  /** In the unit of the wear. */
  readonly limit?: number;
  readonly fresh?: number | 'estimate';
  readonly criterion?: 'aicc' | 'bic';
  readonly bounds: Readonly<Record<string, Range>>;
  readonly seed?: number;
  /** A share of each run, or another file. */
  readonly validate: number | string;
  readonly onProgress: (share: number) => void;
}

export async function fitWearFile(wishes: WearWishes): Promise<Fitted> {
  const began = performance.now();
  const { path, validate, limit, fresh, criterion, bounds, seed } = wishes;
  const learn = await load(wishes, path);
  const judge = typeof validate === 'string' ? await load(wishes, validate) : undefined;
  const { record, labels } = recordOf(learn.table, judge?.table);
  const [use, wear] = learn.uses.map(({ mapping }) => mapping);
  const options: WearOptions = {
    ...{ unit: wear!.unit, use: { column: 'use', unit: use!.unit || 'uses' } },
    ...(limit === undefined ? {} : { limit }),
    ...(fresh === undefined ? {} : { fresh }),
    ...(criterion === undefined ? {} : { criterion }),
    ...(seed === undefined ? {} : { seed }),
    bounds: numbered(bounds, labels),
    ...(typeof validate === 'number' ? { validationShare: validate } : {}),
  };
  const { file } = learn.table;
  const answer = fitOrRefuse(file, () => fitWear(record, options)) as WearAnswer;
  checkBounds(bounds, worded(answer, labels));
  wishes.onProgress(1);
  return {
    ...{ kind: 'wear', file, judgeFile: judge?.table.file, answer: worded(answer, labels), record },
    data: {
      ...{ rows: learn.table.rows, usable: pointsIn(learn.table), stepS: Number.NaN, startMs: Number.NaN },
      ...{ timeFrom: 'none', columns: learn.uses, notes: notesOf(learn) },
    },
    ...{ naming: undefined, against: [] },
    tables: tablesOf(answer, labels, use!.unit || 'uses'),
    extras: extrasOf(answer, labels),
    abscissa: { name: use!.column.name, unit: use!.unit },
    tookS: (performance.now() - began) / 1000,
  };
}

/** Which there are depends on the shape that fits. */
function checkBounds(bounds: WearWishes['bounds'], { parameters }: WearAnswer): void {
  const names = parameters.flatMap(({ name }) => (name === 'rate' ? [] : [name]));
  const wrong = Object.keys(bounds).find((name) => !names.includes(name) && !shapeNames.includes(name));
  if (wrong === undefined) return;
  const hint = didYouMean(wrong, names) || `; there is ${names.join(', ')}`;
  throw new GemError('GEM_USAGE', { why: `--bounds: this wear has no "${wrong}"${hint}` });
}

const shapeNames = wearFamilies.flatMap((family) => shapeParameters(family).map(({ name }) => name));

/** Runs by number, as the fit has them. */
function numbered(bounds: WearWishes['bounds'], labels: readonly string[]): WearWishes['bounds'] {
  return Object.fromEntries(
    Object.entries(bounds).map(([name, range]) => {
      const [, label] = /^run\.(.*)\.rate$/.exec(name) ?? [];
      const run = labels.indexOf(label ?? '');
      return [run < 0 ? name : `run.${run}.rate`, range];
    }),
  );
}

interface Loaded {
  readonly uses: readonly NamedUse[];
  readonly table: Table;
}

async function load(wishes: WearWishes, path: string): Promise<Loaded> {
  const { run } = wishes;
  const look = await peek(path, wishes.reading);
  const uses = usesOf(look, wishes);
  const label = run === undefined ? undefined : chooseColumn('--run', run, look.file, look.columns).column;
  const config = readingConfig(path, look.reading, {
    rateHz: 1,
    format: look.format === 'csv' ? 'csv' : 'jsonl',
    csv: { header: look.hasHeader, ...(look.unitsRow ? { skipRows: 1 } : {}) },
  });
  const wanted = new Map(uses.map(({ key, mapping }) => [key, mapping]));
  const table = await readTable(config, { wanted, label }, (share) => wishes.onProgress(share * 0.3));
  if (table.rows > 0) return { uses, table };
  const why = table.refused.examples.join('; ') || 'it has no rows';
  throw new GemError('GEM_FIT_IMPOSSIBLE', { file: basename(path), why });
}

/** Wear and use stay in the units they are told in: the limit is told in one of them, and people think in both. */
function usesOf(look: FileLook, { wear, use }: WearWishes): NamedUse[] {
  if (use === undefined) throw needed(look, 'say with --time-of-use how long the tool was used');
  if (wear === undefined) throw needed(look, 'say with --wear how worn it was');
  const own = (option: string, word: string) => {
    const { unit, column } = chooseColumn(option, word, look.file, look.columns);
    return [plainUnit(unit ?? column.unit ?? '') ?? ''];
  };
  const wished = [
    { option: '--time-of-use', word: use, key: 'use' },
    { option: '--wear', word: wear, key: 'wear' },
  ] as const;
  return wished.map((wish) =>
    useOf(look, { ...wish, targets: own(wish.option, wish.word), need: 'sometimes' }),
  );
}

/** Sorted by tool, then by use: a segment each. Numbers of tools are places in `labels`. */
function recordOf(learn: Table, judge: Table | undefined): { record: FitRecord; labels: string[] } {
  const labels: string[] = [];
  const points = [learn, ...(judge === undefined ? [] : [judge])].flatMap((table) => {
    const [use, wear] = [table.columns.get('use')!, table.columns.get('wear')!];
    const label = table.columns.get(labelKey);
    return Array.from(use, (used, row) => {
      const word = label === undefined ? 'all' : (table.labels[label[row]!] ?? '');
      if (!labels.includes(word)) labels.push(word);
      return { table, run: labels.indexOf(word), use: used, wear: wear[row]! };
    }).filter((point) => Number.isFinite(point.use) && Number.isFinite(point.wear));
  });
  points.sort(
    (a, b) => Number(a.table === judge) - Number(b.table === judge) || a.run - b.run || a.use - b.use,
  );
  const segments: FitSegment[] = [];
  for (const [row, { table, run }] of points.entries()) {
    const before = points[row - 1];
    const last = segments.at(-1);
    if (before?.table === table && before.run === run)
      segments[segments.length - 1] = { ...last!, to: row + 1 };
    else segments.push({ from: row, to: row + 1, use: table === judge ? 'validation' : 'fit' });
  }
  const column = (of: (point: (typeof points)[number]) => number) => Float64Array.from(points, of);
  const timeS = column(({ use }) => use);
  const columns = { use: timeS, wear: column(({ wear }) => wear), run: column(({ run }) => run) };
  return { record: { timeS, columns, segments }, labels };
}

function pointsIn({ columns }: Table): number {
  const use = columns.get('use')!;
  return columns.get('wear')!.filter((wear, row) => Number.isFinite(wear + use[row]!)).length;
}

function notesOf({ table, uses }: Loaded): string[] {
  const missing = table.rows - pointsIn(table);
  const { count, examples } = table.refused;
  return [
    ...uses.flatMap(({ mapping }) => (mapping.note === undefined ? [] : [mapping.note])),
    ...(count === 0
      ? []
      : [`${count} cells or rows could not be read and are not used: ${examples.join('; ')}`]),
    ...(missing === 0
      ? []
      : [`${missing} of ${table.rows} rows have no measured wear or no use, and are no points`]),
    ...(table.damage === undefined ? [] : [`${table.damage.message}; what came before it is used`]),
  ];
}

/** Runs were given by number, and are called as the file calls them. */
function worded(answer: WearAnswer, labels: readonly string[]): WearAnswer {
  const word = (text: string) =>
    text.replace(
      /\brun([. ])(\d+)\b/g,
      (_, sign: string, run: string) => `run${sign}${labels[Number(run)] ?? run}`,
    );
  return {
    ...answer,
    parameters: answer.parameters.map((parameter) => ({
      ...parameter,
      name: word(parameter.name),
      about: word(parameter.about),
    })),
    warnings: answer.warnings.map(word),
  };
}

function tablesOf({ life, runs }: WearAnswer, labels: readonly string[], unit: string): ExtraTable[] {
  if (life === undefined) return [];
  const cells = (name: string, of: WearLife | undefined) =>
    of === undefined ? [name, '-', '-', '-'] : [name, plain(of.p10, 4), plain(of.p50, 4), plain(of.p90, 4)];
  const all =
    runs.length < 2 ? [] : runs.map(({ run, life: own }) => cells(`run ${labels[Number(run)] ?? run}`, own));
  return [
    {
      title: `Life until the limit, in ${unit}: one in ten is shorter than p10, half than p50, nine in ten than p90`,
      names: ['', 'p10', 'p50', 'p90'],
      rows: [cells('a new one', life), ...all],
    },
  ];
}

function extrasOf(answer: WearAnswer, labels: readonly string[]): Record<string, unknown> {
  const { useUnit, family, families, noise, life, runs } = answer;
  const named = runs.map((run) => ({ ...run, run: labels[Number(run.run)] ?? run.run }));
  return { useUnit, family, families, noise, life: life ?? null, runs: named };
}
