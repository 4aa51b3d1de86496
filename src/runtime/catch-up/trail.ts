// How far what was handed over in order has been acknowledged, in whatever order the acknowledgements come.

export interface Trail {
  /** All up to here is acknowledged. */
  readonly doneMs: number;
  readonly open: number;
  /** The next step; the answer settles it. With it and all before it settled, all up to `doneMs` is. */
  add(doneMs: number): () => void;
  /** A step that needs no acknowledgement of its own. */
  pass(doneMs: number): void;
  /** What is not acknowledged was never handed over. */
  cut(): void;
}

interface Step {
  readonly doneMs: number;
  settled: boolean;
}

export function createTrail(startMs: number): Trail {
  let doneMs = startMs;
  let steps: Step[] = [];
  const advance = () => {
    while (steps[0]?.settled === true) doneMs = Math.max(doneMs, steps.shift()!.doneMs);
  };
  return {
    get doneMs() {
      return doneMs;
    },
    get open() {
      return steps.length;
    },
    add(next) {
      const step = { doneMs: next, settled: false };
      steps.push(step);
      return () => {
        step.settled = true;
        if (steps[0] === step) advance();
      };
    },
    pass(next) {
      steps.push({ doneMs: next, settled: true });
      advance();
    },
    cut() {
      steps = [];
    },
  };
}
