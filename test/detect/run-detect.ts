// `gemel detect` in this process: words in, what it printed and its exit code out; and its rows, read back.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { registerDetect } from '../../src/cli/detect.ts';
import { GemError } from '../../src/errors.ts';

export interface DetectRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function runDetect(words: readonly string[], stdin = ''): Promise<DetectRun> {
  let out = '';
  let err = '';
  const to = () => ({
    print: (text: string | Uint8Array) => {
      out += typeof text === 'string' ? text : Buffer.from(text).toString();
      return undefined;
    },
    tell: (text: string) => {
      err += text;
    },
    ...{ terminal: false, columns: 80 },
    stdin: async function* () {
      yield Buffer.from(stdin);
    },
  });
  const program = new Command('gemel').exitOverride().configureOutput({
    writeOut: (text) => {
      out += text;
    },
    writeErr: (text) => {
      err += text;
    },
  });
  registerDetect(program, to);
  try {
    await program.parseAsync(['detect', ...words], { from: 'user' });
    return { code: 0, out, err };
  } catch (error) {
    if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : 2, out, err };
    if (!(error instanceof GemError)) throw error;
    return { code: error.row.exitCode, out, err: `${err}${error.message} [${error.code}]\n${error.hint}\n` };
  }
}

export interface ReadRow {
  readonly time: string;
  readonly score: number;
  readonly flag: boolean;
  readonly columns: readonly string[];
  readonly detector: string;
}

/** The rows it wrote; of a run that is to succeed. */
export async function detectRows(words: readonly string[], stdin = ''): Promise<ReadRow[]> {
  const { code, out, err } = await runDetect(words, stdin);
  if (code !== 0) throw new Error(`exit ${code}: ${err}`);
  const [head, ...lines] = out.trimEnd().split('\n');
  if (head !== 'time,score,flag,columns,detector') throw new Error(`another head: ${head}`);
  return lines.map((line) => {
    const [time = '', score, flag, columns = '', detector = ''] = line.split(',');
    const names = columns === '' ? [] : columns.split(';');
    return { time, score: Number(score), flag: flag === '1', columns: names, detector };
  });
}

export interface DetectJson {
  readonly rows: number;
  readonly usable: number;
  readonly learning: number;
  readonly flagged: number;
  readonly columns: readonly string[];
  readonly periodS: number;
  readonly timeFrom: string;
  readonly events: number;
  readonly notes: readonly string[];
  readonly eventList?: readonly {
    readonly start: string;
    readonly end: string;
    readonly fromRow: number;
    readonly toRow: number;
    readonly peakScore: number;
    readonly columns: readonly { readonly column: string; readonly share: number }[];
    readonly detector: string;
    readonly text: string;
  }[];
}

export async function detectJson(words: readonly string[], stdin = ''): Promise<DetectJson> {
  const { code, out, err } = await runDetect([...words, '--json', '--events'], stdin);
  if (code !== 0) throw new Error(`exit ${code}: ${err}`);
  return JSON.parse(out) as DetectJson;
}

/** A folder that goes with the tests, and files in it. */
export function workFolder() {
  const dir = mkdtempSync(join(tmpdir(), 'gemel-detect-'));
  return {
    dir,
    file(name: string, text: string | Uint8Array): string {
      const path = join(dir, name);
      writeFileSync(path, text);
      return path;
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
