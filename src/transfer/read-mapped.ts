// Any recording that `gemel replay` reads, with its columns mapped in the same way, as samples for the history. Nothing is
// judged as a live sample would be: what the file says is what is stored.
import { basename } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { TagSpec } from '../core/sample.ts';
import { GemError } from '../errors.ts';
import type { Feed } from '../ports.ts';
import { planInput } from '../replay/input.ts';
import { openRecording } from '../sources/replay/open.ts';
import { believedRows } from '../sources/replay/outlier.ts';
import { type ImportedRow, type ImportedTag, type ImportSource, newRefusals, refuse } from './imported.ts';

export interface MappedWishes {
  readonly file: string;
  readonly source: string | undefined;
  readonly map: readonly string[];
  readonly overrides: Readonly<Record<string, unknown>>;
  /** By the calendar. */
  readonly fromMs: number;
  readonly toMs: number;
}

export async function readMapped(
  config: Config,
  wishes: MappedWishes,
  untilMs: number,
): Promise<ImportSource> {
  const plan = planInput(config, wishes);
  const taken = createTaker();
  const recording = await openRecording(plan.config, taken.feed, { fields: plan.fields });
  const { refused } = taken;
  let begun = false;

  async function* read(): AsyncGenerator<readonly ImportedRow[]> {
    try {
      for await (const rows of believedRows(recording)) {
        for (const row of rows) {
          if (row.fault !== undefined) recording.decode!.take(row, Number.NaN);
          else if (row.timeMs > untilMs || row.timeMs < 0)
            refuse(refused, `${basename(wishes.file)}:${row.line} it lies in the future, or before 1970`);
          else if (row.timeMs >= wishes.fromMs && row.timeMs <= wishes.toMs) {
            taken.receive(row.timeMs);
            recording.decode!.take(row, row.timeMs);
          }
        }
        begun = true;
        yield taken.drain();
      }
      const why = recording.decode!.complaint();
      if (begun && taken.count === 0)
        throw new GemError('GEM_IMPORT_UNUSABLE', { file: basename(wishes.file), why });
    } finally {
      await recording.close();
    }
  }
  return {
    tags: taken.tags,
    refused,
    rows: read(),
    share: () => recording.reader.position / Math.max(1, recording.reader.size),
    damage: () => recording.reader.damage,
  };
}

/** A way in that keeps what comes. */
function createTaker() {
  const tags: ImportedTag[] = [];
  const known = new Map<string, number>();
  const refused = newRefusals();
  let rows: ImportedRow[] = [];
  let count = 0;
  let receiveMs = 0;

  const keep = (tag: number, value: number, exact: bigint | undefined, quality: number, atMs: number) => {
    count++;
    // A whole millisecond, or a whole microsecond, as times of samples are.
    const timeMs = Math.round(atMs * 1000) / 1000;
    const sample = { tag, value, exact, quality, timeMs, rawMs: timeMs };
    rows.push({ ...sample, receiveMs: Math.ceil(Math.max(receiveMs, timeMs)) });
    return true;
  };
  const feed: Feed = {
    tag(spec) {
      const tag = tagOf(spec);
      const key = JSON.stringify(tag);
      const before = known.get(key);
      if (before !== undefined) return before;
      tags.push(tag);
      known.set(key, tags.length - 1);
      return tags.length - 1;
    },
    push: (tag, value, quality, sourceMs) => keep(tag, value, undefined, quality, sourceMs),
    pushExact: (tag, value, quality, sourceMs) => keep(tag, Number(value), value, quality, sourceMs),
    reject: (_reason, excerpt, times = 1) => refuse(refused, String(excerpt), times),
    peerClock() {},
    remark() {},
    committed: () => undefined,
    nowMs: () => receiveMs,
  };
  return {
    tags,
    feed,
    refused,
    get count() {
      return count;
    },
    /** What comes next was received then: a recording of ours knows, any other file has but one time. */
    receive(timeMs: number) {
      receiveMs = timeMs;
    },
    drain(): readonly ImportedRow[] {
      const drained = rows;
      rows = [];
      return drained;
    },
  };
}

/** Names come as `<source>/<tag>`. */
function tagOf({ name, unit, kind }: TagSpec): ImportedTag {
  const slash = name.indexOf('/');
  return { source: name.slice(0, slash), name: name.slice(slash + 1), unit, kind, tier: 'raw' };
}
