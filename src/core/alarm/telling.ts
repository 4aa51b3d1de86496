// How an alarm comes to be and how what becomes of it is told. Whoever hears of it gets a copy that nobody changes.
import type { Alarm, AlarmChangeKind } from '../alarm.ts';
import { causeOf } from './cause.ts';
import { isOver, type LifeEvent, live } from './life.ts';
import { type AlarmBook, modeOf, rowOf, type Scene } from './scene.ts';
import { numberText, render, unitText } from './texts.ts';

/** Names of signals in an alarm; of a joint detector there are more. */
const signalsMax = 8;
const scoreDigits = 3;

/**
 * A new occurrence of the condition, under no cause yet. `before`: the one that is on the shelf while it was normal; it
 * stays there, but for a trip of which only the warning was shelved.
 */
export function raise(scene: Scene, c: number, before: Alarm | undefined): Alarm {
  const { book, timeMs, frame } = scene;
  const condition = book.conditions[c]!;
  const row = rowOf(scene, c);
  const { cause, reasons } = causeOf(scene, c, row, timeMs);
  const isTrip = book.contacts.held[c] === 2;
  const shelved = isTrip && before?.trip === false ? undefined : before;
  const setting = book.settings[c]!;
  const mode = modeOf(frame);
  return {
    machine: book.machine,
    id: condition.id,
    occurrence: ++book.occurrences,
    state: 'raised',
    active: true,
    latched: false,
    ...(shelved !== undefined && {
      shelvedUntilMs: shelved.shelvedUntilMs,
      by: shelved.by,
      comment: shelved.comment,
    }),
    ...(setting.suppressedIn.includes(mode) && { suppressedBy: mode }),
    severity: isTrip ? setting.tripSeverity : setting.severity,
    trip: isTrip,
    ...{ cause, reasons, text: '', action: '' },
    signals: signalsOf(scene, c, row),
    detector: condition.detector,
    ...numbersOf(scene, c, row),
    ...{ raisedMs: timeMs, count: 1, consequences: [] },
  };
}

/** The same with its words: they are about how it stands now. */
export function worded(scene: Scene, c: number): Alarm {
  const { book } = scene;
  const alarm = { ...book.live.get(c)!, ...wordsOf(scene, c) };
  book.live.set(c, alarm);
  return alarm;
}

function signalsOf({ book, frame }: Scene, c: number, row: number): string[] {
  const { rows } = book.conditions[c]!;
  const order = row < 0 ? rows : [row, ...rows.filter((one) => one !== row)];
  return order.slice(0, signalsMax).map((one) => frame.machine.signals[one]?.name ?? '');
}

/** What is known of it as a number. */
function numbersOf({ book, standing, frame }: Scene, c: number, row: number) {
  const [value, bound] = [standing.value[c]!, standing.bound[c]!];
  const unit = book.conditions[c]!.unit ?? frame.machine.signals[row]?.unit;
  return {
    score: Number(standing.score[c]!.toFixed(scoreDigits)),
    ...(Number.isFinite(value) && { value }),
    ...(Number.isFinite(bound) && { bound }),
    ...((Number.isFinite(value) || Number.isFinite(bound)) && unit !== undefined && unit !== '' && { unit }),
  };
}

function wordsOf(scene: Scene, c: number): Pick<Alarm, 'text' | 'action'> {
  const { book, standing, frame, timeMs } = scene;
  const alarm = book.live.get(c)!;
  const { text, action, onDelayS } = book.settings[c]!;
  const values = {
    signal: alarm.signals[0] ?? book.machine,
    signals: alarm.signals.join(', ') || book.machine,
    machine: book.machine,
    value: numberText(standing.value[c]!),
    bound: numberText(standing.bound[c]!),
    unit: unitText(alarm.unit ?? ''),
    // That of the bound beside it: a trip is passed for its delay before the alarm is one.
    level: standing.level[c] === 2 ? 'trip' : 'warning',
    forS: numberText(onDelayS + Math.max(0, Math.round((timeMs - alarm.raisedMs) / 1000))),
    mode: modeOf(frame),
    score: numberText(alarm.score),
    count: String(book.contacts.count[c]!),
  };
  return { text: render(text, values), action: render(action, values) };
}

const hasNewWords = new Set<LifeEvent['kind']>(['returned', 'escalate', 'ease']);

/** Has an alarm live through an event of a tick, and tells it. */
export function apply(scene: Scene, c: number, event: LifeEvent): void {
  const { book } = scene;
  const before = book.live.get(c);
  if (before === undefined) return;
  const step = live(before, event, scene.timeMs);
  if (typeof step === 'string' || step.kinds.length === 0) return;
  const count = book.contacts.count[c]!;
  book.live.set(c, { ...step.alarm, count });
  // What is gone and only waits for its off-delay keeps the words it had: of its number now they would not be true.
  if (hasNewWords.has(event.kind) && scene.standing.level[c]! > 0) {
    const row = rowOf(scene, c);
    const now = { ...numbersOf(scene, c, row), signals: signalsOf(scene, c, row) };
    book.live.set(c, { ...book.live.get(c)!, ...now });
    worded(scene, c);
  }
  tellAll(scene, c, step.kinds, book.live.get(c)!);
}

/** What comes of one event, in order; an alarm that is over leaves the book. */
export function tellAll(scene: Telling, c: number, kinds: readonly AlarmChangeKind[], alarm: Alarm): void {
  if (isOver(alarm)) forget(scene.book, c);
  for (const kind of kinds) told(scene, kind, alarm);
}

type Telling = Pick<Scene, 'book' | 'timeMs' | 'changes'>;

export function told({ book, changes, timeMs }: Telling, kind: AlarmChangeKind, alarm: Alarm): void {
  changes.push({ kind, timeMs, alarm });
  book.changes++;
}

function forget(book: AlarmBook, c: number): void {
  book.live.delete(c);
  const root = book.root[c]!;
  if (root >= 0) {
    book.regrouped[root] = 1;
    // Between two ticks nobody settles it: the next one does.
    book.nextMs = Math.min(book.nextMs, book.timeMs);
  }
  book.root[c] = -1;
  book.orphanMs[c] = Number.POSITIVE_INFINITY;
  book.evidenceMs[c] = Number.POSITIVE_INFINITY;
  book.contacts.count[c] = 0;
  book.chatterTold[c] = 0;
}
