// What docs/opcua.md shows can be written, and the words it explains are those the source says.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { machineSchema } from '../../../src/config/machine.ts';
import { opcuaSourceSchema } from '../../../src/sources/opcua/schema.ts';

const root = join(import.meta.dirname, '../../..');
const text = readFileSync(join(root, 'docs/opcua.md'), 'utf8');

test('every configuration in docs/opcua.md is one', () => {
  const blocks = [...text.matchAll(/```yaml\n([^`]*)```/g)].map(([, block = '']) => parse(block) as Block);
  const sources = blocks.flatMap((block) => Object.values(block.sources ?? {}));
  const machines = blocks.flatMap((block) => Object.values(block.machines ?? {}));
  expect(sources).toHaveLength(3);
  expect(machines).toHaveLength(1);
  for (const source of sources) expect(opcuaSourceSchema.safeParse(source).error).toBeUndefined();
  for (const machine of machines) expect(machineSchema.safeParse(machine).error).toBeUndefined();
});

interface Block {
  readonly sources?: Record<string, unknown>;
  readonly machines?: Record<string, unknown>;
}

test('the words it explains are said by the source', () => {
  const folder = join(root, 'src/sources/opcua');
  const code = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
    // What is filled in stands as … in the document.
    .replace(/\$\{[^{}]*\}|\{(own|user|status)\}/g, '…');
  const table = text.slice(text.indexOf('## When it does not work'));
  const words = [...table.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, quoted = '']) => quoted),
  );
  const parts = words.flatMap((quoted) => quoted.split(/ ?… ?|1024 |: urn.*|BadNodeIdUnknown: |\(it is.*/));
  const said = parts.map((part) => part.trim()).filter((part) => part.length > 8);
  expect(said.length).toBeGreaterThan(18);
  expect(said.filter((part) => !code.includes(part))).toEqual([]);
});
