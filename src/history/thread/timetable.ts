// Calls when something is due, with as few timers as that takes. At the end of a turn of the loop at the earliest, so
// that what comes in one turn goes together.

export interface Timetable {
  /** There is something at that time; Infinity: nothing. */
  readonly at: (dueMs: number) => void;
  readonly end: () => void;
}

export function createTimetable(
  monotonicMs: () => number,
  setTimer: (act: () => void, delayMs: number) => unknown,
  onDue: () => void,
): Timetable {
  /** The earliest that is seen to. */
  let seenToMs = Number.POSITIVE_INFINITY;
  let over = false;
  const fire = (dueMs: number) => () => {
    if (seenToMs === dueMs) seenToMs = Number.POSITIVE_INFINITY;
    if (!over) onDue();
  };
  return {
    at(dueMs) {
      if (dueMs >= seenToMs || over) return;
      seenToMs = dueMs;
      const delayMs = dueMs - monotonicMs();
      if (delayMs <= 0) setImmediate(fire(dueMs));
      else setTimer(fire(dueMs), delayMs);
    },
    end() {
      over = true;
    },
  };
}
