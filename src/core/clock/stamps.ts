// Stamps that no offset explains: kept as float32 somewhere on the way, or of a clock that stands still or runs
// backwards. Knows only the stamps that came, one after the other.

const confirmRun = 4;
const confirmMs = 1000;
/** A clock that has shown real stamps may be on the grid for a while: whole seconds, or minutes, are. */
const confirmSeenMs = 5000;
const backwardRun = 5;
const backwardMs = 3000;
const stillRun = 5;
const stillMs = 5000;
/** A clock that stood still is not believed for so long after: told in minutes, it stands still in each of them. */
const distrustMs = 120_000;

export interface Stamps {
  lastMs: number;
  /** Stamps in a row that a float32 could hold, and since when. */
  gridRun: number;
  gridSinceMs: number;
  /** One that it could not. */
  seenOffGrid: boolean;
  /** Stamps in a row that were before the one before, since when, and from where. */
  backRun: number;
  backSinceMs: number;
  backFromMs: number;
  /** When the last stamp came first, and how often it then came with another value of the same tag. */
  sameSinceMs: number;
  sameRun: number;
  /** Until then it is taken to stand still. */
  stillUntilMs: number;
}

export function newStamps(): Stamps {
  return {
    lastMs: Number.NEGATIVE_INFINITY,
    gridRun: 0,
    gridSinceMs: Number.NaN,
    seenOffGrid: false,
    backRun: 0,
    backSinceMs: Number.NaN,
    backFromMs: Number.NaN,
    sameSinceMs: Number.NaN,
    sameRun: 0,
    stillUntilMs: Number.NEGATIVE_INFINITY,
  };
}

/** Whether the stamp is one of a few minutes apart, as a float32 of seconds, ms, µs or ns since 1970 is. */
function isOnGrid(stampMs: number): boolean {
  return fits(stampMs * 1e-3) || fits(stampMs) || fits(stampMs * 1e3) || fits(stampMs * 1e6);
}

/** To a float32 without loss; what the conversions between units may have rounded is allowed for. */
function fits(number: number): boolean {
  return Math.abs(Math.fround(number) - number) <= number * 2 ** -50;
}

/** True while the stamps say nothing: on the grid for so long, or from the first one on. */
export function noteGrid(stamps: Stamps, sourceMs: number, receiveMs: number): boolean {
  if (!isOnGrid(sourceMs)) {
    stamps.gridRun = 0;
    stamps.seenOffGrid = true;
    return false;
  }
  if (stamps.gridRun++ === 0) stamps.gridSinceMs = receiveMs;
  return !stamps.seenOffGrid || isQuantised(stamps, receiveMs);
}

export function isQuantised(stamps: Stamps, nowMs: number): boolean {
  if (stamps.gridRun < confirmRun) return false;
  const elapsedMs = nowMs - stamps.gridSinceMs;
  return elapsedMs >= (stamps.seenOffGrid ? confirmSeenMs : confirmMs);
}

/** True while the clock runs backwards about as fast as time goes on; a backlog sent newest first is faster. */
export function noteDirection(stamps: Stamps, sourceMs: number, receiveMs: number): boolean {
  if (sourceMs > stamps.lastMs) stamps.backRun = 0;
  else if (sourceMs < stamps.lastMs && stamps.backRun++ === 0) {
    stamps.backSinceMs = receiveMs;
    stamps.backFromMs = sourceMs;
  }
  if (sourceMs !== stamps.lastMs) {
    stamps.sameSinceMs = receiveMs;
    stamps.sameRun = 0;
  } else if (standsStill(stamps, receiveMs)) distrustAgain(stamps, receiveMs);
  stamps.lastMs = sourceMs;
  return stamps.backRun >= backwardRun && isBackward(stamps, receiveMs);
}

export function isBackward(stamps: Stamps, nowMs: number): boolean {
  if (stamps.backRun < backwardRun) return false;
  const elapsedMs = nowMs - stamps.backSinceMs;
  const ranBackMs = stamps.backFromMs - stamps.lastMs;
  return elapsedMs >= backwardMs && ranBackMs > 0.2 * elapsedMs && ranBackMs < 3 * elapsedMs;
}

/** The same tag, the same stamp, another value: one of the two was not true then. */
export function noteContradiction(stamps: Stamps, receiveMs: number): void {
  if (++stamps.sameRun >= stillRun) distrustAgain(stamps, receiveMs);
}

function distrustAgain(stamps: Stamps, receiveMs: number): void {
  if (receiveMs - stamps.sameSinceMs >= stillMs) stamps.stillUntilMs = receiveMs + distrustMs;
}

export function standsStill(stamps: Stamps, nowMs: number): boolean {
  return nowMs < stamps.stillUntilMs;
}
