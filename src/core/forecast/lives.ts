// What is left of the lives of a machine's components, drawn from what its wear watch believes: the factor of the rate
// (shared by the components that have it), the wear it started with, what it has of its own, and how irregular a life
// is. In life used, in which a load wears evenly (wear/shape.ts).
import type { FailureSpec, Model } from '../model.ts';
import type { TwinMemory } from '../twin-command.ts';
import { restoreWatch } from '../wear/memory.ts';
import { lifeUsed } from '../wear/shape.ts';
import { componentOf, newWearWatch, spreadPerWear, type WearWatch } from '../wear/watch.ts';
import type { Random } from './random.ts';
import { passage } from './runs.ts';

/** A component that fails when it is worn to its threshold. */
export interface Life {
  readonly failure: number;
  readonly component: number;
  readonly factor: number;
  /** Life left as the twin has it. */
  readonly left: number;
  readonly grown: number;
  readonly slope: number;
  readonly ownSigma: number;
  readonly startSigma: number;
}

export interface Lives {
  readonly watch: WearWatch;
  /** By component. */
  readonly wear: Float64Array;
  readonly lives: readonly Life[];
  /** By factor: of its logarithm. */
  readonly factorSigma: Float64Array;
}

export function livesOf(model: Model, memory: TwinMemory, failures: readonly FailureSpec[]): Lives {
  const watch = newWearWatch(model);
  restoreWatch(watch, memory.wear);
  const wear = Float64Array.from(model.wear ?? [], ({ state }) => {
    const value = memory.state[state];
    return value !== undefined && Number.isFinite(value) ? Math.max(0, value) : 0;
  });
  const lives = failures.flatMap(({ of, threshold }, failure): Life[] => {
    const c = 'component' in of ? componentOf(watch, of.component) : -1;
    if (c < 0) return [];
    return [
      {
        failure,
        component: c,
        factor: watch.factor[c]!,
        left: lifeUsed(watch.shapes, c, threshold) - lifeUsed(watch.shapes, c, wear[c]!),
        grown: watch.grown[c]!,
        slope: watch.slope[c]!,
        ownSigma: Math.sqrt(Math.max(0, watch.spread[c]!)),
        startSigma: Math.sqrt(Math.max(0, watch.start[c]!)),
      },
    ];
  });
  return { watch, wear, lives, factorSigma: watch.variance.map((each) => Math.sqrt(Math.max(0, each))) };
}

/** Normal numbers that a draw of lives takes: three a life, and one a factor. */
export function newDraws({ lives, factorSigma }: Lives): Float64Array {
  return new Float64Array(3 * lives.length + factorSigma.length);
}

/** Of two futures one has the draws of the other, mirrored: what the one has too much of the other has too little. */
export function drawNormals(draws: Float64Array, mirror: boolean, random: Random): void {
  for (let i = 0; i < draws.length; i++) draws[i] = mirror ? -draws[i]! : random.normal();
}

/** Life left of the k-th, in the twin's count: with another factor the same load uses more of it. 0: it is over. */
export function drawLeft({ lives, factorSigma }: Lives, k: number, draws: Float64Array): number {
  const { factor, left, grown, slope, ownSigma, startSigma } = lives[k]!;
  // Worn out as the twin has it, it is to be exchanged, whatever it truly is: so says the outlook too.
  if (!(left > 0)) return 0;
  const l = factorSigma[factor]! * draws[3 * lives.length + factor]!;
  const own = ownSigma * draws[3 * k]!;
  // Nothing starts newer than new.
  const start = Math.max(0, startSigma * draws[3 * k + 1]!);
  const before = grown * Math.expm1(l) + slope * l + own + start;
  return passage((left - before) * Math.exp(-l), spreadPerWear, draws[3 * k + 2]!);
}

/** By component: how many times as fast as the twin has it. */
export function livesTimes(
  { watch, factorSigma, lives }: Lives,
  draws: Float64Array,
  times: Float64Array,
): void {
  for (let c = 0; c < times.length; c++) {
    const f = watch.factor[c]!;
    times[c] = Math.exp(factorSigma[f]! * draws[3 * lives.length + f]!);
  }
}
