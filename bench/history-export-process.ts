// Reads a history over and over as `gemel export` does: tag by tag in order of time, then all in order of receipt. Says
// how many samples it has read so far. Started by history-lateness.ts; ended by it.
import { openReader } from '../src/history/reader/open.ts';

const [, , file = '', from, to] = process.argv;
const range = { fromMs: Number(from), toMs: Number(to) };
const samplesMax = 50_000;
const reader = openReader(file);
let samples = 0;
for (;;) {
  for (let tag = 1; tag <= 4; tag++) {
    for (let after: string | undefined; ; ) {
      const answer = await reader.raw({ tag, ...range, samplesMax, ...(after && { after }) });
      samples += answer.series.length;
      after = answer.next;
      if (after === undefined) break;
    }
  }
  for (let afterMs = range.fromMs; afterMs < range.toMs; ) {
    const answer = await reader.received({ afterMs, toMs: range.toMs, samplesMax });
    samples += answer.samples.length;
    afterMs = answer.reachedMs;
  }
  console.log(samples);
}
