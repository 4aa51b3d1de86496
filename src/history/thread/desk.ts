// The writer as the gateway's thread has it: sends it one group after the other, hears when they are on the disk, and
// starts another one when it is gone or does not answer. What was not on the disk is sent again, and nothing twice.
import type { Log } from '../../ports.ts';
import type { Left } from '../commit.ts';
import { shareBlock } from './block.ts';
import { errorOf } from './failure.ts';
import type { Gather } from './gather.ts';
import type { Group } from './group.ts';
import type { HostEvents, SpawnWriter, WriterHost } from './host.ts';
import type { FromWriter, GroupMessage, Sizes } from './message.ts';

/** The writer has the next one when it is done with one, and no more. */
const underWayMax = 2;
const askEveryMs = 250;
const usualSilenceMs = 10_000;
const usualBackoff = { minMs: 500, maxMs: 60_000 };

export interface DeskParts {
  readonly spawn: SpawnWriter;
  readonly gather: Gather;
  readonly log: Log;
  readonly nowMs: () => number;
  readonly setTimer: (act: () => void, delayMs: number) => unknown;
  /** All of a group but its samples. `anew`: this writer knows of nothing that another was told. */
  readonly rest: (group: Group, anew: boolean) => GroupMessage['rest'];
  readonly onSafe: (group: Group) => void;
  readonly onTrouble: (trouble: Trouble) => void;
  /** It writes again, or another one does: what it found when it opened the file. */
  readonly onWell: (left: Left | undefined) => void;
  /** No answer for so long: it hangs. */
  readonly silenceMs?: number;
  readonly backoff?: { readonly minMs: number; readonly maxMs: number };
}

export interface Trouble {
  readonly state: 'full' | 'failed';
  readonly why: string;
  /** When another one is tried; 0: as long as it takes. */
  readonly againInMs: number;
}

export interface Desk {
  /** Resolves to what earlier runs left; throws why the file cannot be opened. */
  open(): Promise<Left>;
  /** Sends what may go. */
  send(all?: boolean): void;
  /** Sends all, waits until it is on the disk and the file is closed; false when that took too long. */
  close(withinMs: number): Promise<boolean>;
  readonly trouble: Trouble | undefined;
  readonly sizes: Sizes;
  /** False while it neither answers nor ends. */
  readonly alive: boolean;
}

interface State {
  readonly parts: DeskParts;
  readonly opened: PromiseWithResolvers<Left>;
  readonly closed: PromiseWithResolvers<boolean>;
  host: WriterHost | undefined;
  /** The file is open, and what is sent is committed. */
  isOpen: boolean;
  /** It was open once. */
  known: boolean;
  closing: boolean;
  over: boolean;
  /** This writer has been told nothing yet. */
  anew: boolean;
  alive: boolean;
  failures: number;
  unanswered: number;
  trouble: Trouble | undefined;
  sizes: Sizes;
}

export function createDesk(parts: DeskParts): Desk {
  const state: State = {
    ...{ parts, opened: Promise.withResolvers(), closed: Promise.withResolvers(), host: undefined },
    ...{ isOpen: false, known: false, closing: false, over: false, anew: true, alive: true },
    ...{ failures: 0, unanswered: 0, trouble: undefined },
    sizes: { bytes: 0, walBytes: 0, freeBytes: 0 },
  };
  return {
    send: (all) => send(state, all),
    get trouble() {
      return state.trouble;
    },
    get sizes() {
      return state.sizes;
    },
    get alive() {
      return state.alive;
    },
    async open() {
      spawn(state);
      ask(state);
      return state.opened.promise;
    },
    async close(withinMs) {
      state.closing = true;
      send(state);
      parts.setTimer(() => state.closed.resolve(false), withinMs);
      const isWhole = state.known && (await state.closed.promise);
      state.over = true;
      const last = state.host;
      state.host = undefined;
      state.isOpen = false;
      await last?.end();
      return isWhole;
    },
  };
}

function spawn(state: State): void {
  state.unanswered = 0;
  const events: HostEvents = {
    message: (message) => void (state.host === mine && hear(state, message)),
    lost(why) {
      if (state.host !== mine) return;
      if (state.known) fail(state, why);
      else giveUp(state, new Error(`the history writer ended: ${why}`));
    },
  };
  const mine: WriterHost = state.parts.spawn(events);
  state.host = mine;
}

function hear(state: State, message: FromWriter): void {
  state.unanswered = 0;
  if ('sizes' in message) state.sizes = message.sizes;
  switch (message.kind) {
    case 'opened':
      takeUp(state, message.left, message.group);
      break;
    case 'committed':
      state.failures = 0;
      isSafe(state);
      recover(state);
      send(state);
      break;
    case 'full':
      ail(state, { state: 'full', why: message.why, againInMs: 0 });
      break;
    case 'news': {
      const { kind, text, details } = message.news;
      state.parts.log.info({ kind, ...details }, text);
      break;
    }
    case 'failed':
      if (state.known) fail(state, message.failure.message);
      else giveUp(state, errorOf(message.failure));
      break;
    case 'closed':
      state.closed.resolve(true);
      break;
    case 'alive':
  }
}

/** The file is open. What was under way goes to the new writer, but for what the one before had committed. */
function takeUp(state: State, left: Left, lastGroup: number): void {
  const { underWay } = state.parts.gather;
  state.isOpen = true;
  state.anew = true;
  while (underWay[0] !== undefined && underWay[0].number <= lastGroup) isSafe(state);
  if (state.known) recover(state, left);
  state.known = true;
  state.opened.resolve(left);
  for (const group of underWay) post(state, group);
  send(state);
}

function send(state: State, all = state.closing): void {
  const { gather, nowMs } = state.parts;
  while (state.isOpen && gather.underWay.length < underWayMax) {
    const group = gather.take(all);
    if (group === undefined) break;
    post(state, group);
  }
  if (!state.closing || !state.isOpen || gather.underWay.length > 0) return;
  state.isOpen = false;
  state.host?.post({ kind: 'close', nowMs: nowMs() });
}

function post(state: State, group: Group): void {
  const { number, block } = group;
  const samples = block === undefined ? undefined : shareBlock(block);
  state.host?.post({ kind: 'commit', group: number, samples, rest: state.parts.rest(group, state.anew) });
  state.anew = false;
}

function isSafe({ parts }: State): void {
  const group = parts.gather.settle();
  if (group !== undefined) parts.onSafe(group);
}

function ail(state: State, trouble: Trouble): void {
  state.trouble = trouble;
  state.parts.onTrouble(trouble);
}

function recover(state: State, left?: Left): void {
  const wasIll = state.trouble !== undefined;
  state.trouble = undefined;
  if (wasIll || left !== undefined) state.parts.onWell(left);
}

/** A file that cannot be opened at the start is for people to mend. */
function giveUp(state: State, error: Error): void {
  state.opened.reject(error);
  void state.host?.end();
  state.host = undefined;
}

/** Ends the one there is, and tries another after a while. */
function fail(state: State, why: string): void {
  const { backoff = usualBackoff, log, setTimer } = state.parts;
  const gone = state.host;
  state.host = undefined;
  state.isOpen = false;
  if (state.over) return;
  state.failures++;
  const againInMs = Math.min(backoff.maxMs, backoff.minMs * 2 ** (state.failures - 1));
  ail(state, { state: 'failed', why, againInMs });
  log.error({ why, againInMs }, `the history writer failed: ${why}`);
  // Two writers at one file is what must not be: the next one waits for the end of this one.
  void (gone?.end() ?? Promise.resolve()).then(() => {
    state.alive = true;
    setTimer(() => state.over || spawn(state), againInMs);
  });
}

/** Questions are counted, and not the time: when it was us who stood still, none was asked. */
function ask(state: State): void {
  const { silenceMs = usualSilenceMs, nowMs, setTimer } = state.parts;
  if (state.over) return;
  if (state.isOpen && state.host !== undefined) {
    if (state.unanswered++ > silenceMs / askEveryMs) {
      state.alive = false;
      fail(state, `it did not answer for ${silenceMs / 1000} s`);
    } else state.host.post({ kind: 'ask', nowMs: nowMs() });
  }
  setTimer(() => ask(state), askEveryMs);
}
