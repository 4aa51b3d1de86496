// Where operators ask for something to be done to alarms, from wherever: at a bounded rate, between two ticks, and answered
// when it is durable. Never touches a book itself.
import type { AlarmBook } from '../../core/alarm/book.ts';
import { alarmOf, byWeight, listAlarms } from '../../core/alarm/memory.ts';
import type { TwinCommand, TwinNews } from '../../core/twin-command.ts';
import type { AlarmAnswer, AlarmDesk, AlarmWish } from '../../ports.ts';
import { createTokenBucket } from '../token-bucket.ts';

/** Somebody who acknowledges a page of alarms is fine; what asks all the time is not somebody. */
const wishesPerS = 20;
const wishesAtOnce = 500;

export interface DeskParts {
  readonly books: readonly AlarmBook[];
  /** Resolves to what came of it, between two ticks. */
  readonly offer: (command: TwinCommand) => Promise<TwinNews>;
  /** Resolves when all that a machine is now is durable: to nothing, or to what was in the way. */
  readonly durable: (machine: number) => Promise<string>;
  readonly monotonicMs: () => number;
}

export function createAlarmDesk(parts: DeskParts): AlarmDesk {
  const { books, monotonicMs } = parts;
  const bucket = createTokenBucket({ samplesPerS: wishesPerS, burst: wishesAtOnce });
  return {
    list(machine) {
      const asked = machine === undefined ? books : books.filter((book) => book.machine === machine);
      return asked.flatMap(listAlarms).toSorted(byWeight);
    },
    async ask(wish) {
      const m = books.findIndex((book) => book.machine === wish.machine);
      if (m < 0) return { ok: false, why: noMachine(wish.machine, books) };
      if (!bucket.take(monotonicMs())) return { ok: false, why: 'too many requests: ask again in a moment' };
      return fulfil(parts, m, wish);
    },
  };
}

async function fulfil(
  { books, offer, durable }: DeskParts,
  m: number,
  wish: AlarmWish,
): Promise<AlarmAnswer> {
  const { machine, alarm, action, by, forS, comment } = wish;
  const command: TwinCommand = {
    ...{ kind: 'alarm', machine, alarm, action, by },
    ...(forS !== undefined && { forS }),
    ...(comment !== undefined && { comment }),
  };
  try {
    const news = await offer(command);
    if (news.kind === 'refused') return { ok: false, why: news.why };
    if (news.kind !== 'alarm') return { ok: false, why: 'it was taken for something else' };
    const trouble = await durable(m);
    const text = trouble === '' ? news.text : `${news.text}. It is not on the disk yet: ${trouble}`;
    const now = alarmOf(books[m]!, alarm);
    return { ok: true, text, alarm: now?.occurrence === news.now.occurrence ? now : news.now };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}

function noMachine(machine: string, books: readonly AlarmBook[]): string {
  const there = books.map((book) => book.machine).join(', ') || 'none';
  return `there is no machine ${machine}; there is ${there}`;
}
