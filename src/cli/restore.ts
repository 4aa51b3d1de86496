// `gemel restore`: a backup in place of the history of a gateway that does not run. What was there is kept aside.
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { GemError } from '../errors.ts';
import { type CopyConsole, copyConsole } from './backup.ts';
import { historyOptions, historyPath, type WhoseHistory } from './history-file.ts';
import { createBar } from './replay.ts';
import { twinsAfter, twinText } from './restore-twins.ts';

export interface RestoreFlags extends WhoseHistory {
  readonly yes?: boolean;
  readonly json?: boolean;
}

export interface RestoreConsole extends CopyConsole {
  /** Undefined where nobody can be asked. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
}

const help = `
Examples:
  gemel restore /mnt/usb/mill-1.db
  gemel restore nightly.db --yes --config /etc/gemel/gemel.yaml

The gateway must not run meanwhile. The backup is checked first; the history that was there stays beside it under a name
with the time in it; of those the newest three are kept. What a twin remembers is in the backup and in files beside the
history: it goes on from the newer of the two, and the command says which that is.
Exit codes: 0 restored, 1 it cannot be, 2 usage, or nobody said yes.`;

export function registerRestore(program: Command): void {
  const command = program
    .command('restore')
    .description('put a backup in place of the history; what was there is kept aside')
    .argument('<file>', 'what `gemel backup` made');
  historyOptions(command)
    .option('--yes', 'do not ask')
    .option('--json', 'what came of it, as JSON')
    .addHelpText('after', help)
    .action((file: string, flags: RestoreFlags) => {
      const ask = process.stdin.isTTY && process.stderr.isTTY ? askTerminal : undefined;
      return runRestore(file, flags, { ...copyConsole(), ask });
    });
}

async function askTerminal(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

export async function runRestore(file: string, flags: RestoreFlags, to: RestoreConsole): Promise<void> {
  const { restoreHistory } = await import('../history/upkeep/restore.ts');
  const history = await historyPath(flags, to.env);
  if (basename(history) !== 'history.db')
    throw new GemError('GEM_USAGE', { why: `${history}: the history of a gateway is called history.db` });
  const why = unreadable(file);
  if (why !== undefined) throw new GemError('GEM_FILE_UNREADABLE', { what: 'the backup', file, why });
  if (existsSync(history) && flags.yes !== true) await confirm(file, history, to);
  const bar = to.terminal ? createBar(to.tell) : undefined;
  const done = await restoreHistory(file, dirname(history), Date.now(), (share) => bar?.show(share)).finally(
    () => bar?.clear(),
  );
  const twins = await twinsAfter(done.file);
  if (flags.json === true)
    to.print(`${JSON.stringify({ file: done.file, replaced: done.replaced ?? null, twins })}\n`);
  else {
    to.print(`restored ${done.file} from ${file}\n`);
    if (done.replaced !== undefined) to.print(`what was there is ${done.replaced} now\n`);
    for (const twin of twins) to.print(`${twinText(twin)}\n`);
  }
}

/** Why it cannot be read; undefined when it can. */
function unreadable(file: string): string | undefined {
  try {
    accessSync(file, constants.R_OK);
    return statSync(file).isFile() ? undefined : 'it is not a file';
  } catch (error) {
    return existsSync(file) ? (error as Error).message : 'there is no such file';
  }
}

async function confirm(file: string, history: string, { ask }: RestoreConsole): Promise<void> {
  const what = `${history} is replaced by ${file}, and kept aside`;
  if (ask === undefined) throw new GemError('GEM_USAGE', { why: `${what}: say so with --yes` });
  const answer = await ask(`${what}. Go on? [y/N] `);
  if (!/^(y|yes)$/i.test(answer.trim())) throw new GemError('GEM_USAGE', { why: 'nothing was changed' });
}
