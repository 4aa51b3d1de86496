// The way in of a source on a thread of its own: says of each tag at once what the gateway will say of it, and writes
// everything else down for it, in order. Called for every sample, so a sample allocates nothing.
import { type Remark, remarks, type TagSpec } from '../../core/sample.ts';
import type { Feed } from '../../ports.ts';
import type { Outgoing } from './outgoing.ts';
import { RowKind } from './rows.ts';

/** As much of an excerpt as the gateway may keep, and one more, so that it sees that there was more. */
const excerptMax = 1025;
const maxInt64 = 0x7fff_ffff_ffff_ffffn;

export interface FarFeed extends Feed {
  /** The gateway's answer to `committed`. */
  safe(id: number): void;
  /** Its answer to the names of tags. */
  known(lastMs: readonly number[]): void;
}

/** `tagsMax`: as many as the gateway will take of this source. */
export function createFarFeed(out: Outgoing, tagsMax: number, nowMs: () => number): FarFeed {
  const tags: TagSpec[] = [];
  const byName = new Map<string, number>();
  const full = (tag: number, value: number): boolean => {
    out.leave('inbox_full', () => `${tags[tag]?.name ?? 'a tag too many'} = ${value}`);
    return false;
  };
  const questions = createQuestions(out);
  const past = createPast();
  return {
    tag(spec) {
      const known = byName.get(spec.name);
      if (known !== undefined) return known;
      if (tags.length >= tagsMax) return -1;
      out.spec(spec);
      byName.set(spec.name, tags.length);
      return tags.push(spec) - 1;
    },
    push(tag, value, quality, sourceMs) {
      const row = out.place();
      if (row < 0) {
        full(tag, value);
        return false;
      }
      const rows = out.rows();
      rows.kind[row] = RowKind.number;
      rows.tag[row] = tag;
      rows.value[row] = value;
      rows.quality[row] = quality;
      rows.sourceMs[row] = sourceMs;
      return true;
    },
    pushExact(tag, value, quality, sourceMs) {
      const row = out.place();
      if (row < 0) {
        full(tag, Number(value));
        return false;
      }
      const rows = out.rows();
      rows.kind[row] = value > maxInt64 ? RowKind.unsigned : RowKind.signed;
      rows.tag[row] = tag;
      rows.exact[row] = value;
      rows.quality[row] = quality;
      rows.sourceMs[row] = sourceMs;
      return true;
    },
    peerClock(sentMs, peerMs, receivedMs, clock) {
      out.aside({ kind: 'clock', sentMs, peerMs, receivedMs, clock });
    },
    reject(reason, excerpt, count = 1) {
      const short = excerpt.slice(0, excerptMax);
      if (count === 1 && out.aside({ kind: 'reject', reason, excerpt: short })) return;
      for (let i = 0; i < count; i++) out.leave(reason, () => short);
    },
    remark(remark) {
      const row = out.place();
      if (row < 0) {
        out.leaveRemark(remark);
        return;
      }
      out.rows().kind[row] = RowKind.remark;
      out.rows().tag[row] = placeOf.get(remark)!;
    },
    committed: () => questions.ask(),
    safe: (id) => questions.answer(id),
    lastMs: (some) => past.of(some),
    known: (more) => past.add(more),
    nowMs,
  };
}

const placeOf = new Map<Remark, number>(remarks.map((remark, place) => [remark, place]));

/** Whether what was pushed is safe is known near. */
function createQuestions(out: Outgoing) {
  const open = new Map<number, () => void>();
  let asked = 0;
  return {
    ask(): Promise<void> {
      const id = asked++;
      out.question(id);
      return new Promise((resolve) => void open.set(id, resolve));
    },
    answer(last: number) {
      for (const [id, resolve] of open) {
        if (id > last) break;
        resolve();
        open.delete(id);
      }
    },
  };
}

/** What was taken of the tags before is known near, and told as they are named. */
function createPast() {
  const lastMs: number[] = [];
  let waiting: (() => void)[] = [];
  return {
    async of(tags: readonly number[]): Promise<readonly number[]> {
      const last = tags.reduce((most, tag) => Math.max(most, tag), -1);
      while (lastMs.length <= last) await new Promise<void>((resolve) => void waiting.push(resolve));
      return tags.map((tag) => lastMs[tag] ?? Number.NaN);
    },
    add(more: readonly number[]) {
      for (const ms of more) lastMs.push(ms);
      const all = waiting;
      waiting = [];
      for (const resolve of all) resolve();
    },
  };
}
