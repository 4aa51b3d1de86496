// How fast is caught up: so many samples a second, and so many messages under way as the link bears without making
// what is live wait. Time is an argument.

export interface Pace {
  /** Whether another message may go now, with `inFlight` unacknowledged ones before it. */
  allows(nowMs: number, inFlight: number): boolean;
  sent(samples: number): void;
  /** An acknowledgement that took so long. */
  acknowledged(tookMs: number): void;
  lost(): void;
  /** Messages that may be under way. */
  readonly inflight: number;
}

/** What is saved up while nothing is sent: a few ticks' worth, since it is the ticks that ask. */
const burstTicks = 2;
/** An acknowledgement that takes longer stands behind too much in the way to the peer, as live data does. */
const slowMs = 400;
/** What a message costs beside its samples, in samples. */
const perMessage = 5;

export function createPace(samplesPerS: number, inflightMax: number, periodMs: number): Pace {
  const tokensMax = Math.max(1, (samplesPerS * burstTicks * periodMs) / 1000);
  let tokens = tokensMax;
  let lastMs = Number.NaN;
  let inflight = 1;
  return {
    get inflight() {
      return Math.floor(inflight);
    },
    allows(nowMs, inFlight) {
      if (nowMs > lastMs) {
        tokens = Math.min(tokensMax, tokens + ((nowMs - lastMs) / 1000) * samplesPerS);
      }
      lastMs = nowMs;
      return tokens > 0 && inFlight < Math.floor(inflight);
    },
    // A message larger than what is there is paid for afterwards.
    sent(samples) {
      tokens -= samples + perMessage;
    },
    acknowledged(tookMs) {
      inflight = tookMs > slowMs ? Math.max(1, inflight / 2) : Math.min(inflightMax, inflight + 1 / inflight);
    },
    lost() {
      inflight = 1;
    },
  };
}
