// What a source on a thread of its own has to hand over, from its first word to the message that carries it. Blocks
// come back when they were read; without one, what comes is counted and left out. Nothing here grows without an end.
import { createDraft, type Draft } from './draft.ts';
import type { Aside, Batch } from './message.ts';
import { defaultRoom, newRows, type Room, RowKind, type Rows, rowsIn } from './rows.ts';

/** So many blocks may be on their way before they are full: beyond, the turns share one. */
const looseMax = 3;

export interface Outgoing extends Draft {
  /** The row for one more, in `rows()`; -1 when there is no room. */
  place(): number;
  rows(): Rows;
  /** A row that says more than its columns can; false when there is no room. */
  aside(aside: Aside): boolean;
  /** A block was read. */
  back(buffer: ArrayBuffer): void;
  /** Resolves when all has been sent. */
  drained(): Promise<void>;
}

export type Post = (batch: Batch, transfer: ArrayBuffer[]) => void;

/** `later`: at the end of this turn of the loop. */
export function createOutgoing(
  post: Post,
  room: Room = defaultRoom,
  later: (flush: () => void) => void = setImmediate,
): Outgoing {
  const free = Array.from({ length: room.blocks - 1 }, () => newRows(room.rows));
  let filling: Rows | undefined = newRows(room.rows);
  let length = 0;
  let empty = true;
  let away = 0;
  let planned = false;
  const waiting: (() => void)[] = [];

  const send = ({ buffer }: Rows) => {
    post({ kind: 'batch', buffer, rows: length, ...draft.take() }, [buffer]);
    away++;
    filling = free.pop();
    length = 0;
    empty = true;
    for (const done of waiting.splice(0)) done();
  };
  const flush = () => {
    planned = false;
    if (!empty && filling !== undefined && away < looseMax) send(filling);
  };
  const touch = () => {
    empty = false;
    if (planned) return;
    planned = true;
    later(flush);
  };
  const draft = createDraft(touch);
  const place = () => {
    if (filling !== undefined && length === room.rows) send(filling);
    touch();
    return filling === undefined ? -1 : length++;
  };
  return {
    ...draft,
    place,
    rows: () => filling!,
    aside(aside) {
      const row = draft.hasRoomForAside() ? place() : -1;
      if (row < 0) return false;
      filling!.kind[row] = RowKind.aside;
      draft.aside(aside);
      return true;
    },
    back(buffer) {
      away--;
      if (filling === undefined) filling = rowsIn(buffer);
      else free.push(rowsIn(buffer));
      if (!empty) touch();
    },
    async drained() {
      if (!empty) await new Promise<void>((done) => waiting.push(done));
    },
  };
}
