// Gathers what is to go to the disk into groups, in the order in which it came. Called for every sample, so that makes
// nothing and sends nothing. Bounded: what finds no room is counted, and the gap it leaves is told of.
import type { NewTag } from '../commit.ts';
import { type Block, keepExact, newBlock } from './block.ts';
import { extrasOf, type Group, newGroup } from './group.ts';

/** A group of samples has at most so many, in 640 kB. */
const groupRows = 16_384;
/** Free blocks that are kept for the next ones. */
const sparesMax = 4;
/** Events, acts and the like that may wait. */
const extrasMax = 20_000;
/** A timer may be so early. */
const timerEarlyMs = 1;

export interface GatherParts {
  /** So many may wait. */
  readonly samplesMax: number;
  readonly monotonicMs: () => number;
  /** Something has to go at that time. */
  readonly onDue: (dueMs: number) => void;
}

export interface Gather {
  /** Samples that are not on the disk, and those that found no room. */
  readonly waiting: number;
  readonly dropped: number;
  /** The next sample finds no room. */
  readonly isFull: boolean;
  /** Earliest receipt of what is neither on the disk nor told of there; Infinity without any. */
  readonly openFromMs: number;
  readonly lastReceivedMs: number;
  /** What comes next is put into this one. */
  readonly filling: Group;
  /** Sent, oldest first. */
  readonly underWay: readonly Group[];
  /** A sample that has to go within so long. `index` and `source` are numbers of ours. False: there was no room. */
  push(
    index: number,
    source: number,
    withinMs: number,
    value: number,
    quality: number,
    timeMs: number,
    receiveMs: number,
    rawMs: number,
    exact?: bigint,
  ): boolean;
  /** Puts anything else into the group that is being filled. */
  put(withinMs: number, into: (group: Group) => void): void;
  /** The same for lists, which are bounded. */
  add<T>(withinMs: number, list: (group: Group) => T[], one: T): void;
  /** Events, acts and the like that found no room. */
  readonly extrasDropped: number;
  /** A tag goes with its first sample, or before. */
  name(tag: NewTag): void;
  /** What is being filled has to go at that time. */
  hurry(dueMs: number): void;
  /** The next one that may go, full or due; it is under way then. `all`: due or not. */
  take(all: boolean): Group | undefined;
  /** The oldest one under way is on the disk. */
  settle(): Group | undefined;
  /** The newest group with anything in it that is not on the disk. */
  newest(): Group | undefined;
  /** Samples by the number of their source that come in groups after that one. */
  after(number: number): number[];
  /** All that is not on the disk, oldest first: it never will be. */
  abandon(): Group[];
}

interface State {
  readonly parts: GatherParts;
  readonly spares: Block[];
  /** As many samples as a group has; not sent yet. */
  readonly full: Group[];
  readonly underWay: Group[];
  filling: Group;
  waiting: number;
  dropped: number;
  extras: number;
  extrasDropped: number;
  lastReceivedMs: number;
  /** What found no room lately, and is not told of yet. */
  gap: { fromMs: number; toMs: number; samples: number } | undefined;
}

export function createGather(parts: GatherParts): Gather {
  const state: State = {
    ...{ parts, spares: [], full: [], underWay: [], filling: newGroup(0) },
    ...{ waiting: 0, dropped: 0, extras: 0, extrasDropped: 0 },
    ...{ lastReceivedMs: Number.NEGATIVE_INFINITY, gap: undefined },
  };
  return {
    underWay: state.underWay,
    get waiting() {
      return state.waiting;
    },
    get dropped() {
      return state.dropped;
    },
    get extrasDropped() {
      return state.extrasDropped;
    },
    get isFull() {
      return state.waiting >= parts.samplesMax;
    },
    get lastReceivedMs() {
      return state.lastReceivedMs;
    },
    get filling() {
      return state.filling;
    },
    get openFromMs() {
      return openFrom(state);
    },
    push: (index, source, withinMs, value, quality, timeMs, receiveMs, rawMs, exact) =>
      push(state, index, source, withinMs, value, quality, timeMs, receiveMs, rawMs, exact),
    put(withinMs, into) {
      into(state.filling);
      begin(state, withinMs);
    },
    add(withinMs, list, one) {
      if (state.extras >= extrasMax) {
        state.extrasDropped++;
        return;
      }
      list(state.filling).push(one);
      state.extras++;
      begin(state, withinMs);
    },
    name(tag) {
      state.filling.tags.push(tag);
    },
    hurry(dueMs) {
      if (dueMs >= state.filling.dueMs) return;
      state.filling.dueMs = dueMs;
      parts.onDue(dueMs);
    },
    take: (all) => take(state, all),
    settle() {
      const group = state.underWay.shift();
      if (group !== undefined) release(state, group);
      return group;
    },
    newest() {
      if (!Number.isNaN(state.filling.beganMs)) return state.filling;
      return state.full.at(-1) ?? state.underWay.at(-1);
    },
    after: (number) => countAfter(state, number),
    abandon() {
      const all = [...state.underWay.splice(0), ...state.full.splice(0), close(state)];
      for (const group of all) release(state, group);
      return all;
    },
  };
}

function push(
  state: State,
  index: number,
  source: number,
  withinMs: number,
  value: number,
  quality: number,
  timeMs: number,
  receiveMs: number,
  rawMs: number,
  exact: bigint | undefined,
): boolean {
  if (state.waiting >= state.parts.samplesMax) return lose(state, receiveMs);
  if (state.gap !== undefined) endGap(state);
  const { filling } = state;
  const block = filling.block ?? state.spares.pop() ?? newBlock(groupRows);
  filling.block = block;
  if (withinMs < filling.withinMs) begin(state, withinMs);
  const row = block.length;
  block.tag[row] = index;
  block.value[row] = value;
  block.quality[row] = quality;
  block.timeMs[row] = timeMs;
  block.receiveMs[row] = receiveMs;
  block.rawMs[row] = rawMs;
  if (exact !== undefined) keepExact(block, row, exact);
  block.length = row + 1;
  filling.bySource[source] = (filling.bySource[source] ?? 0) + 1;
  state.lastReceivedMs = receiveMs;
  state.waiting++;
  if (row + 1 === block.room) {
    state.full.push(close(state));
    state.parts.onDue(state.parts.monotonicMs());
  }
  return true;
}

/** The group that is being filled has to go within so long. */
function begin({ filling, parts }: State, withinMs: number): void {
  const nowMs = parts.monotonicMs();
  if (withinMs < filling.withinMs) {
    filling.withinMs = withinMs;
    filling.beganMs = nowMs;
  }
  if (nowMs + withinMs >= filling.dueMs) return;
  filling.dueMs = nowMs + withinMs;
  parts.onDue(filling.dueMs);
}

function close(state: State): Group {
  const closed = state.filling;
  state.filling = newGroup(closed.number + 1);
  return closed;
}

function take(state: State, all: boolean): Group | undefined {
  const { full, underWay, parts } = state;
  if (full.length === 0 && state.gap !== undefined && state.waiting < parts.samplesMax) {
    endGap(state);
    begin(state, 0);
  }
  const { beganMs, dueMs } = state.filling;
  const isDue = !Number.isNaN(beganMs) && (all || parts.monotonicMs() >= dueMs - timerEarlyMs);
  const group = full.shift() ?? (isDue ? close(state) : undefined);
  if (group !== undefined) underWay.push(group);
  return group;
}

function lose(state: State, receiveMs: number): false {
  state.dropped++;
  state.gap ??= { fromMs: receiveMs, toMs: receiveMs, samples: 0 };
  state.gap.toMs = receiveMs;
  state.gap.samples++;
  return false;
}

/** Tells of the gap in the place where it is. */
function endGap(state: State): void {
  if (state.gap === undefined) return;
  state.filling.gaps.push({ ...state.gap, reason: 'disk_full' });
  state.extras++;
  state.gap = undefined;
}

/** What it held can hold something else. */
function release(state: State, group: Group): void {
  const { block } = group;
  state.extras -= extrasOf(group);
  if (block === undefined) return;
  state.waiting -= block.length;
  // What the next sample in its place does not say must not be said by this one.
  block.exact.fill(0n, 0, Math.min(block.length, block.exact.length));
  block.length = 0;
  if (state.spares.length < sparesMax) state.spares.push(block);
  group.block = undefined;
}

function openFrom({ underWay, full, filling, gap }: State): number {
  let fromMs = gap?.fromMs ?? Number.POSITIVE_INFINITY;
  for (const { block, gaps } of [...underWay, ...full, filling]) {
    if (block !== undefined && block.length > 0) fromMs = Math.min(fromMs, block.receiveMs[0]!);
    for (const told of gaps) fromMs = Math.min(fromMs, told.fromMs);
  }
  return fromMs;
}

function countAfter({ underWay, full, filling }: State, number: number): number[] {
  const counts: number[] = [];
  for (const group of [...underWay, ...full, filling]) {
    if (group.number > number) addTo(counts, group.bySource);
  }
  return counts;
}

function addTo(counts: number[], more: readonly number[]): void {
  for (const [source, count = 0] of more.entries()) counts[source] = (counts[source] ?? 0) + count;
}
