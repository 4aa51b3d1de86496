// From DataValues to the feed: one place that decodes, counts and, after a loss, says Bad once for each tag.
import { Quality, qualityName } from '../../core/quality.ts';
import type { Feed, Log } from '../../ports.ts';
import { decode, newDecoded, type WireValue } from './decode.ts';
import type { PlannedTag } from './tag-plan.ts';

export interface Intake {
  readonly value: (index: number, wire: WireValue) => void;
  readonly refused: (index: number, status: number) => void;
  /** What was delivered is no longer known. */
  lost(): void;
}

export function newIntake(feed: Feed, tags: readonly PlannedTag[], log: Log, source: string): Intake {
  const handles = tags.map((tag) => feed.tag(tag.spec));
  const push = (index: number, value: number, quality: number, sourceMs: number) => {
    const handle = handles[index]!;
    if (handle >= 0) feed.push(handle, value, quality, sourceMs);
  };
  const live = new Uint8Array(tags.length);
  /** When a tag was last told to be Bad by us. */
  const badMs = new Float64Array(tags.length).fill(Number.NEGATIVE_INFINITY);
  const told = new Set<number>();
  const decoded = newDecoded();
  return {
    value(index, wire) {
      const { spec, rule } = tags[index]!;
      decode(wire, rule, decoded);
      if (decoded.gap) feed.remark('gap');
      if (decoded.reject !== undefined) {
        feed.reject(decoded.reject, excerpt(spec.name, wire));
        return;
      }
      live[index] = 1;
      // A value that did not change while we were away keeps its old stamp, yet we know it only from now on:
      // at its own time it would lie before the Bad that the loss left.
      const confirmed = decoded.sourceMs <= badMs[index]!;
      push(index, decoded.value, decoded.quality, confirmed ? Number.NaN : decoded.sourceMs);
    },
    refused(index, status) {
      const { spec, node } = tags[index]!;
      const quality = (status & 0xffff0000) >>> 0;
      push(index, Number.NaN, quality, Number.NaN);
      live[index] = 0;
      badMs[index] = feed.nowMs();
      if (told.has(index)) return;
      told.add(index);
      log.warn({ source, tag: spec.name, node, status: qualityName(quality) }, 'the server refused a node');
    },
    lost() {
      for (let index = 0; index < live.length; index++) {
        if (live[index] === 0) continue;
        live[index] = 0;
        push(index, Number.NaN, Quality.badNoCommunication, Number.NaN);
        badMs[index] = feed.nowMs();
      }
    },
  };
}

function excerpt(tag: string, { value }: WireValue): string {
  let shown = '';
  try {
    shown = JSON.stringify(value?.value, plain) ?? '';
  } catch {
    shown = 'a value that cannot be shown';
  }
  return `${tag}: dataType ${value?.dataType}, arrayType ${value?.arrayType}, ${shown}`.slice(0, 1024);
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
