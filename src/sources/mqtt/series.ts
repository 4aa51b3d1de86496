// Payloads of many samples: an array of objects (rows), or an object of arrays (columns).
// An element's place in time is its own stamp, or the payload's time and a spacing.
import { Quality, worse } from '../../core/quality.ts';
import { isObject, type JsonObject } from '../../formats/json.ts';
import { readTime } from '../../formats/time.ts';
import {
  emit,
  endNumber,
  isNew,
  isNewNumber,
  type Message,
  rejectField,
  rejectMessage,
  untimedQuality,
} from './message.ts';
import { type FieldPlan, lookup } from './plan.ts';
import { statedQuality, takeField, takeRecord } from './record.ts';

interface Spacing {
  readonly firstMs: number;
  /** NaN when nothing tells it. */
  readonly periodMs: number;
}

export function takeArray(message: Message, root: unknown): number {
  const { items } = message.route.plan;
  const outer = isObject(root) ? root : undefined;
  const rows = items === undefined ? root : outer && lookup(outer, items);
  if (!Array.isArray(rows)) return rejectMessage(message, 'type');
  if (outer !== undefined && !isNew(message, outer)) return rejectMessage(message, 'duplicate');
  const by = spacingOf(message, outer, rows.length);
  let outcomes = 0;
  for (let i = 0; i < rows.length; i++) outcomes += takeRow(message, rows[i], outer, i, by);
  return outcomes;
}

function takeRow(
  message: Message,
  row: unknown,
  outer: JsonObject | undefined,
  i: number,
  by: Spacing,
): number {
  const { time } = message.route.plan;
  if (!isObject(row)) return rejectMessage(message, 'type');
  let timeMs = Number.NaN;
  let quality: number = Quality.good;
  if (time !== undefined) timeMs = readTime(lookup(row, time.path), time.format, time.zoneMin);
  if (Number.isNaN(timeMs)) {
    timeMs = at(by, i);
    // Rows without a place in time would all fall on one instant.
    if (Number.isNaN(by.periodMs)) return rejectMessage(message, 'type');
    if (Number.isNaN(message.timeMs)) quality = untimedQuality(message);
  }
  if (outer === undefined && !isNewNumber(message, row, timeMs)) return rejectMessage(message, 'duplicate');
  const outcomes = takeRecord(message, row, outer, timeMs, quality);
  if (outer === undefined) endNumber(message);
  return outcomes === 0 ? rejectMessage(message, 'unmapped') : outcomes;
}

export function takeStatistics(message: Message, root: unknown): number {
  if (!isObject(root)) return rejectMessage(message, 'type');
  const { fields, time, quality } = message.route.plan;
  const length = commonLength(fields, root);
  const times = time && lookup(root, time.path);
  const timed = Array.isArray(times);
  if (length < 0 || (timed && times.length !== length)) return rejectMessage(message, 'type');
  if (!isNew(message, root)) return rejectMessage(message, 'duplicate');
  const by = spacingOf(message, root, length);
  if (!timed && Number.isNaN(by.periodMs)) return rejectMessage(message, 'type');
  const columns: Columns = {
    by,
    times: timed ? times : undefined,
    quality: worse(
      timed || !Number.isNaN(message.timeMs) ? Quality.good : untimedQuality(message),
      quality === undefined ? Quality.good : statedQuality(quality, root, undefined),
    ),
  };
  let outcomes = 0;
  for (let f = 0; f < fields.length; f++) outcomes += takeColumn(message, f, root, columns);
  return outcomes;
}

interface Columns {
  readonly by: Spacing;
  readonly times: readonly unknown[] | undefined;
  readonly quality: number;
}

function takeColumn(message: Message, f: number, root: JsonObject, columns: Columns): number {
  const { fields, time } = message.route.plan;
  const field = fields[f]!;
  const values = lookup(root, field.path);
  if (values === undefined) return 0;
  if (!Array.isArray(values)) return rejectField(message, field, 'type', values);
  const { by, times, quality } = columns;
  if (hasChanged(field, values)) return emit(message, f, Number.NaN, Quality.badTypeMismatch, message.timeMs);
  let outcomes = 0;
  for (let i = 0; i < values.length; i++) {
    const timeMs = times === undefined ? at(by, i) : readTime(times[i], time!.format, time!.zoneMin);
    const lost = times !== undefined && Number.isNaN(timeMs);
    const own = lost ? worse(quality, untimedQuality(message)) : quality;
    outcomes += takeField(message, f, values[i], root, undefined, timeMs, own);
  }
  return outcomes;
}

/** The length of the columns; -1 when they differ, since then nobody knows which element is when. */
function commonLength(fields: readonly FieldPlan[], root: JsonObject): number {
  let length: number | undefined;
  for (const field of fields) {
    const values = lookup(root, field.path);
    if (!Array.isArray(values) || hasChanged(field, values)) continue;
    if (length !== undefined && values.length !== length) return -1;
    length = values.length;
  }
  return length ?? 0;
}

function hasChanged(field: FieldPlan, values: readonly unknown[]): boolean {
  return field.length !== undefined && values.length !== field.length;
}

function spacingOf(message: Message, outer: JsonObject | undefined, count: number): Spacing {
  const { periodPath, periodMs, anchorLast } = message.route.plan;
  const raw = periodPath && outer && lookup(outer, periodPath);
  const spacing = typeof raw === 'number' && raw > 0 && Number.isFinite(raw) ? raw : periodMs;
  if (count <= 1) return { firstMs: message.timeMs, periodMs: 0 };
  const untimed = Number.isNaN(message.timeMs);
  // Without a time the last element is the one that has just been received.
  const base = untimed ? message.out.nowMs() : message.timeMs;
  const before = untimed || anchorLast ? count - 1 : 0;
  return { firstMs: base - before * spacing, periodMs: spacing };
}

function at(by: Spacing, i: number): number {
  return by.firstMs + i * by.periodMs;
}
