// What of some samples is stored already: so that a file which is imported twice is there once. Reads no more than a page
// of the history at a time, whatever stretch the samples span.
import type { HistoryReader } from '../ports/history.ts';
import type { ImportedRow } from './imported.ts';

const pageSamples = 20_000;

/** Of rows of one tag those that are new, in their order. `tag`: its id in the history. */
export async function unknownRows(
  reader: HistoryReader,
  tag: number,
  rows: readonly ImportedRow[],
): Promise<readonly ImportedRow[]> {
  const wanted = new Map<string, number>();
  const times = new Set<number>();
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    wanted.set(keyOf(row), 0);
    times.add(row.timeMs);
    fromMs = Math.min(fromMs, row.timeMs);
    toMs = Math.max(toMs, row.timeMs);
  }
  let after: string | undefined;
  do {
    const query = { tag, fromMs, toMs, samplesMax: pageSamples };
    const { series, next } = await reader.raw(after === undefined ? query : { ...query, after });
    for (let i = 0; i < series.length; i++) {
      const timeMs = series.timeMs[i]!;
      if (!times.has(timeMs)) continue;
      const exact = series.exact.length > 0 ? series.exact[i] : undefined;
      const key = keyOf({ timeMs, value: series.value[i]!, quality: series.quality[i]!, exact });
      const found = wanted.get(key);
      if (found !== undefined) wanted.set(key, found + 1);
    }
    after = next;
  } while (after !== undefined);
  // As often as it is stored it is known; a device may say the same twice in a moment.
  return rows.filter((row) => {
    const key = keyOf(row);
    const left = wanted.get(key)!;
    if (left > 0) wanted.set(key, left - 1);
    return left === 0;
  });
}

/** When it came is not asked: the same file without that column is the same file. */
function keyOf({
  timeMs,
  value,
  quality,
  exact,
}: Pick<ImportedRow, 'timeMs' | 'value' | 'quality' | 'exact'>) {
  // Where a column of exact integers has nothing to say of a sample it holds anything; the number tells.
  const isOwn =
    exact !== undefined &&
    !Number.isNaN(value) &&
    (Number(exact) === value || Number(BigInt.asUintN(64, exact)) === value);
  const bits = isOwn && !Number.isSafeInteger(value) ? BigInt.asIntN(64, exact) : '';
  return `${timeMs} ${Object.is(value, -0) ? '-0' : value} ${quality} ${bits}`;
}
