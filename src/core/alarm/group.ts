// Consequences under their first cause: one fault is one line on an operator's list. One level deep: a consequence has none
// of its own. When the cause is gone, what still stands after a moment stands by itself.
import { consequencesOf, follows, mark, nextKin, rootsOf, weightOf } from './relation.ts';
import type { AlarmBook, Scene } from './scene.ts';
import { told } from './telling.ts';

/** What goes with its cause has so long to go. */
const graceMs = 10_000;

/** It has come: under what explains it, or over what it explains. */
export function regroup(scene: Scene, c: number): void {
  const { book } = scene;
  const own = book.live.get(c);
  if (own !== undefined) mark(scene.masks, c, own.cause);
  if (!explains(book, c)) return;
  const root = rootFor(scene, c);
  if (root >= 0) {
    putUnder(scene, c, root);
    return;
  }
  const { kinship, live } = book;
  const { cause, raisedMs } = live.get(c)!;
  const weight = weightOf(kinship, c, cause);
  const mask = consequencesOf(kinship, cause, scene.masks);
  for (let other = nextKin(kinship, c, -1, mask); other >= 0; other = nextKin(kinship, c, other, mask)) {
    const alarm = book.root[other]! < 0 && book.contacts.held[other]! > 0 ? live.get(other) : undefined;
    if (alarm === undefined) continue;
    const isLess = weightOf(kinship, other, alarm.cause) < weight;
    const soon = Math.abs(raisedMs - alarm.raisedMs) <= book.bounds.groupMs;
    if (isLess && soon && follows(kinship, c, cause, other, soon)) takeOver(scene, other, c);
  }
}

/** The weightiest that explains it, the first of several; -1: nothing does. */
function rootFor({ book, masks }: Scene, c: number): number {
  const { kinship, live, root, bounds, orphanMs } = book;
  const own = live.get(c)!;
  const ownWeight = weightOf(kinship, c, own.cause);
  let [best, bestWeight, bestMs] = [-1, ownWeight, Number.POSITIVE_INFINITY];
  const mask = rootsOf(kinship, c, masks);
  for (let other = nextKin(kinship, c, -1, mask); other >= 0; other = nextKin(kinship, c, other, mask)) {
    const alarm = root[other]! < 0 && book.contacts.held[other]! > 0 ? live.get(other) : undefined;
    if (alarm === undefined || alarm.suppressedBy !== undefined) continue;
    const weight = weightOf(kinship, other, alarm.cause);
    if (weight < bestWeight || (weight === bestWeight && alarm.raisedMs >= bestMs)) continue;
    // Of two that might explain each other the one that was first does; of an orphan, the one that stands by itself.
    const isFirst = alarm.raisedMs <= own.raisedMs || weight > ownWeight || orphanMs[c]! < Infinity;
    const soon = Math.abs(own.raisedMs - alarm.raisedMs) <= bounds.groupMs;
    if (!isFirst || !follows(kinship, other, alarm.cause, c, soon)) continue;
    [best, bestWeight, bestMs] = [other, weight, alarm.raisedMs];
  }
  return best;
}

/** Whether it may explain anything, or be explained. */
function explains({ live }: AlarmBook, c: number): boolean {
  const alarm = live.get(c);
  return alarm?.active === true && alarm.suppressedBy === undefined;
}

function putUnder({ book }: Scene, c: number, root: number): void {
  book.root[c] = root;
  book.orphanMs[c] = Number.POSITIVE_INFINITY;
  book.regrouped[root] = 1;
  book.live.set(c, { ...book.live.get(c)!, under: book.conditions[root]!.id });
}

/** A cause that turns out to be a consequence goes under `root` with all that is under it. */
function takeOver(scene: Scene, c: number, root: number): void {
  const { book } = scene;
  for (const member of membersOf(book, c)) {
    putUnder(scene, member, root);
    told(scene, 'grouped', book.live.get(member)!);
  }
  book.regrouped[c] = 0;
  putUnder(scene, c, root);
  const alarm = { ...book.live.get(c)!, consequences: [] };
  book.live.set(c, alarm);
  told(scene, 'grouped', alarm);
}

function membersOf({ live, root }: AlarmBook, c: number): number[] {
  const members: number[] = [];
  for (const other of live.keys()) if (root[other] === c) members.push(other);
  return members;
}

/** What was a cause is gone, or is suppressed. */
export function leaveOrphans({ book, timeMs }: Scene, c: number): void {
  // Of a flood that is over most never had any, and to look for them takes time.
  if (book.regrouped[c] === 0 && book.live.get(c)?.consequences.length === 0) return;
  for (const member of membersOf(book, c)) {
    const dueMs = timeMs + graceMs + book.contacts.offMs[member]!;
    book.orphanMs[member] = dueMs;
    book.nextMs = Math.min(book.nextMs, dueMs);
  }
}

/** Whose cause has been gone for long enough: the weightiest first, so that the others find it. */
export function promoteOrphans(scene: Scene): void {
  const { book, timeMs } = scene;
  const due: number[] = [];
  for (const c of book.live.keys()) if (book.orphanMs[c]! <= timeMs) due.push(c);
  const weight = (c: number) => weightOf(book.kinship, c, book.live.get(c)!.cause);
  for (const c of due.sort((a, b) => weight(b) - weight(a) || a - b)) promote(scene, c);
}

function promote(scene: Scene, c: number): void {
  const { book } = scene;
  const cause = book.root[c]!;
  if (cause >= 0 && explains(book, cause)) {
    book.orphanMs[c] = Number.POSITIVE_INFINITY;
    return;
  }
  if (cause >= 0) book.regrouped[cause] = 1;
  book.root[c] = -1;
  book.live.set(c, { ...book.live.get(c)!, under: undefined });
  regroup(scene, c);
  book.orphanMs[c] = Number.POSITIVE_INFINITY;
  told(scene, book.root[c]! >= 0 ? 'grouped' : 'promoted', book.live.get(c)!);
}

/** At the end of a tick: each cause whose consequences are others is told once. */
export function settleGroups(scene: Scene): void {
  const { book } = scene;
  const { regrouped, live, conditions } = book;
  for (const [c, alarm] of live) {
    if (regrouped[c] === 0) continue;
    const consequences = membersOf(book, c).map((member) => conditions[member]!.id);
    const isSame =
      consequences.length === alarm.consequences.length &&
      consequences.every((id, i) => id === alarm.consequences[i]);
    regrouped[c] = 0;
    if (isSame) continue;
    const now = { ...alarm, consequences };
    live.set(c, now);
    told(scene, 'grouped', now);
  }
}
