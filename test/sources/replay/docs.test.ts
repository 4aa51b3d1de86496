// What docs/replay.md shows can be written, and what it shows of a recording can be read.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseRecordingLine } from '../../../src/sources/replay/recording.ts';
import { replaySourceSchema } from '../../../src/sources/replay/schema.ts';

const text = readFileSync(join(import.meta.dirname, '../../../docs/replay.md'), 'utf8');
const blocks = (language: string) =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n([^\`]*)\`\`\``, 'g'))].map(([, block = '']) => block);

test('the source in docs/replay.md is one', () => {
  const [yaml = ''] = blocks('yaml');
  const { sources } = parse(yaml) as { sources: Record<string, unknown> };
  expect(replaySourceSchema.parse(sources['log'])).toMatchObject({ type: 'replay', loop: true });
});

test('the recording in docs/replay.md is one', () => {
  const [json = ''] = blocks('json');
  const kinds = json
    .trimEnd()
    .split('\n')
    .map((line) => parseRecordingLine(line)?.kind);
  expect(kinds).toEqual(['head', 'tag', 'tick', 'command', 'end']);
});
