// The wear of a tool with plain objects: part of the yardstick in plain-mill.ts.
import type { Named } from './plain-heat.ts';

export const worn = (wear: number, more: number) =>
  more > 0 ? Math.max(wear, Math.min(1, wear + more)) : wear;

export function taylorPerH(p: Named, u: Named, rpm: number, feed: number): number {
  const vc = (Math.PI * Math.max(1e-6, u['tool.diameter']!) * rpm) / 1000;
  const fz = Math.max(1e-6, feed / (rpm * Math.max(1, u['tool.teeth']!)));
  const ratio =
    (vc / p['wear.tool.vcRef']!) ** p['wear.tool.vcExponent']! *
    (fz / p['wear.tool.fzRef']!) ** p['wear.tool.fzExponent']! *
    (Math.max(1e-6, u['cut.depth']!) / p['wear.tool.apRef']!) ** p['wear.tool.apExponent']!;
  const { 'wear.tool.runIn': runIn, 'wear.tool.end': end } = p;
  const whole = runIn! / p['wear.tool.runInRate']! + (end! - runIn!) + (1 - end!) / p['wear.tool.endRate']!;
  return (whole * Math.min(30, Math.max(1 / 30, ratio)) * 60) / p['wear.tool.life']!;
}

export function toolWear(p: Named, wear: number, ratePerH: number, dtS: number): number {
  const calm = (p['wear.tool.base']! * p['wear.tool.factor']! * dtS) / 3600;
  if (ratePerH === 0) return worn(wear, calm);
  const zones = [
    { end: p['wear.tool.runIn']!, rate: p['wear.tool.runInRate']! },
    { end: p['wear.tool.end']!, rate: 1 },
    { end: Number.POSITIVE_INFINITY, rate: p['wear.tool.endRate']! },
  ];
  let [at, left] = [wear, (ratePerH * p['wear.tool.factor']! * dtS) / 3600 + calm];
  for (const { end, rate } of zones) {
    if (at >= end) continue;
    if (at + left * rate <= end) return worn(wear, at + left * rate - wear);
    left -= (end - at) / rate;
    at = end;
  }
  return at;
}
