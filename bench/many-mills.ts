// A core of many mills, each signal fed by a tag of its own, for benches that measure ticks.
import { bindTag } from '../src/core/align.ts';
import { mill } from '../src/core/models/mill/index.ts';
import { type Core, newCore } from '../src/core/step.ts';
import { type MachinePlan, setUpMachine } from '../src/runtime/machines.ts';

const signals = [...mill.inputs, ...mill.outputs];

/** Tag `machine * signals + signal` feeds that signal. */
export function newMillCore(machines: number, startMs: number, periodMs: number): Core {
  const details = { source: 'bench', staleMs: 1000, missingMs: 5000 };
  const wired = new Map(signals.map(({ name }) => [name, { ...details, tag: name }]));
  const plan = (id: string): MachinePlan => ({ id, model: mill, lagMs: 100, parameters: {}, signals: wired });
  const setups = Array.from({ length: machines }, (_, i) => setUpMachine(plan(`m${i}`), periodMs));
  const core = newCore({ startMs, periodMs, machines: setups });
  for (let machine = 0; machine < machines; machine++) {
    signals.forEach((_, signal) => {
      const tag = machine * signals.length + signal;
      bindTag(core.alignment, { tag, machine, signal, scale: 1, offset: 0 });
    });
  }
  return core;
}
