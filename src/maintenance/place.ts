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

/** What a place has left for one need: worked out once, and searched as often as one likes. */
export interface Room {
  readonly need: Need;
  readonly free: readonly Interval[];
  readonly taken: readonly Interval[];
  /** The longest shift there is, for anybody. */
  readonly longestMs: number;
}

export function roomFor(need: Need, place: Place): Room {
  const taken = takenFor(need, place);
  const longestMs = place.open.reduce((most, one) => Math.max(most, one.toMs - one.fromMs), 0);
  return { need, taken, longestMs, free: without(place.open, taken) };
}

/** Undefined where it fits nowhere between the two. */
export function findSlot(
  { need, ...room }: Room,
  fromMs: number,
  toMs: number,
  fit: Fit,
): Interval | undefined {
  const free = within(room.free, fromMs, toMs);
  const fits = (one: Interval) => one.toMs - one.fromMs >= need.durationMs;
  const piece = fit === 'latest' ? free.findLast(fits) : free.find(fits);
  if (piece !== undefined) return inPiece(piece, need.durationMs, fit);
  // Only what is longer than any shift goes over several.
  return need.durationMs > room.longestMs ? overShifts(free, room.taken, need.durationMs, fit) : undefined;
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
function takenFor(need: Need, { bookings, resources }: Place): Interval[] {
  const own = bookings.filter((one) => one.machine === need.machine);
  const lacking = Object.entries(need.resources).flatMap(([name, count]) =>
    fullTimes(bookings, name, (resources[name] ?? 0) - count),
  );
  return joined([...own, ...lacking]);
}

const always: Interval = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };

/** When more than `most` of a resource are taken: counted along the time, once. */
function fullTimes(bookings: readonly Booking[], name: string, most: number): Interval[] {
  if (most < 0) return [always];
  const steps: { readonly ms: number; readonly by: number }[] = [];
  for (const { fromMs, toMs, resources } of bookings) {
    const count = resources[name] ?? 0;
    if (count > 0) steps.push({ ms: fromMs, by: count }, { ms: toMs, by: -count });
  }
  // At one time those who go make room for those who come.
  steps.sort((a, b) => a.ms - b.ms || a.by - b.by);
  const full: Interval[] = [];
  let used = 0;
  let sinceMs = Number.NaN;
  for (const { ms, by } of steps) {
    const was = used > most;
    used += by;
    if (was === used > most) continue;
    if (was) full.push({ fromMs: sinceMs, toMs: ms });
    else sinceMs = ms;
  }
  return full;
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
