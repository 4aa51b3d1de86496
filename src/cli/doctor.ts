// `gemel doctor`: is all well with what the gateway keeps, and what is to be done where it is not. Changes nothing.
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { GemError } from '../errors.ts';
import { printable } from '../formats/excerpt.ts';
import type { OpenReader } from '../history/reader/open.ts';
import type { HistoryConfig } from '../history/schema.ts';
import type { Finding } from '../history/upkeep/check-rows.ts';
import { type CopyConsole, copyConsole } from './backup.ts';
import {
  type Diagnosis,
  type Level,
  lookAtBallast,
  lookAtCertificates,
  lookAtGaps,
  lookAtGrowth,
  lookAtLedger,
  lookAtNtp,
} from './doctor-checks.ts';
import { lookAtTwins } from './doctor-twins.ts';
import { historyOptions, historyPath, type WhoseHistory } from './history-file.ts';
import { createBar } from './replay.ts';
import { findConfig } from './run.ts';

export interface DoctorFlags extends WhoseHistory {
  readonly quick?: boolean;
  readonly json?: boolean;
}

const help = `
Examples:
  gemel doctor                                 everything; reads all of the history
  gemel doctor --quick                         what takes no time
  gemel doctor --config /etc/gemel/gemel.yaml --json | jq '.checks[] | select(.level != "ok")'

A gateway may run meanwhile. ok: as it should be. note: good to know. warn: look at it. fail: something is broken, or lost.
Exit codes: 0 nothing failed, 1 something did, 2 usage or configuration.`;

export function registerDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('check what the gateway keeps (history, accounts, disk, clock, twins), and say what to do');
  historyOptions(command)
    .option('--quick', 'leave out what reads all of the history')
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action(async (flags: DoctorFlags) => {
      process.exitCode = await runDoctor(flags, copyConsole());
    });
}

export async function runDoctor(flags: DoctorFlags, to: CopyConsole): Promise<number> {
  const nowMs = Date.now();
  const file = await historyPath(flags, to.env);
  const { config, why } = await historyConfig(flags, to.env);
  const bar = to.terminal ? createBar(to.tell) : undefined;
  const checks: Diagnosis[] = why === '' ? [] : [withoutConfig(why)];
  const look = async (about: string, at: () => Promise<readonly Diagnosis[]>) => {
    try {
      checks.push(...(await at()));
    } catch (error) {
      checks.push(failed(about, error));
    }
  };
  if (!existsSync(file)) checks.push(absent(file, config));
  else await lookAtHistory(file, { flags, config, nowMs, look, onShare: (share) => bar?.show(share) });
  bar?.clear();
  if (!existsSync(file)) await look('twins', () => lookAtTwins(undefined, dirname(file)));
  await look('certificates', () => lookAtCertificates(dirname(file), nowMs));
  await look('clock', lookAtNtp);
  const worst = worstOf(checks);
  to.print(flags.json === true ? `${JSON.stringify({ file, worst, checks })}\n` : asText(file, checks));
  return worst === 'fail' ? 1 : 0;
}

interface LookParts {
  readonly flags: DoctorFlags;
  readonly config: HistoryConfig | undefined;
  readonly nowMs: number;
  readonly look: (about: string, at: () => Promise<readonly Diagnosis[]>) => Promise<void>;
  readonly onShare: (share: number) => void;
}

async function lookAtHistory(
  file: string,
  { flags, config, nowMs, look, onShare }: LookParts,
): Promise<void> {
  if (config?.enabled === false) await look('file', async () => [leftOver]);
  const [{ checkHistory }, { openReader }, { historySchema }] = await Promise.all([
    import('../history/upkeep/check.ts'),
    import('../history/reader/open.ts'),
    import('../history/schema.ts'),
  ]);
  const { keep, ballastMb } = config ?? historySchema.parse({});
  const minFreeBytes = keep.minFreeMb * 1e6;
  const quick = flags.quick === true;
  await look('file', async () => {
    const found = await checkHistory(file, { nowMs, minFreeBytes, quick, onProgress: onShare });
    // That the accounts add up is said below, with what is in them.
    return found.filter(({ level, about }) => level !== 'ok' || about !== 'ledger').map(asDiagnosis);
  });
  let reader: OpenReader | undefined;
  try {
    reader = openReader(file);
  } catch {
    // What is wrong with it has been said.
  }
  if (reader !== undefined) {
    const open = reader;
    const limits = { rawDays: keep.rawDays, maxBytes: keep.maxMb * 1e6, minFreeBytes };
    await look('ledger', () => lookAtLedger(open));
    await look('gaps', () => lookAtGaps(open, nowMs));
    await look('growth', () => lookAtGrowth(open, file, nowMs, limits));
  }
  await look('disk', async () => lookAtBallast(file, config?.enabled === true ? ballastMb * 1e6 : undefined));
  await look('twins', () => lookAtTwins(reader, dirname(file)));
  reader?.close();
}

/** `why`: it has mistakes, or its secrets are out of reach for who calls. */
async function historyConfig(
  flags: WhoseHistory,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly config?: HistoryConfig; readonly why: string }> {
  if (flags.history !== undefined && flags.config === undefined) return { why: '' };
  const [{ loadConfig }, { models }] = await Promise.all([
    import('../config/load.ts'),
    import('../core/models/index.ts'),
  ]);
  const file = flags.config ?? configOrNone(env);
  if (file === undefined) return { why: '' };
  try {
    return { config: loadConfig(file, { env, models }).config.history, why: '' };
  } catch (error) {
    if (!(error instanceof GemError) || error.code === 'GEM_CONFIG_UNREADABLE') throw error;
    const [first = ''] = error.message.split('\n', 1);
    return { why: first.replace(/:$/u, '') };
  }
}

/** Nothing is wrong with having none. */
function configOrNone(env: NodeJS.ProcessEnv): string | undefined {
  try {
    return findConfig(env);
  } catch {
    return undefined;
  }
}

function withoutConfig(why: string): Diagnosis {
  const advice =
    'What is said of room and reserve goes by what is usual. `gemel check` tells what is wrong with it.';
  return { level: 'warn', about: 'config', text: why, advice };
}

function absent(file: string, config: HistoryConfig | undefined): Diagnosis {
  if (config?.enabled === false)
    return { level: 'ok', about: 'file', text: 'no history is kept: history.enabled is false' };
  const advice = 'A gateway makes it when it first runs. --config or --history says which gateway is meant.';
  return { level: 'warn', about: 'file', text: `there is no history at ${file}`, advice };
}

const leftOver: Diagnosis = {
  level: 'note',
  about: 'file',
  text: 'history.enabled is false: this one is of earlier runs, and nothing is added to it',
  advice: 'Move it away when nobody needs it.',
};

const levels: Readonly<Record<Finding['level'], Level>> = {
  ok: 'ok',
  note: 'note',
  warning: 'warn',
  error: 'fail',
};

function asDiagnosis({ level, about, text, advice }: Finding): Diagnosis {
  return { level: levels[level], about, text, ...(advice === undefined ? {} : { advice }) };
}

function failed(about: string, error: unknown): Diagnosis {
  const text = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isForbidden = /^(?:EACCES|EPERM|SQLITE_CANTOPEN|SQLITE_READONLY|SQLITE_PERM)/u.test(code);
  const advice =
    error instanceof GemError
      ? error.hint
      : isForbidden
        ? 'Run it as the user the gateway runs as, or as root.'
        : 'Start the gateway: what is damaged is put aside and the rest is taken along; or bring back a backup (gemel restore).';
  return { level: 'fail', about, text, advice };
}

function worstOf(checks: readonly Diagnosis[]): Level {
  const order: readonly Level[] = ['fail', 'warn', 'note'];
  return order.find((level) => checks.some((check) => check.level === level)) ?? 'ok';
}

function asText(file: string, checks: readonly Diagnosis[]): string {
  const width = Math.max(...checks.map(({ about }) => about.length));
  const lines = checks.map(({ level, about, text, advice }) => {
    const line = `${level.padEnd(4)}  ${about.padEnd(width)}  ${printable(text)}\n`;
    return advice === undefined ? line : `${line}${' '.repeat(width + 8)}${advice}\n`;
  });
  const count = (level: Level) => checks.filter((check) => check.level === level).length;
  const verdict =
    count('fail') > 0
      ? `${count('fail')} failed, ${count('warn')} to look at`
      : count('warn') > 0
        ? `nothing failed, ${count('warn')} to look at`
        : 'all is well';
  return `${file}\n${lines.join('')}${verdict}\n`;
}
