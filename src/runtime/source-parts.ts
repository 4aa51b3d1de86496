// The sources among the parts that are started and stopped in order: what they load comes before the first tick, they
// themselves after it. Must never leave one behind that was prepared: a thread of its own would keep the process.
import type { Feed, Source } from '../ports.ts';
import type { Part } from './lifecycle.ts';

interface SourcesInOrder {
  /** Before the loop, whose first tick a slow import would delay. */
  readonly libraries: Part;
  readonly sources: readonly Part[];
}

export function createSourceParts(
  all: readonly { readonly source: Source; readonly feed: Feed }[],
): SourcesInOrder {
  const idle = new Set(all.map(({ source }) => source));
  return {
    libraries: {
      name: 'libraries',
      async start() {
        await Promise.all([...idle].map(async (source) => source.prepare?.()));
      },
      async stop() {
        await Promise.all([...idle].map((source) => source.stop()));
      },
    },
    sources: all.map(({ source, feed }) => ({
      name: `source ${source.name}`,
      start() {
        idle.delete(source);
        return source.start(feed);
      },
      stop: () => source.stop(),
    })),
  };
}
