// When a machine will be on: days like those that were seen, and where none was, what shops are used to do.
//
// A week that was seen tells which days of it are days of rest. Of hours that nobody has watched yet, a machine may go
// on as it was, or stop somewhere in between; of a Saturday, nobody knows. One draw of all that is a `Calendar`.
import { pick } from './persistence.ts';
import type { Random } from './random.ts';
import type { SeenLoad } from './seen-load.ts';

const dayMs = 86_400_000;
/** Days ahead that are drawn one by one. */
const daysAhead = 56;
/** A day on for less than this share of what is usual in the hours that were seen of it is one of rest. */
const restShare = 0.25;
/** A day counts as seen when so much of it was; as one of work or rest, of the hours in which work is usual. */
const knownShare = 0.3;
/** Of hours nobody has seen: that it goes on as it was throughout. */
const goesOn = 0.35;
const restOnWeekend = 0.5;

export interface Calendar {
  readonly slotsADay: number;
  /** By day ahead, from that of now on, and by slot: whether it is on. */
  readonly on: readonly Uint8Array[];
  /** On before the start of each day ahead, in slots, counted from now. */
  readonly before: Float64Array;
  readonly nowSlot: number;
  /** Of a slot, beyond the days that were drawn. */
  readonly dutyLater: number;
}

/**
 * How much the hours of the day tell of when the machine is on: 0 nothing, 1 all (Cohen's kappa of pairs of days), and
 * of how many pairs that is known.
 */
export function regularity(seen: SeenLoad): { kappa: number; pairs: number } {
  const days = seen.days.filter(({ known }) => known >= knownShare * seen.slotsADay);
  let same = 0;
  let both = 0;
  let on = 0;
  let pairs = 0;
  for (let i = 0; i < days.length; i++) {
    for (let j = i + 1; j < days.length; j++) {
      const [one, other] = [days[i]!.on, days[j]!.on];
      // A day of rest says nothing of the hours of the others.
      if (!one.includes(1) || !other.includes(1)) continue;
      pairs++;
      for (let s = 0; s < one.length; s++) {
        if (one[s]! < 0 || other[s]! < 0) continue;
        both++;
        on += one[s]! + other[s]!;
        if (one[s] === other[s]) same++;
      }
    }
  }
  if (both === 0) return { kappa: 0, pairs: 0 };
  const share = on / (2 * both);
  const chance = share * share + (1 - share) * (1 - share);
  return { kappa: chance < 1 ? (same / both - chance) / (1 - chance) : 0, pairs };
}

export function drawCalendar(seen: SeenLoad, nowMs: number, random: Random): Calendar {
  const { slotsADay, blockS, days } = seen;
  const today = Math.floor(nowMs / dayMs);
  const kinds = kindsOf(seen);
  const rest = kinds.map((kind) => kind === 'rest');
  const usual = drawPattern(seen, rest, random);
  const rests = drawRest(seen, kinds, random);
  // Each day of work that was seen, with what is usual where it was not.
  const patterns = days.flatMap(({ on }, d) =>
    rest[d]! || !on.includes(1) ? [] : [patternOf(usual.map((each, s) => (on[s]! >= 0 ? on[s]! : each)))],
  );
  if (patterns.length === 0) patterns.push(patternOf(usual));
  // How frequent each kind of day is nobody knows from a few of them (a Bayesian bootstrap).
  let total = 0;
  const frequency = Float64Array.from(patterns, () => (total += random.exponential()));
  const idle = patternOf(new Uint8Array(slotsADay));
  const ahead = Array.from({ length: daysAhead }, (_, d) =>
    rests[weekday(today + d)] === 1 ? idle : patterns[pick(frequency, random.uniform() * total)]!,
  );
  const nowSlot = (nowMs - today * dayMs) / (blockS * 1000);
  const before = new Float64Array(daysAhead + 1);
  for (let d = 0; d < daysAhead; d++) {
    before[d + 1] = before[d]! + ahead[d]!.whole - (d === 0 ? onUpTo(ahead[0]!.on, nowSlot) : 0);
  }
  const weeks = ahead.slice(-28).reduce((sum, { whole }) => sum + whole, 0);
  const on = ahead.map((each) => each.on);
  return { slotsADay, on, before, nowSlot, dutyLater: weeks / (28 * slotsADay) };
}

function patternOf(on: Uint8Array): { on: Uint8Array; whole: number } {
  return { on, whole: onUpTo(on, on.length) };
}

/** Always on: of a machine whose work knows no hours. */
export function noCalendar(seen: SeenLoad): Calendar {
  const { slotsADay } = seen;
  return { slotsADay, on: [], before: Float64Array.of(0), nowSlot: 0, dutyLater: 1 };
}

function onUpTo(on: Uint8Array, to: number): number {
  let sum = 0;
  for (let s = 0; s < to; s++) if (on[s] === 1) sum += Math.min(1, to - s);
  return sum;
}

function weekday(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

type Kind = 'work' | 'rest' | 'unknown';

/**
 * By day that was seen. Only hours in which others work tell: a day of which the evening was seen, or the first hour of
 * a shift, is no day of rest for being idle in the others.
 */
function kindsOf({ days, slotsADay }: SeenLoad): Kind[] {
  const working = days.filter(({ on }) => on.includes(1));
  const usual = Float64Array.from({ length: slotsADay }, (_, s) => {
    const told = working.filter(({ on }) => on[s]! >= 0);
    return told.reduce((sum, { on }) => sum + on[s]!, 0) / Math.max(1, told.length);
  });
  const whole = usual.reduce((sum, each) => sum + each, 0);
  return days.map(({ on }) => {
    const expected = usual.reduce((sum, each, s) => (on[s]! >= 0 ? sum + each : sum), 0);
    if (!(expected > 0) || expected < knownShare * whole) return 'unknown';
    const worked = on.reduce((sum, each) => (each === 1 ? sum + 1 : sum), 0);
    return worked < restShare * expected ? 'rest' : 'work';
  });
}

/** By day of the week, Sunday first: 1 for a day of rest. */
function drawRest({ days }: SeenLoad, kinds: readonly Kind[], random: Random): Uint8Array {
  const known = new Int8Array(7).fill(-1);
  const count = new Uint16Array(7);
  days.forEach(({ day }, d) => {
    if (kinds[d] === 'unknown') return;
    const w = weekday(day);
    count[w] = count[w]! + 1;
    const isWeekend = w === 0 || w === 6;
    // One Tuesday without work may have been a holiday, or no order: one of work is imagined beside those that were seen.
    if (count[w] === 1 && !isWeekend) known[w] = 0;
    if (isWeekend || random.uniform() * (count[w]! + 1) < 1) known[w] = kinds[d] === 'rest' ? 1 : 0;
  });
  const weekend = random.uniform() < restOnWeekend ? 1 : 0;
  const [sunday, saturday] = [known[0]!, known[6]!];
  return Uint8Array.from(known, (each, w) => {
    if (each >= 0) return each;
    if (w === 0) return saturday === 1 ? 1 : weekend;
    if (w === 6) return sunday === 0 ? 0 : weekend;
    return 0;
  });
}

/** One day by its slots, for what no single day of work has told: what the others say, and a guess where none does. */
function drawPattern({ slotsADay, days }: SeenLoad, rest: readonly boolean[], random: Random): Uint8Array {
  const pattern = new Int8Array(slotsADay).fill(-1);
  const count = new Uint16Array(slotsADay);
  for (const [d, day] of days.entries()) {
    if (rest[d]!) continue;
    for (let s = 0; s < slotsADay; s++) {
      if (day.on[s]! < 0) continue;
      count[s] = count[s]! + 1;
      if (random.uniform() * count[s]! < 1) pattern[s] = day.on[s]!;
    }
  }
  const first = pattern.findIndex((each) => each >= 0);
  if (first < 0) return new Uint8Array(slotsADay).fill(1);
  for (let s = first; s < first + slotsADay; ) {
    if (pattern[s % slotsADay]! >= 0) {
      s++;
      continue;
    }
    let end = s;
    while (pattern[end % slotsADay]! < 0) end++;
    fillGap(pattern, s, end, random);
    s = end;
  }
  return Uint8Array.from(pattern);
}

/** Between what was seen before and after: on as long as it goes on, off, and on again where it was on after. */
function fillGap(pattern: Int8Array, from: number, to: number, random: Random): void {
  const { length } = pattern;
  const before = pattern[(from + length - 1) % length]! === 1;
  const after = pattern[to % length]! === 1;
  const whole = random.uniform() < goesOn;
  const [u, v] = [random.uniform(), random.uniform()];
  const width = to - from;
  const stops = from + (before ? (whole && after ? 1 : Math.min(u, after ? v : 1)) * width : 0);
  const starts = to - (after ? (whole && before ? 0 : 1 - Math.max(v, before ? u : 0)) * width : 0);
  for (let s = from; s < to; s++) pattern[s % length] = s < stops || s >= starts ? 1 : 0;
}

/** After how many slots, by the calendar, so many have been on; Infinity: never. */
export function calendarSlots(calendar: Calendar, onSlots: number): number {
  const { before, on, slotsADay, nowSlot, dutyLater } = calendar;
  const days = on.length;
  const drawn = before[days]!;
  if (onSlots > drawn) {
    const fromNow = days === 0 ? 0 : days * slotsADay - nowSlot;
    return dutyLater > 0 ? fromNow + (onSlots - drawn) / dutyLater : Number.POSITIVE_INFINITY;
  }
  if (days === 0) return onSlots;
  let day = 0;
  while (before[day + 1]! < onSlots) day++;
  let left = onSlots - before[day]!;
  const start = day === 0 ? nowSlot : 0;
  for (let s = Math.floor(start); s < slotsADay; s++) {
    if (on[day]![s] !== 1) continue;
    const from = Math.max(s, start);
    if (left <= s + 1 - from) return day * slotsADay + from + left - nowSlot;
    left -= s + 1 - from;
  }
  return (day + 1) * slotsADay - nowSlot;
}

/** Whether it is on so many slots from now. */
export function isOn({ on, nowSlot, slotsADay }: Calendar, ahead: number): boolean {
  if (on.length === 0) return true;
  const at = nowSlot + ahead;
  const day = on[Math.floor(at / slotsADay)];
  return day === undefined || day[Math.floor(at % slotsADay)] === 1;
}
