// `gemel import`: samples of a file into the history: an export of ours, or any recording with a mapping.
import type { Command } from 'commander';
import type { Config } from '../config/schema.ts';
import { GemError } from '../errors.ts';
import type { Imported } from '../transfer/import.ts';
import type { ImportedFile } from '../transfer/import-file.ts';
import { type CopyConsole, copyConsole } from './backup.ts';
import { historyOptions, historyPath, instant, type WhoseHistory } from './history-file.ts';
import { installation } from './installation.ts';
import { createBar, overridesOf, type ReplayFlags, recordingOptions } from './replay.ts';
import { findConfig } from './run.ts';

type MappingFlags = Pick<ReplayFlags, 'source' | 'map' | 'time' | 'timeFormat' | 'rate' | 'start' | 'json'>;

export interface ImportFlags extends WhoseHistory, MappingFlags {
  readonly from?: number;
  readonly to?: number;
}

const help = `
Examples:
  gemel import all.parquet                         what \`gemel export\` wrote, here or on another gateway
  gemel import day.csv.gz --history new.db         into a file of its own
  gemel import log.csv --source shop --time Zeit   any recording, mapped as \`gemel replay\` does
  gemel import log.csv --map mill-1/spindle.current=I_sp --rate 10 --start 2026-03-01T09:00:00Z

What is there already is not stored again, however often a file is imported. The gateway must not run meanwhile.
Exit codes: 0 imported, 1 nothing of the file could be used or it is damaged, 2 usage, configuration or mapping.`;

export function registerImport(program: Command): void {
  const command = program
    .command('import')
    .description(
      'put samples of a file into the history: an export of gemel, or any recording with a mapping',
    )
    .argument('<file>', 'CSV, JSON lines or Parquet; text packed by gzip or not');
  historyOptions(command);
  recordingOptions(command, instant, 'ISO time (UTC without a zone), or so long ago: -24h')
    .option('--json', 'what came of it, as JSON')
    .addHelpText('after', help)
    .action(async (file: string, flags: ImportFlags) => {
      await runImport(file, flags, copyConsole());
    });
}

export async function runImport(file: string, flags: ImportFlags, to: CopyConsole): Promise<ImportedFile> {
  const { importFile } = await import('../transfer/import-file.ts');
  const config = await configOf(flags, to.env);
  const bar = to.terminal ? createBar(to.tell) : undefined;
  const done = await importFile(
    {
      file,
      history: await historyPath(flags, to.env),
      config,
      source: flags.source,
      map: flags.map ?? [],
      overrides: overridesOf(flags),
      fromMs: flags.from ?? Number.NEGATIVE_INFINITY,
      toMs: flags.to ?? Number.POSITIVE_INFINITY,
      minFreeBytes: minFreeMb(config) * 1e6,
      version: installation().version,
    },
    (share) => bar?.show(share),
  ).finally(() => bar?.clear());
  to.print(flags.json === true ? asJson(file, done) : asText(file, done));
  if (done.aside !== '')
    to.tell(`gemel: the history was damaged, and is ${done.aside} now; a new one was begun\n`);
  if (done.damage !== '') throw new GemError('GEM_IMPORT_DAMAGED', { file, why: done.damage });
  return done;
}

const minFreeUsualMb = 500;

/** As the gateway would leave it to others; a configuration that cannot be read here has nothing to say. */
function minFreeMb(config: (() => Config) | undefined): number {
  try {
    return config?.().history.keep.minFreeMb ?? minFreeUsualMb;
  } catch {
    return minFreeUsualMb;
  }
}

/** Needed for a mapping only; that there is none is said where one is wanted. */
async function configOf(flags: WhoseHistory, env: NodeJS.ProcessEnv): Promise<(() => Config) | undefined> {
  const file = flags.config ?? configHere(env);
  if (file === undefined) return undefined;
  const [{ loadConfig }, { models }] = await Promise.all([
    import('../config/load.ts'),
    import('../core/models/index.ts'),
  ]);
  let loaded: Config | undefined;
  return () => (loaded ??= loadConfig(file, { env, models }).config);
}

function configHere(env: NodeJS.ProcessEnv): string | undefined {
  try {
    return findConfig(env);
  } catch {
    return undefined;
  }
}

function asText(file: string, done: Imported): string {
  const { read, stored, known, refused, examples, tags } = done;
  const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
  const lines = [`${file}: ${count(read, 'sample')} of ${count(tags, 'tag')}`];
  lines.push(`  stored   ${stored}${stored > 0 ? `, ${spanText(done)}` : ''}`);
  lines.push(`  there    ${known}${known > 0 ? ' were there already' : ''}`);
  if (refused > 0)
    lines.push(`  refused  ${refused}: ${examples.join('; ')}${refused > examples.length ? '; …' : ''}`);
  return `${lines.join('\n')}\n`;
}

function spanText({ fromMs, toMs }: Imported): string {
  return `${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`;
}

function asJson(file: string, done: Imported): string {
  const { fromMs, toMs, ...rest } = done;
  const iso = (ms: number) => (Number.isNaN(ms) ? null : new Date(ms).toISOString());
  return `${JSON.stringify({ file, ...rest, from: iso(fromMs), to: iso(toMs) })}\n`;
}
