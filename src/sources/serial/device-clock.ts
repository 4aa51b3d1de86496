// Time since a device started, to gateway time: sourceMs = anchor + device time. The anchor is the first line's;
// what it is off by, and the drift, are the clock model's to find. Knows counters of 32 bits that begin anew
// and devices that restart.

const wrap = 2 ** 32;
/** Where a line is opened anew or a counter begins anew: when elapsed times differ by more, the device did not run on. */
const lostMs = 2000;

export interface DeviceClock {
  readonly ticksPerMs: number;
  anchorMs: number;
  ticks: number;
  /** Added for each turn of the counter. */
  turnedTicks: number;
  receiveMs: number;
  /** Between the last two lines, by the device. */
  spacingMs: number;
  /** The line was away since the last stamp. */
  reopened: boolean;
}

export function newDeviceClock(ticksPerMs: number): DeviceClock {
  return {
    ticksPerMs,
    anchorMs: Number.NaN,
    ticks: Number.NaN,
    turnedTicks: 0,
    receiveMs: Number.NaN,
    spacingMs: 0,
    reopened: false,
  };
}

export function stampOf(clock: DeviceClock, ticks: number, receiveMs: number): number {
  if (!(ticks >= clock.ticks)) {
    if (hasTurned(clock, ticks, receiveMs)) clock.turnedTicks += wrap;
    else anchor(clock, ticks, receiveMs);
  }
  if (clock.reopened) {
    clock.reopened = false;
    const deviceMs = clock.anchorMs + (clock.turnedTicks + ticks) / clock.ticksPerMs;
    const beforeMs = clock.anchorMs + (clock.turnedTicks + clock.ticks) / clock.ticksPerMs;
    const apartMs = deviceMs - beforeMs - (receiveMs - clock.receiveMs);
    if (Math.abs(apartMs) > lostMs) anchor(clock, ticks, receiveMs);
  }
  if (ticks > clock.ticks) clock.spacingMs = (ticks - clock.ticks) / clock.ticksPerMs;
  clock.ticks = ticks;
  clock.receiveMs = receiveMs;
  return clock.anchorMs + (clock.turnedTicks + ticks) / clock.ticksPerMs;
}

/** Began anew because it was full, and not because the device restarted: little time has passed for it. In a burst
 * of lines that were held up it is the time between two of them. */
function hasTurned(clock: DeviceClock, ticks: number, receiveMs: number): boolean {
  const forwardMs = (ticks + wrap - clock.ticks) / clock.ticksPerMs;
  return clock.ticks < wrap && forwardMs <= Math.max(receiveMs - clock.receiveMs, clock.spacingMs) + lostMs;
}

function anchor(clock: DeviceClock, ticks: number, receiveMs: number): void {
  clock.turnedTicks = 0;
  clock.anchorMs = receiveMs - ticks / clock.ticksPerMs;
}
