// Runs one folder of test/golden/replay through the decoder: its file, cut into pieces of the given size.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { qualityName } from '../../../src/core/quality.ts';
import { openRecording } from '../../../src/sources/replay/open.ts';
import { replaySourceSchema } from '../../../src/sources/replay/schema.ts';
import { createKeptFeed } from '../../kept-feed.ts';

export async function runGolden(folder: string, chunkBytes: number) {
  const name = readdirSync(folder).find((file) => file.startsWith('input.')) ?? 'input.csv';
  const written = parse(readFileSync(join(folder, 'config.yaml'), 'utf8')) as object;
  const config = replaySourceSchema.parse({ type: 'replay', file: join(folder, name), ...written });
  const feed = createKeptFeed();
  const recording = await openRecording(config, feed, { chunkBytes });
  let error: string | undefined;
  try {
    for await (const rows of recording.rows()) {
      for (const row of rows) recording.decode!.take(row, row.timeMs);
    }
  } catch (thrown) {
    error = (thrown as Error).message;
  } finally {
    await recording.close();
  }
  return {
    tags: feed.tags,
    // NaN is null here, as it is on every wire; 64-bit integers are text.
    samples: feed.samples.map(({ tag, value, quality, sourceMs, exact }) => ({
      tag,
      value: Number.isNaN(value) ? null : value,
      quality: qualityName(quality),
      time: Number.isNaN(sourceMs) ? null : new Date(sourceMs).toISOString(),
      ...(exact === undefined ? {} : { exact: String(exact) }),
    })),
    rejects: feed.rejects,
    remarks: feed.remarks,
    ...(error === undefined ? {} : { error }),
  };
}
