// A process that writes history until it is killed. It says on its output how many samples are safe; `careless` says so
// before they are.
import { writeSync } from 'node:fs';
import { usualCompaction } from '../../../src/history/compact.ts';
import { createWriter } from '../../../src/history/writer.ts';
import { columnsOf, commitOf, keepAll, numbered, someRun, startMs, tagsOf, victimTags } from './samples.ts';

const [file, firstText, runText, mode] = process.argv.slice(2);
const group = 40;
const writer = createWriter({
  file: file!,
  run: { ...someRun, openedMs: startMs + Number(runText) },
  config: { keep: keepAll, ballastMb: 0 },
  tell: () => {},
  // Something is always being moved, a tag or two at a time.
  tuning: { ...usualCompaction, waitMs: 0, samplesMin: 500, samplesPerTag: 0, sliceMs: 0.2 },
});

let next = Number(firstText);
let tags = tagsOf(victimTags);
for (;;) {
  const samples = Array.from({ length: group }, (_, i) => numbered(next + i));
  next += group;
  if (mode === 'careless') writeSync(1, `${next}\n`);
  writer.commit(commitOf({ nowMs: samples.at(-1)!.receiveMs, tags, samples: columnsOf(samples) }));
  tags = [];
  if (mode !== 'careless') writeSync(1, `${next}\n`);
  for (let slice = 0; slice < 5 && writer.work(samples.at(-1)!.receiveMs); slice++);
}
