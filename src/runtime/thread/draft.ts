// What a batch carries beside its rows, while it is being written. What may come too often is counted from some number
// on, so that a batch has a greatest size.
import type { RejectReason, Remark, TagSpec } from '../../core/sample.ts';
import type { SourceHealth } from '../../ports.ts';
import type { Aside, Batch, Left, Line } from './message.ts';
import type { RemarkCounts } from './rows.ts';

/** Excerpts of what was refused, and lines of the log. */
const asidesMax = 64;
const linesMax = 256;

export interface Draft {
  spec(spec: TagSpec): void;
  /** Counted and not told one by one; `excerpt` is asked for once a batch. */
  leave(reason: RejectReason, excerpt: () => string | Uint8Array): void;
  leaveRemark(remark: Remark): void;
  line(line: Line): void;
  health(health: SourceHealth): void;
  /** Is all so far safe? */
  question(id: number): void;
}

export type Content = Omit<Batch, 'kind' | 'buffer' | 'rows'>;

export interface OpenDraft extends Draft {
  hasRoomForAside(): boolean;
  aside(aside: Aside): void;
  /** All of it; the next one is empty. */
  take(): Content;
}

/** `touch` is called whenever there is something to send. */
export function createDraft(touch: () => void): OpenDraft {
  let content = newContent();
  return {
    hasRoomForAside: () => content.asides.length < asidesMax,
    aside(aside) {
      content.asides.push(aside);
    },
    spec(spec) {
      content.specs.push(spec);
      touch();
    },
    leave(reason, excerpt) {
      const left = content.left[reason];
      if (left === undefined) content.left[reason] = { count: 1, excerpt: excerpt() };
      else left.count++;
      touch();
    },
    leaveRemark(remark) {
      content.remarksLeft[remark] = (content.remarksLeft[remark] ?? 0) + 1;
      touch();
    },
    line(line) {
      if (content.lines.length < linesMax) content.lines.push(line);
      else content.linesLeft++;
      touch();
    },
    health(health) {
      content.health = health;
      touch();
    },
    question(id) {
      content.question = id;
      touch();
    },
    take() {
      const full = content;
      content = newContent();
      return full;
    },
  };
}

function newContent() {
  return {
    asides: [] as Aside[],
    specs: [] as TagSpec[],
    left: {} as Partial<Record<RejectReason, Left>>,
    remarksLeft: {} as RemarkCounts,
    lines: [] as Line[],
    linesLeft: 0,
    health: undefined as SourceHealth | undefined,
    question: undefined as number | undefined,
  };
}
