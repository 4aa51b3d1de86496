// How good a score is against what was made: ranks, events found, delays, false flags.
import type { Made } from './generator.ts';

/** The chance that a labelled row scores above an unlabelled one. */
export function aucRoc(score: Float64Array, label: Uint8Array): number {
  const order = Uint32Array.from(score, (_, i) => i).sort((a, b) => score[a]! - score[b]!);
  let rank = 0;
  let positives = 0;
  for (let at = 0; at < order.length; ) {
    let end = at;
    while (end < order.length && score[order[end]!] === score[order[at]!]) end++;
    for (let k = at; k < end; k++) {
      if (label[order[k]!] === 0) continue;
      rank += (at + end + 1) / 2;
      positives++;
    }
    at = end;
  }
  const negatives = order.length - positives;
  return positives === 0 || negatives === 0
    ? Number.NaN
    : (rank - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Average precision. */
export function aucPr(score: Float64Array, label: Uint8Array): number {
  const order = Uint32Array.from(score, (_, i) => i).sort((a, b) => score[b]! - score[a]!);
  const all = label.reduce((sum, one) => sum + one, 0);
  let hits = 0;
  let area = 0;
  for (let at = 0; at < order.length; ) {
    let end = at;
    let found = 0;
    while (end < order.length && score[order[end]!] === score[order[at]!]) found += label[order[end++]!]!;
    hits += found;
    area += (found / all) * (hits / end);
    at = end;
  }
  return all === 0 ? Number.NaN : area;
}

export interface Flagged {
  /** By event: rows from its beginning to the first flag in it or just after; undefined: missed. */
  readonly delays: readonly (number | undefined)[];
  /** Rows flagged outside of events and of their ends. */
  readonly falseRows: number;
  /** Stretches of such rows. */
  readonly falseStretches: number;
  readonly cleanRows: number;
}

/** After an event what follows may still be surprising: so many rows, or its own length, whatever is less, are nobody's. */
const afterRows = 100;

export function flagged(flags: Uint8Array, { events, label }: Made, from: number): Flagged {
  const nobodys = new Uint8Array(flags.length);
  const delays = events.map((event) => {
    const end = Math.min(flags.length, event.to + Math.max(5, Math.min(afterRows, event.to - event.from)));
    nobodys.fill(1, event.from, end);
    const last = Math.min(flags.length, event.to + 3);
    for (let i = event.from; i < last; i++) if (flags[i] === 1) return i - event.from;
    return undefined;
  });
  let [falseRows, falseStretches, cleanRows] = [0, 0, 0];
  for (let i = from; i < flags.length; i++) {
    if (nobodys[i] === 1 || label[i] === 1) continue;
    cleanRows++;
    if (flags[i] === 0) continue;
    falseRows++;
    if (i === 0 || flags[i - 1] === 0) falseStretches++;
  }
  return { delays, falseRows, falseStretches, cleanRows };
}
