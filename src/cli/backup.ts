// `gemel backup`: a checked copy of the history in one file, while the gateway goes on.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { GemError } from '../errors.ts';
import { bytesText } from './bytes-text.ts';
import { historyFile, historyOptions, inWords, type WhoseHistory } from './history-file.ts';
import { createBar } from './replay.ts';

export interface BackupFlags extends WhoseHistory {
  readonly force?: boolean;
  readonly json?: boolean;
}

export interface CopyConsole {
  readonly env: NodeJS.ProcessEnv;
  readonly print: (text: string) => void;
  /** Beside the output: progress. */
  readonly tell: (text: string) => void;
  /** Whether someone watches `tell`. */
  readonly terminal: boolean;
}

const help = `
Examples:
  gemel backup /mnt/usb/mill-1.db
  gemel backup nightly.db --force --config /etc/gemel/gemel.yaml
  gzip -k nightly.db                       a backup is one file, and may be packed and moved

A gateway may run meanwhile: the copy is of one moment, and is checked before it gets its name. \`gemel restore\` brings
it back; every reading command takes it as --history.
Exit codes: 0 made and checked, 1 it cannot be made, 2 usage, or the file is there.`;

export function registerBackup(program: Command): void {
  const command = program
    .command('backup')
    .description('make a checked copy of the history in one file, also while the gateway runs')
    .argument('<file>', 'where to');
  historyOptions(command)
    .option('--force', 'overwrite the file')
    .option('--json', 'what came of it, as JSON')
    .addHelpText('after', help)
    .action((file: string, flags: BackupFlags) => runBackup(file, flags, copyConsole()));
}

export function copyConsole(): CopyConsole {
  return {
    env: process.env,
    print: (text) => process.stdout.write(text),
    tell: (text) => process.stderr.write(text),
    terminal: process.stderr.isTTY === true,
  };
}

export async function runBackup(file: string, flags: BackupFlags, to: CopyConsole): Promise<void> {
  const { backupHistory } = await import('../history/upkeep/backup.ts');
  const from = await historyFile(flags, to.env);
  if (resolve(file) === from)
    throw new GemError('GEM_USAGE', { why: `${file} is the history itself: name another file` });
  const isThere = existsSync(file);
  if (isThere && flags.force !== true) throw new GemError('GEM_OUTPUT_EXISTS', { file });
  // What is there stays until the new one is whole and checked.
  const target = isThere ? `${file}.new` : file;
  if (isThere) rmSync(target, { force: true });
  const bar = to.terminal ? createBar(to.tell) : undefined;
  const done = await backupHistory(from, target, (share) => bar?.show(share))
    .catch(async (error: unknown) => {
      throw await inWords(from, error);
    })
    .finally(() => bar?.clear());
  if (isThere) renameSync(target, file);
  to.print(
    flags.json === true
      ? `${JSON.stringify({ history: from, file, bytes: done.bytes })}\n`
      : `wrote ${file}: ${bytesText(done.bytes)}, every page checked\n`,
  );
}
