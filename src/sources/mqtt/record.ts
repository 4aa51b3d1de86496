// One object of fields to samples. A bad field is rejected by itself; the others are taken.
import { Quality, worse } from '../../core/quality.ts';
import type { JsonObject } from '../../formats/json.ts';
import { readValue } from '../../formats/value.ts';
import { emit, emitExact, type Message, rejectField } from './message.ts';
import { lookup, type Path, type QualityPlan } from './plan.ts';
import { stateUnit } from './route.ts';

/** `outer` is asked for the unit and quality that the record does not state. */
export function takeRecord(
  message: Message,
  record: JsonObject,
  outer: JsonObject | undefined,
  timeMs: number,
  quality: number,
): number {
  const { plan } = message.route;
  const stated =
    plan.quality === undefined ? quality : worse(quality, statedQuality(plan.quality, record, outer));
  let outcomes = 0;
  for (let f = 0; f < plan.fields.length; f++) {
    const raw = lookup(record, plan.fields[f]!.path);
    if (raw === undefined) continue;
    outcomes += takeField(message, f, raw, record, outer, timeMs, stated);
  }
  return outcomes;
}

export function takeField(
  message: Message,
  f: number,
  raw: unknown,
  record: JsonObject | undefined,
  outer: JsonObject | undefined,
  timeMs: number,
  quality: number,
): number {
  const { route, reading } = message;
  const field = route.plan.fields[f]!;
  if (field.plain && typeof raw === 'number') {
    return emit(message, f, raw * field.scale + field.offset, quality, timeMs);
  }
  readValue(field, raw, reading);
  if (reading.reject !== undefined) return rejectField(message, field, reading.reject, raw);
  if (reading.exact !== undefined) {
    return emitExact(message, f, reading.exact, worse(quality, reading.quality), timeMs);
  }
  let { value } = reading;
  if (field.unitPath !== undefined && record !== undefined) {
    const unit = stated(field.unitPath, record, outer);
    if (!stateUnit(route, f, unit)) return rejectField(message, field, 'unit', unit);
    value = value * route.unitScale[f]! + route.unitOffset[f]!;
  }
  if (reading.coerced) message.out.remark('coerced');
  return emit(message, f, value * field.scale + field.offset, worse(quality, reading.quality), timeMs);
}

export function statedQuality(plan: QualityPlan, record: JsonObject, outer: JsonObject | undefined): number {
  const word = stated(plan.path, record, outer);
  if (plan.good.has(word)) return Quality.good;
  // A quality was promised: without one nothing vouches for the value.
  if (word === undefined || plan.uncertain.has(word)) return Quality.uncertain;
  return isStatusCode(word) ? word : Quality.bad;
}

/** OPC UA status codes beyond Good pass as they are. */
function isStatusCode(word: unknown): word is number {
  return typeof word === 'number' && Number.isInteger(word) && word >= 0x40000000 && word <= 0xffffffff;
}

function stated(path: Path, record: JsonObject, outer: JsonObject | undefined): unknown {
  const own = lookup(record, path);
  return own === undefined && outer !== undefined ? lookup(outer, path) : own;
}
