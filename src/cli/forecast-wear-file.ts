// Measurements of wear out of a file: a curve for each part.
import { basename } from 'node:path';
import type { WearMeasure } from '../core/forecast/degradation-prior.ts';
import { GemError } from '../errors.ts';
import { chooseColumn } from '../fit/column-word.ts';
import type { FileColumn } from '../fit/file-column.ts';
import { type FileLook, peek } from '../fit/peek.ts';
import { type ReadingWishes, readingConfig } from '../fit/reading.ts';
import { labelKey, readTable } from '../fit/table.ts';
import { plainUnit } from '../fit/unit-words.ts';
import { needed, useOf } from '../fit/uses.ts';
import { didYouMean } from '../formats/edit-distance.ts';

export interface ColumnWords extends ReadingWishes {
  readonly timeOfUse?: string;
  readonly wear?: string;
  readonly part?: string;
}

export interface Curves {
  /** In order of appearance; of a file without parts one, without a name. */
  readonly curves: ReadonlyMap<string, readonly WearMeasure[]>;
  readonly useUnit: string;
  readonly wearUnit: string;
  readonly notes: readonly string[];
}

const useNames =
  /^(use|used|time[_ ]?of[_ ]?use|time|minutes?|min|hours?|h|cuts?|parts|pieces|cycles?|runs?|t)$/i;
const wearNames = /^(wear|vb|vbmax|flank.*|.*wear.*)$/i;

export async function readCurves(path: string, words: ColumnWords): Promise<Curves> {
  const { timeOfUse, wear, part, ...reading } = words;
  const look = await peek(path, reading);
  const label = part === undefined ? undefined : chooseColumn('--part', part, look.file, look.columns).column;
  const others = look.columns.filter((column) => column !== label);
  const useWord = timeOfUse ?? guessed(look, others, useNames, 0, '--time-of-use');
  const left = others.filter(({ name }) => name !== useWord);
  const wearWord = wear ?? guessed(look, left, wearNames, 0, '--wear');
  const uses = [
    { option: '--time-of-use', word: useWord, key: 'use' },
    { option: '--wear', word: wearWord, key: 'wear' },
  ].map((wish) =>
    useOf(look, { ...wish, targets: [ownUnit(look, wish.option, wish.word)], need: 'sometimes' }),
  );
  const config = readingConfig(path, look.reading, {
    rateHz: 1,
    format: look.format === 'csv' ? 'csv' : 'jsonl',
    csv: { header: look.hasHeader, ...(look.unitsRow ? { skipRows: 1 } : {}) },
  });
  const wanted = new Map(uses.map(({ key, mapping }) => [key, mapping]));
  const table = await readTable(config, { wanted, label }, () => undefined);
  const [use, worn] = [table.columns.get('use')!, table.columns.get('wear')!];
  const of = table.columns.get(labelKey);
  const curves = new Map<string, WearMeasure[]>();
  for (const [row, at] of use.entries()) {
    if (!Number.isFinite(at) || !Number.isFinite(worn[row])) continue;
    const name = of === undefined ? '' : (table.labels[of[row]!] ?? '');
    const curve = curves.get(name) ?? [];
    curve.push({ use: at, wear: worn[row]! });
    curves.set(name, curve);
  }
  const [useUnit = '', wearUnit = ''] = uses.map(({ mapping }) => mapping.unit);
  return { curves, useUnit, wearUnit, notes: notesOf(table.rows, curves) };
}

function notesOf(rows: number, curves: ReadonlyMap<string, readonly WearMeasure[]>): string[] {
  const points = [...curves.values()].reduce((sum, curve) => sum + curve.length, 0);
  return points === rows
    ? []
    : [`${rows - points} of ${rows} rows have no measured wear or no use, and are no points`];
}

function guessed(
  look: FileLook,
  columns: readonly FileColumn[],
  names: RegExp,
  place: number,
  option: string,
): string {
  const found = columns.find(({ name }) => names.test(name)) ?? columns[place];
  if (found === undefined) throw needed(look, `say with ${option} which column it is`);
  return found.name;
}

/** Both stay in the units they are told in. */
function ownUnit(look: FileLook, option: string, word: string): string {
  const { unit, column } = chooseColumn(option, word, look.file, look.columns);
  return plainUnit(unit ?? column.unit ?? '') ?? '';
}

export interface Split extends Omit<Curves, 'curves'> {
  readonly part: string;
  readonly points: readonly WearMeasure[];
  readonly fleet: readonly (readonly WearMeasure[])[];
}

/** The one that is meant, and those that came before it. */
export function splitCurves({ curves, ...rest }: Curves, only: string | undefined, file: string): Split {
  const names = [...curves.keys()];
  const part = only ?? names.at(-1);
  if (part === undefined)
    throw new GemError('GEM_FIT_IMPOSSIBLE', { file: basename(file), why: 'it has no measurements' });
  const points = curves.get(part);
  if (points === undefined) {
    const hint = didYouMean(part, names) || `; there is ${names.join(', ')}`;
    throw new GemError('GEM_USAGE', { why: `--only: there is no part "${part}"${hint}` });
  }
  return {
    ...rest,
    part,
    points,
    fleet: names.filter((name) => name !== part).map((name) => curves.get(name)!),
  };
}
