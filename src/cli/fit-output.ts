// Where the answer of a fit goes: the terminal, as text, JSON or YAML; a report; predictions. And its exit code.
import { writeFile } from 'node:fs/promises';
import { GemError } from '../errors.ts';
import type { Fitted } from '../fit/fitted.ts';
import type { OutputFlags } from './fit-options.ts';
import { createBar } from './replay.ts';

export interface FitConsole {
  readonly env: NodeJS.ProcessEnv;
  readonly print: (text: string) => void;
  /** Beside the output: progress, and where files went. */
  readonly tell: (text: string) => void;
  /** Whether someone watches `tell`. */
  readonly terminal: boolean;
}

export function processConsole(): FitConsole {
  return {
    env: process.env,
    print: (text) => process.stdout.write(text),
    tell: (text) => process.stderr.write(text),
    terminal: process.stderr.isTTY === true,
  };
}

/** `work` with a bar on a terminal, and nothing elsewhere. */
export async function withBar<T>(
  to: FitConsole,
  work: (onProgress: (share: number) => void) => Promise<T>,
): Promise<T> {
  if (!to.terminal) return work(() => {});
  const bar = createBar(to.tell);
  // Nobody listens for an interrupt: while it computes no listener would be asked, and Ctrl-C has to end it.
  try {
    return await work((share) => bar.show(share));
  } finally {
    bar.clear();
  }
}

export async function tellFit(fitted: Fitted, flags: OutputFlags, to: FitConsole): Promise<void> {
  if (flags.report !== undefined) {
    const { reportHtml } = await import('../fit/report-html.ts');
    await write(flags.report, () => writeFile(flags.report!, reportHtml(fitted)));
  }
  if (flags.predictions !== undefined) {
    const { writePredictions } = await import('../fit/predictions.ts');
    await write(flags.predictions, () => writePredictions(flags.predictions!, fitted));
  }
  to.print(await textOf(fitted, flags));
  const { report, predictions, json, yaml } = flags;
  if (json !== true && yaml !== true) {
    for (const file of [report, predictions]) if (file !== undefined) to.tell(`wrote ${file}\n`);
  }
  const { answer, file } = fitted;
  if (answer.converged) return;
  throw new GemError('GEM_FIT_UNSURE', { file, why: 'the search ended before it came to rest' });
}

async function textOf(fitted: Fitted, { json, yaml }: OutputFlags): Promise<string> {
  if (json === true) {
    const { reportJson } = await import('../fit/report-json.ts');
    return `${JSON.stringify(reportJson(fitted))}\n`;
  }
  if (yaml === true) return (await import('../fit/report-yaml.ts')).reportYaml(fitted);
  return (await import('../fit/report-text.ts')).reportText(fitted);
}

async function write(file: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new GemError('GEM_FIT_UNWRITABLE', { file, why: (error as Error).message }, error);
  }
}
