// Where work fits: inside the open hours, where what it needs is free, as late or as early as it may. Pure: stretches of
// time in, one out. It never splits work that fits into one shift, and never puts it over somebody else's.
import { type Interval, joined, overlaps, within, without } from './interval.ts';

/** What is taken already. */
export interface Booking extends Interval {
  readonly machine: string;
  readonly resources: Readonly<Record<string, number>>;
}

export interface Need {
  readonly machine: string;
  readonly durationMs: number;
  readonly resources: Readonly<Record<string, number>>;
}

export interface Place {
  /** Hours in which people work. */
  readonly open: readonly Interval[];
  readonly bookings: readonly Booking[];
  /** How many there are of each; what is not named there is none of. */
  readonly resources: Readonly<Record<string, number>>;
}

export type Fit = 'latest' | 'earliest';

/** People look at clocks that have quarters. */
const gridMs = 900_000;

/** Undefined where it fits nowhere between the two. */
export function findSlot(
  need: Need,
  place: Place,
  fromMs: number,
  toMs: number,
  fit: Fit,
): Interval | undefined {
  const taken = takenFor(need, place);
  const open = within(place.open, fromMs, toMs);
  const free = without(open, taken);
  const whole = free.filter((one) => one.toMs - one.fromMs >= need.durationMs);
  const piece = fit === 'latest' ? whole.at(-1) : whole[0];
  if (piece !== undefined) return inPiece(piece, need.durationMs, fit);
  // Only what is longer than any shift goes over several.
  const longest = Math.max(0, ...place.open.map((one) => one.toMs - one.fromMs));
  return need.durationMs > longest ? overShifts(free, taken, need.durationMs, fit) : undefined;
}

function inPiece({ fromMs, toMs }: Interval, durationMs: number, fit: Fit): Interval {
  const onGrid =
    fit === 'latest'
      ? Math.max(fromMs, Math.floor((toMs - durationMs) / gridMs) * gridMs)
      : Math.min(toMs - durationMs, Math.ceil(fromMs / gridMs) * gridMs);
  return { fromMs: onGrid, toMs: onGrid + durationMs };
}

/** Shift after shift, with nothing of somebody else's between them. */
function overShifts(
  free: readonly Interval[],
  taken: readonly Interval[],
  durationMs: number,
  fit: Fit,
): Interval | undefined {
  const pieces = fit === 'latest' ? free.toReversed() : free;
  let left = durationMs;
  let first: Interval | undefined;
  let before: Interval | undefined;
  for (const piece of pieces) {
    const between = before && {
      fromMs: Math.min(before.toMs, piece.toMs),
      toMs: Math.max(before.fromMs, piece.fromMs),
    };
    if (before === undefined || taken.some((one) => overlaps(one, between!))) {
      left = durationMs;
      first = piece;
    }
    before = piece;
    const length = piece.toMs - piece.fromMs;
    if (left <= length) {
      return fit === 'latest'
        ? { fromMs: piece.toMs - left, toMs: first!.toMs }
        : { fromMs: first!.fromMs, toMs: piece.fromMs + left };
    }
    left -= length;
  }
  return undefined;
}

/** When one more of this need would be one too many, and when its machine is worked on. */
export function takenFor(need: Need, { bookings, resources }: Place): Interval[] {
  const own = bookings.filter((one) => one.machine === need.machine);
  const lacking = Object.entries(need.resources).flatMap(([name, count]) =>
    fullTimes(bookings, name, (resources[name] ?? 0) - count),
  );
  return joined([...own, ...lacking]);
}

const always: Interval = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };

/** When more than `most` of a resource are taken. */
function fullTimes(bookings: readonly Booking[], name: string, most: number): Interval[] {
  if (most < 0) return [always];
  const using = bookings.filter((one) => (one.resources[name] ?? 0) > 0);
  const times = [...new Set(using.flatMap(({ fromMs, toMs }) => [fromMs, toMs]))].toSorted((a, b) => a - b);
  return times.slice(0, -1).flatMap((fromMs, i) => {
    const toMs = times[i + 1]!;
    const used = using
      .filter((one) => overlaps(one, { fromMs, toMs }))
      .reduce((sum, one) => sum + one.resources[name]!, 0);
    return used > most ? [{ fromMs, toMs }] : [];
  });
}

/** Whether it could be just there. */
export function isFree(need: Need, at: Interval, place: Place): boolean {
  return !takenFor(need, place).some((one) => overlaps(one, at));
}

/** Begins and ends at work, and is as long as the work is: in one shift, or over several that are not long enough. */
export function isInHours(at: Interval, durationMs: number, open: readonly Interval[]): boolean {
  const pieces = within(open, at.fromMs, at.toMs);
  const [first, last] = [pieces[0], pieces.at(-1)];
  if (first === undefined || first.fromMs !== at.fromMs || last!.toMs !== at.toMs) return false;
  const worked = pieces.reduce((sum, one) => sum + one.toMs - one.fromMs, 0);
  const longest = Math.max(0, ...open.map((one) => one.toMs - one.fromMs));
  return Math.abs(worked - durationMs) < 1000 && (pieces.length === 1 || durationMs > longest);
}
