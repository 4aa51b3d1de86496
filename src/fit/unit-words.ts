// Units as people write them in headers and on the command line, to those of core/unit. What is in no unit that is
// known is said, never guessed.
import { convertUnit, knownUnit } from '../core/unit.ts';

export interface Conversion {
  readonly scale: number;
  readonly offset: number;
}

interface Known {
  /** In core/unit. */
  readonly symbol: string;
  /** So many of it. */
  readonly times: number;
}

/** In lower case, without blanks, dots and carets. What differs by case alone (mW, MW) is not here. */
const spellings: Readonly<Record<string, Known>> = {
  ...same('A', 'amp', 'amps', 'ampere', 'amperes'),
  ...same('V', 'v', 'volt', 'volts'),
  ...same('W', 'w', 'watt', 'watts'),
  ...same('N', 'n', 'newton', 'newtons'),
  ...same('degC', 'degc', 'deg_c', '°c', 'celsius', 'gradc', '℃'),
  ...same('K', 'k', 'kelvin'),
  ...same('degF', 'degf', '°f', 'fahrenheit'),
  ...same('s', 'sec', 'secs', 'second', 'seconds', 'sek'),
  ...same('min', 'mins', 'minute', 'minutes'),
  ...same('h', 'hr', 'hrs', 'hour', 'hours', 'std'),
  ...same('rpm', 'rpm', 'u/min', '1/min', 'min-1', 'r/min', 'rev/min', 'min⁻1'),
  ...same('rad/s', 'rads-1', 'rad/sec', '1/s', 's-1'),
  ...same('deg', 'degree', 'degrees', 'grad'),
  ...same('rad', 'radian', 'radians'),
  ...same('m', 'meter', 'metre', 'meters', 'metres'),
  ...same('mm', 'millimeter', 'millimetre'),
  ...same('µm', 'um', 'micron', 'microns', 'micrometer'),
  ...same('in', 'inch', 'inches'),
  ...same('m/s', 'ms-1', 'm/sec'),
  ...same('mm/s', 'mms-1', 'mm/sec'),
  ...same('m/s2', 'ms-2', 'm/sec2'),
  ...same('Nm', 'nm', 'n-m'),
  ...same('%', 'percent', 'pct'),
  cm: { symbol: 'm', times: 1e-2 },
  'cm/s': { symbol: 'm/s', times: 1e-2 },
  'mm/s2': { symbol: 'm/s2', times: 1e-3 },
  'km/h': { symbol: 'm/s', times: 1 / 3.6 },
  rev: { symbol: 'deg', times: 360 },
  revs: { symbol: 'deg', times: 360 },
  turn: { symbol: 'deg', times: 360 },
  turns: { symbol: 'deg', times: 360 },
  mrad: { symbol: 'rad', times: 1e-3 },
  'rev/s': { symbol: 'Hz', times: 1 },
  'deg/s': { symbol: 'rad/s', times: Math.PI / 180 },
  '°/s': { symbol: 'rad/s', times: Math.PI / 180 },
  krpm: { symbol: 'rpm', times: 1000 },
  d: { symbol: 'h', times: 24 },
  day: { symbol: 'h', times: 24 },
  days: { symbol: 'h', times: 24 },
  us: { symbol: 'ms', times: 1e-3 },
  µs: { symbol: 'ms', times: 1e-3 },
  ns: { symbol: 'ms', times: 1e-6 },
  msec: { symbol: 'ms', times: 1 },
  knm: { symbol: 'Nm', times: 1000 },
  ncm: { symbol: 'Nm', times: 1e-2 },
  ka: { symbol: 'A', times: 1000 },
  µa: { symbol: 'A', times: 1e-6 },
};

/** Offered where a word is none. */
export const unitWords: readonly string[] = [
  ...['A', 'mA', 'V', 'mV', 'W', 'kW', 'N', 'kN', 'Nm', 'mNm', 'm', 'mm', 'µm', 'in', 'deg', 'rad', 'rev'],
  ...['m/s', 'mm/s', 'mm/min', 'm/min', 'rpm', 'rad/s', 'deg/s', 'Hz', 'm/s2', 'degC', 'K', 'degF'],
  ...['s', 'ms', 'us', 'min', 'h', '%'],
];

export function isUnit(word: string): boolean {
  return known(word) !== undefined;
}

/** From a unit as it was written to one of core/unit; undefined where nothing relates them, or it is no unit. */
export function conversion(word: string, to: string): Conversion | undefined {
  const unit = known(word);
  const found = unit && convertUnit(unit.symbol, to);
  return found && { scale: found.scale * unit.times, offset: found.offset };
}

/** As core/unit calls it: h of hours, m of cm. */
export function plainUnit(word: string): string | undefined {
  return known(word)?.symbol;
}

/** To the unit that its dimension is measured in: V of mV, rad of deg. */
export function toBase(word: string): { readonly unit: string; readonly conversion: Conversion } | undefined {
  for (const unit of bases) {
    const found = conversion(word, unit);
    if (found !== undefined) return { unit, conversion: found };
  }
  return undefined;
}

const bases = ['m', 'rad', 'm/s', 'rad/s', 'm/s2', 'N', 'Nm', 'A', 'V', 'W', 'degC', 's', 'ratio', 'J', 'Pa'];

function known(word: string): Known | undefined {
  const plain = word.trim().replace(/μ/g, 'µ');
  if (knownUnit(plain)) return { symbol: plain, times: 1 };
  const bare = plain.replace(/[\s·⋅*^]/g, '').replace(/²/g, '2');
  if (knownUnit(bare)) return { symbol: bare, times: 1 };
  const lower = bare.toLowerCase();
  return Object.hasOwn(spellings, lower) ? spellings[lower] : undefined;
}

function same(symbol: string, ...words: string[]): Record<string, Known> {
  return Object.fromEntries(words.map((word) => [word, { symbol, times: 1 }]));
}
