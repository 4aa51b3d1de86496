// Puts rows in the order of their times: what came late is sorted in, what begins anew is a run of its own, what
// says the same time again is left out. All of it is counted.

export interface Timed {
  readonly timeS: Float64Array;
  readonly columns: ReadonlyMap<string, Float64Array>;
}

export interface Ordered extends Timed {
  /** Where runs begin, 0 first. Times ascend strictly within a run. */
  readonly starts: readonly number[];
  readonly repeated: number;
  readonly late: number;
  /** Runs that begin because time went back. */
  readonly restarts: number;
  /** The newest row came first. */
  readonly reversed: boolean;
}

/** A time that goes back is late when the rows soon after it go on from before it; else time begins anew. */
const lookAhead = 32;

/** `run`: a new run begins where its number changes. */
export function inOrder(asTheyCame: Timed, asRunsCame: Float64Array | undefined): Ordered {
  const reversed = isReversed(asTheyCame.timeS);
  const last = asTheyCame.timeS.length - 1;
  const rows = reversed
    ? pick(
        asTheyCame,
        asTheyCame.timeS.map((_, row) => last - row),
      )
    : asTheyCame;
  const run = reversed ? asRunsCame?.toReversed() : asRunsCame;
  const { timeS } = rows;
  const n = timeS.length;
  const starts: number[] = n === 0 ? [] : [0];
  let latest = timeS[0] ?? 0;
  let late = 0;
  let restarts = 0;
  for (let row = 1; row < n; row++) {
    const at = timeS[row]!;
    if (run !== undefined && run[row] !== run[row - 1]) {
      starts.push(row);
      latest = at;
    } else if (at < latest) {
      if (goesOn(timeS, row, latest)) late++;
      else {
        restarts++;
        starts.push(row);
        latest = at;
      }
    } else latest = at;
  }
  const sorted = late === 0 ? undefined : sortRuns(timeS, starts);
  return { ...withoutRepeats(rows, starts, sorted), late, restarts, reversed };
}

/** As many logs are written out: time goes back at nearly every step, all the way. */
function isReversed(timeS: Float64Array): boolean {
  let back = 0;
  let on = 0;
  for (let row = 1; row < timeS.length; row++) {
    if (timeS[row]! < timeS[row - 1]!) back++;
    else if (timeS[row]! > timeS[row - 1]!) on++;
  }
  return back > 9 * on;
}

function goesOn(timeS: Float64Array, row: number, latest: number): boolean {
  const end = Math.min(timeS.length, row + lookAhead);
  for (let next = row + 1; next < end; next++) if (timeS[next]! > latest) return true;
  // At the very end there is nothing that could tell.
  return end === timeS.length && timeS.length > lookAhead;
}

function sortRuns(timeS: Float64Array, starts: readonly number[]): Uint32Array {
  const order = Uint32Array.from(timeS, (_, row) => row);
  for (const [r, from] of starts.entries()) {
    const to = starts[r + 1] ?? timeS.length;
    order.subarray(from, to).sort((a, b) => timeS[a]! - timeS[b]! || a - b);
  }
  return order;
}

/** Of rows with one time the first is kept. Copies nothing where there is nothing to do. */
function withoutRepeats(
  rows: Timed,
  starts: readonly number[],
  sorted: Uint32Array | undefined,
): Timed & { readonly starts: readonly number[]; readonly repeated: number } {
  const { timeS } = rows;
  const kept = new Uint32Array(timeS.length);
  const movedStarts: number[] = [];
  let count = 0;
  for (const [r, from] of starts.entries()) {
    const to = starts[r + 1] ?? timeS.length;
    movedStarts.push(count);
    let last = Number.NaN;
    for (let place = from; place < to; place++) {
      const row = sorted === undefined ? place : sorted[place]!;
      if (timeS[row] === last) continue;
      last = timeS[row]!;
      kept[count++] = row;
    }
  }
  const repeated = timeS.length - count;
  if (repeated === 0 && sorted === undefined) return { ...rows, starts, repeated };
  return { ...pick(rows, kept.subarray(0, count)), starts: movedStarts, repeated };
}

/** These rows alone. */
export function pick({ timeS, columns }: Timed, rows: ArrayLike<number>): Timed {
  const taken = (column: Float64Array) => Float64Array.from(rows, (row) => column[row]!);
  return {
    timeS: taken(timeS),
    columns: new Map([...columns].map(([name, column]) => [name, taken(column)])),
  };
}
