// The clock of an ESP32: it boots in 1970, learns the time from the network a while later, and then runs a
// little fast or slow for ever.

export interface DeviceClockSpec {
  /** Seconds from boot to the first NTP answer; 0: it has the time from the start. */
  readonly syncAfterS: number;
  /** Error of that answer. */
  readonly offsetMs: number;
  readonly driftPpm: number;
}

/** The device's idea of now, ms since 1970, given the true time of boot and the time since. */
export function deviceTimeMs(spec: DeviceClockSpec, bootMs: number, sinceBootMs: number): number {
  const ticks = sinceBootMs * (1 + spec.driftPpm * 1e-6);
  const syncTicks = spec.syncAfterS * 1000 * (1 + spec.driftPpm * 1e-6);
  if (ticks < syncTicks) return ticks;
  return bootMs + spec.syncAfterS * 1000 + spec.offsetMs + (ticks - syncTicks);
}
