// The ticks of a run, one after the other: each when all samples that belong to it are here, after the commands that came
// before it, and never one that the run did not have.
import { applyCommand } from '../../core/command.ts';
import type { SampleColumns } from '../../core/sample.ts';
import { type Core, dueMs, stateHash } from '../../core/step.ts';
import type { Stage } from '../hall.ts';
import { parseTwinCommand } from '../recorded-command.ts';
import { readActs } from './acts.ts';
import type { Hashes, PastRun, PastRunParts, Players, TagOf } from './past-run.ts';
import type { RunPart } from './plan.ts';

export interface Steps {
  /** All ticks that were asked for are done, or the run is. */
  readonly isOver: boolean;
  take(samples: SampleColumns, tagOf: TagOf): Promise<void>;
  /** The ticks that are whole although no sample came after them. */
  finish(): Promise<PastRun>;
}

interface Walk {
  next: number;
  /** Those before never were. */
  skipUntil: number;
  ended: boolean;
  /** In the stretch that was asked for. */
  reporting: boolean;
  firstMs: number;
  ticks: number;
  ticksBefore: number;
  ticksSkipped: number;
  samples: number;
  samplesLost: number;
  hashes: Hashes;
}

export function createSteps(
  stage: Stage,
  { run, fromTick, toTick, knownMs, isOpen }: RunPart,
  players: Players,
  parts: PastRunParts,
): Steps {
  const { ticker, begin, account, other } = players;
  const { core } = ticker;
  const acts = readActs(parts.reader, run.id, begin.tick);
  const walk = newWalk(begin.tick);
  const indexOf = createIndexes(stage);
  const command = createCommand(players, (words) => parts.note(`before tick ${walk.next}: ${words}`));

  /** Tick `next`, or nothing where the run had none. */
  const tick = async (): Promise<void> => {
    const { next } = walk;
    const now = await acts.at(next);
    if (now.skipped > 0) walk.skipUntil = next + now.skipped;
    for (const text of now.commands) command(text);
    if (next >= walk.skipUntil) {
      if (!walk.reporting && next >= fromTick) beginReport(walk, core, players);
      const waiting = ticker.tick(next);
      if (waiting !== undefined) await waiting;
      if (walk.reporting) walk.ticks++;
      else walk.ticksBefore++;
      if (now.hash !== undefined && begin.at !== 'anew') walk.hashes = compared(walk.hashes, core, now.hash);
      // Before its first tick a run has missed none.
    } else if (walk.reporting) walk.ticksSkipped++;
    walk.ended = now.end;
    walk.next++;
  };
  const isKnown = () => dueMs(core, walk.next) <= knownMs;
  const isOver = () => walk.ended || walk.next > toTick || (isOpen && !isKnown());

  return {
    get isOver() {
      return isOver();
    },
    async take({ length, tag, value, quality, timeMs, receiveMs, rawMs }, tagOf) {
      for (let i = 0; i < length; i++) {
        // One that came later: nothing of the ticks due before it is missing.
        while (!isOver() && dueMs(core, walk.next) < receiveMs[i]!) await tick();
        if (isOver()) return;
        const index = indexOf(tag[i]!, tagOf);
        if (!stage.inbox.push(index, value[i]!, quality[i]!, timeMs[i]!, receiveMs[i]!, rawMs[i]!))
          walk.samplesLost++;
        if (walk.reporting) walk.samples++;
      }
    },
    async finish() {
      while (!isOver() && isKnown()) await tick();
      if (walk.samplesLost > 0)
        parts.note(`${walk.samplesLost} samples found no room: loop.inboxSamples is too small`);
      if (isOpen && !walk.ended && walk.next <= toTick && Number.isFinite(toTick))
        parts.note('this run may go on: what came after has not been settled yet');
      const lastMs = walk.ticks === 0 ? Number.NaN : dueMs(core, core.lastTick);
      return { ...walk, core, begin, lastMs, account, other };
    },
  };
}

function newWalk(next: number): Walk {
  return {
    ...{ next, skipUntil: next, ended: false, reporting: false, firstMs: Number.NaN },
    ...{ ticks: 0, ticksBefore: 0, ticksSkipped: 0, samples: 0, samplesLost: 0 },
    hashes: { compared: 0, equal: 0, firstOtherMs: Number.NaN },
  };
}

function beginReport(walk: Walk, core: Core, { report }: Players): void {
  walk.reporting = true;
  walk.firstMs = dueMs(core, walk.next);
  report();
}

function compared({ compared: before, equal, firstOtherMs }: Hashes, core: Core, hash: string): Hashes {
  const isSame = hash === stateHash(core);
  const isFirst = !isSame && Number.isNaN(firstOtherMs);
  return {
    compared: before + 1,
    equal: equal + (isSame ? 1 : 0),
    firstOtherMs: isFirst ? dueMs(core, core.lastTick) : firstOtherMs,
  };
}

function createCommand({ ticker, other }: Players, note: (words: string) => void): (text: string) => void {
  return (text) => {
    const command = parseTwinCommand(text);
    if (command === undefined) {
      note('a command cannot be read, and is left out');
      return;
    }
    applyCommand(ticker.core, command);
    other?.lane.command(command);
  };
}

/** From the history's number of a tag to ours; -1 for one that it does not name. */
function createIndexes(stage: Stage): (tag: number, tagOf: TagOf) => number {
  const indexes = new Map<number, number>();
  return (tag, tagOf) => {
    const known = indexes.get(tag);
    if (known !== undefined) return known;
    const words = tagOf(tag);
    const admitted = words && stage.tags.admit(words.source, words.spec);
    if (words !== undefined && admitted?.fresh === true)
      stage.bind?.(words.source, admitted.index, words.spec);
    const index = admitted?.index ?? -1;
    indexes.set(tag, index);
    return index;
  };
}
