// How long to wait before the next attempt: full jitter under a doubling ceiling, so that many clients of one
// server do not come back in step. Pure: chance is given.
import type { Patience } from './refusal.ts';

export interface BackoffSpec {
  readonly minMs: number;
  readonly maxMs: number;
  /** Never sooner than this; default 0. */
  readonly leastMs?: number;
}

/** Trying a server that is down costs it nothing; a wrong login may lock an account. */
export const backoffs: Readonly<Record<Patience, BackoffSpec>> = {
  soon: { minMs: 250, maxMs: 1_000 },
  patient: { minMs: 1_000, maxMs: 5_000 },
  slow: { minMs: 10_000, maxMs: 120_000, leastMs: 10_000 },
};

/** `failures` in a row so far, at least 1; `chance` uniform in [0, 1). */
export function backoffMs(spec: BackoffSpec, failures: number, chance: number): number {
  const ceilingMs = Math.min(spec.maxMs, spec.minMs * 2 ** Math.min(failures - 1, 30));
  return (spec.leastMs ?? 0) + Math.round(ceilingMs * chance);
}
