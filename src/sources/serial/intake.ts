// From the bytes of a line to the feed: frames, proves, decodes, calibrates, pushes; counts what was not taken,
// and says Bad once for each tag after a loss, or while the line is mostly noise. No I/O and no timer of its own.
import { isBad, Quality } from '../../core/quality.ts';
import type { RejectReason } from '../../core/sample.ts';
import { excerptOf } from '../../formats/excerpt.ts';
import { withStanding } from '../../formats/standing.ts';
import type { Clock, Feed } from '../../ports.ts';
import { calibrate } from './calibration.ts';
import { isNmeaMark } from './checksum.ts';
import { createDecode } from './decode.ts';
import { type DeviceClock, newDeviceClock, stampOf } from './device-clock.ts';
import { createFraming } from './framing.ts';
import { createNoise } from './noise.ts';
import { compilePlan, type LinePlan } from './plan.ts';
import { newRow, type Row } from './row.ts';
import type { SerialSourceConfig } from './schema.ts';

/** More than anybody reads, and more than goes to the dead letters. */
const excerptsPerS = 50;

export interface Intake {
  readonly bytes: (chunk: Buffer) => void;
  /** A line was opened: what comes first may have lost its beginning. */
  opened(): void;
  /** What was delivered is no longer known. */
  lost(): void;
  /** Why nothing is to be believed at present; empty when all is well. Asked a few times a second. */
  trouble(): string;
}

export function newIntake(config: SerialSourceConfig, feed: Feed, clock: Pick<Clock, 'monotonicMs'>): Intake {
  const plan = compilePlan(config);
  const row = newRow(plan.fields.length);
  const decode = createDecode(plan);
  const proven = plan.proof !== undefined;
  let noise = createNoise(proven);
  const out = createOut(plan, feed);
  let nowMs = 0;
  let receiveMs = 0;
  /** Lines taken since the last look. */
  let taken = 0;
  let troubled = false;

  const excerpt = createExcerpts(config.path);
  const refuse = (reason: RejectReason, bytes: Buffer, from: number, to: number) => {
    feed.reject(reason, excerpt(bytes.subarray(from, to), nowMs));
  };

  const onLine = (bytes: Buffer, from: number, to: number) => {
    const end = plan.proof === undefined ? to : plan.proof(bytes, from, to);
    const begin = end < 0 ? -1 : beginOf(plan, bytes, from, end);
    const reject =
      end < 0 ? 'checksum' : begin < 0 ? foreign(bytes, from, to) : decode(bytes, begin, end, row);
    if (reject !== undefined) refuse(reject, bytes, from, to);
    // A sentence for somebody else is no noise.
    if (reject === 'unmapped') return;
    const believed = noise.heard(reject === undefined, nowMs);
    if (reject !== undefined) return;
    if (believed) taken++;
    out.push(row, receiveMs, believed);
  };

  const framing = createFraming(config.lineBytes, {
    onLine,
    onTooLong(beginning) {
      refuse('too_large', beginning, 0, beginning.length);
      noise.heard(false, nowMs);
    },
    onNoise: () => noise.heard(false, nowMs),
  });

  return {
    bytes(chunk) {
      nowMs = clock.monotonicMs();
      receiveMs = feed.nowMs();
      framing.push(chunk);
    },
    opened() {
      framing.restart();
      out.reopened();
    },
    lost() {
      out.lost(Quality.badNoCommunication);
      // Another device may be there next, or none.
      noise = createNoise(proven);
      troubled = false;
    },
    trouble() {
      const begins = noise.loud && !troubled;
      troubled = noise.loud;
      if (troubled && (begins || taken === 0)) out.lost(Quality.badCommunicationError);
      taken = 0;
      if (!troubled) return '';
      const percent = Math.round(noise.share * 100);
      return `${percent} % of the lines were unreadable: another baudRate, parity or line format, or a bad cable?`;
    },
  };
}

/** Making a line readable costs twenty times what refusing it does: in noise only the first of a second are. */
function createExcerpts(path: string): (bytes: Buffer, nowMs: number) => string {
  let endMs = Number.NEGATIVE_INFINITY;
  let left = 0;
  return (bytes, nowMs) => {
    if (nowMs >= endMs) {
      endMs = nowMs + 1000;
      left = excerptsPerS;
    }
    return left-- > 0 ? excerptOf(path, bytes) : `${path}: ${bytes.length} bytes`;
  };
}

/** Where the values begin; -1 when the line does not begin as ours do. */
function beginOf({ prefix, nmea }: LinePlan, bytes: Buffer, from: number, to: number): number {
  if (prefix === undefined) return nmea && isNmeaMark(bytes[from]) ? from + 1 : from;
  if (to - from < prefix.length) return -1;
  for (let at = 0; at < prefix.length; at++) if (prefix[at] !== bytes[from + at]) return -1;
  return from + prefix.length;
}

/** Readable, it is another sentence of the device; else it is noise. */
function foreign(bytes: Buffer, from: number, to: number): RejectReason {
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if ((byte < 0x20 && byte !== 0x09) || byte > 0x7e) return 'parse';
  }
  return 'unmapped';
}

interface Out {
  push(row: Row, receiveMs: number, believed: boolean): void;
  lost(quality: number): void;
  reopened(): void;
}

function createOut({ fields, calibrations, time }: LinePlan, to: Feed): Out {
  const feed = withStanding(to);
  const handles = Int32Array.from(fields, ({ spec }) => feed.tag(spec));
  const relative = time !== undefined && time.ticksPerMs !== 0;
  const device: DeviceClock = newDeviceClock(relative ? time.ticksPerMs : 1);
  let sequence = Number.NaN;

  return {
    push(row, receiveMs, believed) {
      for (let i = 0; i < calibrations.length; i++) calibrate(calibrations[i]!, row);
      const known = relative && !Number.isNaN(row.time);
      const sourceMs = known ? stampOf(device, row.time, receiveMs) : row.time;
      // Forward by more than one; backward the device has restarted.
      if (row.sequence > sequence + 1) feed.remark('gap');
      if (!Number.isNaN(row.sequence)) sequence = row.sequence;
      for (let i = 0; i < row.coerced; i++) feed.remark('coerced');
      for (let slot = 0; slot < fields.length; slot++) {
        if (row.present[slot] === 0) continue;
        const { scale, offset } = fields[slot]!;
        const quality = believed ? row.quality[slot]! : Quality.badCommunicationError;
        const value = isBad(quality) ? Number.NaN : row.values[slot]! * scale + offset;
        const exact = row.exact[slot];
        if (exact === undefined || isBad(quality)) feed.push(handles[slot]!, value, quality, sourceMs);
        else feed.pushExact(handles[slot]!, exact, quality, sourceMs);
      }
    },
    lost: (quality) => void feed.lost(quality),
    reopened() {
      device.reopened = true;
      sequence = Number.NaN;
    },
  };
}
