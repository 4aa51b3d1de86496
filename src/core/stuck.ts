// Is a sensor stuck? A value that never moves, where noise is expected, is a broken wire or a frozen device.
// Exact equality only: what is called noise is the user's to say, and one digit of it is enough.

export interface StuckWatch {
  readonly samplesMax: number;
  value: number;
  /** How many samples in a row had this value. */
  run: number;
}

export function newStuckWatch(samplesMax: number): StuckWatch {
  return { samplesMax, value: Number.NaN, run: 0 };
}

/** Takes the samples in order of time; true for the one that fills the run, and for all after it. */
export function isStuck(watch: StuckWatch, value: number): boolean {
  if (value === watch.value) watch.run++;
  else {
    watch.value = value;
    watch.run = 1;
  }
  return watch.run >= watch.samplesMax;
}
