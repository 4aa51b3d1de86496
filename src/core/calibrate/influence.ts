// What moves what in a model, found by trying: no plant has to say it. Tried at scattered inputs with a fixed seed,
// so that the answer is the same everywhere. It is a property of the model alone, and found once.
import type { Model } from '../model.ts';

const trials = 96;
const stepS = 0.1;

export interface Influence {
  ofParameter(parameter: number, output: number): boolean;
  ofInput(input: number, output: number): boolean;
  /** An output that has been below zero: the others may be sizes, whose sign is lost. */
  isSigned(output: number): boolean;
}

const found = new WeakMap<Model, Influence>();

export function influenceOf(model: Model): Influence {
  const known = found.get(model) ?? findInfluence(model);
  found.set(model, known);
  return known;
}

/** Of parameters, only those that are calibrated. */
function findInfluence(model: Model): Influence {
  const parameters = Float64Array.from(model.parameters, ({ value }) => value);
  const names = new Set(model.calibration?.flatMap((group) => group.parameters));
  const tried = [...model.parameters.keys()].filter((p) => names.has(model.parameters[p]!.name));
  const outputs = model.outputs.length;
  const byParameter = new Uint8Array(model.parameters.length * outputs);
  const byInput = new Uint8Array(model.inputs.length * outputs);
  const signed = new Uint8Array(outputs);
  const random = scatter();
  const base = new Float64Array(outputs);
  const moved = new Float64Array(outputs);
  const mark = (table: Uint8Array, row: number) => {
    for (let o = 0; o < outputs; o++) {
      if (Math.abs(moved[o]! - base[o]!) > 0) table[row * outputs + o] = 1;
    }
  };
  for (let trial = 0; trial < trials; trial++) {
    const state = Float64Array.from(model.states, ({ initial, follows }) =>
      follows === undefined ? initial : random(),
    );
    const input = Float64Array.from(model.inputs, ({ initial }) => initial + random());
    run(model, parameters, state, input, base);
    for (let o = 0; o < outputs; o++) if (base[o]! < 0) signed[o] = 1;
    for (const p of tried) {
      const other = parameters.slice();
      const { min, max, priorSigma } = model.parameters[p]!;
      other[p] = Math.min(max, Math.max(min, other[p]! + (trial % 2 === 0 ? 1 : -1) * priorSigma));
      run(model, other, state, input, moved);
      mark(byParameter, p);
    }
    for (let i = 0; i < input.length; i++) {
      const other = input.slice();
      other[i] = other[i]! * 1.3 + 0.01;
      run(model, parameters, state, other, moved);
      mark(byInput, i);
    }
  }
  return {
    ofParameter: (parameter, output) => byParameter[parameter * outputs + output] === 1,
    ofInput: (input, output) => byInput[input * outputs + output] === 1,
    isSigned: (output) => signed[output] === 1,
  };
}

/** Two steps, so that what a state carries on is seen as well. */
function run(model: Model, p: Float64Array, x: Float64Array, u: Float64Array, y: Float64Array): void {
  const state = x.slice();
  model.step(p, state, u, stepS, y);
  model.step(p, state, u, stepS, y);
}

/** Sizes from 1e-3 to 1e4, mostly positive, some of them nothing. */
function scatter(): () => number {
  let seed = 1;
  const next = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 4_294_967_296;
  };
  return () => {
    const size = 10 ** (7 * next() - 3);
    const luck = next();
    return luck < 0.1 ? 0 : luck < 0.25 ? -size : size;
  };
}
