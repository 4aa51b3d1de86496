// Reads what is settled in blocks further than it was asked for, so that a block is unpacked a few times and not at
// each answer. Must not hold much more than it may, whatever came in one millisecond.
import type { SampleColumns } from '../../../core/sample.ts';
import type { HistoryFile, Job } from '../history-file.ts';
import { cut, type Gathered, inReceiptOrder, narrow, newGathered } from './columns.ts';
import { type Directory, makeDirectory, type Wanted } from './directory.ts';
import { gatherBlocks, load } from './load.ts';

export interface Ahead {
  /** All up to here was handed out. */
  readonly reachedMs: number;
  /** The next ones, about so many, of what was received up to `settledMs`. */
  next(most: number, settledMs: number): Job<SampleColumns>;
}

/** So many are held. */
const heldMax = 250_000;
/** And so many answers. */
const heldAnswers = 10;
/** How much of the time to come is looked up at once. */
const lookMs = { first: 600_000, most: 21_600_000 };
/** So many blocks are unpacked in one turn. */
const blocksAtOnce = 128;
/** Blocks that are gone make a directory useless; when that happens again and again they were dropped for their age. */
const triesMax = 3;

const nothing = inReceiptOrder(newGathered());

interface State {
  reachedMs: number;
  held: SampleColumns;
  /** Of those held so many were handed out. */
  given: number;
  /** What is held is all up to there. */
  heldToMs: number;
  directory: Directory | undefined;
  lookMs: number;
  /** So much time had about as many samples as were wanted. */
  spanMs: number;
  wantedSamples: number;
}

export function createAhead(file: HistoryFile, wanted: Wanted, afterMs: number): Ahead {
  const state: State = {
    reachedMs: afterMs,
    held: nothing,
    given: 0,
    heldToMs: afterMs,
    directory: undefined,
    lookMs: lookMs.first,
    spanMs: 1000,
    wantedSamples: 0,
  };
  return {
    get reachedMs() {
      return state.reachedMs;
    },
    *next(most, settledMs) {
      if (state.given === state.held.length && state.reachedMs < settledMs) {
        // Who takes little at a time is in no hurry, and need not cost so much memory.
        state.wantedSamples = Math.min(heldMax, heldAnswers * most, Math.max(most, 2 * state.wantedSamples));
        yield* fill(file, wanted, state, settledMs);
      }
      return handOut(state, most, settledMs);
    },
  };
}

function handOut(state: State, most: number, settledMs: number): SampleColumns {
  const { held, given } = state;
  const { receiveMs, length } = held;
  let end = Math.min(length, given + most);
  // Those of one millisecond stay together.
  while (end > given && end < length && receiveMs[end] === receiveMs[end - 1]) end++;
  while (end > given && receiveMs[end - 1]! > settledMs) end--;
  const stopped = end < length;
  state.reachedMs = Math.min(
    settledMs,
    stopped && end - given >= most ? receiveMs[end - 1]! : state.heldToMs,
  );
  const samples = cut(held, given, end);
  state.given = end;
  return samples;
}

/** Until about half of what is wanted is there, or there is no more. */
function* fill(file: HistoryFile, wanted: Wanted, state: State, settledMs: number): Job<void> {
  const gathered = newGathered();
  let tries = 0;
  let fromMs = state.reachedMs;
  while (fromMs < settledMs && gathered.series.length < state.wantedSamples / 2) {
    let { directory } = state;
    if (directory === undefined || directory.toMs <= fromMs || directory.afterMs > fromMs) {
      directory = yield* makeDirectory(file, wanted, fromMs, Math.min(settledMs, fromMs + state.lookMs));
      state.directory = directory;
      state.lookMs = Math.min(lookMs.most, 2 * state.lookMs);
    }
    const before = gathered.series.length;
    const aimMs = Math.min(directory.toMs, Math.ceil(fromMs + state.spanMs));
    const toMs = yield* gatherUpTo(file, directory, fromMs, aimMs, state.wantedSamples, gathered);
    if (toMs === undefined && tries++ < triesMax) {
      state.directory = undefined;
      narrow(gathered, fromMs);
      continue;
    }
    const reachedMs = toMs ?? aimMs;
    adapt(state, reachedMs - fromMs, gathered.series.length - before);
    fromMs = reachedMs;
  }
  state.held = inReceiptOrder(gathered);
  state.given = 0;
  state.heldToMs = fromMs;
}

function adapt(state: State, spanMs: number, samples: number): void {
  const factor = samples === 0 ? 16 : Math.min(16, Math.max(1 / 16, state.wantedSamples / samples));
  state.spanMs = Math.max(1, Math.min(lookMs.most, spanMs * factor));
}

/** How far it came, which is less far where there was too much; undefined: a block is not there any more. */
function* gatherUpTo(
  file: HistoryFile,
  directory: Directory,
  fromMs: number,
  aimMs: number,
  most: number,
  into: Gathered,
): Job<number | undefined> {
  const blocks = directory.blocks.filter(
    ({ receivedFirst, receivedLast }) => receivedLast > fromMs && receivedFirst <= aimMs,
  );
  let toMs = aimMs;
  let gone = false;
  for (let at = 0; at < blocks.length; at += blocksAtOnce) {
    const some = blocks.slice(at, at + blocksAtOnce);
    const loaded = file.snapshot(() => load(file, some));
    if (loaded.includes(undefined)) gone = true;
    gatherBlocks(file, some, loaded, fromMs, toMs, into);
    while (into.series.length > 2 * most && toMs > fromMs + 1) {
      toMs = Math.floor((fromMs + toMs) / 2);
      narrow(into, toMs);
    }
    yield;
  }
  return gone ? undefined : toMs;
}
