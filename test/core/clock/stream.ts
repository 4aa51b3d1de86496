// Streams of stamps from a device whose clock is wrong by a known amount, over a way whose delays are drawn
// from a seeded law: the truth a clock model is measured against.
import { seeded } from '../../virtual-time.ts';

export const startMs = Date.UTC(2026, 10, 20, 6, 0, 0, 123);

export interface StreamSpec {
  readonly hz: number;
  readonly seed: number;
  /** Clock of the device minus true time at the start. */
  readonly aheadMs?: number;
  /** How much too fast it runs. */
  readonly driftPpm?: number;
  readonly leastDelayMs?: number;
  readonly delay?: 'exponential' | 'lognormal';
  /** Mean of the exponential law, median of the lognormal one. */
  readonly jitterMs?: number;
  readonly loss?: number;
  readonly fromMs?: number;
}

export interface Stamp {
  /** When it was true. */
  trueMs: number;
  sourceMs: number;
  receiveMs: number;
}

/** One stamp after another, in the order of receipt (a way in order, like TCP: nothing overtakes). */
export function* stream(spec: StreamSpec, seconds: number): Generator<Stamp> {
  const { hz, aheadMs = 0, driftPpm = 0, leastDelayMs = 0.3, loss = 0.05, fromMs = startMs } = spec;
  const random = seeded(spec.seed);
  const delayMs = delayLaw(spec, random);
  const stamp: Stamp = { trueMs: 0, sourceMs: 0, receiveMs: fromMs };
  const phaseMs = (random() * 1000) / hz;
  for (let i = 0; i < hz * seconds; i++) {
    const sinceMs = phaseMs + (i * 1000) / hz;
    const way = leastDelayMs + delayMs();
    if (random() < loss) continue;
    stamp.trueMs = fromMs + sinceMs;
    stamp.sourceMs = stamp.trueMs + aheadMs + sinceMs * driftPpm * 1e-6;
    stamp.receiveMs = Math.max(stamp.receiveMs, stamp.trueMs + way);
    yield stamp;
  }
}

export function delayLaw(spec: StreamSpec, random: () => number): () => number {
  const { delay = 'exponential', jitterMs = 3 } = spec;
  if (delay === 'exponential') return () => -jitterMs * Math.log(1 - random());
  return () => jitterMs * Math.exp(gauss(random));
}

function gauss(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
