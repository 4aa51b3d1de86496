// Which values of a source stand, so that each is ended once when the source is lost: without that, a signal that is
// held until it changes would stay Good for ever. Called for every sample: it allocates nothing.
import { isBad } from '../core/quality.ts';
import type { TagSpec } from '../core/sample.ts';

/** What it needs to know of a source's way in. */
interface WayIn {
  tag(spec: TagSpec): number;
  push(tag: number, value: number, quality: number, sourceMs: number): boolean;
  pushExact(tag: number, value: bigint, quality: number, sourceMs: number): boolean;
}

export interface Standing {
  /** What was delivered is no longer known: Bad for each tag that was not. True when there was one. */
  lost(quality: number): boolean;
}

/** The same way in, which remembers what stands. */
export function withStanding<W extends WayIn>(to: W): W & Standing {
  const stands: boolean[] = [];
  const note = (tag: number, quality: number, taken: boolean) => {
    if (taken && tag >= 0) stands[tag] = !isBad(quality);
    return taken;
  };
  return {
    ...to,
    tag(spec) {
      const tag = to.tag(spec);
      while (stands.length <= tag) stands.push(false);
      return tag;
    },
    push: (tag, value, quality, sourceMs) => note(tag, quality, to.push(tag, value, quality, sourceMs)),
    pushExact: (tag, value, quality, sourceMs) =>
      note(tag, quality, to.pushExact(tag, value, quality, sourceMs)),
    lost(quality) {
      const ended = stands.includes(true);
      for (let tag = 0; tag < stands.length; tag++) {
        if (stands[tag]) note(tag, quality, to.push(tag, Number.NaN, quality, Number.NaN));
      }
      return ended;
    },
  };
}
