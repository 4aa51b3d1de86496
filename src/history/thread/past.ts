// What earlier runs left, and what this one has told the file since: to be asked, and to be told again to a file that
// knows nothing of it.
import type { Series } from '../../core/sample.ts';
import type { Left } from '../commit.ts';
import type { Cursor, Group } from './group.ts';

export interface Past {
  /** Of the file as it was when the gateway started. */
  readonly left: Left | undefined;
  begin(left: Left): void;
  recent(source: string, name: string): Series | undefined;
  cursor(sink: string, stream: string): number | undefined;
  committed(group: Group): void;
  /** Puts all that has a last state into a group. */
  readonly tellAgain: (group: Group) => void;
}

export function createPast(): Past {
  const cursors = new Map<string, Cursor>();
  const memory = new Map<string, string>();
  const newest = new Map<string, Series>();
  let left: Left | undefined;
  return {
    get left() {
      return left;
    },
    begin(found) {
      left = found;
      for (const one of found.cursors) cursors.set(cursorKey(one.sink, one.stream), one);
      for (const [key, text] of found.memory) memory.set(key, text);
      for (const { id, source, name, tier } of found.tags) {
        const series = found.recent.get(id);
        if (tier !== 'raw' || series === undefined) continue;
        // A stream has several tags where its unit or kind was changed.
        const key = tagKey(source, name);
        if (lastReceipt(series) >= lastReceipt(newest.get(key))) newest.set(key, series);
      }
    },
    recent: (source, name) => newest.get(tagKey(source, name)),
    cursor: (sink, stream) => cursors.get(cursorKey(sink, stream))?.position,
    committed(group) {
      for (const [key, cursor] of group.cursors) cursors.set(key, cursor);
      for (const [key, text] of group.memory) memory.set(key, text);
    },
    tellAgain(group) {
      for (const [key, cursor] of cursors) if (!group.cursors.has(key)) group.cursors.set(key, cursor);
      for (const [key, text] of memory) if (!group.memory.has(key)) group.memory.set(key, text);
    },
  };
}

export function cursorKey(sink: string, stream: string): string {
  return `${sink}\n${stream}`;
}

function tagKey(source: string, name: string): string {
  return `${source}\n${name}`;
}

function lastReceipt(series: Series | undefined): number {
  return series?.receiveMs[series.length - 1] ?? Number.NEGATIVE_INFINITY;
}
