// What the spectrum detector knows of a mode before it has seen anything.
import { newTail } from '../joint/tail.ts';
import type { SpectrumNormal, SpectrumState } from './state.ts';

/** Of the furthest band by what theory allows. */
export const spectrumTail = { shoulder: 0.8, neck: 0.95, crownMax: 2, alike: 8, flatter: 1 } as const;

export function newSpectrumNormal({ watched, bands }: SpectrumState): SpectrumNormal {
  const of = () => new Float64Array(watched.length * bands.length);
  return {
    seen: new Float64Array(watched.length),
    ...{ weight: of(), mean: of(), variance: of(), slowVariance: of(), tail: newTail(), seenBound: 1 },
  };
}
