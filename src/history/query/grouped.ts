// The samples of a journal row, put together by tag, so that those of one tag are found without a look at the others.
import type { SampleColumns, Series } from '../../core/sample.ts';
import { pick } from './order.ts';

export interface Grouped {
  readonly series: Series;
  /** Ids in rising order; samples of `tags[k]` are at `starts[k]` to before `starts[k + 1]`, in order of receipt. */
  readonly tags: Int32Array;
  readonly starts: Uint32Array;
  /** Of the samples of a tag. */
  readonly firstMs: Float64Array;
  readonly lastMs: Float64Array;
}

export function groupByTag(samples: SampleColumns): Grouped {
  const counts = new Map<number, number>();
  for (let i = 0; i < samples.length; i++) {
    const tag = samples.tag[i]!;
    counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  const tags = Int32Array.from(counts.keys()).sort();
  const starts = new Uint32Array(tags.length + 1);
  const next = new Map<number, number>();
  for (let k = 0; k < tags.length; k++) {
    next.set(tags[k]!, starts[k]!);
    starts[k + 1] = starts[k]! + counts.get(tags[k]!)!;
  }
  const order = new Uint32Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const tag = samples.tag[i]!;
    const at = next.get(tag)!;
    order[at] = i;
    next.set(tag, at + 1);
  }
  const series = pick(samples, order, 0, samples.length);
  return { series, tags, starts, ...spans(series, starts) };
}

function spans(series: Series, starts: Uint32Array): Pick<Grouped, 'firstMs' | 'lastMs'> {
  const firstMs = new Float64Array(starts.length - 1);
  const lastMs = new Float64Array(starts.length - 1);
  for (let k = 0; k < firstMs.length; k++) {
    let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = starts[k]!; i < starts[k + 1]!; i++) {
      const timeMs = series.timeMs[i]!;
      if (timeMs < first) first = timeMs;
      if (timeMs > last) last = timeMs;
    }
    firstMs[k] = first;
    lastMs[k] = last;
  }
  return { firstMs, lastMs };
}

/** Where the tag is in `tags`; -1: it has no samples here. */
export function findTag({ tags }: Grouped, tag: number): number {
  let [low, high] = [0, tags.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (tags[middle]! < tag) low = middle + 1;
    else high = middle;
  }
  return tags[low] === tag ? low : -1;
}
