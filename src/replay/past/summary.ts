// Replays a stretch of time out of a history and sums up what came of it. The one door for the command and for tests.
import { basename } from 'node:path';
import { readRecordedConfig } from '../../config/recorded.ts';
import type { Config } from '../../config/schema.ts';
import type { Frame } from '../../core/frame.ts';
import { models } from '../../core/models/index.ts';
import { stateHash } from '../../core/step.ts';
import type { TwinMemory } from '../../core/twin-command.ts';
import { GemError } from '../../errors.ts';
import type { StoredRun } from '../../history/query/runs.ts';
import type { FullReader } from '../../history/reader/reader.ts';
import type { HistoryGap } from '../../ports/history.ts';
import type { Log } from '../../ports.ts';
import { fingerprintOf } from '../../runtime/twins/run-record.ts';
import { createLane } from '../ticker.ts';
import type { MachineAccount, ToldNews } from './account.ts';
import { compareMachines, type MachineComparison, notComparable } from './compare.ts';
import type { PastRun } from './past-run.ts';
import { type PastPlan, planPast, type RunPart, type Wanted } from './plan.ts';
import { replayPastRun } from './run.ts';

export interface PastOptions extends Wanted {
  readonly reader: FullReader;
  readonly file: string;
  /** Of this gemel. */
  readonly version: string;
  /** Another tuning, to be laid beside the recorded one. */
  readonly other?: Config | undefined;
  readonly log: Log;
  readonly speed: number;
  onFrames?(frames: readonly Frame[]): Promise<void> | undefined;
  onProgress?(share: number): void;
}

export interface RunSummary {
  readonly run: number;
  readonly site: string;
  readonly gemel: string;
  readonly begin: 'run' | 'snapshot' | 'anew';
  readonly from: string;
  readonly to: string;
  readonly frames: number;
  /** That lead from the beginning to the stretch that was asked for. */
  readonly framesBefore: number;
  readonly ticksSkipped: number;
  readonly samples: number;
  readonly hash: string;
  readonly hashes: { readonly compared: number; readonly equal: number; readonly firstOther: string | null };
  readonly ended: boolean;
  readonly machines: readonly MachineAccount[];
  readonly news: readonly ToldNews[];
  readonly other?: { readonly machines: readonly MachineAccount[]; readonly news: readonly ToldNews[] };
  readonly comparison?: readonly MachineComparison[];
  readonly notes: readonly string[];
}

export interface PastSummary {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly seconds: number;
  readonly runs: readonly RunSummary[];
  /** For people: which other runs are in this stretch, and why they are left out. */
  readonly leftOut: readonly string[];
  readonly hashes: { readonly compared: number; readonly equal: number };
  readonly gaps: readonly HistoryGap[];
  readonly notComparable?: readonly string[];
  readonly wallS: number;
  /** Times as fast as it was. */
  readonly speed: number;
}

export async function replayPast(options: PastOptions): Promise<PastSummary> {
  const { reader, file } = options;
  const began = performance.now();
  const plan = await planPast(reader, file, options);
  const runs: RunSummary[] = [];
  const words: string[] = [];
  const leftOut = [...plan.leftOut];
  let carried: ReadonlyMap<string, TwinMemory> = new Map();
  for (const part of plan.parts) {
    const config = configOf(part.run);
    if (typeof config === 'string') {
      leftOut.push(config);
      continue;
    }
    const other =
      options.other !== undefined && isSameTuning(config, options.other) ? undefined : options.other;
    const { summary, memories } = await ofRun({ ...options, other }, plan, part, config, carried);
    if (summary.frames > 0) runs.push(summary);
    if (other !== undefined && words.length === 0)
      words.push(...notComparable(config, other, await reader.tags()));
    if (other === undefined && options.other !== undefined)
      words.push(
        `run ${part.run.id} had the tuning of that configuration: there is nothing to lay beside it`,
      );
    carried = memories;
  }
  const [first, last] = [runs[0], runs.at(-1)];
  if (first === undefined || last === undefined) throw await outside(options, plan, leftOut);
  const seconds = (Date.parse(last.to) - Date.parse(first.from)) / 1000;
  const wallS = (performance.now() - began) / 1000;
  return {
    ...{ file, from: first.from, to: last.to, seconds, runs, leftOut, gaps: plan.gaps },
    hashes: {
      compared: runs.reduce((sum, { hashes }) => sum + hashes.compared, 0),
      equal: runs.reduce((sum, { hashes }) => sum + hashes.equal, 0),
    },
    ...(options.other !== undefined && { notComparable: words }),
    wallS: digits(wallS),
    speed: digits(seconds / wallS),
  };
}

async function ofRun(
  options: PastOptions,
  plan: PastPlan,
  part: RunPart,
  config: Config,
  carried: ReadonlyMap<string, TwinMemory>,
) {
  const { run } = part;
  const notes = [...warnings(run, config, options), ...part.notes];
  const done = await replayPastRun(part, {
    ...{
      reader: options.reader,
      file: basename(options.file),
      config,
      log: options.log,
      speed: options.speed,
    },
    other: options.other && { config: options.other, carried },
    onFrames: (frames) => options.onFrames?.(frames),
    onProgress: (ms) => options.onProgress?.(shareOf(plan, ms)),
    note: (text) => notes.push(text),
  });
  return { summary: summarise(part, done, notes), memories: done.other?.lane.memories() ?? carried };
}

function isSameTuning(recorded: Config, other: Config): boolean {
  const said = ({ machines, loop, memory }: Config) =>
    JSON.stringify([machines, loop.periodMs, memory.gapMaxS]);
  return said(recorded) === said(other);
}

function shareOf({ fromMs, toMs }: PastPlan, ms: number): number {
  return (ms - fromMs) / (Math.min(toMs, Date.now()) - fromMs);
}

/** In words, why its run cannot be replayed. */
function configOf({ id, gemel, config: text }: StoredRun): Config | string {
  const config = readRecordedConfig(text);
  if (config === undefined)
    return `the configuration of run ${id}, of gemel ${gemel}, cannot be read by this version`;
  const machines = Object.values(config.machines);
  if (machines.length === 0) return `run ${id} had no machine`;
  const unknown = machines.find(({ model }) => !models.has(model));
  if (unknown === undefined) return config;
  return `run ${id} had a machine of the model ${unknown.model}, which this version has not`;
}

function warnings(run: StoredRun, config: Config, { version, log }: PastOptions): string[] {
  const { core } = createLane(config, log, () => run.startMs);
  const isSame = fingerprintOf(core, config.machines, run.gemel) === run.fingerprint;
  return [
    ...(run.gemel === version ? [] : [`run ${run.id} was of gemel ${run.gemel}, and this is ${version}`]),
    ...(isSame ? [] : [`this gemel computes with something else than run ${run.id} did: hashes may differ`]),
  ];
}

function summarise({ run }: RunPart, done: PastRun, notes: readonly string[]): RunSummary {
  const { core, begin, account, other, hashes } = done;
  const machines = account.machines(core);
  const others = other?.account.machines(other.lane.core);
  const { firstOtherMs } = hashes;
  return {
    ...{ run: run.id, site: run.site, gemel: run.gemel, begin: begin.at },
    ...{ from: iso(done.firstMs), to: iso(done.lastMs), frames: done.ticks, framesBefore: done.ticksBefore },
    ...{ ticksSkipped: done.ticksSkipped, samples: done.samples, hash: stateHash(core) },
    hashes: {
      compared: hashes.compared,
      equal: hashes.equal,
      firstOther: Number.isNaN(firstOtherMs) ? null : iso(firstOtherMs),
    },
    ...{ ended: done.ended, machines, news: account.told, notes },
    ...(others !== undefined && {
      other: { machines: others, news: other!.account.told },
      comparison: compareMachines(machines, others),
    }),
  };
}

/** What is kept, where nothing of what was asked for is. */
async function outside(
  { reader, file }: PastOptions,
  plan: PastPlan,
  leftOut: readonly string[],
): Promise<GemError> {
  if (leftOut.length > 0) return new GemError('GEM_REPLAY_NO_RUN', { file, why: leftOut.join('; ') });
  const spans = await Promise.all((await reader.tags()).map(({ id }) => reader.span(id)));
  const last = Math.max(...spans.map(({ lastMs }) => lastMs).filter((ms) => !Number.isNaN(ms)));
  if (!Number.isFinite(last)) return new GemError('GEM_REPLAY_NO_RUN', { file, why: 'it has no samples' });
  const pause = plan.gaps.find(
    ({ reason, fromMs, toMs }) => reason === 'stopped' && fromMs <= plan.fromMs && toMs >= plan.toMs,
  );
  const but =
    pause &&
    `, but from ${iso(pause.fromMs)} on nothing until the gateway started again at ${iso(pause.toMs)}`;
  const there = `${iso(plan.keptMs)} to ${iso(last)}${but ?? ''}`;
  const to = Number.isFinite(plan.toMs) ? iso(plan.toMs) : 'now';
  return new GemError('GEM_HISTORY_EMPTY', { from: iso(plan.fromMs), to, there });
}

function iso(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : '';
}

function digits(value: number): number {
  return Number(value.toPrecision(4));
}
