// "Did you mean": the nearest known word. Pure.

/** Damerau-Levenshtein (optimal string alignment): insert, delete, replace, swap of neighbours cost 1 each. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let best = Math.min(last[column - 1]! + (same ? 0 : 1), last[column]! + 1, current[column - 1]! + 1);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) best = Math.min(best, beforeLast[column - 2]! + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}

const longestWord = 200;

/** The candidates a reader would take for a slip of `word`, the nearest first. */
export function nearest(word: string, candidates: Iterable<string>): string[] {
  if (word.length > longestWord) return [];
  const wanted = plain(word);
  const found: { candidate: string; distance: number }[] = [];
  for (const candidate of new Set(candidates)) {
    if (candidate === word || candidate.length > longestWord) continue;
    const distance = editDistance(wanted, plain(candidate));
    const allowed = Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3));
    if (distance <= allowed && distance < wanted.length) found.push({ candidate, distance });
  }
  return found.sort((a, b) => a.distance - b.distance).map(({ candidate }) => candidate);
}

/** `, did you mean "x"?`, or nothing; with `most`, of so many: `"x", "y" or "z"`. */
export function didYouMean(word: string, candidates: Iterable<string>, most = 1): string {
  const quoted = nearest(word, candidates)
    .slice(0, most)
    .map((near) => `"${near}"`);
  const last = quoted.pop();
  if (last === undefined) return '';
  return `, did you mean ${quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`}?`;
}

/** period_ms, period-ms and PeriodMs are slips of periodMs, not other words. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, '');
}
