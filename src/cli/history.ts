// `gemel history`: what is stored, at a glance: the tags there are, a tag as a line of blocks, single samples, the state
// at an instant, events and gaps.
import type { Command } from 'commander';
import { GemError } from '../errors.ts';
import type { OpenReader } from '../history/reader/open.ts';
import type { Tier, TimeRange } from '../ports/history.ts';
import { spanOf } from '../transfer/export.ts';
import type { ChosenTag } from '../transfer/tag-choice.ts';
import {
  type AnswerStyle,
  charts,
  iso,
  lastEvents,
  lastSamples,
  lines,
  overview,
  stateAt,
} from './history-answers.ts';
import {
  choiceOptions,
  historyFile,
  instant,
  loadPlant,
  type WhoseHistory,
  withReader,
} from './history-file.ts';
import { eventsText, gapsText } from './history-view.ts';
import { whole } from './replay.ts';

export interface HistoryFlags extends WhoseHistory {
  readonly machine?: string;
  readonly signal?: readonly string[];
  readonly tier: Tier | 'all';
  readonly from?: number;
  readonly to?: number;
  readonly table?: boolean;
  readonly rows: number;
  readonly at?: number;
  readonly events?: boolean;
  readonly gaps?: boolean;
  readonly points: number;
  readonly ascii?: boolean;
  readonly json?: boolean;
}

export interface HistoryConsole {
  readonly env: NodeJS.ProcessEnv;
  readonly print: (text: string) => void;
  readonly tell: (text: string) => void;
  /** Of the terminal; Infinity where nobody looks. */
  readonly width: number;
}

const help = `
Examples:
  gemel history                                   every tag: how much, how often, from when to when
  gemel history shop/mill-1/spindle.current       its last hour as a line of blocks
  gemel history 'shop/*temp*' --from -7d
  gemel history --machine mill-1 --signal spindle.current --table --rows 50
  gemel history --at 2026-03-02T08:15:30          what everything was worth then
  gemel history --events --from -24h
  gemel history --gaps                            what is missing, and why

A gateway may run meanwhile. Times are UTC. docs/history.md has more.
Exit codes: 0 shown, 1 nothing is stored there, 2 usage, or a tag that is not there.`;

export function registerHistory(program: Command): void {
  const command = program
    .command('history')
    .description('show what is stored: tags, a chart of one, samples, the state at an instant, events, gaps')
    .argument('[tag...]', '<source>/<name>, with * and ? as wildcards');
  choiceOptions(command, 'all')
    .option('--points <n>', 'of a chart, with --json', whole, 400)
    .option('--table', 'single samples instead of a chart')
    .option('--rows <n>', 'the last so many (with --table and --events)', whole, 20)
    .option('--at <time>', 'what the tags were worth at an instant', instant)
    .option('--events', 'what happened')
    .option('--gaps', 'what is missing')
    .option('--ascii', 'no blocks, only plain signs')
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action(async (tags: string[], flags: HistoryFlags) => {
      await runHistory(tags, flags, {
        env: process.env,
        print: (text) => process.stdout.write(text),
        tell: (text) => process.stderr.write(text),
        width: process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY,
      });
    });
}

const hourMs = 3_600_000;
const ever: TimeRange = { fromMs: 0, toMs: 8.64e15 };

export async function runHistory(
  tags: readonly string[],
  flags: HistoryFlags,
  to: HistoryConsole,
): Promise<void> {
  const acts = [flags.table, flags.at, flags.events, flags.gaps].filter((act) => act !== undefined);
  if (acts.length > 1)
    throw new GemError('GEM_USAGE', { why: '--table, --at, --events and --gaps go one at a time' });
  const { rows, points } = flags;
  const ascii = flags.ascii === true || isPlain(to.env);
  const style = { width: to.width, ascii, nowMs: Date.now(), json: flags.json === true, rows, points };
  await withReader(await historyFile(flags, to.env), async (reader) => {
    to.print(await shown(reader, tags, flags, style, to.env));
    if (reader.damages > 0)
      to.tell(`gemel: ${reader.damages} damaged rows of the file were left out; \`gemel doctor\` has more\n`);
  });
}

/** A locale that says nothing of UTF-8 has no blocks. */
function isPlain(env: NodeJS.ProcessEnv): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'];
  return locale !== undefined && locale !== '' && !/utf-?8/i.test(locale);
}

async function shown(
  reader: OpenReader,
  tags: readonly string[],
  flags: HistoryFlags,
  style: AnswerStyle,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const asked = { fromMs: flags.from ?? ever.fromMs, toMs: flags.to ?? ever.toMs };
  if (asked.fromMs > asked.toMs) throw new GemError('GEM_USAGE', { why: '--from is after --to' });
  if (flags.events === true) {
    const events = await lastEvents(reader, asked, flags.rows);
    return flags.json === true ? lines(events.map(({ event }) => event)) : eventsText(events);
  }
  if (flags.gaps === true) {
    const gaps = await reader.gaps(asked);
    return flags.json === true ? lines(gaps) : gapsText(gaps);
  }
  const { chooseTags } = await import('../transfer/tag-choice.ts');
  const { machine, signal: signals = [], tier } = flags;
  const plant = machine === undefined ? undefined : await loadPlant(flags, env);
  const chosen = chooseTags(await reader.tags(), { tags, machine, signals, tier }, plant);
  if (flags.at !== undefined) return stateAt(reader, chosen, flags.at, style);
  if (flags.table !== true && tags.length === 0 && machine === undefined)
    return overview(reader, chosen, style);
  const range = await lastHour(reader, chosen, flags);
  return flags.table === true
    ? lastSamples(reader, chosen, range, style)
    : charts(reader, chosen, range, style);
}

/** The hour up to now, or to the last sample where that is long ago, unless another stretch is asked for. */
async function lastHour(
  reader: OpenReader,
  chosen: readonly ChosenTag[],
  { from, to, table }: HistoryFlags,
): Promise<TimeRange> {
  const span = await spanOf(reader, chosen, table !== true);
  const lastMs = Math.min(span?.toMs ?? Date.now(), Date.now());
  const toMs = to ?? (from === undefined || from <= lastMs ? lastMs : Date.now());
  const range = { fromMs: from ?? Math.max(toMs - hourMs, Math.min(toMs, span?.fromMs ?? 0)), toMs };
  if (span !== undefined && range.fromMs <= span.toMs && range.toMs >= span.fromMs) return range;
  const there = span === undefined ? 'nothing of these tags' : `${iso(span.fromMs)} to ${iso(span.toMs)}`;
  throw new GemError('GEM_HISTORY_EMPTY', {
    from: iso(range.fromMs),
    to: iso(range.toMs),
    there,
  });
}
