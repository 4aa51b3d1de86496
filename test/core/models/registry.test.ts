// What every plant in the registry owes those who use it, whatever it is.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Model, SignalSpec } from '../../../src/core/model.ts';
import { models } from '../../../src/core/models/index.ts';
import { newTwin } from '../../../src/core/twin.ts';
import { knownUnit } from '../../../src/core/unit.ts';
import { always, extremeParameters, newStand } from './stand.ts';

const namesOf = (specs: readonly { readonly name: string }[]) => specs.map(({ name }) => name);

/** Everything wrong with the specifications of a model, in words. */
function faultsOf(model: Model): string[] {
  const inputs = namesOf(model.inputs);
  const outputs = namesOf(model.outputs);
  const states = namesOf(model.states);
  const parameters = namesOf(model.parameters);
  const faults: string[] = [];
  const want = (there: boolean, what: string) => {
    if (!there) faults.push(what);
  };
  for (const names of [[...inputs, ...outputs], states, parameters])
    want(new Set(names).size === names.length, `a name twice in ${names.join(', ')}`);
  for (const signal of [...model.inputs, ...model.outputs]) signalFaults(signal, want);
  for (const { name, sigma, span, observes } of model.outputs) {
    want(sigma !== undefined && sigma > 0 && span !== undefined && span > 0, `${name}: sigma and span`);
    if (observes) want(states.includes(observes.state) && observes.gainTauS > 0, `${name}: observes`);
  }
  for (const { name, initial, follows } of model.states) {
    want(Number.isFinite(initial), `${name}: initial`);
    if (follows !== undefined) want(inputs.includes(follows), `${name} follows ${follows}`);
  }
  for (const { name, value, min, max, priorSigma, about } of model.parameters) {
    want(min <= value && value <= max && min < max, `${name}: ${value} in ${min} to ${max}`);
    want(priorSigma > 0 && priorSigma <= max - min, `${name}: prior sigma ${priorSigma}`);
    want(about.length > 10, `${name}: about`);
  }
  for (const { component, state, limit, factor, gauge } of model.wear ?? []) {
    const spec = model.states.find(({ name }) => name === state);
    want(spec?.persistent === true && spec.initial === 0, `wear ${component}: state ${state}`);
    want(parameters.includes(factor), `wear ${component}: factor ${factor}`);
    want(
      model.parameters[parameters.indexOf(factor)]?.value === 1,
      `wear ${component}: factor 1 is expected`,
    );
    want(limit > 0 && limit <= 1, `wear ${component}: limit`);
    if (gauge) want(knownUnit(gauge.unit) && gauge.full > 0, `wear ${component}: gauge`);
  }
  for (const group of model.calibration ?? []) {
    for (const name of group.outputs) want(outputs.includes(name), `${group.name}: output ${name}`);
    for (const name of group.parameters) want(parameters.includes(name), `${group.name}: parameter ${name}`);
    for (const name of group.states ?? []) want(states.includes(name), `${group.name}: state ${name}`);
    for (const { input } of group.when ?? []) want(inputs.includes(input), `${group.name}: when ${input}`);
    want((group.method === 'ekf') === (group.states !== undefined), `${group.name}: states are for an ekf`);
    want(group.parameters.length > 0 && group.outputs.length > 0, `${group.name}: teaches nothing`);
  }
  const { behaviour } = model;
  if (behaviour) {
    const initial = model.states.find(({ name }) => name === behaviour.state)?.initial ?? -1;
    want(behaviour.names[initial] !== undefined, `behaviour: ${behaviour.state} starts as ${initial}`);
    want(new Set(behaviour.names).size === behaviour.names.length, 'behaviour: a name twice');
  }
  for (const { name, state } of model.counters ?? [])
    want(
      model.states.some((spec) => spec.name === state && spec.persistent),
      `counter ${name}: ${state}`,
    );
  return faults;
}

function signalFaults(
  { name, unit, initial, about, align, kind }: SignalSpec,
  want: (there: boolean, what: string) => void,
): void {
  want(unit === '' || knownUnit(unit), `${name}: unit ${unit}`);
  want(Number.isFinite(initial), `${name}: initial`);
  want(about.length > 3, `${name}: about`);
  want(kind !== 'enum' || align === 'previous', `${name}: there is nothing between two states`);
}

describe.each([...models])('the %s', (id, model) => {
  it('is registered by its name', () => expect(model.id).toBe(id));

  it('has sane specifications', () => expect(faultsOf(model)).toEqual([]));

  it('control: a specification that is not sane is noticed', () => {
    const [first, ...rest] = model.parameters;
    const { name, ...wear } = { ...model.wear![0]!, name: '' };
    expect(name).toBe('');
    const broken: Model = {
      ...model,
      parameters: [{ ...first!, value: first!.max + 1, priorSigma: 0 }, ...rest, rest[0]!],
      wear: [{ ...wear, state: 'nowhere', factor: 'nothing' }],
      calibration: [{ ...model.calibration![0]!, outputs: ['gone'], when: [{ input: 'gone' }] }],
      counters: [{ name: 'c', state: 'gone', unit: 's', about: 'Counts what is not there' }],
    };
    expect(faultsOf(broken)).toHaveLength(9);
  });

  it('lets nobody write to what all twins share', () => {
    const [one, other] = [newTwin(model), newTwin(model)];
    const initial = model.states.map((state) => state.initial);
    for (let i = 0; i < 100; i++) model.step(one.parameters, one.state, one.input, 60, one.output);
    expect([...other.state]).toEqual(initial);
    expect(model.states.map((state) => state.initial)).toEqual(initial);
  });

  it('stays finite for any inputs, parameters within bounds and steps', () => {
    const { inputs } = model;
    const number = fc.oneof(
      fc.double({ min: -100, max: 20_000, noNaN: true }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const script = fc.array(
      fc.tuple(
        fc.array(number, { minLength: inputs.length, maxLength: inputs.length }),
        fc.oneof(fc.double({ min: 1e-4, max: 100, noNaN: true }), fc.constantFrom(3600, 1e6)),
      ),
      { minLength: 1, maxLength: 8 },
    );
    always(
      fc.property(extremeParameters(model), script, (parameters, rows) => {
        const m = newStand(model, parameters);
        for (const [values, dtS] of rows) {
          m.set(Object.fromEntries(inputs.map(({ name }, i) => [name, values[i]!])));
          m.step(dtS);
          expect(m.all().every(Number.isFinite)).toBe(true);
        }
      }),
      200,
    );
  });

  it('takes the values at rest to be at rest: nothing wears, moves or warms by itself', () => {
    const m = newStand(model);
    const before = m.all().slice(0, model.states.length);
    m.step(0.1, 100);
    const after = m.all().slice(0, model.states.length);
    for (const [i, { name, unit }] of model.states.entries()) {
      if (unit === 's' && name !== 'runningS') continue;
      expect(after[i], name).toBeCloseTo(before[i]!, 9);
    }
  });
});
