// Whoever may explain an alarm is found among a thousand by a few bits: those bits leave out nobody that counts.
import { expect, test } from 'vitest';
import {
  consequencesOf,
  follows,
  mark,
  masksOf,
  newRelations,
  nextKin,
  rootsOf,
} from '../../../src/core/alarm/relation.ts';
import { type Cause, type Condition, causes } from '../../../src/core/finding.ts';
import { mill } from '../../../src/core/models/mill/index.ts';
import { condition, rowOf } from './book-of.ts';

const signals = [...mill.inputs, ...mill.outputs];
const kinds: readonly Condition['detector'][] = ['link', 'silent', 'stuck', 'limits', 'cusum', 'ensemble'];
const rows = ['spindle.speed', 'spindle.current', 'spindle.windingTemp', 'axis.x.current'].map(rowOf);
/** More than a word of bits. */
const conditions = rows.flatMap((row) =>
  [0, 1].flatMap((n) => kinds.map((kind) => condition(`${kind} ${row} ${n}`, kind, { rows: [row] }))),
);
const origins = signals.map((_, row) => ({ source: 'shop', device: row % 2 === 0 ? 'even' : 'odd' }));
const relations = newRelations({ model: mill, signals }, conditions, origins);

function foundFrom(c: number, mask: Uint32Array): Set<number> {
  const found = new Set<number>();
  for (let other = nextKin(relations, c, -1, mask); other >= 0; other = nextKin(relations, c, other, mask)) {
    found.add(other);
  }
  return found;
}

test('of all alarms those are looked at that may explain one, and those that it may explain', () => {
  let explained = 0;
  let leftOut = 0;
  for (const cause of causes) {
    const live = new Map<number, { readonly cause: Cause }>(conditions.map((_, c) => [c, { cause }]));
    const masks = masksOf(relations, live);
    for (const a of conditions.keys()) {
      const roots = foundFrom(a, rootsOf(relations, a, masks));
      const consequences = foundFrom(a, consequencesOf(relations, cause, masks));
      for (const b of conditions.keys()) {
        if (a === b) continue;
        for (const soon of [false, true]) {
          if (follows(relations, b, cause, a, soon)) expect(roots).toContain(b);
          if (!follows(relations, a, cause, b, soon)) continue;
          expect(consequences).toContain(b);
          explained++;
        }
        if (!roots.has(b)) leftOut++;
      }
    }
  }
  expect(explained).toBeGreaterThan(100);
  expect(leftOut).toBeGreaterThan(100);
});

test('an alarm that turns out to be about a fault is looked at from then on', () => {
  const bound = conditions.findIndex(({ detector }) => detector === 'limits');
  const silent = conditions.findIndex(
    (one) => one.detector === 'silent' && one.rows[0] === conditions[bound]!.rows[0],
  );
  const masks = masksOf(relations, new Map([[silent, { cause: 'unknown' as const }]]));
  expect(foundFrom(bound, rootsOf(relations, bound, masks))).not.toContain(silent);
  mark(masks, silent, 'sensor');
  expect(foundFrom(bound, rootsOf(relations, bound, masks))).toContain(silent);
});
