// One tag of a recording: where its value stands in a row and how its text becomes a number.
import { isBad, Quality, worse } from '../../core/quality.ts';
import type { RejectReason, TagSpec } from '../../core/sample.ts';
import { tagSpecOf, valueRuleOf } from '../../formats/tag.ts';
import { isNonFiniteWord, newReading, parseNumber, readValue, type ValueRule } from '../../formats/value.ts';
import type { Feed } from '../../ports.ts';
import { type Column, type ReplaySourceConfig, resolveTag } from './schema.ts';

export interface Field {
  readonly spec: TagSpec;
  /** Names or numbers of its column, the first that there is; in a long recording the names of its rows. */
  readonly columns: readonly Column[];
  /** A recording without it is a mistake. */
  readonly required: boolean;
  readonly rule: ValueRule;
  readonly scale: number;
  readonly offset: number;
}

/** `clockTrusted`: the times stand as they are. */
export function fieldsOf(tags: ReplaySourceConfig['tags'], clockTrusted = false): Field[] {
  return Object.entries(tags).map(([name, entry]) => {
    const tag = resolveTag(entry);
    return {
      spec: tagSpecOf(name, tag, clockTrusted),
      columns: [tag.column ?? name],
      required: true,
      rule: valueRuleOf(tag),
      scale: tag.scale,
      offset: tag.offset,
    };
  });
}

export interface CellSettings {
  /** Whether "12,5" is a number. */
  readonly decimalComma: boolean;
  readonly empty: ReadonlySet<string>;
}

/** Undefined: taken. `empty`: there was no value. Else why it was refused. */
export type CellFate = RejectReason | 'empty' | undefined;

const reading = newReading();
const digit0 = 0x30;
const digit9 = 0x39;

/** The short way for what nearly every cell is; NaN sends it the long way. */
export function plainNumber(cell: string): number {
  const first = cell.charCodeAt(0);
  const isNumber = (first >= digit0 && first <= digit9) || first === 0x2d || first === 0x2e || first === 0x2b;
  if (!isNumber) return Number.NaN;
  // 0x10, 0b1 and 0o7 are numbers to the language and to nobody who writes a recording.
  if (first === digit0 && cell.charCodeAt(1) > digit9 && /^0[xbo]/i.test(cell)) return Number.NaN;
  const value = Number(cell);
  return value - value === 0 ? value : Number.NaN;
}

export type TakeCell = (
  field: Field,
  tag: number,
  cell: unknown,
  quality: number,
  timeMs: number,
) => CellFate;

export function createTakeCell(settings: CellSettings, feed: Feed): TakeCell {
  return (field, tag, cell, quality, timeMs) => {
    const { rule, scale, offset } = field;
    if (rule.kind === 'number' && typeof cell === 'string') {
      const value = plainNumber(cell);
      if (!Number.isNaN(value)) {
        push(feed, tag, value * scale + offset, quality, timeMs);
        return undefined;
      }
    }
    const raw = typeof cell === 'string' ? literal(cell, rule, settings) : cell;
    if (raw === undefined || raw === '') return 'empty';
    readValue(rule, raw, reading);
    if (reading.reject !== undefined) return reading.reject;
    if (reading.coerced) feed.remark('coerced');
    const stated = worse(quality, reading.quality);
    if (reading.exact !== undefined && !isBad(stated)) feed.pushExact(tag, reading.exact, stated, timeMs);
    else push(feed, tag, reading.value * scale + offset, stated, timeMs);
    return undefined;
  };
}

function push(feed: Feed, tag: number, value: number, quality: number, timeMs: number): void {
  if (isBad(quality)) feed.push(tag, Number.NaN, quality, timeMs);
  else if (Number.isFinite(value)) feed.push(tag, value, quality, timeMs);
  else feed.push(tag, Number.NaN, Quality.badOutOfRange, timeMs);
}

/** What a cell means, as JSON would have said it; undefined where it says nothing. */
function literal(cell: string, rule: ValueRule, { decimalComma, empty }: CellSettings): unknown {
  const text = cell.trim();
  if (text === '' || empty.has(text)) return undefined;
  if (isNonFiniteWord(text)) return null;
  // As text, which keeps all its digits.
  if (rule.kind === 'int64' || rule.kind === 'uint64') return text.startsWith('+') ? text.slice(1) : text;
  if (text === 'true' || text === 'false') return text === 'true';
  const isNumber = decimalComma || !text.includes(',');
  const value = isNumber ? parseNumber(text) : Number.NaN;
  return Number.isNaN(value) ? text : value;
}
