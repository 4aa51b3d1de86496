// docs/serial.md shows what the golden cases prove: same YAML, same lines, same samples.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runGolden } from './golden.ts';

const docs = readFileSync(join(import.meta.dirname, '../../../docs/serial.md'), 'utf8');

test.each(['docs-imu', 'docs-keyvalue', 'docs-json', 'docs-number'])('the example of %s is true', (name) => {
  const folder = join(import.meta.dirname, '../../golden/serial', name);
  const last = readFileSync(join(folder, 'input.jsonl'), 'utf8').trim().split('\n').at(-1)!;
  const { text } = JSON.parse(last) as { text: string };
  const yaml = readFileSync(join(folder, 'config.yaml'), 'utf8');
  expect(docs).toContain(`\`\`\`yaml\n${yaml}\`\`\`\n\`\`\`\n${text.trimEnd()}\n\`\`\``);
  const { samples } = runGolden(folder);
  expect(samples.length).toBeGreaterThan(0);
  for (const { tag, value, quality, sourceMs } of samples) {
    const time = sourceMs === null ? 'on arrival' : new Date(sourceMs).toISOString().slice(11, 23);
    expect(docs).toContain(`| \`${tag}\` | ${value} | ${quality} | ${time} |\n`);
  }
});
