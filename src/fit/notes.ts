// What was done to the rows of a file before the fit, in plain words: nothing is left out in silence.

import type { Cut } from './cut.ts';
import type { Ordered } from './order.ts';
import type { Table } from './table.ts';
import type { Use } from './use.ts';

export interface Deeds {
  readonly table: Table;
  readonly uses: readonly Use[];
  /** By key: so many rows had no value. */
  readonly missing: ReadonlyMap<string, number>;
  readonly ordered: Ordered;
  readonly cut: Cut;
  /** Outside of --from and --to. */
  readonly passedOver: number;
}

/** Beyond this share of repeated times the clock is too coarse for the rows. */
const coarse = 0.05;

export function notesOf({ table, uses, missing, ordered, cut, passedOver }: Deeds): string[] {
  const { refused, damage, rows } = table;
  const notes: string[] = uses.flatMap(({ mapping }) => (mapping.note === undefined ? [] : [mapping.note]));
  const say = (count: number, text: string) => {
    if (count > 0) notes.push(text);
  };
  if (damage !== undefined) notes.push(`${damage.message}; what came before it is used`);
  const more = refused.count > refused.examples.length ? '; …' : '';
  say(
    refused.count,
    `${some(refused.count, 'cell or row', 'cells or rows')} could not be read and ${are(refused.count)} not used: ${refused.examples.join('; ')}${more}`,
  );
  say(passedOver, `${some(passedOver, 'row lies', 'rows lie')} outside of --from and --to`);
  for (const { key, need, mapping } of uses) {
    const bridged = cut.bridged.get(key) ?? 0;
    const empty = missing.get(key) ?? 0;
    const fate =
      need === 'sometimes' ? 'they are not compared' : `${bridged} of them bridged by straight lines`;
    say(empty, `"${mapping.column.name}" has no value in ${empty} of ${rows} rows; ${fate}`);
  }
  const tooCoarse = ordered.repeated > coarse * rows;
  const advice = tooCoarse ? '. The times are too coarse for the rows: give the rate with --rate HZ' : '';
  say(
    ordered.repeated,
    `${some(ordered.repeated, 'row repeats', 'rows repeat')} the time of another and ${are(ordered.repeated)} left out${advice}`,
  );
  say(
    ordered.late,
    `${some(ordered.late, 'row', 'rows')} came late and ${are(ordered.late)} sorted in by time`,
  );
  say(Number(ordered.reversed), 'the newest row comes first: they are taken in the order of their times');
  say(
    ordered.restarts,
    `time goes back ${some(ordered.restarts, 'time', 'times')}: what follows is taken as a run of its own`,
  );
  say(
    cut.moved,
    `${some(cut.moved, 'run begins', 'runs begin')} before the one before ends: times are told one after the other`,
  );
  say(
    cut.gaps,
    `${some(cut.gaps, 'gap', 'gaps')} longer than ${short(cut.maxGapS)} s: nothing is differentiated across (--max-gap)`,
  );
  say(
    cut.tooShort,
    `${some(cut.tooShort, 'row', 'rows')} in pieces too short to use ${are(cut.tooShort)} left out`,
  );
  return notes;
}

function some(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function are(count: number): string {
  return count === 1 ? 'is' : 'are';
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
