// Reads a history file in process: for commands, which have nothing else to do. A gateway asks over a thread.
import { setImmediate as turn } from 'node:timers/promises';
import { type Answers, createAnswers } from '../query/answer.ts';
import { type Damage, openHistoryFile, type Turns } from '../query/history-file.ts';
import type { Ask } from './question.ts';
import { type FullReader, readerOf } from './reader.ts';

export interface OpenReader extends FullReader {
  /** Rows that were found damaged and left out of answers. */
  readonly damages: number;
  close(): void;
}

export interface OpenReaderOptions {
  /** Told once for each damaged row. */
  readonly onDamage?: (damage: Damage) => void;
}

/** Throws a `GemError` when the file is none of ours, of a newer version, or not there. */
export function openReader(path: string, { onDamage }: OpenReaderOptions = {}): OpenReader {
  const file = openHistoryFile(path, onDamage);
  const answers: Answers = createAnswers(file);
  const ask: Ask = (topic, about) => finish(answers[topic](about));
  return {
    ...readerOf(ask),
    get damages() {
      return file.damages;
    },
    close: () => file.close(),
  };
}

/** Between two parts others have a turn: a progress bar, a signal. */
async function finish<T>(job: Turns<T>): Promise<T> {
  for (;;) {
    const { done, value } = job.next();
    if (done === true) return value;
    await turn();
  }
}
