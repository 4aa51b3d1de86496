// A machine of a real model under a load a test makes up, watched the gateway's way: what its forecast is made from.
import type { ForecastJob } from '../../../src/core/forecast/job.ts';
import { type LoadBook, newLoadBook, noteLoad, profileOf } from '../../../src/core/forecast/load-book.ts';
import type { Model } from '../../../src/core/model.ts';
import { newTwin, parametersOf, type Twin } from '../../../src/core/twin.ts';
import { memoryOf } from '../../../src/core/wear/memory.ts';
import { newWearWatch, replaceComponent, type WearWatch, watchWear } from '../../../src/core/wear/watch.ts';

export interface Machine {
  readonly model: Model;
  readonly twin: Twin;
  readonly watch: WearWatch;
  readonly book: LoadBook;
  timeMs: number;
}

/** 2026-09-21, a Monday, at midnight. */
export const mondayMs = Date.UTC(2026, 8, 21);

export function newMachine(
  model: Model,
  parameters: Readonly<Record<string, number>> = {},
  options: { readonly startMs?: number; readonly dtS?: number; readonly fresh?: boolean } = {},
): Machine {
  const twin = newTwin(model, parametersOf(model, parameters));
  const watch = newWearWatch(model);
  const fresh = options.fresh ?? true;
  if (fresh) for (const { component } of model.wear ?? []) replaceComponent(watch, twin, component);
  const book = newLoadBook(model, options.dtS ?? 1);
  return { model, twin, watch, book, timeMs: options.startMs ?? mondayMs };
}

/** Under inputs that may change with the time, in steps of `dtS`. */
export function run(
  machine: Machine,
  hours: number,
  input: (timeMs: number) => Readonly<Record<string, number>>,
  dtS = 1,
): void {
  const { model, twin, watch, book } = machine;
  const steps = Math.round((hours * 3600) / dtS);
  for (let k = 0; k < steps; k++) {
    for (const [name, value] of Object.entries(input(machine.timeMs)))
      twin.input[model.inputs.findIndex((spec) => spec.name === name)] = value;
    model.step(twin.parameters, twin.state, twin.input, dtS, twin.output);
    machine.timeMs += dtS * 1000;
    watchWear(watch, twin, dtS, 0, []);
    noteLoad(book, twin, watch, machine.timeMs - 1, dtS);
  }
}

export function jobFor(
  { model, twin, watch, book, timeMs }: Machine,
  over: Partial<ForecastJob> = {},
): ForecastJob {
  return {
    ...{ machine: 'm-1', model: model.id, input: twin.input.slice(), timeMs },
    memory: {
      ...{ model: model.id, modelVersion: model.version, sigma: {}, wear: memoryOf(watch) },
      state: Object.fromEntries(model.states.map(({ name }, s) => [name, twin.state[s]!])),
      parameters: Object.fromEntries(model.parameters.map(({ name }, p) => [name, twin.parameters[p]!])),
    },
    ...{ load: profileOf(book), failures: model.failures ?? [], horizonH: 24, particles: 2000, seed: 1 },
    ...over,
  };
}

/** Everything the model has learnt: as sure as sure can be. */
export function sure(model: Model): Record<string, number> {
  const names = (model.calibration ?? []).flatMap(({ parameters }) => parameters);
  return Object.fromEntries(names.map((name) => [name, 1e-9]));
}
