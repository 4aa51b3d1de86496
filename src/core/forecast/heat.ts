// Outputs that pass a threshold: temperatures and currents of the future, block by block, in each future of the load.
//
// What the model says of a block is put right by what was seen: the last hours tell how far temperatures end from where
// the model has them, and currents are those that were recorded. Parameters are drawn from what was learnt of them; what
// could be learnt and was not is as uncertain as before, unless sensors have held the twin to the truth all the time.
import type { Model } from '../model.ts';
import { beyondOf, donors, driftOf } from './heat-seen.ts';
import type { ForecastJob, LoadBlock, LoadProfile } from './job.ts';
import { carriedStates, type Question, type Response, respond, restInput } from './response.ts';
import type { SeenLoad } from './seen-load.ts';

/** So many blocks are asked of the model, fewer of a large one; the others do as the one that is most like them. */
const askedMin = 48;
const askedMax = 144;
const statesAsked = 1824;
const newestAsked = 24;
/** Parameters that tell most are drawn. */
const drawnMax = 6;

export interface HeatFailure {
  readonly failure: number;
  readonly threshold: number;
  /** Of the answers: its output. */
  readonly row: number;
  /** The carried state its output is a thermometer of, or -1. */
  readonly direct: number;
}

export interface Heat {
  readonly failures: readonly HeatFailure[];
  /** How many states carry over from block to block; answers are theirs, then those of outputs. */
  readonly carried: number;
  readonly rows: number;
  readonly width: number;
  readonly start: Float64Array;
  /** By block of the load that was seen: which response. The last is of rest. */
  readonly of: Int32Array;
  readonly responses: readonly Response[];
  /** By block of the load that was seen and output: what was recorded beyond the model, of outputs that follow the load. */
  readonly beyond: Float64Array;
  /** Components whose wear tells, and what it is. */
  readonly worn: readonly number[];
  /** Of the model: the parameters that are drawn. */
  readonly drawn: readonly number[];
  /** By parameter drawn: one standard deviation, of the logarithm where it is positive; its value. */
  readonly sigma: Float64Array;
  readonly value: Float64Array;
  readonly drift: Float64Array;
  readonly driftSigma: Float64Array;
  /** Whether the drawn parameters include some that nobody has learnt. */
  readonly guessed: readonly string[];
}

export function heatOf(job: ForecastJob, model: Model, seen: SeenLoad): Heat | undefined {
  const failures = job.failures.flatMap(({ of, threshold }, failure) => {
    const o = 'output' in of ? model.outputs.findIndex(({ name }) => name === of.output) : -1;
    return o < 0 ? [] : [{ failure, output: o, threshold }];
  });
  if (failures.length === 0) return undefined;
  const outputs = [...new Set(failures.map(({ output }) => output))];
  const carried = carriedStates(model);
  const question: Question = {
    model,
    parameters: Float64Array.from(
      model.parameters,
      ({ name, value }) => job.memory.parameters[name] ?? value,
    ),
    state: Float64Array.from(model.states, ({ name, initial }) => finite(job.memory.state[name], initial)),
    rest: restInput(model, job.input),
    stepS: job.load.stepS,
    rows: Math.max(1, Math.round(job.load.blockS / job.load.stepS)),
    ...{ carried, outputs, worn: [], drawn: [] },
  };
  const asked = askedBlocks(job.load, seen, model);
  const hottest = hottestOf(job.load, asked, outputs);
  const sigmas = sigmasOf(job, model, job.load);
  const full: Question = {
    ...question,
    worn: wornStates(model, seen, question, hottest),
    drawn: telling(question, hottest, sigmas),
  };
  const rest = respond(full, undefined);
  const responses = [...asked.map((b) => respond(full, job.load.blocks[b], rest)), rest];
  const drift = driftOf(job.load, asked, responses, carried, full);
  const of = donors(job.load, seen, asked, model);
  return {
    failures: failures.map(({ failure, output, threshold }) => ({
      failure,
      threshold,
      row: carried.length + outputs.indexOf(output),
      direct: carried.findIndex((s) => model.outputs[output]!.observes?.state === model.states[s]!.name),
    })),
    carried: carried.length,
    rows: carried.length + outputs.length,
    width: carried.length + full.worn.length + full.drawn.length,
    start: Float64Array.from(carried, (s) => question.state[s]!),
    ...{ of, responses, ...drift },
    beyond: beyondOf(job.load, seen, of, responses, outputs, carried.length, model),
    worn: full.worn.map((s) => (model.wear ?? []).findIndex(({ state }) => state === model.states[s]!.name)),
    drawn: full.drawn,
    sigma: Float64Array.from(full.drawn, (p) => relative(model, p, question.parameters[p]!, sigmas[p]!)),
    value: Float64Array.from(full.drawn, (p) => question.parameters[p]!),
    guessed: full.drawn.flatMap((p) =>
      job.memory.sigma[model.parameters[p]!.name] === undefined ? [model.parameters[p]!.name] : [],
    ),
  };
}

function finite(value: number | undefined, otherwise: number): number {
  return value !== undefined && Number.isFinite(value) ? value : otherwise;
}

/** Of a positive one, of its logarithm; negative of the others, which are drawn about their value. */
function relative({ parameters }: Model, p: number, value: number, sigma: number): number {
  if (parameters[p]!.min < 0 || !(value > 0)) return -sigma;
  return Math.sqrt(Math.log1p((sigma / value) ** 2));
}

/** Indices in the profile: the newest, and of the others some spread evenly. */
function askedBlocks({ blocks }: LoadProfile, { source }: SeenLoad, model: Model): number[] {
  const most = Math.min(askedMax, Math.max(askedMin, Math.round(statesAsked / model.states.length)));
  const rich = [...source].filter((b) => blocks[b]!.inputs.length > 0 && blocks[b]!.start !== undefined);
  if (rich.length <= most) return rich;
  const old = rich.slice(0, rich.length - newestAsked);
  const some = most - newestAsked;
  return [
    ...Array.from({ length: some }, (_, k) => old[Math.floor(((k + 0.5) * old.length) / some)]!),
    ...rich.slice(-newestAsked),
  ];
}

function hottestOf(
  { blocks }: LoadProfile,
  asked: readonly number[],
  outputs: readonly number[],
): LoadBlock | undefined {
  const heat = (b: number) => outputs.reduce((sum, o) => sum + finite(blocks[b]!.peak[o], 0), 0);
  const hottest = asked.reduce((most, b) => (most < 0 || heat(b) > heat(most) ? b : most), -1);
  return blocks[hottest];
}

/** One standard deviation by parameter; 0 of what is taken as told. */
function sigmasOf({ memory }: ForecastJob, model: Model, load: LoadProfile): Float64Array {
  const sigmas = new Float64Array(model.parameters.length);
  for (const group of model.calibration ?? []) {
    const alone =
      1 -
      measuredShare(
        load,
        group.outputs.map((name) => model.outputs.findIndex((o) => o.name === name)),
      );
    for (const name of group.parameters) {
      const p = model.parameters.findIndex((spec) => spec.name === name);
      if (p >= 0) sigmas[p] = model.parameters[p]!.priorSigma * alone;
    }
  }
  for (const [name, sigma] of Object.entries(memory.sigma)) {
    const p = model.parameters.findIndex((spec) => spec.name === name);
    if (p >= 0 && sigma > 0 && Number.isFinite(sigma)) sigmas[p] = sigma;
  }
  return sigmas;
}

/** Of the blocks of which that is known, lately; the least of the outputs. */
function measuredShare({ blocks }: LoadProfile, outputs: readonly number[]): number {
  const known = blocks.filter(({ measured }) => measured !== undefined).slice(-newestAsked);
  if (known.length === 0) return 0;
  const shares = outputs.map(
    (o) => known.reduce((sum, { measured }) => sum + (measured![o] ?? 0), 0) / known.length,
  );
  return Math.min(1, ...shares);
}

/** Of the wear of what is used, that which tells on an output or a temperature. */
function wornStates(
  model: Model,
  seen: SeenLoad,
  question: Question,
  hottest: LoadBlock | undefined,
): number[] {
  const used = new Set<number>();
  for (let i = 0; i < seen.used.length; i++) if (seen.used[i]! > 0) used.add(i % seen.components);
  const states = [...used].map((c) => model.states.findIndex(({ name }) => name === model.wear![c]!.state));
  if (hottest === undefined || states.length === 0) return [];
  const { slope } = respond({ ...question, worn: states }, hottest);
  const width = question.carried.length + states.length;
  const tells = states.filter((_, k) => {
    for (let r = 0; r < slope.length / width; r++) {
      if (Math.abs(slope[r * width + question.carried.length + k]!) > 1e-3) return true;
    }
    return false;
  });
  return tells.slice(0, drawnMax);
}

/** Parameters by how far one standard deviation of them moves anything. */
function telling(question: Question, hottest: LoadBlock | undefined, sigmas: Float64Array): number[] {
  const all = [...sigmas.keys()].filter((p) => sigmas[p]! > 0);
  const { carried, outputs } = question;
  const { slope } = respond({ ...question, drawn: all }, hottest);
  const width = carried.length + all.length;
  const moves = all.map((p, k) => {
    let most = 0;
    for (let r = 0; r < carried.length + outputs.length; r++)
      most = Math.max(most, Math.abs(slope[r * width + carried.length + k]! * sigmas[p]!));
    return { p, most };
  });
  return moves
    .filter(({ most }) => most > 1e-3)
    .sort((a, b) => b.most - a.most)
    .slice(0, drawnMax)
    .map(({ p }) => p);
}
