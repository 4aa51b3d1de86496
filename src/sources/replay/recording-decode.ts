// Our own recording as the input of a source: the samples of its ticks, one a row, with the tags they had.
import type { RejectReason, TagSpec } from '../../core/sample.ts';
import { beginningOf, joinExcerpt } from '../../formats/excerpt.ts';
import type { Feed } from '../../ports.ts';
import { complaintOf, type Decode } from './decode.ts';
import type { Field } from './field.ts';
import { createLines } from './lines.ts';
import { parseRecordingLine, type RecordedSample, type RecordedTag } from './recording.ts';
import type { Row } from './row.ts';

const refusalsKept = 3;
const unwanted = -1;

/** A tag is wanted by its own name, or as `<source>/<tag>`. */
export function createRecordingDecode(file: string, fields: readonly Field[], feed: Feed): Decode {
  const wanted = new Map(fields.flatMap((field) => field.columns.map((name) => [String(name), field])));
  const tags: number[] = [];
  const refusals: string[] = [];
  let target: Row[] = [];
  let taken = 0;
  let rowsTaken = 0;

  const admit = ({ tag, source, spec }: RecordedTag) => {
    const field = wanted.get(`${source}/${spec.name}`) ?? wanted.get(spec.name);
    // What the sensor could measure was judged when it was recorded.
    const { name, unit, kind }: TagSpec = { ...spec, name: field?.spec.name ?? spec.name };
    const clock = field?.spec.clockTrusted === true ? { clockTrusted: true } : {};
    tags[tag] = field === undefined ? unwanted : feed.tag({ name, unit, kind, ...clock });
  };

  const lines = createLines((text, line, tooLong) => {
    const parsed = tooLong ? undefined : parseRecordingLine(text);
    if (parsed?.kind === 'tag') admit(parsed.tag);
    else if (parsed?.kind === 'tick') {
      for (const sample of parsed.samples) {
        target.push({ line, timeMs: sample.receiveMs, content: sample, fault: undefined });
      }
    } else if (parsed === undefined) {
      const fault = { reason: 'parse', why: 'this is no line of a recording' } as const;
      target.push({ line, timeMs: Number.NaN, content: text, fault });
    }
  }, recordingLineMax);

  const refuse = (row: Row, reason: RejectReason, why: string) => {
    const head = typeof row.content === 'string' ? beginningOf(Buffer.from(row.content)) : '';
    const text = joinExcerpt(`${file}:${row.line} ${why}`, head);
    if (refusals.length < refusalsKept) refusals.push(text.slice(0, 200));
    feed.reject(reason, text);
  };

  return {
    complaint: () => complaintOf(refusals, rowsTaken),
    refuse,
    get taken() {
      return taken;
    },
    write(text, rows) {
      target = rows;
      lines.write(text);
    },
    end(rows) {
      target = rows;
      lines.end();
    },
    take(row, sourceMs) {
      if (row.fault !== undefined) return refuse(row, row.fault.reason, row.fault.why);
      rowsTaken++;
      const sample = row.content as RecordedSample;
      const tag = tags[sample.tag] ?? unwanted;
      if (tag < 0) return undefined;
      taken++;
      // As long on its way as it was then.
      const timeMs = sourceMs - (sample.receiveMs - sample.timeMs);
      if (sample.exact === undefined) return feed.push(tag, sample.value, sample.quality, timeMs);
      // The recording has the bits; those of the upper half of a uint64 look negative.
      const isWrapped = sample.exact < 0n && sample.value > 0;
      const exact = isWrapped ? BigInt.asUintN(64, sample.exact) : sample.exact;
      return feed.pushExact(tag, exact, sample.quality, timeMs);
    },
  };
}

/** A tick of many samples is one line. */
export const recordingLineMax = 64 * 1024 * 1024;
