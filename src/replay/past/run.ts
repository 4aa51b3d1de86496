// Replays one run of a history: exactly its ticks, with the samples, the commands and the pauses it had, and looks at
// every state hash it left on the way.
import type { SampleColumns, TagSpec } from '../../core/sample.ts';
import { type Core, dueMs } from '../../core/step.ts';
import type { FullReader } from '../../history/reader/reader.ts';
import { createStage, type Stage } from '../hall.ts';
import { createTicker } from '../ticker.ts';
import { type Account, createAccount } from './account.ts';
import { beginTicker } from './begin.ts';
import type { OtherTuning, PastRun, PastRunParts, Players } from './past-run.ts';
import type { RunPart } from './plan.ts';
import { createSteps } from './steps.ts';
import { createOtherLane } from './tuning.ts';

/** Samples in one answer. */
const batchSamples = 50_000;
/** What a gateway that runs commits meanwhile is not waited for. */
const aheadMs = 60_000;

export async function replayPastRun(part: RunPart, parts: PastRunParts): Promise<PastRun> {
  const { reader } = parts;
  const stage = createStage(parts.config, parts.file);
  const players = await createPlayers(stage, part, parts);
  const steps = createSteps(stage, part, players, parts);
  const { core } = players.ticker;
  const { at, tick } = players.begin;
  const toMs = Math.min(part.untilMs, dueMs(core, part.toTick), Date.now() + aheadMs);
  let afterMs = at === 'run' ? part.run.openedMs - 1 : dueMs(core, tick - 1);
  const tags = await tagsOf(reader);
  while (afterMs < toMs && !steps.isOver) {
    const { samples, reachedMs } = await reader.received({ afterMs, toMs, samplesMax: batchSamples });
    await steps.take(samples, (tag) => tags.get(tag));
    parts.onProgress(reachedMs);
    if (reachedMs <= afterMs) break;
    afterMs = reachedMs;
  }
  return steps.finish();
}

async function tagsOf(reader: FullReader): Promise<ReadonlyMap<number, { source: string; spec: TagSpec }>> {
  const raw = (await reader.tags()).filter(({ tier }) => tier === 'raw');
  return new Map(raw.map(({ id, source, name, unit, kind }) => [id, { source, spec: { name, unit, kind } }]));
}

async function createPlayers(stage: Stage, part: RunPart, parts: PastRunParts): Promise<Players> {
  const { run, fromTick } = part;
  const account = createAccount();
  let reports = false;
  let other: OtherTuning | undefined;
  const make = () =>
    createTicker(
      stage,
      {
        ...{ config: parts.config, log: parts.log, speed: parts.speed },
        paceFromMs: run.startMs + fromTick * run.periodMs,
        onBatch: (k: number, samples: SampleColumns) => other?.lane.step(k, samples),
        onFrames(frames) {
          hear(account, ticker.core, reports);
          if (other !== undefined) hear(other.account, other.lane.core, reports);
          return reports ? parts.onFrames(frames) : undefined;
        },
      },
      () => run.startMs,
    );
  const { ticker, begin } = await beginTicker(part, parts, make);
  if (parts.other !== undefined) {
    const lane = createOtherLane(parts.other.config, ticker.core, parts.log, parts.other.carried);
    other = { lane, account: createAccount() };
    if (begin.at === 'snapshot') lane.adopt(ticker.core);
    const { bind } = stage;
    stage.bind = (...tag) => {
      bind?.(...tag);
      lane.bind(...tag);
    };
  }
  const report = () => {
    reports = true;
    account.begin(ticker.core);
    other?.account.begin(other.lane.core);
  };
  return { ticker, begin, account, other, report };
}

function hear(account: Account, core: Core, reports: boolean): void {
  if (reports) account.take(core, core.frames);
  else account.hush(core);
  core.alarmChanges.length = 0;
}
