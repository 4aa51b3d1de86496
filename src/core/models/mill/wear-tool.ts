// The wear of the tool in the spindle, by extended Taylor life:
//
//   life = L·(vc/vcRef)^−k·(fz/fzRef)^−m·(ap/apRef)^−l,   vc = π·d·n,   fz = feed/(n·teeth)
//
// from 0 to 1 in three zones: faster while the edge runs in and after it has begun to go; the zones' speeds relate to
// the middle's, and are scaled so that `life` is the whole. A step is exact across zones. The base rate goes on while
// the spindle turns. Flank wear in µm is 300 times the share.
import type { ParameterSpec, SignalSpec, StateSpec } from '../../model.ts';
import { table } from '../table.ts';
import { secondsPerHour, worn } from './wear-load.ts';

export const toolsMax = 24;
export const flankFullUm = 300;
/** Beyond so many times shorter or longer nobody has measured the curve. */
const mostTimes = Math.log(30);
const smallest = 1e-6;

const at = {
  base: 0,
  factor: 1,
  life: 2,
  vcRef: 3,
  vcExponent: 4,
  fzRef: 5,
  fzExponent: 6,
  apRef: 7,
  apExponent: 8,
  runIn: 9,
  runInRate: 10,
  end: 11,
  endRate: 12,
} as const;
export const toolParameterCount = 13;

export const toolParameters: readonly ParameterSpec[] = table('wear.tool.', [
  ['base', '1/h', 'Wear of the tool in a turning spindle, also out of the cut', 1e-5, 0, 0.1, 5e-6],
  ['factor', 'ratio', 'How many times faster tools wear than expected', 1, 0.05, 20, 0.3],
  ['life', 'min', 'Life in the cut at the three reference values', 80, 0.5, 10_000, 20],
  ['vcRef', 'm/min', 'Cutting speed of that life', 250, 1, 5000, 50],
  ['vcExponent', 'ratio', 'How steeply life falls with cutting speed', 2, 0, 10, 0.5],
  ['fzRef', 'mm', 'Feed per tooth of that life', 0.06, 0.001, 5, 0.02],
  ['fzExponent', 'ratio', 'How steeply life falls with feed per tooth', 0.6, 0, 5, 0.2],
  ['apRef', 'mm', 'Depth of that life', 3, 0.01, 100, 1],
  ['apExponent', 'ratio', 'How steeply life falls with depth', 0.2, 0, 3, 0.1],
  ['runIn', 'ratio', 'Wear up to which a new edge runs in', 0.1, 0, 0.4, 0.03],
  ['runInRate', 'ratio', 'How many times faster it wears then', 2, 0.1, 20, 0.5],
  ['end', 'ratio', 'Wear from which the edge is going', 0.8, 0.5, 1, 0.05],
  ['endRate', 'ratio', 'How many times faster it wears then', 2.5, 0.1, 20, 0.5],
]);

/** The one whose number nobody knows, then 1 to 24. */
export const toolNames: readonly string[] = [
  'tool.other',
  ...Array.from({ length: toolsMax }, (_, i) => `tool.${i + 1}`),
];

export const toolStates: readonly StateSpec[] = toolNames.map((name) => ({
  name: `${name}.wear`,
  unit: 'ratio',
  initial: 0,
  persistent: true,
}));

export const flankOutput: SignalSpec = {
  name: 'tool.flankWear',
  unit: 'µm',
  about: 'Flank wear of the tool in the spindle',
  align: 'hold',
  initial: 0,
  sigma: 15,
  span: 300,
};

/** Which of `toolNames` is in the spindle. */
export function toolSlot(number: number): number {
  const whole = Math.round(number);
  return whole >= 1 && whole <= toolsMax ? whole : 0;
}

/** Wear an hour in the middle zone while cutting; `feed` in mm/min, diameter and depth in mm. */
export function cuttingRatePerH(
  p: Float64Array,
  p0: number,
  rpm: number,
  feed: number,
  depth: number,
  diameter: number,
  teeth: number,
): number {
  const vc = (Math.PI * Math.max(smallest, diameter) * rpm) / 1000;
  const fz = feed / (rpm * Math.max(1, teeth));
  const times =
    p[p0 + at.vcExponent]! * Math.log(vc / p[p0 + at.vcRef]!) +
    p[p0 + at.fzExponent]! * Math.log(Math.max(smallest, fz) / p[p0 + at.fzRef]!) +
    p[p0 + at.apExponent]! * Math.log(Math.max(smallest, depth) / p[p0 + at.apRef]!);
  const shorter = Math.exp(Math.min(mostTimes, Math.max(-mostTimes, times)));
  return (wholeLife(p, p0) * shorter * 60) / p[p0 + at.life]!;
}

/** How long all zones take, where the middle one alone would take 1. */
function wholeLife(p: Float64Array, p0: number): number {
  const runIn = p[p0 + at.runIn]!;
  const end = p[p0 + at.end]!;
  return runIn / p[p0 + at.runInRate]! + (end - runIn) + (1 - end) / p[p0 + at.endRate]!;
}

/** The wear after `dtS` in a turning spindle; `ratePerH` is 0 out of the cut. */
export function toolWear(p: Float64Array, p0: number, wear: number, ratePerH: number, dtS: number): number {
  const factor = p[p0 + at.factor]!;
  const calm = (p[p0 + at.base]! * factor * dtS) / secondsPerHour;
  if (ratePerH === 0) return worn(wear, calm);
  const runIn = p[p0 + at.runIn]!;
  const end = p[p0 + at.end]!;
  let left = (ratePerH * factor * dtS) / secondsPerHour + calm;
  let at1 = wear;
  if (at1 < runIn) {
    const rate = p[p0 + at.runInRate]!;
    const reach = at1 + left * rate;
    if (reach <= runIn) return worn(wear, reach - wear);
    left -= (runIn - at1) / rate;
    at1 = runIn;
  }
  if (at1 < end) {
    const reach = at1 + left;
    if (reach <= end) return worn(wear, reach - wear);
    left -= end - at1;
    at1 = end;
  }
  return worn(wear, at1 - wear + left * p[p0 + at.endRate]!);
}
