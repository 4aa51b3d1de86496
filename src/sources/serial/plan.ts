// A serial source's configuration, compiled: all that does not depend on a line.
import type { TagSpec } from '../../core/sample.ts';
import { tagSpecOf, valueRuleOf } from '../../formats/tag.ts';
import { type TimeFormat, zoneMinutes } from '../../formats/time.ts';
import type { ValueRule } from '../../formats/value.ts';
import type { Calibration } from './calibration.ts';
import { compileProof, type Proof } from './checksum.ts';
import { fieldsOf, type SerialSourceConfig } from './schema.ts';

/** Places in a row that are no values. */
export const Slot = { none: -1, time: -2, sequence: -3 } as const;

export interface FieldPlan {
  /** As text: words, switches and numbers with a comma. */
  readonly rule: ValueRule;
  readonly isNumber: boolean;
  readonly scale: number;
  readonly offset: number;
  readonly spec: TagSpec;
}

/** A name on the wire and the place its value goes to. */
export interface KeyPlan {
  readonly name: string;
  readonly bytes: Buffer;
  readonly path: readonly string[];
  readonly slot: number;
}

export interface TimePlan {
  readonly format: TimeFormat;
  readonly zoneMin: number;
  /** 0: not relative to the device's start. */
  readonly ticksPerMs: 0 | 1 | 1000;
}

export interface LinePlan {
  readonly line: SerialSourceConfig['line'];
  readonly prefix: Buffer | undefined;
  readonly nmea: boolean;
  readonly proof: Proof | undefined;
  readonly separator: number;
  readonly assign: number;
  /** csv: the place of every column. */
  readonly columns: Int32Array;
  readonly keys: readonly KeyPlan[];
  readonly fields: readonly FieldPlan[];
  readonly time: TimePlan | undefined;
  readonly calibrations: readonly Calibration[];
}

/** The schema has checked what could be wrong with it. */
export function compilePlan(config: SerialSourceConfig): LinePlan {
  const { line, checksum, prefix, time, separator = line === 'csv' ? ',' : ' ' } = config;
  const slots = slotsOf(config);
  return {
    line,
    prefix: prefix === undefined ? undefined : Buffer.from(prefix),
    nmea: (typeof checksum === 'string' ? checksum : checksum.type) === 'nmea-xor',
    proof: compileProof(checksum),
    separator: separator.charCodeAt(0),
    assign: config.assign.charCodeAt(0),
    columns: Int32Array.from(config.columns ?? [], (name) => slots.get(name) ?? Slot.none),
    keys: [...slots].map(([name, slot]) => ({
      name,
      bytes: Buffer.from(name),
      path: name.split('.'),
      slot,
    })),
    fields: fieldsOf(config).map(([, field]) => compileField(field, time?.trusted)),
    time: time && compileTime(time),
    calibrations: compileCalibrations(config),
  };
}

function slotsOf(config: SerialSourceConfig): Map<string, number> {
  const slots = new Map(fieldsOf(config).map(([name], index) => [name, index]));
  if (config.time !== undefined) slots.set(config.time.field, Slot.time);
  if (config.sequence !== undefined) slots.set(config.sequence, Slot.sequence);
  return slots;
}

function compileField(field: ReturnType<typeof fieldsOf>[number][1], clockTrusted?: boolean): FieldPlan {
  const rule = valueRuleOf(field);
  return {
    rule,
    isNumber: rule.kind === 'number',
    scale: field.scale ?? 1,
    offset: field.offset ?? 0,
    spec: tagSpecOf(field.tag, field, clockTrusted),
  };
}

function compileTime({ format, zone }: NonNullable<SerialSourceConfig['time']>): TimePlan {
  const zoneMin = zoneMinutes(zone);
  if (format === 'millis') return { format: 'ms', zoneMin, ticksPerMs: 1 };
  if (format === 'micros') return { format: 'us', zoneMin, ticksPerMs: 1000 };
  return { format, zoneMin, ticksPerMs: 0 };
}

function compileCalibrations(config: SerialSourceConfig): Calibration[] {
  const slots = new Map(fieldsOf(config).map(([, { tag }], index) => [tag, index]));
  return config.calibration.map(({ inputs, bias, matrix }) => ({
    slots: [slots.get(inputs[0]!)!, slots.get(inputs[1]!)!, slots.get(inputs[2]!)!],
    bias,
    matrix: matrix.flat(),
  }));
}
