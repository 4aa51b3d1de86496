// How far a source's clock is from the gateway's: the lower envelope of (receive − source) over a sliding
// window. Delay on the way only ever adds, so the smallest difference seen is the offset plus the shortest way.

const windowMs = 30_000;

export interface ClockModel {
  /** Smallest difference in the last full window and in the one being filled. */
  beforeMs: number;
  nowMs: number;
  windowEndMs: number;
}

export function newClockModel(): ClockModel {
  return {
    beforeMs: Number.POSITIVE_INFINITY,
    nowMs: Number.POSITIVE_INFINITY,
    windowEndMs: Number.NEGATIVE_INFINITY,
  };
}

export function observeClock(model: ClockModel, sourceMs: number, receiveMs: number): void {
  if (receiveMs >= model.windowEndMs) {
    model.beforeMs = model.nowMs;
    model.nowMs = Number.POSITIVE_INFINITY;
    model.windowEndMs = receiveMs + windowMs;
  }
  const differenceMs = receiveMs - sourceMs;
  if (differenceMs < model.nowMs) model.nowMs = differenceMs;
}

/** Gateway minus source; NaN before anything was seen. Positive when the source's clock is behind. */
export function clockOffsetMs(model: ClockModel): number {
  const offset = Math.min(model.beforeMs, model.nowMs);
  return offset === Number.POSITIVE_INFINITY ? Number.NaN : offset;
}
