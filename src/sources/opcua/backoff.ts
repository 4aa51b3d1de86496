// How long to wait before the next attempt: full jitter under a doubling ceiling, so that many clients of one
// server do not come back in step. Pure: chance is given.

export interface BackoffSpec {
  readonly minMs: number;
  readonly maxMs: number;
}

/** `failures` in a row so far, at least 1; `chance` uniform in [0, 1). */
export function backoffMs(spec: BackoffSpec, failures: number, chance: number): number {
  const ceilingMs = Math.min(spec.maxMs, spec.minMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(ceilingMs * chance);
}
