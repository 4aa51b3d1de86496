// What has worn as far as it may, by the reckoning of the twin: the one estimate that is judged, for it is all there is
// between two inspections, and it is kept over restarts. A wear that a sensor measures is left to the limit of that signal.
import { type Standing, stand } from '../../finding.ts';
import type { LimitSpec, Model } from '../../model.ts';
import type { Twin } from '../../twin.ts';
import { levelAt, scoreAt } from '../limits.ts';
import type { DetectionOptions, LimitOption } from './options.ts';

/** In units of `full`, as people are told it. */
export interface WearLimit {
  readonly component: string;
  readonly state: number;
  /** The row of the output that says the wear of the one in use; -1 for none. */
  readonly row: number;
  /** A wear of 1 is told as this. */
  readonly full: number;
  readonly unit: string;
  readonly warning: number;
  readonly trip: number;
  readonly hysteresis: number;
  readonly onDelayS: number;
  readonly offDelayS: number;
  readonly action: string;
}

/** So far back, of what is worn out, before it is over: an inspection that finds the same does not clear it. */
const hysteresisShare = 0.02;

/** `measured`: whether something else than the twin says what an output is. */
export function wearLimitsOf(
  model: Model,
  { limits = {} }: DetectionOptions,
  measured: (row: number) => boolean,
): WearLimit[] {
  return (model.wear ?? []).flatMap(({ component, state: name, limit, gauge }): WearLimit[] => {
    const output = model.outputs.findIndex((spec) => spec.name === gauge?.output);
    const row = output < 0 ? -1 : model.inputs.length + output;
    if (row >= 0 && measured(row)) return [];
    const { full = 100, unit = '%' } = gauge ?? {};
    const ofOutput = row < 0 ? {} : limitOf(limits[gauge!.output!]);
    const ofState = limitOf(limits[name], full);
    if (ofOutput === 'off' || ofState === 'off') return [];
    const usual = model.limits?.find((spec) => row >= 0 && spec.signal === gauge?.output);
    const said = {
      ...{ warning: limit * full, trip: full, hysteresis: hysteresisShare * full, onDelayS: 0, offDelayS: 0 },
      action: `Inspect ${component}, and plan to exchange it.`,
      ...usual,
      ...ofOutput,
      ...ofState,
    };
    const { warning, trip, hysteresis, onDelayS, offDelayS, action } = said;
    const state = model.states.findIndex((spec) => spec.name === name);
    return [{ component, state, row, full, unit, warning, trip, hysteresis, onDelayS, offDelayS, action }];
  });
}

const inItsUnit: ReadonlySet<string> = new Set(['warning', 'trip', 'hysteresis']);

/** What is said of the high side, for wear has no other; times `scale`. */
function limitOf(
  entry: 'off' | LimitOption | readonly LimitOption[] | undefined,
  scale = 1,
): 'off' | Partial<LimitSpec> {
  if (entry === undefined || entry === 'off') return entry ?? {};
  const high = [entry].flat().find(({ side }) => side !== 'low') ?? {};
  return Object.fromEntries(
    Object.entries(high)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, inItsUnit.has(key) ? Number(value) * scale : value]),
  );
}

/** `conditions` of -1 are not wanted. What is held between two bounds is by what stood in the tick before. */
export function stateWear(
  all: readonly (WearLimit & { readonly condition: number })[],
  { state }: Twin,
  standing: Standing,
): void {
  for (let i = 0; i < all.length; i++) {
    const { condition: c, warning, trip, hysteresis, row, full, state: s } = all[i]!;
    if (c < 0) continue;
    const now = state[s]! * full;
    const level = levelAt(now, warning, trip, hysteresis, standing.level[c]!);
    const part = scoreAt(now, warning, trip);
    const score = level > 0 ? Math.max(0.5, part) : part;
    stand(standing, c, level, score, now, level === 2 ? trip : warning, row);
  }
}
