// The offline way: the same half hour, kept as rows, and fitted group by group as somebody would with `gemel fit`.
import { fitModel } from '../../src/core/fit/model-fit.ts';
import type { ModelRows } from '../../src/core/fit/model-rows.ts';
import type { CalibrationSpec, Model } from '../../src/core/model.ts';
import { axisNames } from '../../src/plant/hidden.ts';
import { withoutEdges } from './rows.ts';

/** Acceleration may change by so much a tick: m/s and rpm. */
const evenMPerS = 0.01;
const evenRpm = 10;
export interface Fitted {
  readonly values: Readonly<Record<string, number>>;
  readonly sigmas: Readonly<Record<string, number>>;
}

/** In the order in which one group's answer is another one's ground: motion, the cut, heat. */
export function fitOffline(
  model: Model,
  rows: ModelRows,
  declared: Readonly<Record<string, number>>,
): Fitted {
  const values: Record<string, number> = { ...declared };
  const sigmas: Record<string, number> = {};
  for (const spec of model.calibration ?? []) {
    for (const { name, value, sigma } of fitGroup(model, rowsFor(model, rows, spec), spec, values)) {
      values[name] = value;
      sigmas[name] = sigma;
    }
  }
  return { values, sigmas };
}

function rowsFor(model: Model, rows: ModelRows, { name }: CalibrationSpec): ModelRows {
  const axis = axisNames.find((known) => name === `axis.${known}`);
  if (axis !== undefined) {
    return withoutEdges(model, rows, `axis.${axis}.velocity`, `axis.${axis}.current`, evenMPerS);
  }
  if (name === 'heat') return rows;
  return withoutEdges(model, rows, 'spindle.speed', 'spindle.current', evenRpm);
}

function fitGroup(
  model: Model,
  rows: ModelRows,
  { method, outputs, parameters, when = [] }: CalibrationSpec,
  values: Readonly<Record<string, number>>,
) {
  const heat = method === 'ekf';
  // Of rapids alone an axis's viscous friction, 7 N in 100, cannot be told from the rest: it stays the data sheet's.
  const asked = parameters.filter((name) => !name.endsWith('.viscous'));
  return fitModel({
    ...{ model, rows, parameters: asked, outputs, values, when, priors: 'model' },
    ...(heat ? { searchEvery: 10, every: 1 } : { huber: 2.5 }),
  }).parameters.filter(({ known, name }) => !known && parameters.includes(name));
}
