// One fit from its words to its answer: looks at the file, finds the columns, reads, fits. Prints nothing.
import { basename } from 'node:path';
import type { FitAnswer, FitProgress, FitRecord } from '../core/fit/fit.ts';
import { FitRefusal } from '../core/fit/refusal.ts';
import { GemError } from '../errors.ts';
import type { Moment } from '../replay/rows.ts';
import { chooseColumn } from './column-word.ts';
import type { Against, Fitted, Naming } from './fitted.ts';
import { judged } from './judgement.ts';
import { type FileLook, peek } from './peek.ts';
import type { ReadingWishes } from './reading.ts';
import { type LoadedRecord, loadRecord, toFitRecord } from './record.ts';
import type { TimeWishes } from './time-plan.ts';
import type { NamedUse } from './use.ts';

/** What any fit of a file can be told. */
export interface RunWishes {
  readonly path: string;
  readonly reading: ReadingWishes;
  readonly time: TimeWishes;
  /** A column. */
  readonly run?: string;
  readonly from?: Moment;
  readonly to?: Moment;
  readonly maxGapS?: number;
  /** A share of the rows, or another file. */
  readonly validate: number | string;
  readonly onProgress: (share: number) => void;
}

/** What one kind of fit makes of a file. */
export interface FitKind {
  readonly kind: string;
  uses(look: FileLook): readonly NamedUse[];
  fit(record: FitRecord, onProgress: FitProgress): FitAnswer;
  /** What residuals are looked at against. */
  against(record: FitRecord, answer: FitAnswer): readonly Against[];
  naming(answer: FitAnswer): Naming | undefined;
}

/** Reading is so much of the work, as far as a progress bar cares. */
const readingShare = 0.3;

export async function runFit(kind: FitKind, wishes: RunWishes): Promise<Fitted> {
  const began = performance.now();
  const { path, validate } = wishes;
  const two = typeof validate === 'string';
  const look = await peek(path, wishes.reading);
  const uses = kind.uses(look);
  const share = readingShare / (two ? 2 : 1);
  const learn = await load(wishes, look, uses, (part) => wishes.onProgress(part * share));
  const judge = two ? await loadOther(kind, { ...wishes, path: validate }, share) : validate;
  const record = toFitRecord(learn, judge);
  const answer = fitOrRefuse(look.file, () =>
    kind.fit(record, (part) => wishes.onProgress(readingShare + part * (1 - readingShare))),
  );
  return {
    kind: kind.kind,
    file: look.file,
    judgeFile: two ? basename(validate) : undefined,
    answer,
    record,
    data: {
      ...{ rows: learn.rows, usable: learn.usable, stepS: learn.stepS, timeFrom: learn.timeFrom },
      ...{ startMs: learn.startMs, columns: uses, notes: notesOf(learn, judge, validate) },
    },
    naming: kind.naming(answer),
    against: kind.against(record, answer),
    ...{ tables: [], extras: {}, abscissa: { name: 'time', unit: 's' } },
    tookS: (performance.now() - began) / 1000,
  };
}

export function fitOrRefuse(file: string, work: () => FitAnswer): FitAnswer {
  try {
    return judged(work());
  } catch (error) {
    if (!(error instanceof FitRefusal)) throw error;
    throw new GemError('GEM_FIT_IMPOSSIBLE', { file, why: error.message }, error);
  }
}

async function load(
  { path, time, run, from, to, maxGapS }: RunWishes,
  look: FileLook,
  uses: readonly NamedUse[],
  onProgress: (share: number) => void,
): Promise<LoadedRecord> {
  return loadRecord({
    ...{ path, look, time, uses, onProgress },
    ...(run === undefined ? {} : { run: chooseColumn('--run', run, look.file, look.columns).column }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(maxGapS === undefined ? {} : { maxGapS }),
  });
}

/** The file that only judges: its own header, and none of the limits in time. */
async function loadOther(kind: FitKind, wishes: RunWishes, share: number): Promise<LoadedRecord> {
  const { from: _from, to: _to, ...others } = wishes;
  const look = await peek(wishes.path, wishes.reading);
  return load(others, look, kind.uses(look), (part) => wishes.onProgress(share + part * share));
}

function notesOf(learn: LoadedRecord, judge: LoadedRecord | number, validate: number | string): string[] {
  if (typeof judge === 'number') return [...learn.notes];
  return [...learn.notes, ...judge.notes.map((note) => `${basename(String(validate))}: ${note}`)];
}
