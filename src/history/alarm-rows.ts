// Alarms as rows of the journal, and their evidence as bytes: packed on the gateway's thread, which only copies numbers,
// deflated on the writer's. Must never keep evidence twice.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { AlarmChange, Evidence, EvidenceSeries } from '../core/alarm.ts';
import type { AlarmRow, PackedEvidence } from './commit.ts';
import type { Connection } from './database.ts';

/** Six digits tell all that a sensor can. */
const digits = 6;
const fast = { level: 1 } as const;

/** `withEvidence`: also what was seen, where it is whole. */
export function alarmRow({ kind, timeMs, alarm }: AlarmChange, withEvidence: boolean): AlarmRow {
  const { evidence, ...rest } = alarm;
  const { machine, id, occurrence } = alarm;
  const row = { timeMs, machine, alarm: id, occurrence, kind, text: JSON.stringify(rest) };
  return withEvidence && evidence !== undefined ? { ...row, evidence: packEvidence(evidence) } : row;
}

export function packEvidence({ signals, residuals, ...rest }: Evidence): PackedEvidence {
  const all = [...signals, ...residuals];
  const values = new Float64Array(all.reduce((sum, series) => sum + series.values.length, 0));
  let at = 0;
  for (const series of all) for (const value of series.values) values[at++] = value ?? Number.NaN;
  const head = { ...rest, signals: signals.map(headOf), residuals: residuals.map(headOf) };
  return { head: JSON.stringify(head), values };
}

function headOf({ name, unit, values }: EvidenceSeries) {
  return { name, unit, length: values.length };
}

interface Head extends Omit<Evidence, 'signals' | 'residuals'> {
  readonly signals: readonly ReturnType<typeof headOf>[];
  readonly residuals: readonly ReturnType<typeof headOf>[];
}

export function unpackEvidence({ head, values }: PackedEvidence): Evidence {
  const { signals, residuals, ...rest } = JSON.parse(head) as Head;
  let at = 0;
  const seriesOf = ({ name, unit, length }: Head['signals'][number]): EvidenceSeries => {
    const some = values.subarray(at, at + length);
    at += length;
    return { name, unit, values: Array.from(some, (value) => (Number.isNaN(value) ? null : value)) };
  };
  return { ...rest, signals: signals.map(seriesOf), residuals: residuals.map(seriesOf) };
}

export function deflateEvidence(packed: PackedEvidence): Buffer {
  const short = (_key: string, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(digits)) : value;
  return deflateRawSync(JSON.stringify(unpackEvidence(packed), short), fast);
}

/** Throws where the bytes are not those that were written. */
export function inflateEvidence(bytes: Uint8Array): Evidence {
  return JSON.parse(inflateRawSync(bytes).toString()) as Evidence;
}

export function createAlarmRows(database: Connection): (row: AlarmRow) => void {
  const insert = database.prepare(
    `INSERT INTO alarms (time_ms, machine, alarm, occurrence, kind, text, evidence)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const replaced = database.prepare(
    'UPDATE alarms SET evidence = NULL WHERE machine = ? AND occurrence = ? AND evidence IS NOT NULL',
  );
  return ({ timeMs, machine, alarm, occurrence, kind, text, evidence }) => {
    if (evidence !== undefined) replaced.run(machine, occurrence);
    const bytes = evidence === undefined ? null : deflateEvidence(evidence);
    insert.run(timeMs, machine, alarm, occurrence, kind, text, bytes);
  };
}
