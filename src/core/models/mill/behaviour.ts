// What the mill is doing, inferred from its signals, and what is counted of it.
//
//   alarm and e-stop before held, held before cutting, cutting before running, running before jogging, then idle
//
// Where nobody says whether a programme runs, it runs from when the spindle turns until everything has stood still for
// `machine.quiet`: a change of tool is no end. A cycle is a part; where parts are not counted, an end of running.
import type { BehaviourSpec, CounterSpec, ParameterSpec, SignalSpec, StateSpec } from '../../model.ts';
import { table } from '../table.ts';

const names = ['off', 'idle', 'jogging', 'running', 'cutting', 'held', 'e-stop', 'alarm'] as const;
const Behaviours = {
  off: 0,
  idle: 1,
  jogging: 2,
  running: 3,
  cutting: 4,
  held: 5,
  eStop: 6,
  alarm: 7,
} as const;

export const behaviour: BehaviourSpec = { state: 'behaviour', names };

export const behaviourParameters: readonly ParameterSpec[] = table('machine.', [
  ['quiet', 's', 'So long without motion is the end of a programme that nobody tells of', 6, 0.1, 3600, 2],
]);

/** Offsets within the block of inputs. */
export const said = { on: 0, running: 1, held: 2, eStop: 3, alarm: 4, program: 5, parts: 6 } as const;

function flag(name: string, about: string, initial = 0): SignalSpec {
  return { name: `machine.${name}`, unit: '', about, align: 'previous', initial, kind: 'enum' };
}

export const machineInputs: readonly SignalSpec[] = [
  flag('on', 'The machine is switched on', 1),
  flag('running', 'A programme runs; -1 where nobody says', -1),
  flag('held', 'The programme is held'),
  flag('eStop', 'The emergency stop is pressed'),
  flag('alarm', 'The machine reports an alarm'),
  { name: 'machine.program', unit: '', about: 'Number of the programme', align: 'previous', initial: 0 },
  {
    name: 'machine.parts',
    unit: '',
    about: 'Counter of parts made; -1 where nobody counts',
    align: 'previous',
    initial: -1,
  },
];

/** Offsets within the block of states. */
const kept = { behaviour: 0, runningS: 1, cuttingS: 2, cycles: 3, running: 4, quietS: 5, parts: 6 } as const;

export const behaviourStates: readonly StateSpec[] = [
  { name: 'behaviour', unit: '', initial: Behaviours.idle },
  { name: 'runningS', unit: 's', initial: 0, persistent: true },
  { name: 'cuttingS', unit: 's', initial: 0, persistent: true },
  { name: 'cycles', unit: '', initial: 0, persistent: true },
  // What was seen last: whether a programme ran, for how long all has stood still, and the parts counter.
  { name: 'machine.runningSeen', unit: '', initial: 0 },
  { name: 'machine.quietS', unit: 's', initial: 0 },
  { name: 'machine.partsSeen', unit: '', initial: -1 },
];

export const counters: readonly CounterSpec[] = [
  { name: 'running', state: 'runningS', unit: 's', about: 'Time in which a programme ran' },
  { name: 'cutting', state: 'cuttingS', unit: 's', about: 'Time in the cut' },
  { name: 'cycles', state: 'cycles', unit: '', about: 'Parts made, or programmes run' },
];

/** A counter that leaps further has been set, not counted. */
const partsLeapMax = 1000;
const quietMaxS = 1e6;

/** `moves` an axis, `turns` the spindle, `cuts` both in material. */
export function behave(
  quietAfterS: number,
  state: Float64Array,
  x0: number,
  input: Float64Array,
  u0: number,
  moves: boolean,
  turns: boolean,
  cuts: boolean,
  dtS: number,
): void {
  const on = input[u0 + said.on]! >= 0.5;
  const ran = state[x0 + kept.running]! >= 0.5;
  const quietS = moves || turns ? 0 : Math.min(quietMaxS, state[x0 + kept.quietS]! + dtS);
  const told = input[u0 + said.running]!;
  const runs = on && (told >= 0 ? told >= 0.5 : turns || (ran && quietS < quietAfterS));
  const now = nameOf(input, u0, on, runs, moves, cuts);
  count(state, x0, input[u0 + said.parts]!, ran && !runs);
  if (now === Behaviours.cutting) state[x0 + kept.cuttingS] = state[x0 + kept.cuttingS]! + dtS;
  if (now === Behaviours.cutting || now === Behaviours.running)
    state[x0 + kept.runningS] = state[x0 + kept.runningS]! + dtS;
  state[x0 + kept.behaviour] = now;
  state[x0 + kept.running] = runs ? 1 : 0;
  state[x0 + kept.quietS] = quietS;
}

function nameOf(
  input: Float64Array,
  u0: number,
  on: boolean,
  runs: boolean,
  moves: boolean,
  cuts: boolean,
): number {
  if (!on) return Behaviours.off;
  if (input[u0 + said.eStop]! >= 0.5) return Behaviours.eStop;
  if (input[u0 + said.alarm]! >= 0.5) return Behaviours.alarm;
  if (input[u0 + said.held]! >= 0.5) return Behaviours.held;
  if (cuts) return Behaviours.cutting;
  if (runs) return Behaviours.running;
  return moves ? Behaviours.jogging : Behaviours.idle;
}

function count(state: Float64Array, x0: number, parts: number, ended: boolean): void {
  const seen = state[x0 + kept.parts]!;
  if (parts >= 0) {
    const more = seen >= 0 ? parts - seen : 0;
    if (more > 0 && more <= partsLeapMax) state[x0 + kept.cycles] = state[x0 + kept.cycles]! + more;
    state[x0 + kept.parts] = parts;
  } else if (ended) state[x0 + kept.cycles] = state[x0 + kept.cycles]! + 1;
}
