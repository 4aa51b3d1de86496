// Whether a flag holds on: begun by a row at the threshold when the rows before it were high too, ended when some rows
// together are low again. One high row holds nothing.

export interface Hold {
  readonly threshold: number;
  /** Means of the newest rows. */
  long: number;
  short: number;
  /** For so long it has been held; 0: it is not. */
  rows: number;
}

/** High on average over about so many rows begins it, low over so many ends it. */
const beginRows = 24;
const endRows = 6;
/** Of the threshold: what is high. */
const highShare = 0.8;
/** What has been held for so long is the new normal: no longer held, until it has been low once. */
export const holdRowsMost = 2000;

export function newHold(threshold: number): Hold {
  return { threshold, long: 0, short: 0, rows: 0 };
}

/** The score of the next row. True: it is held. */
export function holdRow(hold: Hold, score: number): boolean {
  const { threshold } = hold;
  const high = highShare * threshold;
  hold.long += (score - hold.long) / beginRows;
  hold.short += (score - hold.short) / endRows;
  if (hold.rows === 0) hold.rows = score >= threshold && hold.long >= high ? 1 : 0;
  else hold.rows = hold.short < high ? 0 : Math.min(hold.rows + 1, holdRowsMost + 1);
  return hold.rows > 0 && hold.rows <= holdRowsMost;
}
