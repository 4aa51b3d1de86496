// What learners know over a restart: taken up again bit by bit through the command that a replay has too, and only by
// learners it belongs to.
import { expect, test } from 'vitest';
import { bindTag } from '../../../src/core/align.ts';
import { varianceOf } from '../../../src/core/calibrate/estimate.ts';
import { filtersOf, restoreFilters } from '../../../src/core/calibrate/filters.ts';
import { applyCommand, rememberTwin } from '../../../src/core/command.ts';
import { type Core, stateHash, step } from '../../../src/core/step.ts';
import type { TwinCommand } from '../../../src/core/twin-command.ts';
import type { JsonObject } from '../../../src/formats/json.ts';
import { asTwinCommand } from '../../../src/replay/recorded-command.ts';
import { newStand } from '../../plant/stand.ts';

const seed = 2;

/** Four minutes of a plant; then whatever is in `others` goes on from the same samples. */
function plant() {
  const others: Core[] = [];
  const stand = newStand({
    seed,
    onBatch(tick, samples) {
      for (const other of others) {
        wire(stand.core, other);
        step(other, tick, samples);
      }
    },
  });
  stand.run(240);
  return { stand, others };
}

function wire(from: Core, to: Core): void {
  from.alignment.byTag.forEach((feeders, tag) => {
    if (feeders === undefined || to.alignment.byTag[tag] !== undefined) return;
    for (const { track, scale, offset } of feeders) {
      const signal = from.alignment.tracks[0]!.indexOf(track);
      bindTag(to.alignment, { tag, machine: 0, signal, scale, offset, stepped: track.stepped });
    }
  });
}

/** As it comes out of a recording. */
function restoreOf(core: Core, more: Partial<ReturnType<typeof rememberTwin>>): TwinCommand {
  const memory = { ...rememberTwin(core, 0), ...more };
  const command = { kind: 'restore', machine: 'mill-1', gapS: 5, integrate: false, told: {}, memory };
  return asTwinCommand(JSON.parse(JSON.stringify(command)) as JsonObject)!;
}

const learners = (core: Core) => core.calibrators[0]!.learners;
const evidence = (core: Core) => learners(core).reduce((sum, { evidenceS }) => sum + evidenceS, 0);

test('learning goes on where it was, and a replay of it to the same hash', () => {
  const { stand, others } = plant();
  const filters = filtersOf(stand.core.calibrators[0]!);
  expect(Object.keys(filters).length).toBe(learners(stand.core).length);
  const command = restoreOf(stand.core, { filters });
  const [kept, again, anew] = [0, 1, 2].map(() => newStand({ seed }).core) as [Core, Core, Core];
  for (const core of [kept, again]) applyCommand(core, command);
  applyCommand(anew, restoreOf(stand.core, {}));
  for (const [g, { estimate, offset, method }] of learners(kept).entries()) {
    const before = learners(stand.core)[g]!.estimate;
    expect(estimate.mean).toEqual(before.mean);
    // The states of a filter are taken from the sensors; what is known of the parameters stays.
    if (method === 'rls') expect(estimate.covariance).toEqual(before.covariance);
    for (let i = offset; i < estimate.size; i++) expect(varianceOf(estimate, i)).toBe(varianceOf(before, i));
  }
  expect(evidence(kept)).toBe(evidence(stand.core));
  expect(evidence(anew)).toBe(0);
  others.push(kept, again, anew);
  stand.run(60);
  expect(stateHash(again)).toBe(stateHash(kept));
  const uncertain = (core: Core) =>
    learners(core).filter(({ estimate, offset }) => varianceOf(estimate, offset) > 0.5).length;
  expect(uncertain(kept)).toBeLessThan(uncertain(anew));
});

test('they are nothing to learners that start from other parameters, nor is what is damaged', () => {
  const { stand } = plant();
  const filters = filtersOf(stand.core.calibrators[0]!);
  const fresh = newStand({ seed }).core.calibrators[0]!;
  const before = filtersOf(fresh);
  const changed = (change: (list: number[]) => readonly number[]) =>
    Object.fromEntries(Object.entries(filters).map(([name, list]) => [name, change([...list])]));
  const prior = (list: readonly number[]) => list.map((value, i) => (i === 5 ? value * 1.01 : value));
  restoreFilters(fresh, changed(prior));
  restoreFilters(
    fresh,
    changed((list) => list.slice(0, -1)),
  );
  restoreFilters(
    fresh,
    changed((list) => list.with(-1, Number.NaN)),
  );
  restoreFilters(
    fresh,
    changed((list) => list.with(0, 1 - list[0]!)),
  );
  restoreFilters(fresh, {});
  expect(filtersOf(fresh)).toEqual(before);
  // Control: as they are they are taken.
  restoreFilters(fresh, filters);
  expect(filtersOf(fresh)).not.toEqual(before);
});
