// The reader's half: answers several questions in turns, a slice of each, so that a long one does not keep the others
// waiting. An error is that question's and no other's. Must never write, and never answer one that was cancelled.
import { statSync } from 'node:fs';
import { GemError } from '../../errors.ts';
import { type Answers, createAnswers } from '../query/answer.ts';
import { type Damage, type HistoryFile, openHistoryFile, type Turns } from '../query/history-file.ts';
import type { Failure, FromReader, ToReader } from './message.ts';
import { ownMemory } from './own-memory.ts';

/** A `MessagePort` is one. */
export interface ReaderPort {
  postMessage(message: FromReader, transfer?: ArrayBuffer[]): void;
  on(event: 'message', listener: (message: ToReader) => void): unknown;
  close(): void;
}

export interface ServeReaderOptions {
  readonly file: string;
  /** A while without a look whether the file is still the same one; tests say shorter. */
  readonly lookMs?: number;
}

interface Opened {
  readonly file: HistoryFile;
  readonly answers: Answers;
  readonly identity: string;
}

type Ask = ToReader & { kind: 'ask' };

export function serveReader(port: ReaderPort, { file, lookMs = 1000 }: ServeReaderOptions): void {
  const held = createHeld(file, lookMs, (damage) => port.postMessage({ kind: 'damage', damage }));
  const jobs = new Map<number, Turns<unknown>>();
  let planned = false;

  const plan = () => {
    if (planned) return;
    planned = true;
    // Not before messages that came meanwhile: one of them may cancel.
    setImmediate(round);
  };

  /** A slice of the job that waited longest. */
  const round = () => {
    planned = false;
    const [first] = jobs;
    if (first === undefined) return;
    const [id, job] = first;
    jobs.delete(id);
    try {
      const { done, value } = job.next();
      if (done === true) port.postMessage({ kind: 'answer', id, answer: value }, ownMemory(value));
      else jobs.set(id, job);
    } catch (error) {
      port.postMessage({ kind: 'failed', id, failure: failureOf(error) });
    }
    if (jobs.size > 0) plan();
  };

  const begin = ({ id, topic, about }: Ask) => {
    try {
      const answers = held.answers(jobs.size === 0);
      const start = answers[topic] as (about: unknown) => Turns<unknown>;
      jobs.set(id, start(about));
      plan();
    } catch (error) {
      port.postMessage({ kind: 'failed', id, failure: failureOf(error) });
    }
  };

  port.on('message', (message) => {
    if (message.kind === 'ask') begin(message);
    else if (message.kind === 'cancel') jobs.delete(message.id);
    else {
      jobs.clear();
      held.close();
      port.postMessage({ kind: 'closed' });
      port.close();
    }
  });
}

/** The file, opened when it is first asked for, and again when another has taken its place. */
function createHeld(path: string, lookMs: number, onDamage: (damage: Damage) => void) {
  let opened: Opened | undefined;
  let lookedMs = Number.NEGATIVE_INFINITY;

  const isOther = (idle: boolean): boolean => {
    const nowMs = performance.now();
    if (!idle || nowMs - lookedMs < lookMs) return false;
    lookedMs = nowMs;
    return identityOf(path) !== opened?.identity;
  };
  const close = () => {
    opened?.file.close();
    opened = undefined;
  };
  return {
    /** `idle`: nobody is in the middle of reading. */
    answers(idle: boolean): Answers {
      if (opened !== undefined && isOther(idle)) close();
      if (opened === undefined) {
        const identity = identityOf(path);
        const file = openHistoryFile(path, onDamage);
        opened = { file, identity, answers: createAnswers(file) };
      }
      return opened.answers;
    },
    close,
  };
}

/** A file that was put aside and made anew has the same name. */
function identityOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.dev} ${stat.ino}`;
}

function failureOf(error: unknown): Failure {
  if (error instanceof GemError) return { code: error.code, details: error.details };
  const why = error instanceof Error ? error.message : String(error);
  return { code: 'GEM_HISTORY_UNANSWERED', details: { why } };
}
