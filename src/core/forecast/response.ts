// What a block of load does to the machine, found by asking the model: how states that carry over (temperatures) end, and
// how high outputs get, as affine functions of the states it starts with, of the wear and of what is not known of the
// parameters. So ten thousand futures cost ten thousand small sums, not ten thousand days of the model.
import { isTemperature } from '../absence.ts';
import type { Model } from '../model.ts';
import type { LoadBlock } from './job.ts';

export interface Question {
  readonly model: Model;
  readonly parameters: Float64Array;
  /** Of now: wear is taken from it. */
  readonly state: Float64Array;
  /** Inputs of a machine that stands. */
  readonly rest: Float64Array;
  readonly stepS: number;
  readonly rows: number;
  /** Indices: states that carry over, states of wear that tell on the outputs, parameters that are drawn, outputs. */
  readonly carried: readonly number[];
  readonly worn: readonly number[];
  readonly drawn: readonly number[];
  readonly outputs: readonly number[];
}

/** Rows by carried state, then by output: its end or its peak. */
export interface Response {
  /** Carried states it was asked with. */
  readonly from: Float64Array;
  readonly base: Float64Array;
  /** By row: for each carried state, each state of wear, each parameter; slopes. */
  readonly slope: Float64Array;
  /** By row: how much warmer it is than at rest; 0 of what is no temperature. */
  readonly load: Float64Array;
}

const kelvins = 5;
const wearStep = 0.05;
const parameterStep = 0.02;

/** States that outlast a block and do not follow an input: temperatures, and what else has a unit and is no wear. */
export function carriedStates(model: Model): number[] {
  const counted = new Set([
    ...(model.wear ?? []).map(({ state }) => state),
    ...(model.counters ?? []).map(({ state }) => state),
  ]);
  const observed = new Set(model.outputs.map(({ observes }) => observes?.state));
  return model.states.flatMap((spec, s) =>
    !counted.has(spec.name) && spec.follows === undefined && (isTemperature(spec) || observed.has(spec.name))
      ? [s]
      : [],
  );
}

/** A machine that stands, in the hall as it is now. */
export function restInput(model: Model, now: Float64Array): Float64Array {
  return Float64Array.from(model.inputs, ({ align, initial }, i) =>
    align === 'hold' && Number.isFinite(now[i]) ? now[i]! : initial,
  );
}

const noRows = new Float32Array(0);

/** `block` undefined: one at rest; `rest`: the response to that, where how much warmer a block is is asked. */
export function respond(question: Question, block: LoadBlock | undefined, rest?: Response): Response {
  const { carried, worn, drawn, outputs, model, state } = question;
  const start = state.slice();
  if (block?.start !== undefined) start.set(block.start);
  for (const { state: name } of model.wear ?? []) {
    const s = model.states.findIndex((spec) => spec.name === name);
    start[s] = state[s]!;
  }
  const inputs = block?.inputs ?? noRows;
  const width = carried.length + worn.length + drawn.length;
  const rows = carried.length + outputs.length;
  const base = run(question, question.parameters, start, inputs);
  const slope = new Float64Array(rows * width);
  const into = (column: number, by: number, asked: Float64Array) => {
    for (let r = 0; r < rows; r++) slope[r * width + column] = (asked[r]! - base[r]!) / by;
  };
  for (const [k, s] of [...carried, ...worn].entries()) {
    const moved = start.slice();
    const by = k < carried.length ? kelvins : wearStep;
    moved[s] = moved[s]! + by;
    into(k, by, run(question, question.parameters, moved, inputs));
  }
  for (const [k, p] of drawn.entries()) {
    const moved = question.parameters.slice();
    const by = stepOf(model, p, moved[p]!);
    moved[p] = moved[p]! + by;
    into(carried.length + worn.length + k, by, run(question, moved, start, inputs));
  }
  const from = Float64Array.from(carried, (s) => start[s]!);
  const still = rest === undefined ? base : atRest(rest, from, width);
  return { from, base, slope, load: base.map((each, r) => (isWarm(question, r) ? each - still[r]! : 0)) };
}

function atRest({ from, base, slope }: Response, start: Float64Array, width: number): Float64Array {
  return base.map((each, r) =>
    start.reduce((sum, x, k) => sum + slope[r * width + k]! * (x - from[k]!), each),
  );
}

function isWarm({ carried, outputs, model }: Question, row: number): boolean {
  return row < carried.length || model.outputs[outputs[row - carried.length]!]!.observes !== undefined;
}

function stepOf({ parameters }: Model, p: number, value: number): number {
  const { min, max } = parameters[p]!;
  const by = Math.max(Math.abs(value), 1e-3 * (max - min), 1e-12) * parameterStep;
  return value + by <= max ? by : -by;
}

/** Ends of carried states and peaks of outputs. */
function run(
  question: Question,
  parameters: Float64Array,
  start: Float64Array,
  inputs: Float32Array,
): Float64Array {
  const { model, rest, stepS, rows, carried, outputs } = question;
  const state = start.slice();
  const width = model.inputs.length;
  const input = rest.slice();
  const output = new Float64Array(model.outputs.length);
  const answer = new Float64Array(carried.length + outputs.length).fill(Number.NEGATIVE_INFINITY);
  const many = inputs.length / width;
  // A rest has but one row: any step is exact.
  const steps = many > 0 ? many : rows;
  for (let r = 0; r < steps; r++) {
    if (many > 0) for (let i = 0; i < width; i++) input[i] = inputs[r * width + i]!;
    if (r === 0) follow(model, state, input);
    model.step(parameters, state, input, stepS, output);
    for (let o = 0; o < outputs.length; o++) {
      const value = output[outputs[o]!]!;
      if (value > answer[carried.length + o]!) answer[carried.length + o] = value;
    }
  }
  for (let k = 0; k < carried.length; k++) answer[k] = state[carried[k]!]!;
  for (let r = 0; r < answer.length; r++) if (!Number.isFinite(answer[r]!)) answer[r] = 0;
  return answer;
}

/** It was at that speed when the block began. */
function follow({ states, inputs }: Model, state: Float64Array, input: Float64Array): void {
  for (let s = 0; s < states.length; s++) {
    const i = inputs.findIndex(({ name }) => name === states[s]!.follows);
    if (i >= 0) state[s] = input[i]!;
  }
}
