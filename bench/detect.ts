// What the detectors see in records that are made, each with one thing wrong in it: by detector, and of the ensemble by
// what is wrong and by shape. The seeds are others than those the ensemble was developed with (below 1000).
import { fileKinds, judgeOf } from '../src/detect/judges.ts';
import { aucPr, aucRoc, flagged } from '../test/detect/figures.ts';
import { type Fault, faults, type Made, make } from '../test/detect/generator.ts';
import { type Shape, shapes } from '../test/detect/shapes.ts';
import type { BenchResult } from './run.ts';

const seeds = Number(process.env['DETECT_SEEDS'] ?? 6);
const rows = Number(process.env['DETECT_ROWS'] ?? 4000);
const firstSeed = 1000;
const threshold = 0.5;

interface Case {
  readonly shape: Shape;
  /** Undefined: nothing is wrong. */
  readonly fault: Fault | undefined;
  readonly made: Made;
}

interface Sum {
  files: number;
  roc: number;
  pr: number;
  found: number;
  delays: number[];
  falseRows: number;
  falseStretches: number;
  cleanRows: number;
  cells: number;
  tookMs: number;
}

/** What can go wrong in a shape: nothing comes apart from itself, and what has no course cannot change it. */
function fits(shape: Shape, fault: Fault): boolean {
  if (fault === 'apart') return shape === 'factors';
  return fault !== 'season' || ['seasonal', 'duty', 'pulses', 'factors'].includes(shape);
}

function* cases(): Generator<Case> {
  for (const shape of shapes) {
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      yield { shape, fault: undefined, made: make({ shape, faults: [], rows, seed }) };
      for (const fault of faults) {
        if (fits(shape, fault)) yield { shape, fault, made: make({ shape, faults: [fault], rows, seed }) };
      }
    }
  }
}

function judged(kind: string, { made, fault }: Case, sum: Sum): void {
  const { columns } = made;
  const judge = judgeOf([kind], { names: made.names, periodS: 1, limits: [], moded: false, threshold });
  const score = new Float64Array(rows);
  const flags = new Uint8Array(rows);
  const values = new Float64Array(columns.length);
  const began = performance.now();
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < columns.length; c++) values[c] = columns[c]![row]!;
    judge.judge(values, row * 1000, row === 0 ? 0 : 1, 0);
    score[row] = judge.score;
    flags[row] = judge.score >= threshold || judge.spoke ? 1 : 0;
  }
  sum.tookMs += performance.now() - began;
  sum.cells += rows * columns.length;
  const found = flagged(flags, made, 0);
  if (fault === undefined) {
    sum.falseRows += found.falseRows;
    sum.falseStretches += found.falseStretches;
    sum.cleanRows += found.cleanRows;
    return;
  }
  sum.files++;
  sum.roc += aucRoc(score, made.label);
  sum.pr += aucPr(score, made.label);
  const [delay] = found.delays;
  if (delay === undefined) return;
  sum.found++;
  const [event] = made.events;
  sum.delays.push(delay / Math.max(1, event!.to - event!.from));
}

function newSum(): Sum {
  return {
    ...{ files: 0, roc: 0, pr: 0, found: 0, delays: [], falseRows: 0, falseStretches: 0, cleanRows: 0 },
    ...{ cells: 0, tookMs: 0 },
  };
}

export async function bench(): Promise<BenchResult> {
  const kinds = fileKinds.filter((kind) => kind !== 'limits');
  const byKind = new Map(kinds.map((kind) => [kind, newSum()]));
  const byFault = new Map<string, Sum>(faults.map((fault) => [fault, newSum()]));
  const byShape = new Map<string, Sum>(shapes.map((shape) => [shape, newSum()]));
  for (const each of cases()) {
    for (const kind of kinds) judged(kind, each, byKind.get(kind)!);
    if (each.fault !== undefined) judged('ensemble', each, byFault.get(each.fault)!);
    judged('ensemble', each, byShape.get(each.shape)!);
  }
  const lines = (what: string, sums: ReadonlyMap<string, Sum>) =>
    [...sums].map(([name, sum]) => [`${what}${name}`, ...figures(sum)]);
  return {
    title: `detect: ${seeds} seeds of ${rows} rows for each shape and each thing wrong`,
    head: ['what', 'AUC-ROC', 'AUC-PR', 'found', 'delay', 'false stretches', 'false rows', 'cells/s'],
    rows: [
      ...lines('detector ', byKind),
      ...lines('ensemble, wrong: ', byFault),
      ...lines('ensemble, shape: ', byShape),
    ],
  };
}

function figures({
  files,
  roc,
  pr,
  found,
  delays,
  falseRows,
  falseStretches,
  cleanRows,
  cells,
  tookMs,
}: Sum): string[] {
  const share = (of: number) => (files === 0 ? '' : (of / files).toFixed(3));
  const middle = delays.toSorted((a, b) => a - b)[Math.floor(delays.length / 2)];
  const each = (count: number) =>
    cleanRows === 0 ? '' : `${((count * 10_000) / cleanRows).toFixed(1)} in 10,000`;
  return [
    ...[share(roc), share(pr), files === 0 ? '' : `${found} of ${files}`],
    middle === undefined ? '' : `${Math.round(middle * 100)} % of it`,
    ...[each(falseStretches), each(falseRows), Math.round((cells / tookMs) * 1000).toLocaleString('en')],
  ];
}
