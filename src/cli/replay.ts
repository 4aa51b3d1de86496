// `gemel replay`: a recording, or a stretch of a history, through the same core as live data, and what came of it.
import { basename } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Frame } from '../core/frame.ts';
import { GemError } from '../errors.ts';
import type { Log } from '../ports.ts';
import type { Moment } from '../replay/rows.ts';
import { momentMs } from '../transfer/time-span.ts';
import { collect } from './repeated.ts';
import type { ReplayConsole } from './replay-console.ts';
import { type HistoryReplayView, historyReplayOptions, replayHistory } from './replay-history.ts';
import { findConfig } from './run.ts';

export interface ReplayFlags {
  readonly config?: string;
  readonly history?: string;
  readonly source?: string;
  readonly map?: readonly string[];
  readonly time?: string;
  readonly timeFormat?: string;
  readonly rate?: number;
  readonly start?: string;
  readonly speed: number;
  readonly from?: Moment;
  readonly to?: Moment;
  readonly frames?: boolean;
  readonly every: number;
  readonly json?: boolean;
}

const timeFormats = ['auto', 's', 'ms', 'us', 'ns', 'iso'];

const help = `
Examples:
  gemel replay config/sample-mill.csv --config config/gemel.replay.yaml
  gemel replay log.csv --config gemel.yaml --source shop        # columns are called as the tags of that source
  gemel replay log.csv --config gemel.yaml --map mill-1/spindle.current=I_sp --time "Zeit"
  gemel replay run.jsonl --config gemel.demo.yaml               # what \`gemel demo --record run.jsonl\` wrote
  gemel replay log.csv --frames --every 10 | jq .divergence
  gemel replay --from 2026-03-02T08:00 --to 2026-03-02T09:00    # out of the history of the gateway here
  gemel replay --from 2026-03-02 --config new.yaml              # the same samples under another tuning, side by side
  gemel replay --history /backup/history.db --json

The same file, configuration and version give the same state hash, at any speed. Out of a history it begins at the last
snapshot before --from, with the configuration the gateway had, and says how many of the state hashes that the gateway
wrote down are equal. A gateway may be running on it. docs/replay.md has more.
Exit codes: 0 replayed, 1 nothing could be used or it is damaged, 2 usage, configuration or mapping.`;

export function registerReplay(program: Command): void {
  const command = program
    .command('replay')
    .description(
      'run a recording (CSV, JSON lines or one of our own, packed by gzip or not) through the twins of a configuration, or a stretch of a history through those it had',
    )
    .argument('[file]', 'the recording (default: the history)')
    .option('--config <file>', 'configuration (default: as for `gemel run`); of a history: another tuning');
  historyReplayOptions(recordingOptions(command))
    .addOption(
      new Option('--speed <factor>', 'max, recorded, or so many times faster')
        .argParser(speedOf)
        .default(Number.POSITIVE_INFINITY, 'max'),
    )
    .option('--frames', 'print frames as JSON lines; the summary goes to standard error')
    .option('--every <n>', 'of the frames, only each n-th', whole, 1)
    .option('--json', 'the summary as JSON')
    .addHelpText('after', help)
    .action(async (file: string | undefined, flags: ReplayFlags) => {
      await replay(file, flags, {
        env: process.env,
        print: (text) =>
          process.stdout.write(text)
            ? undefined
            : new Promise((resolve) => process.stdout.once('drain', () => resolve())),
        tell: (text) => process.stderr.write(text),
        terminal: process.stderr.isTTY === true,
      });
    });
}

/** Of a recording, whoever reads it. `toMoment`: how --from and --to are understood. */
export function recordingOptions(
  command: Command,
  toMoment: (text: string) => unknown = moment,
  moments = 'ISO time, or seconds after the first row',
): Command {
  return command
    .option('--source <name>', 'the source whose tags the columns are')
    .option('--map <tag=column>', 'a column by name or number; may be given again', collect)
    .option('--time <column>', 'the column with the time')
    .addOption(new Option('--time-format <format>', 'how it is written there').choices(timeFormats))
    .option('--rate <hz>', 'rows a second, where no column has the time', positive)
    .option('--start <time>', 'when a recording without a calendar began, or on which day: 2026-03-01')
    .option('--from <time>', moments, toMoment)
    .option('--to <time>', moments, toMoment);
}

export async function replay(file: string | undefined, flags: ReplayFlags, to: ReplayConsole): Promise<void> {
  if (file !== undefined && flags.history !== undefined)
    throw new GemError('GEM_USAGE', { why: 'a recording and --history go one at a time' });
  const bar = to.terminal ? createBar(to.tell) : undefined;
  const onInterrupt = () => {
    bar?.clear();
    process.exit(130);
  };
  process.once('SIGINT', onInterrupt);
  const view = {
    ...{ to, log: warningsOnly(to.tell) },
    onFrames: flags.frames === true ? await createPrinter(flags.every, to.print) : undefined,
    onProgress: bar && ((share: number) => bar.show(share)),
  };
  const replaying = file === undefined ? ofHistory(flags, view) : ofFile(file, flags, view);
  const { text, damage } = await replaying.finally(() => {
    bar?.clear();
    process.off('SIGINT', onInterrupt);
  });
  if (flags.frames === true) to.tell(text);
  else await to.print(text);
  if (damage !== undefined) throw damage;
}

interface Said {
  readonly text: string;
  readonly damage: GemError | undefined;
}

const ofRecordings = ['source', 'map', 'time', 'timeFormat', 'rate', 'start'] as const;

async function ofHistory(flags: ReplayFlags, view: HistoryReplayView): Promise<Said> {
  const stray = ofRecordings.find((option) => flags[option] !== undefined);
  if (stray !== undefined) {
    const option = stray.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new GemError('GEM_USAGE', { why: `--${option} goes with a recording, and none is named` });
  }
  return { text: await replayHistory(flags, view), damage: undefined };
}

async function ofFile(file: string, flags: ReplayFlags, view: HistoryReplayView): Promise<Said> {
  const [{ loadConfig }, { models }, { replayFile }, { summaryText }] = await Promise.all([
    import('../config/load.ts'),
    import('../core/models/index.ts'),
    import('../replay/summary.ts'),
    import('./replay-report.ts'),
  ]);
  const { env } = view.to;
  const { config } = loadConfig(flags.config ?? findConfig(env), { env, models });
  if (Object.keys(config.machines).length === 0) {
    throw new GemError('GEM_USAGE', { why: 'the configuration has no machine to replay for' });
  }
  const summary = await replayFile({
    ...{ config, log: view.log, file, source: flags.source, map: flags.map ?? [] },
    overrides: overridesOf(flags),
    ...{ speed: flags.speed, from: flags.from, to: flags.to },
    ...(view.onFrames !== undefined && { onFrames: view.onFrames }),
    ...(view.onProgress !== undefined && { onProgress: view.onProgress }),
  });
  const damage =
    summary.damage && new GemError('GEM_REPLAY_DAMAGED', { file: basename(file), ...summary.damage });
  return { text: flags.json === true ? `${JSON.stringify(summary)}\n` : summaryText(summary), damage };
}

export function overridesOf({
  time,
  timeFormat,
  rate,
  start,
}: Pick<ReplayFlags, 'time' | 'timeFormat' | 'rate' | 'start'>): Record<string, unknown> {
  if (timeFormat !== undefined && time === undefined) {
    throw new GemError('GEM_USAGE', { why: '--time-format goes with --time' });
  }
  const column = time !== undefined && /^[1-9]\d*$/.test(time) ? Number(time) : time;
  return {
    ...(column === undefined ? {} : { time: { column, ...(timeFormat && { format: timeFormat }) } }),
    ...(rate === undefined ? {} : { rateHz: rate }),
    ...(start === undefined ? {} : { start }),
  };
}

/** Frames leave as subscribers of the gateway would get them. */
async function createPrinter(every: number, print: ReplayConsole['print']) {
  const { createFrameEncoder } = await import('../sinks/mqtt/encode.ts');
  const encoders: ((frame: Frame) => string)[] = [];
  let count = 0;
  return (frames: readonly Frame[]): Promise<void> | undefined => {
    if (count++ % every !== 0) return undefined;
    let text = '';
    for (const [m, frame] of frames.entries()) {
      encoders[m] ??= createFrameEncoder(frame.machine);
      text += `${encoders[m](frame)}\n`;
    }
    return print(text);
  };
}

const barWidth = 30;
const barMs = 100;

export function createBar(tell: (text: string) => void) {
  let shownMs = 0;
  return {
    show(share: number) {
      const now = performance.now();
      if (now - shownMs < barMs) return;
      shownMs = now;
      const done = Math.round(Math.min(1, share) * barWidth);
      tell(`\r[${'#'.repeat(done)}${'.'.repeat(barWidth - done)}] ${Math.round(share * 100)} %`);
    },
    clear: () => tell('\r\x1b[K'),
  };
}

export function warningsOnly(tell: (text: string) => void): Log {
  const say = (_fields: object, message: string) => tell(`gemel: ${message}\n`);
  return { debug() {}, info() {}, warn: say, error: say };
}

function speedOf(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY;
  return text === 'recorded' ? 1 : positive(text);
}

export function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('expected a number above 0');
}

export function whole(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number above 0');
}

export function moment(text: string): Moment {
  if (/^\d+(\.\d+)?$/.test(text)) return { afterMs: Number(text) * 1000 };
  const atMs = momentMs(text, Date.now());
  if (!Number.isNaN(atMs)) return { atMs };
  throw new InvalidArgumentError(
    'expected an ISO time, a time before now such as -24h, or seconds after the first row',
  );
}
