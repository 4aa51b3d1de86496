// Replays rows of CSV or JSON lines: their times take the place of a clock, and decide which tick takes what.
import { dueMs } from '../core/step.ts';
import { GemError } from '../errors.ts';
import { noRows } from '../sources/replay/decode.ts';
import type { OpenRecording } from '../sources/replay/open.ts';
import { believedRows } from '../sources/replay/outlier.ts';
import type { Hall } from './hall.ts';
import { createTicker, type Ticker, type TickerParts } from './ticker.ts';

const dayMs = 86_400_000;
/** A live gateway believes no older time (2020-01-01). */
const earliestMs = 1_577_836_800_000;
/** Where a recording that is older is moved to, by whole days (2026-01-01). */
const movedToMs = 1_767_225_600_000;

/** A moment by the calendar, or so long after the first row. */
export type Moment = { readonly atMs: number } | { readonly afterMs: number };

export interface RowParts extends TickerParts {
  readonly from: Moment | undefined;
  readonly to: Moment | undefined;
  /** Now and then: the share of the file that is read. */
  onProgress(share: number): void;
}

export interface Replayed {
  readonly ticker: Ticker;
  /** Of the first and the last row. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** In pauses of more than an hour. */
  readonly ticksSkipped: number;
  /** Of a recording from before 2020: by so much all its times were moved, to be believed as others are. */
  readonly movedMs: number;
  /** Outside of `from` and `to`. */
  readonly rowsPassedOver: number;
}

/** A longer pause is not ticked through: after a minute, in which every signal has grown old, time moves on. */
const pauseMs = 3_600_000;
const settleMs = 60_000;

export async function replayRows(recording: OpenRecording, hall: Hall, parts: RowParts): Promise<Replayed> {
  const run = createRun(hall, parts);
  for await (const rows of believedRows(recording)) {
    for (const row of rows) {
      if (row.fault !== undefined) recording.decode!.take(row, Number.NaN);
      else if (run.wants(row.timeMs)) {
        // Most rows belong to the tick of the row before: to wait for each would be most of the time.
        const timeMs = run.moved(row.timeMs);
        if (run.isDue(timeMs)) await run.advance(timeMs);
        run.arrive(timeMs);
        recording.decode!.take(row, timeMs);
      }
    }
    parts.onProgress(recording.reader.position / Math.max(1, recording.reader.size));
  }
  const { taken, complaint } = recording.decode!;
  const done = taken === 0 ? undefined : await run.end();
  if (done !== undefined) return done;
  const { file } = hall;
  const { outside, hasBegun } = run;
  if (outside !== undefined && !hasBegun) throw new GemError('GEM_REPLAY_OUTSIDE', { file, ...outside });
  const why = recording.damage?.message ?? complaint();
  if (why === noRows) throw new GemError('GEM_REPLAY_EMPTY', { file, why });
  throw new GemError('GEM_REPLAY_UNUSABLE', { file, why });
}

function createRun(hall: Hall, parts: RowParts) {
  const window = createWindow(parts);
  let ticker: Ticker | undefined;
  let firstMs = Number.NaN;
  let lastMs = Number.NEGATIVE_INFINITY;
  let ticksSkipped = 0;
  let movedMs = Number.NaN;

  const begin = (ms: number): Ticker => {
    const { periodMs } = parts.config.loop;
    // On round times, so that frames of different replays can be laid side by side.
    const startMs = Math.floor(ms / periodMs) * periodMs;
    const made = createTicker(hall, parts, (lagMs) => startMs - lagMs);
    made.next = Math.ceil((ms - made.core.startMs) / periodMs);
    firstMs = ms;
    lastMs = ms;
    return made;
  };

  /** All ticks due before `ms`. */
  const advance = async (ms: number): Promise<void> => {
    const { core } = ticker!;
    const restMs = lastMs + settleMs + ticker!.lagMs;
    while (dueMs(core, ticker!.next) < ms) {
      if (ms - lastMs > pauseMs && dueMs(core, ticker!.next) > restMs) {
        const next = Math.ceil((ms - core.startMs) / core.periodMs);
        ticksSkipped += next - ticker!.next;
        ticker!.next = next;
        return;
      }
      const waiting = ticker!.tick(ticker!.next);
      if (waiting !== undefined) await waiting;
    }
  };

  return {
    wants: (ms: number) => window.holds(ms),
    get outside() {
      return window.outside;
    },
    get hasBegun() {
      return ticker !== undefined;
    },
    moved(ms: number): number {
      if (Number.isNaN(movedMs)) movedMs = ms >= earliestMs ? 0 : Math.ceil((movedToMs - ms) / dayMs) * dayMs;
      return ms + movedMs;
    },
    isDue: (ms: number) => ticker !== undefined && dueMs(ticker.core, ticker.next) < ms,
    advance,
    /** The clock goes to the row's time, and never back. */
    arrive(ms: number) {
      ticker ??= begin(ms);
      if (ms > lastMs) lastMs = ms;
      hall.time.nowMs = Math.max(hall.time.nowMs, ms);
    },
    /** As many ticks more as it takes until a frame describes the last row. */
    async end(): Promise<Replayed | undefined> {
      if (ticker === undefined) return undefined;
      await advance(lastMs + ticker.lagMs);
      const waiting = ticker.tick(ticker.next);
      if (waiting !== undefined) await waiting;
      const rowsPassedOver = window.passedOver;
      return { ticker, firstMs, lastMs, ticksSkipped, movedMs, rowsPassedOver };
    },
  };
}

function createWindow({ from, to }: Pick<RowParts, 'from' | 'to'>) {
  let fromMs = Number.NaN;
  let toMs = Number.NaN;
  let passedOver = 0;
  /** Of what was passed over. */
  let firstMs = Number.POSITIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;
  const resolve = (moment: Moment | undefined, firstMs: number, otherwise: number) => {
    if (moment === undefined) return otherwise;
    return 'atMs' in moment ? moment.atMs : firstMs + moment.afterMs;
  };
  return {
    get passedOver() {
      return passedOver;
    },
    /** From when to when the rows go that were passed over, for people; undefined: there are none. */
    get outside() {
      if (passedOver === 0) return undefined;
      return { first: new Date(firstMs).toISOString(), last: new Date(lastMs).toISOString() };
    },
    holds(ms: number): boolean {
      if (Number.isNaN(fromMs)) {
        fromMs = resolve(from, ms, Number.NEGATIVE_INFINITY);
        toMs = resolve(to, ms, Number.POSITIVE_INFINITY);
      }
      const inside = ms >= fromMs && ms <= toMs;
      if (!inside) {
        passedOver++;
        firstMs = Math.min(firstMs, ms);
        lastMs = Math.max(lastMs, ms);
      }
      return inside;
    },
  };
}
