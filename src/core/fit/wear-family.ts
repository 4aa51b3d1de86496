// The shapes wear can take over a life: G(x) from 0 at x = 0 to 1 at x = 1, x the share of life used. Never falling.
//   linear       x
//   power        xⁿ
//   end zone     x + τ·(e^((x−s)/τ) − e^(−s/τ)), over its value at 1: from s on the end grows faster than the rest
//   three zones  the same with a·(1 − e^(−x/b)) for the run-in
// What data leave open is held by weak beliefs about shares of a life, so that an end nobody has seen yet is allowed for.
import type { FitParameter } from './fit.ts';

export const wearFamilies = ['linear', 'power', 'endZone', 'threeZones'] as const;
export type WearFamily = (typeof wearFamilies)[number];

export const familyWords: Readonly<Record<WearFamily, string>> = {
  linear: 'linear',
  power: 'power of use',
  endZone: 'steady with an end zone',
  threeZones: 'run-in, steady and end zone',
};

/** Sought by logarithm: bounds and belief are of the logarithm. */
function shape(
  name: string,
  about: string,
  typical: number,
  factor: number,
  min: number,
  max: number,
): FitParameter {
  const mean = Math.log(typical);
  const prior = { mean, sigma: Math.log(factor) };
  return { name, unit: 'ratio', about, start: mean, min: Math.log(min), max: Math.log(max), prior };
}

const endStart = shape(
  'endZone.start',
  'Share of life at which the end zone equals the steady rate',
  0.8,
  1.8,
  0.05,
  5,
);
const endScale = shape(
  'endZone.scale',
  'Share of life over which the end zone grows by e',
  0.1,
  2.5,
  0.02,
  1,
);

const shapes: Readonly<Record<WearFamily, readonly FitParameter[]>> = {
  linear: [],
  power: [shape('exponent', 'Wear grows with use to this power', 1, 2, 0.1, 8)],
  endZone: [endStart, endScale],
  threeZones: [
    endStart,
    endScale,
    shape('runIn.wear', 'Wear of the run-in, by that of the steady zone over a life', 0.15, 3, 0.005, 5),
    shape('runIn.use', 'Share of life over which the run-in fades by e', 0.05, 2.5, 0.003, 0.5),
  ],
};

export function shapeParameters(family: WearFamily): readonly FitParameter[] {
  return shapes[family];
}

/** `theta` holds the logarithms of the shape parameters from `at` on. */
export function wornShare(family: WearFamily, theta: ArrayLike<number>, at: number, x: number): number {
  if (family === 'linear') return x;
  const first = Math.exp(theta[at]!);
  if (family === 'power') return x <= 0 ? 0 : x ** first;
  const scale = Math.exp(theta[at + 1]!);
  const run = family === 'threeZones' ? Math.exp(theta[at + 2]!) : 0;
  const fade = family === 'threeZones' ? Math.exp(theta[at + 3]!) : 1;
  return rawZones(x, first, scale, run, fade) / rawZones(1, first, scale, run, fade);
}

function rawZones(x: number, start: number, scale: number, run: number, fade: number): number {
  const end = scale * (Math.exp(Math.min(300, (x - start) / scale)) - Math.exp(-start / scale));
  return x + end - run * Math.expm1(-x / fade);
}
