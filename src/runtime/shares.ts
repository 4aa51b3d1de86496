// Fair shares of a bounded room: half of it is kept for the sources in equal parts, whatever one of them
// sends; the other half is for whoever comes first.

export interface Shares {
  /** A lane for one more source. */
  open(): number;
  /** Lane −1 has no share of its own. */
  hasRoom(lane: number): boolean;
  take(lane: number): void;
  /** All that was taken has left the room. */
  clear(): void;
}

export const noLane = -1;

export function createShares(capacity: number): Shares {
  const taken: number[] = [];
  let share = 0;
  let used = 0;
  /** Of the shares, what nobody has taken yet. */
  let kept = 0;

  return {
    open() {
      taken.push(0);
      share = Math.floor(capacity / 2 / taken.length);
      kept = taken.reduce((sum, count) => sum + Math.max(0, share - count), 0);
      return taken.length - 1;
    },
    hasRoom(lane) {
      const own = lane !== noLane && taken[lane]! < share;
      return used + (own ? 0 : kept) < capacity;
    },
    take(lane) {
      used++;
      if (lane === noLane) return;
      if (taken[lane]! < share) kept--;
      taken[lane]!++;
    },
    clear() {
      used = 0;
      taken.fill(0);
      kept = share * taken.length;
    },
  };
}
