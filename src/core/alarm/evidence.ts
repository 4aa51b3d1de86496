// What was seen around a raise, attached to its alarm: at once, and whole when the time after it has passed. It takes time
// to put together, so that only some are made in one tick, those first that people are told of.
import { type Alarm, isTold } from '../alarm.ts';
import { afterS, evidenceOf } from '../attribute/evidence.ts';
import { type Frame, Origins } from '../frame.ts';
import { causeOf } from './cause.ts';
import { regroup } from './group.ts';
import { type AlarmBook, rowOf, type Scene } from './scene.ts';
import { told } from './telling.ts';

/** Made in one tick of a machine. */
export const evidencesMax = 2;
/** Alarms of a machine that have one; older ones lose theirs: the journal has it. */
const keptMax = 32;
const rowsMax = 8;
/** Whatever has not come to its turn by then goes without: what was seen before the raise is no longer known. */
const lateMs = 4000;

/** At a raise. */
export function planEvidence(scene: Scene, c: number): void {
  const { book, timeMs } = scene;
  book.evidenceMs[c] = timeMs + afterS * 1000;
  if (isTold(book.live.get(c)!)) attach(scene, c);
}

export function completeEvidence(scene: Scene): void {
  completeSome(scene, true);
  completeSome(scene, false);
}

/** In the order in which they were raised. */
function completeSome(scene: Scene, areTold: boolean): void {
  const { book, timeMs } = scene;
  for (const [c, alarm] of book.live) {
    const dueMs = book.evidenceMs[c]!;
    if (dueMs > timeMs || isTold(alarm) !== areTold) continue;
    const isLate = timeMs > dueMs + lateMs;
    if (!isLate && scene.evidences === 0) continue;
    book.evidenceMs[c] = Number.POSITIVE_INFINITY;
    if (!isLate) complete(scene, c);
  }
}

/** Now more is known: also whose fault it is. */
function complete(scene: Scene, c: number): void {
  const { book } = scene;
  const before = book.live.get(c)!;
  const { cause, reasons } = causeOf(scene, c, firstRow(scene, before, c), before.raisedMs);
  book.live.set(c, { ...before, cause, reasons });
  attach(scene, c);
  if (cause !== before.cause && book.root[c]! < 0) regroup(scene, c);
  told(scene, 'evidence', book.live.get(c)!);
}

function attach(scene: Scene, c: number): void {
  if (scene.evidences === 0) return;
  scene.evidences--;
  const { book, frame, detection } = scene;
  const alarm = book.live.get(c)!;
  const rows = rowsAround(scene, c, firstRow(scene, alarm, c));
  const evidence = evidenceOf(detection.evidence, frame, rows, alarm.raisedMs);
  book.live.set(c, { ...alarm, evidence });
  dropOldest(book);
}

/** Of a joint detector it may be another one by now: what counts is the raise. */
function firstRow(scene: Scene, { signals }: Alarm, c: number): number {
  const row = scene.frame.machine.signals.findIndex(({ name }) => name === signals[0]);
  return row >= 0 ? row : rowOf(scene, c);
}

/** Its own signals, and those of the same part of the machine that are measured. */
function rowsAround({ book, frame }: Scene, c: number, first: number): number[] {
  const all = new Set<number>(first >= 0 ? [first] : []);
  for (const row of book.conditions[c]!.rows) all.add(row);
  const part = partOf(frame.machine.signals[first]?.name ?? '');
  for (const [row, { name }] of frame.machine.signals.entries()) {
    if (partOf(name) === part && isMeasured(frame, row)) all.add(row);
  }
  return [...all].slice(0, rowsMax);
}

function isMeasured({ origin }: Frame, row: number): boolean {
  return origin[row] !== Origins.missing && origin[row] !== Origins.predicted;
}

/** `axis.x` of `axis.x.current`. */
function partOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')));
}

function dropOldest({ live }: AlarmBook): void {
  let [kept, oldest, oldestMs] = [0, -1, Number.POSITIVE_INFINITY];
  for (const [c, { evidence, raisedMs }] of live) {
    if (evidence === undefined) continue;
    kept++;
    if (raisedMs < oldestMs) [oldest, oldestMs] = [c, raisedMs];
  }
  if (kept <= keptMax) return;
  const { evidence: _, ...alarm } = live.get(oldest)!;
  live.set(oldest, alarm);
}
