// Thresholds as the command line says them: `temperature=60/85`, `flow=low:5/2`, `pressure=3`.
import { GemError } from '../errors.ts';
import { printable } from '../formats/excerpt.ts';

export interface LimitWish {
  readonly column: string;
  readonly side: 'high' | 'low';
  readonly warning: number;
  /** Where only one number is given, no trip: beyond every number. */
  readonly trip: number;
}

const number = '[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?';
const pattern = new RegExp(`^(.+)=\\s*(?:(high|low):)?\\s*(${number})(?:\\s*/\\s*(${number}))?\\s*$`);

export function readLimits(words: readonly string[]): LimitWish[] {
  return words.map((word) => {
    const found = pattern.exec(word);
    const said = `--limit ${printable(word)}`;
    if (found === null) {
      throw new GemError('GEM_USAGE', {
        why: `${said}: expected COLUMN=WARNING/TRIP, as temperature=60/85 or flow=low:5/2`,
      });
    }
    const [, column = '', side = 'high', first, second] = found;
    const high = side === 'high';
    const warning = Number(first);
    const trip =
      second === undefined ? (high ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY) : Number(second);
    if (high ? trip < warning : trip > warning) {
      const how = high
        ? 'not below its warning (of a lower limit say low: before it)'
        : 'not above its warning';
      throw new GemError('GEM_USAGE', { why: `${said}: a trip is ${how}` });
    }
    return { column: column.trim(), side: high ? 'high' : 'low', warning, trip };
  });
}
