// The last samples of each tag, to know one that comes again: a repetition has the time, the value and the
// quality of the first. Bounded; it looks back only where a stamp is not newer than all before it.

/** So many samples of a tag are remembered, a power of two: what a client may have had under way when its link broke. */
const depth = 32;
/** Rooms are made for 32 tags at once; a tag gets its ring with its first sample. */
const roomBits = 5;
const tagsInRoom = 1 << roomBits;

/** Rings of some tags. Of value and quality a print is enough, as two samples have to have the same stamp as well. */
interface Room {
  readonly timeMs: Float64Array;
  readonly print: Int32Array;
}

export interface Recent {
  readonly rooms: Room[];
  /** How many tags have a ring. */
  taken: number;
  /** By tag: its ring, -1 before its first sample. */
  ring: Int32Array;
  /** By tag: the place in the ring that is next, how many of the newest came in order, and the newest stamp. */
  next: Uint8Array;
  inOrder: Uint8Array;
  newestMs: Float64Array;
}

export function newRecent(tags: number): Recent {
  return {
    rooms: [],
    taken: 0,
    ring: new Int32Array(tags).fill(-1),
    next: new Uint8Array(tags),
    inOrder: new Uint8Array(tags),
    newestMs: new Float64Array(tags).fill(Number.NEGATIVE_INFINITY),
  };
}

export function growRecent(recent: Recent, tags: number): Recent {
  const larger: Recent = { ...newRecent(tags), rooms: recent.rooms, taken: recent.taken };
  larger.ring.set(recent.ring);
  larger.next.set(recent.next);
  larger.inOrder.set(recent.inOrder);
  larger.newestMs.set(recent.newestMs);
  return larger;
}

/** `sourceMs` as the source said it: a time that was corrected would not come out the same twice. */
export function wasSeen(recent: Recent, tag: number, sourceMs: number, value: number, mark: number): boolean {
  if (sourceMs > recent.newestMs[tag]!) return false;
  const ring = recent.ring[tag]!;
  if (ring < 0) return false;
  const { timeMs, print } = recent.rooms[ring >>> roomBits]!;
  const next = recent.next[tag]!;
  // Where they came in order, nothing before an older one can be the same.
  const inOrder = recent.inOrder[tag] === depth;
  const wanted = printOf(value, mark);
  for (let back = 1; back <= depth; back++) {
    const at = placeIn(ring, next - back);
    if (timeMs[at] === sourceMs) {
      if (print[at] === wanted) return true;
    } else if (inOrder && timeMs[at]! < sourceMs) return false;
  }
  return false;
}

/** False when the stamp is before the one that came before it. */
export function keepSeen(
  recent: Recent,
  tag: number,
  sourceMs: number,
  value: number,
  mark: number,
): boolean {
  let ring = recent.ring[tag]!;
  if (ring < 0) ring = openRing(recent, tag);
  const { timeMs, print } = recent.rooms[ring >>> roomBits]!;
  const next = recent.next[tag]!;
  const at = placeIn(ring, next);
  // Of a ring that is new all times are 0, before any that is believed.
  const follows = sourceMs >= timeMs[placeIn(ring, next - 1)]!;
  recent.inOrder[tag] = follows ? Math.min(depth, recent.inOrder[tag]! + 1) : 0;
  timeMs[at] = sourceMs;
  print[at] = printOf(value, mark);
  recent.next[tag] = (next + 1) & (depth - 1);
  if (sourceMs > recent.newestMs[tag]!) recent.newestMs[tag] = sourceMs;
  return follows;
}

/** Of the stamps that were believed, also in earlier runs; NaN without one. */
export function newestSeenMs(recent: Recent, tag: number): number {
  const newestMs = recent.newestMs[tag] ?? Number.NEGATIVE_INFINITY;
  return newestMs === Number.NEGATIVE_INFINITY ? Number.NaN : newestMs;
}

function openRing(recent: Recent, tag: number): number {
  const ring = recent.taken++;
  if ((ring & (tagsInRoom - 1)) === 0) {
    const places = tagsInRoom * depth;
    recent.rooms.push({ timeMs: new Float64Array(places), print: new Int32Array(places) });
  }
  recent.ring[tag] = ring;
  return ring;
}

function placeIn(ring: number, slot: number): number {
  return (ring & (tagsInRoom - 1)) * depth + (slot & (depth - 1));
}

const scratch = new Float64Array(1);
const halves = new Int32Array(scratch.buffer);

/** 32 bits out of value and mark: those of one stamp that differ do not share them but by a chance of 2^-32. */
function printOf(value: number, mark: number): number {
  // The one zero and the one NaN.
  scratch[0] = Number.isNaN(value) ? Number.NaN : value + 0;
  // What tells qualities apart is in their upper bits, and must not meet that of the value.
  const spread = Math.imul(mark ^ (mark >>> 15), 0x85ebca6b);
  return halves[0]! ^ Math.imul(halves[1]! ^ spread, 0x9e3779b1);
}
