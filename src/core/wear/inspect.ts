// Somebody has looked at a component: a Bayesian update of its wear and of the factor its rate has, not an overwrite.
//
// Prior: l ~ N(0, P), e ~ N(0, q), G = g + grown·(e^l − 1) + slope·l + e; measured y = G + v, v ~ N(0, R).
// Given l the wear is Gaussian, with gain K = q/(q + R). The posterior of l is ∝ N(l; 0, P)·N(y; G(l), q + R), one
// dimension: its mean, its variance and its covariance with G are taken by quadrature about its mode. With `grown` 0
// all is linear and this is the Kalman update of [wear, log factor].
import type { Twin } from '../twin.ts';
import { lifeUsed, wearAt } from './shape.ts';
import { componentOf, followFactors, type WearWatch } from './watch.ts';

/** A factor is never known better: material, coolant and grinding differ from one tool to the next. */
const factorSigmaMin = 0.02;
/** A look further off than this says that something else than the rate was wrong: it is believed of the wear only. */
const surpriseSigmas = 5;
/** Of the logarithm of a factor. */
const shiftMin = 5e-4;
/** A measurement without any error would leave nothing to learn from the next one. */
const sigmaMin = 1e-4;

export interface Inspection {
  readonly wearBefore: number;
  readonly wear: number;
  readonly factorBefore: number;
  readonly factor: number;
}

/**
 * `wear` and `sigma` as shares. Sets the twin's wear and the factor; what other components of the factor have grown
 * since they were inspected themselves changes with it. Undefined for an unknown component.
 */
export function inspectWear(
  watch: WearWatch,
  twin: Twin,
  component: string,
  wear: number,
  sigma: number,
): Inspection | undefined {
  const c = componentOf(watch, component);
  if (c < 0) return undefined;
  const f = watch.factor[c]!;
  const parameter = watch.parameter[f]!;
  const wearBefore = twin.state[watch.state[c]!]!;
  const factorBefore = twin.parameters[parameter]!;
  const { shapes } = watch;
  const known = Math.max(sigma, sigmaMin);
  const low = lifeUsed(shapes, c, wear - known);
  const high = lifeUsed(shapes, c, wear + known);
  const look = { life: lifeUsed(shapes, c, wear), variance: ((high - low) / 2) ** 2 };
  const belief: Belief = {
    life: lifeUsed(shapes, c, wearBefore),
    grown: watch.grown[c]!,
    slope: watch.slope[c]!,
    spread: watch.spread[c]! + watch.start[c]!,
    variance: watch.variance[f]!,
  };
  const after = surprising(belief, look) ? startAnew(belief, look) : update(belief, look);
  const shift = takeFactor(watch, twin, f, c, after);
  setWear(watch, twin, c, wearAt(shapes, c, Math.max(0, after.life)));
  watch.grown[c] = 0;
  watch.slope[c] = after.slope;
  watch.spread[c] = after.spread;
  watch.start[c] = 0;
  return {
    wearBefore,
    wear: twin.state[watch.state[c]!]!,
    factorBefore,
    factor: factorBefore * Math.exp(shift),
  };
}

interface Belief {
  readonly life: number;
  readonly grown: number;
  readonly slope: number;
  readonly spread: number;
  readonly variance: number;
}

interface Look {
  readonly life: number;
  readonly variance: number;
}

/** `shift` of the log factor, and the life, its slope and spread after it. */
interface Learnt {
  readonly shift: number;
  readonly variance: number;
  readonly life: number;
  readonly slope: number;
  readonly spread: number;
}

function lifeGiven({ life, grown, slope }: Belief, l: number): number {
  return life + grown * Math.expm1(l) + slope * l;
}

function slopeGiven({ grown, slope }: Belief, l: number): number {
  return grown * Math.exp(l) + slope;
}

/** Whether any factor within reason explains it. */
function surprising(belief: Belief, look: Look): boolean {
  const reach = surpriseSigmas * Math.sqrt(belief.variance);
  const own = surpriseSigmas * Math.sqrt(belief.spread + look.variance);
  return look.life > lifeGiven(belief, reach) + own || look.life < lifeGiven(belief, -reach) - own;
}

function startAnew({ variance }: Belief, look: Look): Learnt {
  return { shift: 0, variance, life: look.life, slope: 0, spread: look.variance };
}

const nodes = 161;
const reachSigmas = 6;

function update(belief: Belief, look: Look): Learnt {
  const { spread, variance } = belief;
  const noise = spread + look.variance;
  const gain = spread / noise;
  const mode = modeOf(belief, look.life, noise);
  const steep = slopeGiven(belief, mode);
  const width = reachSigmas / Math.sqrt(1 / variance + (steep * steep) / noise);
  const misfit = (l: number) => (l * l) / variance + (look.life - lifeGiven(belief, l)) ** 2 / noise;
  const best = misfit(mode);
  let weight = 0;
  let l1 = 0;
  let l2 = 0;
  let g1 = 0;
  let g2 = 0;
  let lg = 0;
  for (let i = 0; i < nodes; i++) {
    const l = mode + width * ((2 * i) / (nodes - 1) - 1);
    const w = Math.exp((best - misfit(l)) / 2);
    const prior = lifeGiven(belief, l);
    const life = prior + gain * (look.life - prior);
    weight += w;
    l1 += w * l;
    l2 += w * l * l;
    g1 += w * life;
    g2 += w * life * life;
    lg += w * l * life;
  }
  const shift = l1 / weight;
  const mean = g1 / weight;
  const learnt = Math.max(l2 / weight - shift * shift, 0);
  const covariance = lg / weight - shift * mean;
  const after = Math.max(learnt, factorSigmaMin ** 2);
  const total = Math.max(g2 / weight - mean * mean, 0) + gain * look.variance;
  return {
    shift,
    variance: after,
    // At the middle of the factor, as it was before: a look that tells nothing moves nothing.
    life: lifeGiven(belief, shift) + gain * (look.life - lifeGiven(belief, shift)),
    slope: covariance / after,
    spread: Math.max(total - (covariance * covariance) / after, 0),
  };
}

/** Where the posterior of the log factor is highest: Gauss-Newton, halved where it would climb. */
function modeOf(belief: Belief, measured: number, noise: number): number {
  const misfit = (l: number) => (l * l) / belief.variance + (measured - lifeGiven(belief, l)) ** 2 / noise;
  let l = 0;
  for (let round = 0; round < 40; round++) {
    const steep = slopeGiven(belief, l);
    const pull = (steep * (measured - lifeGiven(belief, l))) / noise - l / belief.variance;
    let stride = pull / (1 / belief.variance + (steep * steep) / noise);
    while (misfit(l + stride) > misfit(l) && Math.abs(stride) > 1e-12) stride /= 2;
    l += stride;
    if (Math.abs(stride) < 1e-9) break;
  }
  return l;
}

/** Gives the twin the factor, within its bounds, and all that goes with it; the shift that was made. */
function takeFactor(watch: WearWatch, twin: Twin, f: number, inspected: number, learnt: Learnt): number {
  const parameter = watch.parameter[f]!;
  const { min, max } = watch.model.parameters[parameter]!;
  const before = twin.parameters[parameter]!;
  const factor = Math.min(max, Math.max(min, before * Math.exp(learnt.shift)));
  watch.variance[f] = learnt.variance;
  const shift = Math.log(factor / before);
  // Each change is a version of the parameters: one that nobody could see is none.
  if (Math.abs(shift) < shiftMin) return 0;
  twin.parameters[parameter] = factor;
  followFactors(watch, twin);
  for (let c = 0; c < watch.factor.length; c++) {
    if (watch.factor[c] !== f || c === inspected) continue;
    const grown = watch.grown[c]!;
    if (grown === 0 && watch.slope[c] === 0) continue;
    const life = lifeUsed(watch.shapes, c, twin.state[watch.state[c]!]!);
    const moved = life + grown * Math.expm1(shift) + watch.slope[c]! * shift;
    setWear(watch, twin, c, wearAt(watch.shapes, c, Math.max(0, moved)));
    watch.grown[c] = grown * Math.exp(shift);
  }
  return shift;
}

function setWear(watch: WearWatch, twin: Twin, c: number, wear: number): void {
  const most = Math.max(1, watch.shapes.limit[c]!);
  twin.state[watch.state[c]!] = Math.min(most, wear);
  watch.last[c] = twin.state[watch.state[c]!]!;
}
