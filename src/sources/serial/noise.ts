// Is a line mostly noise? Counts good and bad lines over ten seconds. While more than half are bad, a line is
// believed only when it proves itself, or when several in a row were good. Pure: time is given.

const bucketMs = 1000;
const buckets = 10;
/** Fewer bad lines are no noise, whatever their share: a device that says hello at its start. */
const badMin = 10;
/** So many good lines in a row end it. */
const runMin = 5;

export interface Noise {
  readonly loud: boolean;
  /** Share of bad lines, 0 to 1, when it was last judged loud. */
  readonly share: number;
  /** One line. False when it is good and nevertheless not to be believed. */
  heard(good: boolean, nowMs: number): boolean;
}

/** `proven`: lines carry a checksum, and a good one is good whatever is around it. */
export function createNoise(proven: boolean): Noise {
  const good = new Uint32Array(buckets);
  const bad = new Uint32Array(buckets);
  let bucket = 0;
  let bucketEndMs = Number.NaN;
  let run = 0;
  let loud = false;
  let share = 0;

  function clear(): void {
    good.fill(0);
    bad.fill(0);
  }

  function turn(nowMs: number): void {
    if (nowMs < bucketEndMs) return;
    const turns = Math.floor((nowMs - bucketEndMs) / bucketMs) + 1;
    if (!(turns < buckets)) {
      clear();
      bucketEndMs = nowMs + bucketMs;
      return;
    }
    for (let i = 0; i < turns; i++) {
      bucket = (bucket + 1) % buckets;
      good[bucket] = 0;
      bad[bucket] = 0;
    }
    bucketEndMs += turns * bucketMs;
  }

  function judge(): void {
    let goodLines = 0;
    let badLines = 0;
    for (let i = 0; i < buckets; i++) {
      goodLines += good[i]!;
      badLines += bad[i]!;
    }
    if (badLines < badMin || badLines <= goodLines) return;
    loud = true;
    share = badLines / (badLines + goodLines);
  }

  return {
    get loud() {
      return loud;
    },
    get share() {
      return share;
    },
    heard(isGood, nowMs) {
      turn(nowMs);
      if (!isGood) {
        bad[bucket]!++;
        run = 0;
        judge();
        return false;
      }
      good[bucket]!++;
      if (!loud) return true;
      if (++run >= runMin) {
        loud = false;
        run = 0;
        clear();
      }
      return proven || !loud;
    },
  };
}
