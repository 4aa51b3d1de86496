// What a cell says: a number, a time, or nothing. Pure.
import { readTime } from '../formats/time.ts';
import { parseNumber } from '../formats/value.ts';
import { plainNumber } from '../sources/replay/field.ts';

const nothing: ReadonlySet<string> = new Set([
  ...['', 'na', 'n/a', 'n.a.', '#n/a', 'nan', '-nan', 'null', 'none', 'nil', '-', '--', '?', '.'],
  ...['inf', '-inf', '+inf', 'infinity', '-infinity', '#value!', '#div/0!', 'undefined', 'missing'],
]);

export function isWordForNothing(cell: string): boolean {
  return nothing.has(cell.trim().toLowerCase());
}

/** NaN: none. */
export function numberOf(cell: string, decimalComma: boolean): number {
  const plain = plainNumber(cell);
  if (!Number.isNaN(plain) || cell === '') return plain;
  const text = cell.trim();
  if (text === '') return Number.NaN;
  if (text === 'true' || text === 'True' || text === 'TRUE') return 1;
  if (text === 'false' || text === 'False' || text === 'FALSE') return 0;
  if (!decimalComma && text.includes(',')) return Number.NaN;
  const value = parseNumber(text);
  return Number.isFinite(value) ? value : Number.NaN;
}

export type DateOrder = 'iso' | 'dmy' | 'mdy';

const shortDate =
  /^(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?:[ T,]+(\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?)(\s*[AaPp][Mm])?)?$/;
const yearFirst = /^(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?:[T ](.+))?$/;

/** How a time that is no number is written; undefined: it is none. Of days and months nobody may know which is which. */
export function timeWord(cell: string): { readonly order: DateOrder; readonly sure: boolean } | undefined {
  const text = cell.trim();
  if (!Number.isNaN(dateMs(text, 'iso', 0))) return { order: 'iso', sure: true };
  const found = shortDate.exec(text);
  if (found === null) return undefined;
  const [, a = '', b = ''] = found;
  if (Number(a) > 12) return Number(b) <= 12 && Number(a) <= 31 ? { order: 'dmy', sure: true } : undefined;
  if (Number(b) > 12) return Number(b) <= 31 ? { order: 'mdy', sure: true } : undefined;
  return { order: text.includes('.') ? 'dmy' : 'mdy', sure: text.includes('.') };
}

/** NaN: it is none. */
export function dateMs(cell: string, order: DateOrder, zoneMin: number): number {
  const text = cell.trim();
  if (order === 'iso') return isoMs(text, zoneMin);
  const found = shortDate.exec(text);
  if (found === null) return isoMs(text, zoneMin);
  const [, a = '', b = '', year = '', clock = '00:00:00', half = ''] = found;
  const [day, month] = order === 'dmy' ? [a, b] : [b, a];
  const whole = year.length === 2 ? `20${year}` : year;
  const [hour = '0', ...rest] = clock.split(':');
  const shifted = half === '' ? Number(hour) : (Number(hour) % 12) + (/p/i.test(half) ? 12 : 0);
  return isoMs(`${whole}-${two(month)}-${two(day)}T${two(String(shifted))}:${rest.join(':')}`, zoneMin);
}

function isoMs(text: string, zoneMin: number): number {
  const quick = readTime(text, 'iso', zoneMin);
  if (!Number.isNaN(quick)) return quick;
  const found = yearFirst.exec(text);
  if (found === null) return Number.NaN;
  const [, year = '', month = '', day = '', clock = '00:00:00'] = found;
  const whole = /^\d:/.test(clock) ? `0${clock}` : clock;
  return readTime(`${year}-${two(month)}-${two(day)}T${whole.replace(' ', '')}`, 'iso', zoneMin);
}

function two(digits: string): string {
  return digits.padStart(2, '0');
}
