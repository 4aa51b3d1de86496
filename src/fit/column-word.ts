// A column as the command line names it: `name`, `name:unit`, `name*scale`, `name:unit*scale`, or its number. Says
// what is there where it is none.
import { GemError } from '../errors.ts';
import { didYouMean } from '../formats/edit-distance.ts';
import { printable } from '../formats/excerpt.ts';
import type { FileColumn } from './file-column.ts';
import { type Conversion, conversion, isUnit, toBase, unitWords } from './unit-words.ts';

export interface ColumnChoice {
  readonly column: FileColumn;
  readonly unit: string | undefined;
  readonly scale: number;
}

/** A column and how its numbers become those of the model. */
export interface Mapping extends Conversion {
  readonly column: FileColumn;
  /** What comes out. */
  readonly unit: string;
  /** What its owner may want to know of how it is read. */
  readonly note: string | undefined;
}

const scaled = /^(.*?)\s*\*\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)$/;

/** `option`: as it is called on the command line, for what is said of it. */
export function chooseColumn(
  option: string,
  word: string,
  file: string,
  columns: readonly FileColumn[],
): ColumnChoice {
  const whole = findColumn(option, word, columns);
  if (whole !== undefined) return { column: whole, unit: undefined, scale: 1 };
  const [, plain = word, factor = '1'] = scaled.exec(word) ?? [];
  const scale = Number(factor);
  const column = findColumn(option, plain, columns);
  if (column !== undefined) return { column, unit: undefined, scale };
  const colon = plain.lastIndexOf(':');
  const name = colon < 0 ? plain : plain.slice(0, colon);
  const named = colon < 0 ? undefined : findColumn(option, name, columns);
  if (named === undefined) throw noColumn(option, name, file, columns);
  const unit = plain.slice(colon + 1).trim();
  if (isUnit(unit)) return { column: named, unit, scale };
  const hint = didYouMean(unit, unitWords) || `; known are ${unitWords.join(', ')}`;
  throw new GemError('GEM_USAGE', {
    why: `${option} ${printable(word)}: "${printable(unit)}" is no unit${hint}`,
  });
}

/** By its header, its name without the unit, in any case, or its number. */
function findColumn(option: string, word: string, columns: readonly FileColumn[]): FileColumn | undefined {
  const text = word.trim();
  const lower = text.toLowerCase();
  const ways: ((column: FileColumn) => boolean)[] = [
    ({ header }) => header === text,
    ({ name }) => name === text,
    ({ header, name }) => header.toLowerCase() === lower || name.toLowerCase() === lower,
  ];
  for (const fits of ways) {
    const [found, second] = columns.filter(fits);
    if (second !== undefined) {
      const why = `${option}: columns ${found!.number} and ${second.number} are both called "${printable(text)}"; give the number of the one you mean`;
      throw new GemError('GEM_USAGE', { why });
    }
    if (found !== undefined) return found;
  }
  return /^[1-9]\d*$/.test(text) ? columns[Number(text) - 1] : undefined;
}

function noColumn(option: string, word: string, file: string, columns: readonly FileColumn[]): GemError {
  const names = columns.flatMap(({ header, name }) => (header === name ? [name] : [name, header]));
  const near = didYouMean(word, names, 3);
  const missing = `${option}: there is no column "${printable(word.slice(0, 60))}"${near}`;
  return columnError(file, missing, columns);
}

/** With what there is. */
export function columnError(file: string, why: string, columns: readonly FileColumn[]): GemError {
  return new GemError('GEM_FIT_COLUMN', { file, why, columns: listColumns(columns) });
}

const shownColumns = 60;

/** A table of what a file has, for people. */
export function listColumns(columns: readonly FileColumn[]): string {
  const shown = columns.slice(0, shownColumns);
  const cell = (text: string) => printable(text.slice(0, 32));
  const width = Math.max(6, ...shown.map(({ name }) => cell(name).length));
  const lines = shown.map(({ number, name, unit = '', samples }) => {
    const first = samples.map((sample) => cell(sample.trim()) || '-').join('  ');
    return `  ${String(number).padStart(3)}  ${cell(name).padEnd(width)}  ${unit.padEnd(7)} ${first}`.trimEnd();
  });
  const more = columns.length - shown.length;
  return [
    `    #  ${'column'.padEnd(width)}  ${'unit'.padEnd(7)} first values`,
    ...lines,
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join('\n');
}

/**
 * To the first of `targets` that its unit can be converted to. A unit of another kind needs a scale, which is then
 * from its base (V of mV) to the first target: a drive's gain.
 */
export function mapColumn(option: string, choice: ColumnChoice, targets: readonly string[]): Mapping {
  const { column, scale } = choice;
  const unit = choice.unit ?? column.unit;
  const [first = ''] = targets;
  if (unit === undefined) {
    const said =
      column.remark === undefined ? 'says no unit' : `says "${column.remark}", which is no known unit`;
    const note =
      scale === 1 && first !== '' && first !== '1'
        ? `${option}: the column "${column.name}" ${said}, so its numbers are taken as ${first}`
        : undefined;
    return { column, scale, offset: 0, unit: first, note };
  }
  for (const target of targets) {
    const found = target === '' ? undefined : conversion(unit, target);
    if (found !== undefined)
      return {
        column,
        scale: found.scale * scale,
        offset: found.offset * scale,
        unit: target,
        note: undefined,
      };
  }
  const base = toBase(unit);
  if (scale !== 1 && base !== undefined) {
    const { scale: toIt, offset } = base.conversion;
    const note =
      base.unit === 'ratio'
        ? `${option}: 100 % of "${column.name}" are taken as ${Number(scale.toPrecision(6))} ${first}`
        : undefined;
    return { column, scale: toIt * scale, offset: offset * scale, unit: first, note };
  }
  const wanted = targets.filter((target) => target !== '').join(' or ');
  const why = `${option}: "${column.name}" is in ${unit}, which is no ${wanted}`;
  const gain =
    base?.unit === 'ratio' ? `what 100 % are in ${first}` : `a gain from ${base?.unit ?? unit} to ${first}`;
  const how = `say the unit as ${column.name}:${first}, or ${gain} as "${column.name}:${unit}*35.2"`;
  throw new GemError('GEM_USAGE', { why: `${why}; ${how}` });
}
