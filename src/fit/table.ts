// The columns that a fit wants of a file, as numbers, read in pieces through the house's own reading of recordings.
// A cell that is no number is NaN and counted, never a zero.
import { basename } from 'node:path';
import type { GemError } from '../errors.ts';
import type { JsonObject } from '../formats/json.ts';
import { tagSpecOf, valueRuleOf } from '../formats/tag.ts';
import type { Feed } from '../ports.ts';
import type { Field } from '../sources/replay/field.ts';
import { lookUp } from '../sources/replay/jsonl.ts';
import { openRecording } from '../sources/replay/open.ts';
import { believedRows } from '../sources/replay/outlier.ts';
import type { RowContent } from '../sources/replay/row.ts';
import type { ReplaySourceConfig } from '../sources/replay/schema.ts';
import type { Mapping } from './column-word.ts';
import type { FileColumn } from './file-column.ts';

export interface Table {
  readonly file: string;
  readonly rows: number;
  /** From the epoch, or from the start of the recording where its times are relative. */
  readonly timeMs: Float64Array;
  /** By name of the use. */
  readonly columns: ReadonlyMap<string, Float64Array>;
  /** The words of the label, by their numbers. */
  readonly labels: readonly string[];
  readonly refused: Refusals;
  readonly damage: GemError | undefined;
}

/** Cells and rows that could not be used. */
export interface Refusals {
  readonly count: number;
  /** The first few, in words. */
  readonly examples: readonly string[];
}

const examplesKept = 3;
const firstCapacity = 4096;

interface Growing {
  array: Float64Array<ArrayBuffer>;
}

export interface TableWishes {
  readonly wanted: ReadonlyMap<string, Mapping>;
  /** A column of words, by which rows belong together; becomes numbers under `labelKey`. */
  readonly label: FileColumn | undefined;
}

/** In `Table.columns`: which word of the label a row has, by number. No column of a file is called so. */
export const labelKey = '\u0000label';

export async function readTable(
  config: ReplaySourceConfig,
  { wanted, label }: TableWishes,
  onProgress: (share: number) => void,
): Promise<Table> {
  const names = [...wanted.keys()];
  const labels = createLabels(label);
  const row = new Float64Array(names.length);
  const refused = { count: 0, examples: [] as string[] };
  const feed = rowFeed(names, row, refused);
  const isJson = config.format === 'jsonl';
  const fields = [...wanted].map(([name, mapping]) => fieldOf(name, mapping, isJson));
  const recording = await openRecording(config, feed, { fields });
  const time: Growing = { array: new Float64Array(firstCapacity) };
  const columns = names.map((): Growing => ({ array: new Float64Array(firstCapacity) }));
  const runs: Growing = { array: new Float64Array(label === undefined ? 0 : firstCapacity) };
  let rows = 0;
  try {
    for await (const batch of believedRows(recording)) {
      for (const each of batch) {
        row.fill(Number.NaN);
        recording.decode!.take(each, each.timeMs);
        if (each.fault !== undefined) continue;
        put(time, rows, each.timeMs);
        for (let c = 0; c < columns.length; c++) put(columns[c]!, rows, row[c]!);
        if (label !== undefined) put(runs, rows, labels.numberOf(each.content));
        rows++;
      }
      onProgress(recording.reader.position / Math.max(1, recording.reader.size));
    }
  } finally {
    await recording.close();
  }
  const timeMs = time.array.subarray(0, rows);
  const cut = new Map(names.map((name, c) => [name, columns[c]!.array.subarray(0, rows)]));
  if (label !== undefined) cut.set(labelKey, runs.array.subarray(0, rows));
  const { damage } = recording;
  return { file: basename(config.file), rows, timeMs, columns: cut, labels: labels.words, refused, damage };
}

function createLabels(column: FileColumn | undefined) {
  const numbers = new Map<string, number>();
  const words: string[] = [];
  return {
    words,
    numberOf(content: RowContent): number {
      if (column === undefined) return 0;
      const cell = Array.isArray(content)
        ? (content as readonly unknown[])[column.number - 1]
        : lookUp(content as JsonObject, column.header);
      const word = typeof cell === 'string' || typeof cell === 'number' ? String(cell).trim() : '';
      let number = numbers.get(word);
      if (number === undefined) {
        number = words.push(word) - 1;
        numbers.set(word, number);
      }
      return number;
    },
  };
}

/** One field per use, so that a column may serve twice. */
function fieldOf(name: string, { column, scale, offset }: Mapping, isJson: boolean): Field {
  return {
    spec: tagSpecOf(name, {}),
    columns: [isJson ? column.header : column.number],
    required: true,
    // A number in quotes is still the number that was meant.
    rule: valueRuleOf({ coerce: true }),
    scale,
    offset,
  };
}

/** Takes the values of one row at a time. */
function rowFeed(
  names: readonly string[],
  row: Float64Array,
  refused: { count: number; examples: string[] },
): Feed {
  return {
    tag: (spec) => names.indexOf(spec.name),
    push(tag, value) {
      row[tag] = value;
      return true;
    },
    pushExact(tag, value) {
      row[tag] = Number(value);
      return true;
    },
    peerClock() {},
    reject(_reason, excerpt) {
      refused.count++;
      if (refused.examples.length < examplesKept) refused.examples.push(String(excerpt).slice(0, 160));
    },
    remark() {},
    committed: () => undefined,
    nowMs: () => 0,
  };
}

function put(column: Growing, at: number, value: number): void {
  if (at === column.array.length) {
    const larger = new Float64Array(at * 2);
    larger.set(column.array);
    column.array = larger;
  }
  column.array[at] = value;
}
