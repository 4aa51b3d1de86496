// One record through the detectors: reads rows, judges each by those before it, hands on what was found. As many rows
// come out as went in. Prints nothing.
import { GemError } from '../errors.ts';
import type { ReadingWishes } from '../fit/reading.ts';
import { isWordForNothing, numberOf } from './cell.ts';
import { createEvents, type DetectEvent } from './events.ts';
import { type Layout, type LayoutWishes, layOut } from './layout.ts';
import { createModes } from './modes.ts';
import type { RowJudge } from './row-judge.ts';
import type { JudgedRow } from './row-text.ts';
import { createSteps, type Steps } from './steps.ts';
import { type Cells, openTable, type Table } from './table.ts';
import { createTimeOf, timeText } from './time-column.ts';

export interface DetectWishes {
  readonly path: string;
  readonly reading: ReadingWishes;
  readonly layout: LayoutWishes;
  /** From it on a row is flagged. */
  readonly threshold: number;
  /** `names`: of the columns that are looked at. */
  readonly judgeOf: (names: readonly string[], periodS: number) => RowJudge;
  /** In words, for what is told. */
  readonly detectors: readonly string[];
  readonly stdin: () => AsyncIterable<Uint8Array>;
  /** Each row, in the order of the file; a promise when whoever takes them is slower. */
  readonly onRow: (row: JudgedRow, names: readonly string[]) => Promise<void> | undefined;
  readonly onEvent: (event: DetectEvent) => void;
  readonly onProgress: (share: number) => void;
}

export interface Detected {
  readonly file: string;
  readonly rows: number;
  /** With at least one number. */
  readonly usable: number;
  /** Rows from which it only learnt, all with score 0. */
  readonly learning: number;
  readonly flagged: number;
  readonly columns: readonly string[];
  readonly detectors: readonly string[];
  readonly threshold: number;
  readonly periodS: number;
  readonly timeFrom: string;
  readonly first: string;
  readonly last: string;
  readonly events: number;
  readonly eventsKept: readonly DetectEvent[];
  /** The highest score in each of so many pieces of equal length, for a picture; of long files joined. */
  readonly scores: readonly number[];
  readonly notes: readonly string[];
  readonly tookS: number;
}

export async function runDetect(wishes: DetectWishes): Promise<Detected> {
  const began = performance.now();
  const table = await openTable(wishes.path, wishes.reading, wishes.stdin);
  try {
    const layout = layOut(table, wishes.layout);
    const steps = createSteps(table, layout, wishes.layout.rateHz);
    const names = layout.values.map(({ name }) => name);
    const judge = wishes.judgeOf(names, steps.periodS);
    const state = await judgeAll({ wishes, table, layout, steps, names, judge });
    const { events, counts, notes } = state;
    refuseShort(table, counts.usable, counts.learning, judge, wishes);
    return {
      ...{ file: table.name, rows: counts.rows, usable: counts.usable, learning: counts.learning },
      ...{
        flagged: counts.flagged,
        columns: names,
        detectors: wishes.detectors,
        threshold: wishes.threshold,
      },
      ...{ periodS: steps.periodS, timeFrom: layout.time?.from ?? steps.from },
      ...{ first: counts.first, last: counts.last, events: events.count, eventsKept: events.kept },
      ...{ scores: counts.scores, notes, tookS: (performance.now() - began) / 1000 },
    };
  } finally {
    await table.close();
  }
}

interface Parts {
  readonly wishes: DetectWishes;
  readonly table: Table;
  readonly layout: Layout;
  readonly steps: Steps;
  readonly names: readonly string[];
  readonly judge: RowJudge;
}

async function judgeAll({ wishes, table, layout, steps, names, judge }: Parts) {
  const { threshold, onRow, onProgress } = wishes;
  const events = createEvents(names, wishes.onEvent);
  const timeOf = layout.time === undefined ? undefined : createTimeOf(layout.time);
  const modes = createModes(layout.mode);
  const reader = createReader(table, layout);
  const scores = createScores();
  const counts = {
    rows: 0,
    usable: 0,
    learning: 0,
    flagged: 0,
    first: '',
    last: '',
    scores: [] as readonly number[],
  };
  for await (const batch of table.batches()) {
    for (const cells of batch) {
      counts.rows++;
      const { values, some } = reader.read(cells);
      const dtS = steps.step(timeOf === undefined ? Number.NaN : timeOf(cells));
      const time = layout.time === undefined ? steps.text(counts.rows) : timeText(layout.time, cells);
      if (some) {
        judge.judge(values, steps.timeMs, dtS, modes.modeOf(cells));
        counts.usable++;
        if (!judge.ready) counts.learning++;
      }
      const score = some ? judge.score : 0;
      const flag = some && (score >= threshold || judge.spoke);
      const row = {
        time,
        score,
        flag,
        shares: some ? judge.shares : reader.nothing,
        detector: some ? judge.detector : '',
      };
      if (counts.rows === 1) counts.first = time;
      counts.last = time;
      if (flag) counts.flagged++;
      scores.take(score);
      events.take({ ...row, row: counts.rows, values });
      const slow = onRow(row, names);
      if (slow !== undefined) await slow;
    }
    onProgress(table.share);
  }
  events.finish();
  counts.scores = scores.all;
  const notes = [
    ...notesOf(table, layout),
    ...reader.notes(names, counts.rows),
    ...steps.notes(),
    ...modes.notes(),
  ];
  return { events, counts, notes };
}

function createReader(table: Table, { values: columns }: Layout) {
  const { decimalComma } = table;
  const values = new Float64Array(columns.length);
  const empty = new Float64Array(columns.length);
  const words = new Float64Array(columns.length);
  const nothing = new Float64Array(columns.length);
  let unusable = 0;
  return {
    nothing,
    read(cells: Cells) {
      let some = false;
      for (let c = 0; c < columns.length; c++) {
        const cell = cells?.[columns[c]!.index] ?? '';
        const value = numberOf(cell, decimalComma);
        values[c] = value;
        if (!Number.isNaN(value)) some = true;
        else if (isWordForNothing(cell)) empty[c] = empty[c]! + 1;
        else words[c] = words[c]! + 1;
      }
      if (!some) unusable++;
      return { values, some };
    },
    notes(names: readonly string[], rows: number): string[] {
      const said: string[] = [];
      if (unusable > 0) said.push(`${unusable} of ${rows} rows have no number to look at: their score is 0`);
      for (const [c, name] of names.entries()) {
        const partly = empty[c]! - unusable;
        if (partly > 0 && names.length > 1)
          said.push(`"${name}" has no value in ${empty[c]} of ${rows} rows`);
        if (words[c]! > 0) said.push(`"${name}" has words instead of numbers in ${words[c]} of ${rows} rows`);
      }
      return said.slice(0, 40);
    },
  };
}

function notesOf({ faults, damage }: Table, { leftOut }: Layout): string[] {
  const said = leftOut.slice(0, 40).map(({ name, why }) => `the column "${name}" is left out: it ${why}`);
  if (faults.count > 0) {
    const many = faults.count === 1 ? '1 line is no row' : `${faults.count} lines are no rows`;
    said.push(`${many} (${faults.examples.join('; ')}): score 0`);
  }
  if (damage !== '') said.push(`the file is damaged: ${damage}; what came before is judged`);
  return said;
}

function refuseShort(
  { name: file }: Table,
  usable: number,
  learning: number,
  { needed }: RowJudge,
  { detectors }: DetectWishes,
): void {
  if (usable > learning || needed === 0) return;
  const what = detectors.join(', ');
  throw new GemError('GEM_DETECT_SHORT', { file, rows: usable, what, needed: `${needed} rows` });
}

const scoresKept = 512;

/** The highest score of each piece; two pieces become one whenever there are too many. */
function createScores() {
  let pieces: number[] = [];
  let each = 1;
  let inPiece = 0;
  return {
    take(score: number) {
      if (inPiece === 0) pieces.push(score);
      else pieces[pieces.length - 1] = Math.max(pieces.at(-1)!, score);
      if (++inPiece < each) return;
      inPiece = 0;
      if (pieces.length < scoresKept) return;
      pieces = pieces.flatMap((one, k) => (k % 2 === 0 ? [Math.max(one, pieces[k + 1] ?? 0)] : []));
      each *= 2;
    },
    get all() {
      return pieces;
    },
  };
}
