// `name=value` words of the command line, given one by one or with commas between them.
import { GemError } from '../errors.ts';

export interface Range {
  readonly min: number;
  readonly max: number;
}

export function readValues(option: string, words: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    parts(option, words).map(([name, text]) => {
      const value = Number(text);
      if (text !== '' && Number.isFinite(value)) return [name, value];
      throw wrong(option, `${name}=${text}`, 'a number behind the =');
    }),
  );
}

/** `mass=10..500` */
export function readRanges(option: string, words: readonly string[]): Record<string, Range> {
  return Object.fromEntries(
    parts(option, words).map(([name, text]) => {
      const [low = '', high = '', ...others] = text.split('..');
      const [min, max] = [Number(low), Number(high)];
      const isRange = low !== '' && high !== '' && others.length === 0 && min < max;
      if (isRange) return [name, { min, max }];
      throw wrong(option, `${name}=${text}`, 'LOW..HIGH behind the =, LOW below HIGH');
    }),
  );
}

export function readNames(words: readonly string[]): string[] {
  return words
    .flatMap((word) => word.split(','))
    .flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
}

function parts(option: string, words: readonly string[]): [string, string][] {
  return readNames(words).map((word) => {
    const equals = word.indexOf('=');
    if (equals <= 0) throw wrong(option, word, 'NAME=…');
    return [word.slice(0, equals).trim(), word.slice(equals + 1).trim()];
  });
}

function wrong(option: string, word: string, wanted: string): GemError {
  return new GemError('GEM_USAGE', { why: `${option} ${word}: expected ${wanted}` });
}
