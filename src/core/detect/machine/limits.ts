// The limits of a machine: what its model says, what its configuration says otherwise, and those that are its own.
import type { LimitSpec, SignalSpec } from '../../model.ts';
import type { DetectionOptions } from './options.ts';

/** Of signals that the machine has. */
export function limitsOf(
  signals: readonly SignalSpec[],
  model: readonly LimitSpec[],
  { limits = {} }: DetectionOptions,
): LimitSpec[] {
  const has = (name: string) => signals.some((signal) => signal.name === name);
  const all: LimitSpec[] = model.filter(({ signal }) => limits[signal] === undefined);
  for (const [signal, entry] of Object.entries(limits)) {
    if (entry === 'off') continue;
    for (const said of [entry].flat()) {
      const { side = 'high' } = said;
      const usualOne = model.find((spec) => spec.signal === signal && spec.side === side);
      const own = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
      all.push({ ...neutral(side), ...usualOne, ...own, signal });
    }
  }
  return all.filter(({ signal, above }) => has(signal) && (above === undefined || has(above)));
}

function neutral(side: 'high' | 'low') {
  const never = side === 'high' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  return { side, warning: never, trip: never, hysteresis: 0, onDelayS: 0, offDelayS: 5, action: '' };
}
