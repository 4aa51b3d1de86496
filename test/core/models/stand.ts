// A model on a stand: inputs by name, steps of any length, outputs and states by name.
import fc from 'fast-check';
import type { Model } from '../../../src/core/model.ts';
import { newTwin, parametersOf } from '../../../src/core/twin.ts';

/** The property holds for so many draws, the same in every run; what fails is told as drawn, for shrinking takes long. */
export function always<T>(property: fc.IRawProperty<T, false>, numRuns = 100): void {
  fc.assert(property, { numRuns, seed: 20_261, endOnFailure: true });
}

export interface Stand {
  set(values: Readonly<Record<string, number>>): void;
  /** The states that follow an input take it over, as when a twin joins a running machine. */
  join(): void;
  step(dtS?: number, times?: number): void;
  put(state: string, value: number): void;
  out(name: string): number;
  state(name: string): number;
  all(): Float64Array;
}

export function newStand(model: Model, parameters: Readonly<Record<string, number>> = {}): Stand {
  const twin = newTwin(model, parametersOf(model, parameters));
  const rowOf = (specs: readonly { readonly name: string }[], name: string): number => {
    const row = specs.findIndex((spec) => spec.name === name);
    if (row < 0) throw new Error(`the ${model.id} has no ${name}`);
    return row;
  };
  return {
    set(values) {
      for (const [name, value] of Object.entries(values)) twin.input[rowOf(model.inputs, name)] = value;
    },
    join() {
      for (const [s, { follows }] of model.states.entries()) {
        if (follows !== undefined) twin.state[s] = twin.input[rowOf(model.inputs, follows)]!;
      }
    },
    step(dtS = 0.1, times = 1) {
      for (let i = 0; i < times; i++) model.step(twin.parameters, twin.state, twin.input, dtS, twin.output);
    },
    put(state, value) {
      twin.state[rowOf(model.states, state)] = value;
    },
    out: (name) => twin.output[rowOf(model.outputs, name)]!,
    state: (name) => twin.state[rowOf(model.states, name)]!,
    all: () => Float64Array.from([...twin.state, ...twin.output]),
  };
}

/** Any of the model's parameters, within two sigmas of what is expected and within bounds. */
export function anyParameters(model: Model): fc.Arbitrary<Record<string, number>> {
  return fc.record(
    Object.fromEntries(
      model.parameters.map(({ name, value, min, max, priorSigma }) => [
        name,
        fc.double({
          min: Math.max(min, value - 2 * priorSigma),
          max: Math.min(max, value + 2 * priorSigma),
          noNaN: true,
        }),
      ]),
    ),
  );
}

/** Anything between the bounds of every parameter, the bounds included. */
export function extremeParameters(model: Model): fc.Arbitrary<Record<string, number>> {
  return fc.record(
    Object.fromEntries(
      model.parameters.map(({ name, min, max }) => [
        name,
        fc.oneof(fc.constantFrom(min, max), fc.double({ min, max, noNaN: true })),
      ]),
    ),
  );
}
