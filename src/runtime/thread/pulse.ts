// Whether the far half still answers: it is asked now and then, and questions are counted, not the time. When it was us
// who stood still, none was asked.

/** While it loads its code it cannot answer, and that takes as long as the disk does. */
const silencesToLoad = 4;
const everyMs = 250;

export interface Pulse {
  readonly answered: () => void;
  /** All is loaded: from now on it has to answer sooner. */
  readonly loaded: () => void;
  readonly end: () => void;
}

/** Asks at once and then every quarter of a second. */
export function startPulse(silenceMs: number, ask: () => void, onSilence: (why: string) => void): Pulse {
  let unanswered = 0;
  let patienceMs = silenceMs * silencesToLoad;
  const beat = () => {
    if (unanswered++ > patienceMs / everyMs) onSilence(`it did not answer for ${patienceMs / 1000} s`);
    else ask();
  };
  const timer = setInterval(beat, everyMs);
  beat();
  return {
    answered() {
      unanswered = 0;
    },
    loaded() {
      patienceMs = silenceMs;
    },
    end: () => clearInterval(timer),
  };
}
