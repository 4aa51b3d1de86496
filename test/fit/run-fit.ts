// `gemel fit` in this process: words in, what it printed and its exit code out.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { registerFit } from '../../src/cli/fit.ts';
import { GemError } from '../../src/errors.ts';

export interface FitRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface FitJson {
  readonly method: string;
  readonly converged: boolean;
  readonly data: {
    readonly rows: number;
    readonly usable: number;
    readonly learntFrom: number;
    readonly judgedBy: number;
    readonly segments: number;
    readonly stepS: number;
    readonly start: string | null;
    readonly columns: readonly { readonly option: string; readonly column: string; readonly unit: string }[];
    readonly notes: readonly string[];
  };
  readonly parameters: readonly {
    readonly name: string;
    readonly unit: string;
    readonly value: number;
    readonly low95: number | null;
    readonly high95: number | null;
    readonly known: boolean;
  }[];
  readonly outputs: readonly {
    readonly output: string;
    readonly unit: string;
    readonly fit: { readonly rmse: number; readonly r2: number };
    readonly validation: { readonly rmse: number; readonly r2: number; readonly samples: number } | null;
  }[];
  readonly warnings: readonly string[];
  readonly as?: Readonly<Record<string, number>>;
  readonly life?: { readonly p10: number; readonly p50: number; readonly p90: number } | null;
}

export async function runFit(...words: readonly string[]): Promise<FitRun> {
  let out = '';
  let err = '';
  const to = () => ({
    env: {},
    print: (text: string) => {
      out += text;
    },
    tell: (text: string) => {
      err += text;
    },
    terminal: false,
  });
  const program = new Command('gemel').exitOverride().configureOutput({
    writeOut: (text) => {
      out += text;
    },
    writeErr: (text) => {
      err += text;
    },
  });
  registerFit(program, to);
  try {
    await program.parseAsync(['fit', ...words], { from: 'user' });
    return { code: 0, out, err };
  } catch (error) {
    if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : 2, out, err };
    if (!(error instanceof GemError)) throw error;
    return { code: error.row.exitCode, out, err: `${err}${error.message} [${error.code}]\n${error.hint}\n` };
  }
}

/** Of a fit that is to succeed. */
export async function fitJson(...words: readonly string[]): Promise<FitJson> {
  const { code, out, err } = await runFit(...words, '--json');
  if (code !== 0) throw new Error(`exit ${code}: ${err}`);
  return JSON.parse(out) as FitJson;
}

export function fittedValue({ parameters }: FitJson, name: string): number {
  const found = parameters.find((parameter) => parameter.name === name);
  if (found === undefined) throw new Error(`no ${name} in ${parameters.map((one) => one.name).join(', ')}`);
  return found.value;
}

/** A folder that goes with the tests, and files in it. */
export function workFolder(): {
  readonly dir: string;
  file(name: string, text: string | Uint8Array): string;
  remove(): void;
} {
  const dir = mkdtempSync(join(tmpdir(), 'gemel-fit-'));
  return {
    dir,
    file(name, text) {
      const path = join(dir, name);
      writeFileSync(path, text);
      return path;
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
