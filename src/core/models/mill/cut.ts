// The cut: what removing material takes, from feed, engagement and the edge.
//
//   P = kc·(1 + kcWear·w)·ap·ae·vf,   Tcut = P/ω,   Ft = Tcut/r,   Ffeed = feedForce·Ft, shared out by v/|path|
//
// w is the wear of the tool in the spindle. A spindle that stands does not cut. Where no feed is told, the axes tell it.
import type { ParameterSpec, SignalSpec, StateSpec } from '../../model.ts';
import { table } from '../table.ts';

const cutRpm = 10;
const radiusMinM = 5e-5;

const at = { kc: 0, kcWear: 1, feedForce: 2 } as const;
export const cutParameterCount = 3;

export const cutParameters: readonly ParameterSpec[] = table('cut.', [
  ['kc', 'N/mm²', 'Specific cutting force of material and new tool', 1800, 50, 10_000, 400],
  ['kcWear', 'ratio', 'Share by which a worn-out tool takes more force than a new one', 0.4, 0, 5, 0.15],
  ['feedForce', 'ratio', 'Share of the cutting force that pushes back along the feed', 0.2, 0, 2, 0.1],
]);

export const cutInputs: readonly SignalSpec[] = [
  { name: 'cut.feed', unit: 'mm/min', about: 'Feed along the path', align: 'linear', initial: 0 },
  {
    name: 'cut.depth',
    unit: 'mm',
    about: 'Axial depth of cut; 0 out of the material',
    align: 'previous',
    initial: 0,
  },
  { name: 'cut.width', unit: 'mm', about: 'Radial width of cut', align: 'previous', initial: 0 },
];

export const toolInputs: readonly SignalSpec[] = [
  {
    name: 'tool.number',
    unit: '',
    about: 'Tool in the spindle; 0 where nobody knows',
    align: 'previous',
    initial: 0,
    kind: 'enum',
  },
  { name: 'tool.diameter', unit: 'mm', about: 'Diameter of the tool', align: 'previous', initial: 16 },
  { name: 'tool.teeth', unit: '', about: 'Teeth of the tool', align: 'previous', initial: 4 },
  {
    name: 'tool.replaced',
    unit: '',
    about: 'Counter of exchanges: a change means that the tool in the spindle is new; -1 where nobody says',
    align: 'previous',
    initial: -1,
  },
];

/** The counter of exchanges as it was seen last. */
export const toolSeenState: StateSpec = { name: 'tool.replacedSeen', unit: '', initial: -1 };

/** mm/min, where the machine is in material and turns; else 0. */
export function feedInCut(
  feed: number,
  pathMPerS: number,
  depth: number,
  width: number,
  rpm: number,
): number {
  if (!(depth > 0 && width > 0) || Math.abs(rpm) < cutRpm) return 0;
  return feed === 0 ? pathMPerS * 60_000 : Math.abs(feed);
}

/** W, from feed in mm/min, depth and width in mm; no cut takes more than the drive can give. */
export function cuttingPowerW(
  p: Float64Array,
  p0: number,
  wear: number,
  feed: number,
  depth: number,
  width: number,
  mostW: number,
): number {
  const kc = p[p0 + at.kc]! * (1 + p[p0 + at.kcWear]! * wear);
  return Math.min(mostW, (kc * depth * width * feed) / 60_000);
}

/** At the edge, N. */
export function tangentialN(torqueNm: number, diameterMm: number): number {
  return Math.abs(torqueNm) / Math.max(radiusMinM, diameterMm / 2000);
}

export function feedForceN(p: Float64Array, p0: number, edgeN: number): number {
  return p[p0 + at.feedForce]! * edgeN;
}
