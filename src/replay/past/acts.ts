// What was done in a run besides its samples, as a replay asks for it: by tick, a page at a time, in order.

import type { StoredAct } from '../../history/query/runs.ts';
import type { FullReader } from '../../history/reader/reader.ts';

const pageActs = 2000;

export interface TickActs {
  /** JSON, in the order they came. */
  readonly commands: readonly string[];
  /** What the run said its state was after this tick. */
  readonly hash: string | undefined;
  /** It was the last of a run that stopped in order. */
  readonly end: boolean;
  /** From this tick on so many never were; 0 for one that was. */
  readonly skipped: number;
}

export interface Acts {
  /** Of one tick; ticks are asked for in order. */
  at(tick: number): Promise<TickActs> | TickActs;
}

const nothing: TickActs = { commands: [], hash: undefined, end: false, skipped: 0 };

export function readActs(reader: Pick<FullReader, 'acts'>, run: number, fromTick: number): Acts {
  let page: readonly StoredAct[] = [];
  let place = 0;
  let whole = false;

  const more = async () => {
    const last = page.at(-1);
    page = (await reader.acts({
      run,
      fromTick: last?.tick ?? fromTick,
      ...(last !== undefined && { afterId: last.id }),
      limit: pageActs,
    })) as readonly StoredAct[];
    place = 0;
    whole = page.length < pageActs;
  };

  const take = async (tick: number): Promise<TickActs> => {
    const commands: string[] = [];
    let [hash, end, skipped]: [string | undefined, boolean, number] = [undefined, false, 0];
    for (;;) {
      if (place >= page.length) {
        if (whole) break;
        await more();
        continue;
      }
      const act = page[place]!;
      if (act.tick > tick) break;
      place++;
      if (act.tick < tick) continue;
      if (act.kind === 'command') commands.push(act.text);
      else if (act.kind === 'skipped') skipped = Math.max(skipped, Number(act.text) || 0);
      else if (act.kind !== 'overlap') hash = act.text;
      end ||= act.kind === 'end';
    }
    return { commands, hash, end, skipped };
  };

  return {
    at(tick) {
      const next = page[place];
      const isLater = next === undefined ? whole : next.tick > tick;
      return isLater ? nothing : take(tick);
    },
  };
}

/** -1 where nothing was written down of it. */
export async function lastActTick(reader: Pick<FullReader, 'acts'>, run: number): Promise<number> {
  const hasFrom = async (fromTick: number) => (await reader.acts({ run, fromTick, limit: 1 })).length > 0;
  let [has, hasNot] = [-1, 1];
  while (await hasFrom(hasNot)) [has, hasNot] = [hasNot, hasNot * 2];
  if (has < 0 && !(await hasFrom(0))) return -1;
  has = Math.max(0, has);
  while (hasNot - has > 1) {
    const middle = Math.floor((has + hasNot) / 2);
    if (await hasFrom(middle)) has = middle;
    else hasNot = middle;
  }
  return has;
}
