// The offline way: the same half hour, kept as rows, and fitted group by group as somebody would with `gemel fit`.
import { fitModel } from '../../src/core/fit/model-fit.ts';
import type { ModelRows } from '../../src/core/fit/model-rows.ts';
import type { CalibrationSpec, Model } from '../../src/core/model.ts';
import { axisNames } from '../../src/plant/hidden.ts';
import { withoutEdges } from './rows.ts';

/** Acceleration may change by so much a tick: m/s and rpm. */
const evenMPerS = 0.01;
const evenRpm = 10;
/** A thermometer's first word. */
const startSigmaK = 0.5;

export interface Fitted {
  readonly values: Readonly<Record<string, number>>;
  readonly sigmas: Readonly<Record<string, number>>;
  /** 95 %, low and high. */
  readonly intervals: Readonly<Record<string, readonly [number, number]>>;
}

/** In the order in which one group's answer is another one's ground: motion, the cut, heat. */
export function fitOffline(
  model: Model,
  rows: ModelRows,
  declared: Readonly<Record<string, number>>,
): Fitted {
  const values: Record<string, number> = { ...declared };
  const sigmas: Record<string, number> = {};
  const intervals: Record<string, readonly [number, number]> = {};
  for (const spec of model.calibration ?? []) {
    for (const { name, value, sigma, low95, high95 } of fitGroup(
      model,
      rowsFor(model, rows, spec),
      spec,
      values,
      sigmas,
    )) {
      values[name] = value;
      sigmas[name] = sigma;
      intervals[name] = [low95, high95];
    }
  }
  return { values, sigmas, intervals };
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
  { method, outputs, parameters, states = [], when = [] }: CalibrationSpec,
  values: Readonly<Record<string, number>>,
  givenSigma: Readonly<Record<string, number>>,
) {
  const heat = method === 'ekf';
  // Of rapids alone an axis's viscous friction, 7 N in 100, cannot be told from the rest: it stays the data sheet's.
  const [held, asked] = [true, false].map((is) =>
    parameters.filter((name) => name.endsWith('.viscous') === is),
  );
  const sheet = Object.fromEntries(
    model.parameters
      .filter(({ name }) => held!.includes(name))
      .map(({ name, priorSigma }) => [name, priorSigma]),
  );
  return fitModel({
    ...{ model, rows, parameters: asked!, outputs, values, when, priors: 'model' },
    // The axes have nothing to do with the spindle.
    givenSigma: asked!.some((name) => name.startsWith('axis.')) ? sheet : ofSpindle(givenSigma),
    ...(heat
      ? { searchEvery: 10, startSigma: Object.fromEntries(states.map((name) => [name, startSigmaK])) }
      : { huber: 2.5 }),
  }).parameters.filter(({ known, name }) => !known && parameters.includes(name));
}

function ofSpindle(sigmas: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(sigmas).filter(([name]) => /^(spindle|cut)\./.test(name)));
}
