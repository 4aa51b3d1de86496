// Delays of the conditions of a machine, in gateway time: what comes has to last before it counts, and to be gone for so
// long before it is gone. One that comes and goes is held for longer, by its own rhythm. Bounded; nothing is done for a
// condition that stands still.

/** A condition that comes again within this time comes and goes. */
export const rhythmMs = 300_000;
/** So often, and it is held for longer; and it is told that it chatters. */
const rhythmFrom = 3;
export const chatterFrom = 5;
/** However slow the rhythm is, what is gone is not held for longer. */
export const holdMaxMs = 600_000;

export interface Contacts {
  /** By condition: level in the last tick, and the one that counts. */
  readonly raw: Uint8Array;
  readonly held: Uint8Array;
  /** By condition and level (2c, 2c + 1): when the change of it that has been seen counts; Infinity: none is seen. */
  readonly dueMs: Float64Array;
  /** By condition: constant, and what the off-delay is for now. */
  readonly onMs: Float64Array;
  readonly usualOffMs: Float64Array;
  readonly offMs: Float64Array;
  /** By condition: when it last came, NaN before; and how often it has in its rhythm. */
  readonly cameMs: Float64Array;
  readonly comings: Uint32Array;
  /** By condition: how often it has come since it was raised. */
  readonly count: Uint32Array;
  /** As `dueMs`: 1 where it is gone while nothing is known of its signals: that is not counted. */
  readonly blind: Uint8Array;
}

export interface Delays {
  readonly onDelayS: number;
  readonly offDelayS: number;
}

export function newContacts(delays: readonly Delays[]): Contacts {
  const { length } = delays;
  const offMs = Float64Array.from(delays, ({ offDelayS }) => offDelayS * 1000);
  return {
    raw: new Uint8Array(length),
    held: new Uint8Array(length),
    dueMs: new Float64Array(2 * length).fill(Number.POSITIVE_INFINITY),
    onMs: Float64Array.from(delays, ({ onDelayS }) => onDelayS * 1000),
    ...{ usualOffMs: offMs, offMs: offMs.slice() },
    cameMs: new Float64Array(length).fill(Number.NaN),
    comings: new Uint32Array(length),
    count: new Uint32Array(length),
    blind: new Uint8Array(2 * length),
  };
}

/** The level of a condition is another one; the earliest time at which that counts. */
export function turn(contacts: Contacts, c: number, level: number, timeMs: number): number {
  const { raw, dueMs } = contacts;
  const before = raw[c]!;
  raw[c] = level;
  for (const step of [1, 2] as const) {
    const [was, is] = [before >= step, level >= step];
    if (was !== is) dueMs[2 * c + step - 1] = turnStep(contacts, c, step, is, timeMs);
  }
  return Math.min(dueMs[2 * c]!, dueMs[2 * c + 1]!);
}

function turnStep(contacts: Contacts, c: number, step: 1 | 2, comes: boolean, timeMs: number): number {
  const { held, onMs, offMs, count, blind } = contacts;
  const counts = held[c]! >= step;
  const at = 2 * c + step - 1;
  const wasBlind = blind[at] === 1;
  blind[at] = 0;
  if (!comes) {
    if (!counts) return Number.POSITIVE_INFINITY;
    calm(contacts, c, timeMs);
    return timeMs + offMs[c]!;
  }
  if (!counts) return timeMs + onMs[c]!;
  // Nobody knows that it was gone at all.
  if (wasBlind) return Number.POSITIVE_INFINITY;
  // It was not gone for long enough to be gone.
  if (step === 1) count[c]!++;
  beat(contacts, c, timeMs);
  return Number.POSITIVE_INFINITY;
}

/** It has come, or has come back. */
export function beat({ cameMs, comings, offMs, usualOffMs }: Contacts, c: number, timeMs: number): void {
  const apartMs = sinceMs(cameMs, c, timeMs);
  cameMs[c] = timeMs;
  if (!(apartMs <= rhythmMs)) {
    comings[c] = 1;
    offMs[c] = usualOffMs[c]!;
    return;
  }
  comings[c]!++;
  if (comings[c]! >= rhythmFrom) hold(offMs, c, 2 * apartMs);
}

/** It came back after it had counted as gone: its off-delay was too short. */
export function hasReturned({ cameMs, offMs }: Contacts, c: number, timeMs: number): void {
  const apartMs = sinceMs(cameMs, c, timeMs);
  if (apartMs <= rhythmMs) hold(offMs, c, Math.max(2 * apartMs, 2 * offMs[c]!));
}

/** Since it last came. A time to come is of a clock that was wrong before a restart: that is long ago. */
function sinceMs(cameMs: Float64Array, c: number, timeMs: number): number {
  return timeMs < cameMs[c]! ? Number.POSITIVE_INFINITY : timeMs - cameMs[c]!;
}

function hold(offMs: Float64Array, c: number, atLeastMs: number): void {
  offMs[c] = Math.max(offMs[c]!, Math.min(holdMaxMs, atLeastMs));
}

/** What has stood for long does not come and go any more. */
function calm({ cameMs, comings, offMs, usualOffMs }: Contacts, c: number, timeMs: number): void {
  if (sinceMs(cameMs, c, timeMs) <= rhythmMs) return;
  comings[c] = 0;
  offMs[c] = usualOffMs[c]!;
}

/**
 * Whether that a step of a condition is gone counts now; otherwise it is asked again. `at` as in `dueMs`. `knows`:
 * something is known of its signals.
 */
export function isGone(
  { blind, dueMs, offMs }: Contacts,
  at: number,
  knows: boolean,
  timeMs: number,
): boolean {
  if (!knows) {
    blind[at] = 1;
    dueMs[at] = timeMs;
    return false;
  }
  if (blind[at] === 0) return true;
  // Now something is known again: from here on it counts.
  blind[at] = 0;
  dueMs[at] = timeMs + offMs[at >> 1]!;
  return dueMs[at]! <= timeMs;
}

/** Of what comes and goes, for after a restart; undefined for what does not. */
export function rhythmOf(contacts: Contacts, c: number): number[] | undefined {
  const { cameMs, comings, offMs, usualOffMs } = contacts;
  return offMs[c]! > usualOffMs[c]! ? [cameMs[c]!, comings[c]!, offMs[c]!] : undefined;
}

export function resumeRhythm(contacts: Contacts, c: number, rhythm: readonly number[]): void {
  const [cameMs = Number.NaN, comings = 0, offMs = 0] = rhythm;
  contacts.cameMs[c] = cameMs;
  contacts.comings[c] = comings;
  hold(contacts.offMs, c, offMs);
}

/** After a restart: it counted, and what it is now has to be seen. */
export function resume(
  { held, count, blind, dueMs }: Contacts,
  c: number,
  level: number,
  often: number,
): void {
  held[c] = level;
  count[c] = often;
  for (let at = 2 * c; at < 2 * c + level; at++) {
    blind[at] = 1;
    dueMs[at] = Number.NEGATIVE_INFINITY;
  }
}
