// Points as one line of blocks. Pure. A peak is seen, however short it was; where nothing is known there is nothing.

const blocks = '▁▂▃▄▅▆▇█';
const plain = '_.-=+*#@';

export interface Chart {
  readonly timeMs: Float64Array;
  /** NaN: a gap. */
  readonly value: Float64Array;
}

/** `width` characters from `fromMs` to `toMs`. */
export function sparkline(
  { timeMs, value }: Chart,
  range: { readonly fromMs: number; readonly toMs: number },
  width: number,
  ascii: boolean,
): string {
  const least = new Float64Array(width).fill(Number.NaN);
  const most = new Float64Array(width).fill(Number.NaN);
  const spanMs = Math.max(1, range.toMs - range.fromMs);
  for (const [i, one] of value.entries()) {
    if (Number.isNaN(one)) continue;
    const at = Math.min(width - 1, Math.max(0, Math.floor(((timeMs[i]! - range.fromMs) / spanMs) * width)));
    least[at] = Number.isNaN(least[at]!) ? one : Math.min(least[at]!, one);
    most[at] = Number.isNaN(most[at]!) ? one : Math.max(most[at]!, one);
  }
  const known = [...least, ...most].filter((one) => !Number.isNaN(one));
  if (known.length === 0) return ' '.repeat(width);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const usual = known.reduce((sum, one) => sum + one / known.length, 0);
  const signs = ascii ? plain : blocks;
  return Array.from({ length: width }, (_, at) => {
    if (Number.isNaN(least[at]!)) return ' ';
    // Of both ends of a column the one that is less usual.
    const shown = most[at]! - usual >= usual - least[at]! ? most[at]! : least[at]!;
    const share = high > low ? (shown - low) / (high - low) : 0.5;
    return signs[Math.min(signs.length - 1, Math.floor(share * signs.length))]!;
  }).join('');
}
