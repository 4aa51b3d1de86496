// Where judged rows go: a file, the standard output, or nowhere. Gathers lines, so that a row is no write of its own.
import { type Output, openOutput, openStream } from '../transfer/output.ts';
import { csvHead, type JudgedRow, type RowFormat, rowText } from './row-text.ts';

export interface RowsOut {
  /** A promise when what was gathered has to leave first. */
  readonly take: (row: JudgedRow, names: readonly string[]) => Promise<void> | undefined;
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

export interface RowsWishes {
  readonly out?: string;
  readonly format?: RowFormat;
  readonly force?: boolean;
  /** Without a file: to the standard output. */
  readonly toScreen: boolean;
}

const gathered = 65_536;

export async function openRows(
  { out, format, force, toScreen }: RowsWishes,
  print: (bytes: Uint8Array) => Promise<void> | undefined,
): Promise<RowsOut> {
  const output = await outputOf(out, force === true, toScreen, print);
  if (output === undefined) return { take: () => undefined, finish: async () => {}, abandon: async () => {} };
  const named = /\.(jsonl|ndjson)(\.gz)?$/i.test(out ?? '') ? 'jsonl' : 'csv';
  const form = format ?? named;
  let text = form === 'csv' ? csvHead : '';
  const flush = async () => {
    const piece = text;
    text = '';
    await output.write(piece);
  };
  return {
    take(row, names) {
      text += rowText(form, names, row);
      return text.length < gathered ? undefined : flush();
    },
    async finish() {
      await flush();
      await output.finish();
    },
    abandon: () => output.abandon(),
  };
}

async function outputOf(
  out: string | undefined,
  force: boolean,
  toScreen: boolean,
  print: (bytes: Uint8Array) => Promise<void> | undefined,
): Promise<Output | undefined> {
  if (out !== undefined) return openOutput(out, { gzip: /\.gz$/i.test(out), force });
  return toScreen ? openStream(print, false) : undefined;
}
