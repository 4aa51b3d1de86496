// What the learners of a twin know, as numbers by group: taken up again after a restart, learning need not begin anew.
// What was under way (a stretch, a trial, the states of a filter) begins anew all the same: the machine has gone on.
import { enter } from './answer.ts';
import type { Calibrator } from './calibrator.ts';
import { restartEkf } from './ekf.ts';
import type { Group } from './group.ts';
import { empty } from './keeper.ts';
import { type Learner, settle } from './learner.ts';
import { drop } from './rls.ts';
import { closeTrial } from './trial.ts';

/** Numbers of a group in one row, each in its place. */
interface Row {
  number(value: number, take: (value: number) => void): void;
  numbers(values: Float64Array): void;
}

/** By name of the group. One with a number that is none is left out. */
export function filtersOf(calibrator: Calibrator): Record<string, number[]> {
  const all: Record<string, number[]> = {};
  calibrator.groups.forEach((group, g) => {
    const list: number[] = [];
    visit(calibrator, g, {
      number: (value) => list.push(value),
      numbers: (values) => list.push(...values),
    });
    const row = [...headOf(group, calibrator.learners[g]!), ...list];
    // A recording knows no negative zero.
    if (row.every(Number.isFinite)) all[group.spec.name] = row.map((value) => value + 0);
  });
  return all;
}

/** A group that is no longer as it was, or starts from other parameters, begins anew. */
export function restoreFilters(
  calibrator: Calibrator,
  filters: Readonly<Record<string, readonly number[]>>,
): void {
  calibrator.groups.forEach((group, g) => {
    const learner = calibrator.learners[g]!;
    const head = headOf(group, learner);
    const list = filters[group.spec.name];
    if (list === undefined || !head.every((value, i) => list[i] === value)) return;
    const rest = list.slice(head.length);
    let places = 0;
    visit(calibrator, g, {
      number: () => places++,
      numbers: (values) => {
        places += values.length;
      },
    });
    if (rest.length !== places || !rest.every(Number.isFinite) || !isSpread(rest, learner)) return;
    take(calibrator, g, rest);
  });
}

function take(calibrator: Calibrator, g: number, list: readonly number[]): void {
  const learner = calibrator.learners[g]!;
  let at = 0;
  visit(calibrator, g, {
    number: (_, set) => set(list[at++]!),
    numbers: (values) => {
      for (let i = 0; i < values.length; i++) values[i] = list[at++]!;
    },
  });
  closeTrial(calibrator.trials[g]!);
  empty(calibrator.keepers[g]!);
  enter(calibrator.answers[g]!, 'watching');
  if (learner.method === 'rls') drop(learner);
  else restartEkf(learner);
  settle(learner);
}

/** What has to be the same then and now: how much there is of everything, and what θ counts from. */
function headOf({ outputs, states, prior, scale }: Group, { method, estimate }: Learner): number[] {
  const sizes = [method === 'rls' ? 0 : 1, estimate.size, outputs.length, states.length, prior.length];
  return [...sizes, ...prior, ...scale].map((value) => value + 0);
}

function visit({ learners, answers }: Calibrator, g: number, row: Row): void {
  const learner = learners[g]!;
  const answer = answers[g]!;
  row.numbers(learner.estimate.mean);
  row.numbers(learner.estimate.covariance);
  visitFields(row, learner, ['evidenceS']);
  visitFields(row, answer, ['waitS', 'attempts', 'checkS', 'checkNextS']);
  row.number(Number.isNaN(answer.learntFromMs) ? never : answer.learntFromMs, (value) => {
    answer.learntFromMs = value === never ? Number.NaN : value;
  });
  visitOwn(learner, row);
}

const never = -1;

function visitOwn(learner: Learner, row: Row): void {
  if (learner.method === 'rls') {
    row.numbers(learner.share);
    visitFields(row, learner, ['misfit']);
    return;
  }
  const { rest } = learner;
  row.numbers(rest.mean);
  row.numbers(rest.squares);
  visitFields(row, rest, ['ticks', 'seconds', 'over']);
  visitFields(row, learner, ['knows']);
}

function visitFields<K extends string>(row: Row, of: Record<K, number>, names: readonly K[]): void {
  for (const name of names) {
    row.number(of[name], (value) => {
      of[name] = value;
    });
  }
}

/** A covariance without a spread would never learn again. */
function isSpread(list: readonly number[], { estimate: { size } }: Learner): boolean {
  for (let i = 0; i < size; i++) if (!(list[size + i * size + i]! >= 0)) return false;
  return true;
}
