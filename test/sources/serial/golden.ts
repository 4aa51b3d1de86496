// Runs one folder of test/golden/serial: these bytes, at these times, through the intake of a serial source.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { qualityName } from '../../../src/core/quality.ts';
import { newIntake } from '../../../src/sources/serial/intake.ts';
import { serialSourceSchema } from '../../../src/sources/serial/schema.ts';
import { createKeptFeed } from '../../kept-feed.ts';

interface GoldenInput {
  /** Gateway time of arrival. */
  at: number;
  text?: string;
  base64?: string;
  /** The line was closed and opened again before. */
  reopened?: boolean;
  /** The source looks, as it does a few times a second, whether all is well. */
  look?: boolean;
}

export function runGolden(folder: string) {
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  const config = serialSourceSchema.parse({
    type: 'serial',
    path: '/dev/serial/by-id/usb-imu',
    ...parse(read('config.yaml')),
  });
  const feed = createKeptFeed();
  const intake = newIntake(config, feed, { monotonicMs: () => feed.timeMs });
  for (const line of read('input.jsonl').split('\n')) {
    if (line.trim() === '') continue;
    const { at, text, base64, reopened, look } = JSON.parse(line) as GoldenInput;
    feed.timeMs = at;
    if (reopened) {
      intake.lost();
      intake.opened();
    }
    if (text !== undefined) intake.bytes(Buffer.from(text));
    if (base64 !== undefined) intake.bytes(Buffer.from(base64, 'base64'));
    if (look) intake.trouble();
  }
  return {
    tags: feed.tags,
    // NaN is null here, as it is on every wire; the last bits of a product are the machine's.
    samples: feed.samples.map(({ tag, value, quality, sourceMs, exact }) => ({
      tag,
      value: Number.isNaN(value) ? null : Number(value.toPrecision(12)),
      quality: qualityName(quality),
      sourceMs: Number.isNaN(sourceMs) ? null : sourceMs,
      ...(exact === undefined ? {} : { exact: `${exact}` }),
    })),
    rejects: feed.rejects,
    remarks: feed.remarks,
  };
}
