// `gemel replay` without a file: a stretch of time out of a gateway's history, as it was, or beside another tuning.
import type { Command } from 'commander';
import type { Frame } from '../core/frame.ts';
import type { Moment } from '../replay/rows.ts';
import type { OnDamage } from './history-file.ts';
import { installation } from './installation.ts';
import type { ReplayConsole } from './replay-console.ts';

export interface HistoryReplayFlags {
  readonly config?: string;
  readonly history?: string;
  readonly speed: number;
  readonly from?: Moment;
  readonly to?: Moment;
  readonly frames?: boolean;
  readonly json?: boolean;
}

/** How it is told of what it does. */
export interface HistoryReplayView {
  readonly to: ReplayConsole;
  readonly onFrames: ((frames: readonly Frame[]) => Promise<void> | undefined) | undefined;
  readonly onProgress: ((share: number) => void) | undefined;
  readonly log: Parameters<typeof import('../replay/past/summary.ts').replayPast>[0]['log'];
}

export function historyReplayOptions(command: Command): Command {
  return command.option(
    '--history <file>',
    'the history to replay from (default: that of the configuration)',
  );
}

/** Returns the text for people or for programs. */
export async function replayHistory(flags: HistoryReplayFlags, view: HistoryReplayView): Promise<string> {
  const [{ historyFile, withReader }, { replayPast }, { pastText }] = await Promise.all([
    import('./history-file.ts'),
    import('../replay/past/summary.ts'),
    import('./replay-history-report.ts'),
  ]);
  const { env } = view.to;
  const file = await historyFile(flags, env);
  const other = flags.config === undefined ? undefined : await loadOther(flags.config, env);
  const onDamage: OnDamage = ({ table, why }) =>
    view.log.warn({ table }, `a row of ${table} is damaged: ${why}`);
  return withReader(
    file,
    async (reader) => {
      const summary = await replayPast({
        ...{ reader, file, version: installation().version, other, log: view.log, speed: flags.speed },
        ...{ from: flags.from, to: flags.to },
        ...(view.onFrames !== undefined && { onFrames: view.onFrames }),
        ...(view.onProgress !== undefined && { onProgress: view.onProgress }),
      });
      return flags.json === true ? `${JSON.stringify(summary)}\n` : pastText(summary);
    },
    onDamage,
  );
}

async function loadOther(file: string, env: NodeJS.ProcessEnv) {
  const [{ loadConfig }, { models }] = await Promise.all([
    import('../config/load.ts'),
    import('../core/models/index.ts'),
  ]);
  return loadConfig(file, { env, models }).config;
}
