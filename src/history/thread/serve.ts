// The writer's half: commits what comes, in its order and before anything else, and works a slice at a time in between.
// What finds no room is tried again until it does. Decides nothing about what is written.
import type { Commit, Left, Writer } from '../commit.ts';
import type { Tell } from '../upkeep/news.ts';
import { columnsOf } from './block.ts';
import { failureOf } from './failure.ts';
import type { FromWriter, GroupMessage, ToWriter } from './message.ts';

/** A `MessagePort` is one. */
export interface WriterPort {
  postMessage(message: FromWriter): void;
  on(event: 'message', listener: (message: ToWriter) => void): unknown;
}

export interface ServeParts {
  readonly open: (tell: Tell) => Writer;
  /** Of this run of the gateway, and of no other. */
  readonly token: string;
  /** Gateway time of now; absent: nobody has told it yet, and there is no work before somebody does. */
  readonly openedMs?: number;
  /** Whether an error says that there is no room, and nothing else. */
  readonly isFull: (error: unknown) => boolean;
  /** The end of this turn of the loop, and a while. Tests replace them. */
  readonly soon?: (act: () => void) => void;
  readonly later?: (act: () => void, delayMs: number) => unknown;
}

/** Where the number of a group is kept that brings no account. */
const groupKey = 'history.group';

/** How often a group is tried that found no room, and how soon a writer without work looks for some. */
const againMs = 250;
const idleMs = 200;
const sizesMs = 1000;

interface Serving {
  readonly port: WriterPort;
  readonly parts: ServeParts;
  readonly writer: Writer;
  readonly sizes: ReturnType<typeof createSizes>;
  readonly waiting: GroupMessage[];
  /** Gateway time, as it was last told; undefined before: nothing is to be aged by a time that nobody has told. */
  nowMs: number | undefined;
  closing: boolean;
  over: boolean;
  /** The last try found no room. */
  full: boolean;
  planned: boolean;
  resting: boolean;
}

export function serveWriter(port: WriterPort, parts: ServeParts): void {
  let writer: Writer;
  try {
    writer = parts.open((news) => port.postMessage({ kind: 'news', news }));
  } catch (error) {
    port.postMessage({ kind: 'failed', failure: failureOf(error) });
    return;
  }
  const sizes = createSizes(writer);
  const serving: Serving = {
    ...{ port, parts, writer, sizes, waiting: [], nowMs: parts.openedMs },
    ...{ closing: false, over: false, full: false, planned: false, resting: false },
  };
  const { left, run } = writer;
  port.postMessage({ kind: 'opened', left, run, group: lastGroup(left, parts.token), sizes: sizes.now() });
  port.on('message', (message) => hear(serving, message));
  plan(serving);
}

function hear(serving: Serving, message: ToWriter): void {
  if (serving.over) return;
  const nowMs = message.kind === 'commit' ? message.rest.nowMs : message.nowMs;
  serving.nowMs = Math.max(serving.nowMs ?? nowMs, nowMs);
  if (message.kind === 'commit') {
    serving.waiting.push(message);
    // At once, unless there is no room anyway.
    if (!serving.full) turn(serving);
  } else if (message.kind === 'close') {
    serving.closing = true;
    plan(serving);
  } else serving.port.postMessage({ kind: 'alive', sizes: serving.sizes.lately() });
}

function turn(serving: Serving): void {
  const { writer, waiting, nowMs } = serving;
  if (serving.over) return;
  try {
    const next = waiting[0];
    if (next !== undefined) commit(serving, next);
    else if (serving.closing) {
      writer.close();
      end(serving, { kind: 'closed' });
    } else if (nowMs !== undefined && writer.work(nowMs)) plan(serving);
    else rest(serving, idleMs);
  } catch (error) {
    end(serving, { kind: 'failed', failure: failureOf(error) });
  }
}

/** Ends with the next turn planned. */
function commit(serving: Serving, message: GroupMessage): void {
  const { writer, parts, port, sizes } = serving;
  try {
    writer.commit(commitOf(message, parts.token));
  } catch (error) {
    if (!parts.isFull(error)) throw error;
    if (!serving.full) port.postMessage({ kind: 'full', why: (error as Error).message, sizes: sizes.now() });
    serving.full = true;
    // There may be something that can go.
    writer.work(message.rest.nowMs);
    rest(serving, againMs);
    return;
  }
  serving.full = false;
  serving.waiting.shift();
  port.postMessage({ kind: 'committed', group: message.group });
  plan(serving);
}

function plan(serving: Serving): void {
  if (serving.planned) return;
  serving.planned = true;
  (serving.parts.soon ?? setImmediate)(() => {
    serving.planned = false;
    turn(serving);
  });
}

function rest(serving: Serving, delayMs: number): void {
  if (serving.resting) return;
  serving.resting = true;
  (serving.parts.later ?? setTimeout)(() => {
    serving.resting = false;
    plan(serving);
  }, delayMs);
}

function end(serving: Serving, last: FromWriter): void {
  serving.over = true;
  serving.port.postMessage(last);
}

/** Looking costs a few calls of the system. */
function createSizes(writer: Writer) {
  let sizes = writer.sizes();
  let lookedMs = performance.now();
  const now = () => {
    sizes = writer.sizes();
    lookedMs = performance.now();
    return sizes;
  };
  return { now, lately: () => (performance.now() - lookedMs >= sizesMs ? now() : sizes) };
}

/** The number is in the same transaction: with an account, for that is written anyway, or else by itself. */
function commitOf({ group, samples, rest }: GroupMessage, token: string): Commit {
  const mark = `${token} ${group}`;
  const ledger = rest.ledger.map((entry) => ({ ...entry, group: mark }));
  const memory = ledger.length > 0 ? rest.memory : [...rest.memory, { key: groupKey, text: mark }];
  return { ...rest, ledger, memory, samples: samples === undefined ? undefined : columnsOf(samples) };
}

function lastGroup({ memory, ledger }: Left, token: string): number {
  const marks = [memory.get(groupKey), ...ledger.map(({ group }) => group)];
  const numbers = marks.map((mark = '') => {
    const [of, number] = mark.split(' ');
    return of === token ? Number(number) : -1;
  });
  return Math.max(-1, ...numbers);
}
