// `gemel check`: everything that is wrong with a configuration, or what it would do. Starts nothing.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { LoadedConfig, LoadOptions } from '../config/load.ts';
import { GemError } from '../errors.ts';
import type { Trial } from './connect.ts';
import { findConfig } from './run.ts';

export interface CheckOptions {
  readonly json?: boolean;
  readonly print?: boolean;
  readonly stdin?: boolean;
  readonly connect?: boolean;
}

export interface CheckContext extends LoadOptions {
  readonly print: (text: string) => void;
  readonly readStdin: () => Promise<string>;
  /** Show the lines of the file with a mark below what is meant. */
  readonly excerpts: boolean;
}

const help = `
Examples:
  gemel check gemel.yaml                every mistake with its line, or what it would do
  gemel check gemel.yaml --connect      and whether broker, servers, their nodes, serial lines and ports answer
  gemel check gemel.yaml --print        with all defaults and what the environment sets
  gemel check --stdin --json < gemel.yaml

Exit codes: 0 it can be run (there may be warnings), 1 a connection failed or a tag cannot be had (--connect),
2 it cannot.`;

export function registerCheck(program: Command): void {
  program
    .command('check')
    .description('say what is wrong with a configuration, or what it would do; runs nothing')
    .argument('[config]', 'configuration file (default: as for `gemel run`)')
    .option('--stdin', 'read the configuration from standard input; the argument only names it')
    .option('--json', 'as JSON')
    .option('--connect', 'also try the broker, every server, serial line, recording and port')
    .option('--print', 'print the effective configuration, with references in place of secrets')
    .addHelpText('after', help)
    .action(async (file: string | undefined, options: CheckOptions) => {
      const { models } = await import('../core/models/index.ts');
      process.exitCode = await runCheck(file, options, {
        env: process.env,
        models,
        preflight: true,
        print: (text) => process.stdout.write(text),
        readStdin,
        excerpts: process.stdout.isTTY === true,
      });
    });
}

export async function runCheck(
  named: string | undefined,
  options: CheckOptions,
  context: CheckContext,
): Promise<number> {
  const { inspectConfig, readConfigText } = await import('../config/load.ts');
  const { checkJson, checkText, connectionsText, effectiveText } = await import('./check-report.ts');
  const file = options.stdin === true ? (named ?? 'stdin') : (named ?? findConfig(context.env));
  let text: string;
  try {
    text = options.stdin === true ? await context.readStdin() : readConfigText(file);
  } catch (error) {
    if (options.json !== true || !(error instanceof GemError)) throw error;
    context.print(
      `${JSON.stringify({ ok: false, file, code: error.code, problems: [{ text: error.message }] })}\n`,
    );
    return error.row.exitCode;
  }
  const inspection = inspectConfig(text, file, context);
  const { loaded } = inspection;
  const connections = options.connect === true && loaded !== undefined ? await connect(loaded) : undefined;
  if (options.json === true) {
    context.print(checkJson(file, inspection, options.print === true, context.models, connections));
  } else {
    const report =
      options.print === true && loaded !== undefined
        ? effectiveText(loaded)
        : checkText(file, inspection, context.excerpts ? text : undefined, context.models);
    context.print(report + connectionsText(connections ?? []));
  }
  if (loaded === undefined) return 2;
  return (connections ?? []).every((trial) => trial.ok) ? 0 : 1;
}

async function connect(loaded: LoadedConfig): Promise<Trial[]> {
  const { tryConnections } = await import('./connect.ts');
  const trials = await tryConnections(loaded.config, resolve(loaded.dir, loaded.config.stateDir));
  return trials.map((trial) => ({
    ...trial,
    reason: loaded.mask(trial.reason),
    ...(trial.notes === undefined ? {} : { notes: trial.notes.map((note) => loaded.mask(note)) }),
  }));
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
