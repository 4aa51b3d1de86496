// docs/mqtt.md shows what the golden cases prove: same YAML, same payloads, same samples.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runGolden } from './golden.ts';

const docs = readFileSync(join(import.meta.dirname, '../../../docs/mqtt.md'), 'utf8');

test.each(['docs-number', 'docs-object', 'docs-array', 'docs-statistics'])(
  'the example of %s is true',
  async (name) => {
    const folder = join(import.meta.dirname, '../../golden/mqtt', name);
    expect(docs).toContain(`\`\`\`yaml\n${readFileSync(join(folder, 'config.yaml'), 'utf8')}\`\`\``);
    for (const line of readFileSync(join(folder, 'input.jsonl'), 'utf8').trim().split('\n')) {
      const { topic, payload } = JSON.parse(line) as { topic: string; payload: string };
      expect(docs).toContain(`${topic}  ${payload}\n`);
    }
    const { samples } = await runGolden(folder);
    for (const { tag, value, quality, sourceMs } of samples) {
      const time = sourceMs === null ? 'on arrival' : new Date(sourceMs).toISOString().slice(11, 23);
      expect(docs).toContain(`| \`${tag}\` | ${value} | ${quality} | ${time} |\n`);
    }
  },
);

test('the frame in the documentation is the one the encoder makes', () => {
  const expected = join(import.meta.dirname, '../../golden/mqtt-sink/frame-tracking/expected.json');
  const shown = /```json\n(\{"v":1,"machine"[^`]*)```/.exec(docs)?.[1];
  expect(JSON.parse(shown ?? 'null')).toEqual(JSON.parse(readFileSync(expected, 'utf8')));
});
