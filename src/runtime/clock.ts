// The gateway clock: wall time at start plus monotonic elapsed. It follows the wall clock by slewing and
// never jumps: a step of the wall clock is an event for people, not for the data.
import type { Clock } from '../ports.ts';

/** Wall against gateway by more than this since the last look: somebody set the clock. */
const stepMs = 1000;
/** How fast a difference is worked off: 500 ppm, as NTP does. */
const slewRatio = 500e-6;

export interface TimeSources {
  wallMs(): number;
  monotonicMs(): number;
  /** Real time: it passes between the turns of the event loop. A test's may jump within one. */
  readonly real?: boolean;
}

/** Valid until the next await: whoever keeps it copies it. */
export interface Present {
  nowMs: number;
  monotonicMs: number;
}

export interface GatewayClock extends Clock {
  /** Both times, read once a turn of the event loop: what came in one batch has arrived together. */
  present(): Present;
  /** Looks at the wall clock, once a tick. Returns the size of a step when there was one, else 0. */
  follow(): number;
  /** Wall minus gateway time at the last look. */
  readonly offsetMs: number;
  /** How much too fast gateway time goes, to work that off. */
  readonly slewPpm: number;
}

export const hostTime: TimeSources = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  real: true,
};

export function createClock(time: TimeSources = hostTime): GatewayClock {
  let baseMs = time.wallMs();
  let baseMonotonicMs = time.monotonicMs();
  let slew = 0;
  let offsetMs = 0;

  const present: Present = { nowMs: 0, monotonicMs: 0 };
  let isPresent = false;
  const passed = () => {
    isPresent = false;
  };

  const at = (monotonicMs: number) => baseMs + (monotonicMs - baseMonotonicMs) * (1 + slew);

  return {
    nowMs: () => at(time.monotonicMs()),
    monotonicMs: () => time.monotonicMs(),
    present() {
      if (isPresent) return present;
      present.monotonicMs = time.monotonicMs();
      present.nowMs = at(present.monotonicMs);
      if (time.real) {
        isPresent = true;
        queueMicrotask(passed);
      }
      return present;
    },
    get offsetMs() {
      return offsetMs;
    },
    get slewPpm() {
      return slew * 1e6;
    },
    follow() {
      const monotonicMs = time.monotonicMs();
      const nowMs = at(monotonicMs);
      const before = offsetMs;
      offsetMs = time.wallMs() - nowMs;
      // The base moves with the slew, so that a changed rate never changes the present.
      baseMs = nowMs;
      baseMonotonicMs = monotonicMs;
      slew = Math.abs(offsetMs) < 1 ? 0 : Math.sign(offsetMs) * slewRatio;
      const change = offsetMs - before;
      return Math.abs(change) > stepMs ? change : 0;
    },
  };
}
