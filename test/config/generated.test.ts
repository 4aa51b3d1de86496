// The generated files are in step, and the JSON Schema agrees with the zod schema on the golden files.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { runSchema } from '../../src/cli/schema.ts';
import { driftedFiles, generatedFiles, writeGenerated } from '../../src/config/generated.ts';
import { jsonSchemaText } from '../../src/config/json-schema.ts';
import { branchesOf, configShape, type Shape } from '../../src/config/shape.ts';
import { GemError } from '../../src/errors.ts';
import { tempDir } from '../ports.ts';

const root = new URL('../..', import.meta.url).pathname;

test('nothing has drifted; `npm run schema` mends it', () => expect(driftedFiles(root)).toEqual([]));

test('drift is noticed, named and mended', async () => {
  const dir = await tempDir();
  const printed: string[] = [];
  const run = (options: object) => runSchema({ dir: dir.path, ...options }, (text) => printed.push(text));
  try {
    expect(driftedFiles(dir.path)).toEqual([...generatedFiles().keys()]);
    expect(await run({ check: true })).toBe(1);
    expect(printed.join('')).toContain('docs/config.md is out of date; run `npm run schema`');
    expect(await run({ write: true })).toBe(0);
    expect(await run({ check: true })).toBe(0);
    expect(writeGenerated(dir.path)).toEqual([]);
    await expect(run({ check: true, write: true })).rejects.toThrow(GemError);
  } finally {
    await dir.remove();
  }
});

test('without options the schema itself is printed', async () => {
  const printed: string[] = [];
  expect(await runSchema({ dir: root }, (text) => printed.push(text))).toBe(0);
  expect(JSON.parse(printed.join(''))).toMatchObject({ title: 'Gemel configuration', required: ['version'] });
});

describe('the JSON Schema', () => {
  const schema = JSON.parse(jsonSchemaText()) as Record<string, unknown>;
  const judge = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema);
  const golden = (kind: string, name: string): unknown =>
    parse(readFileSync(join(root, 'test/golden/config', kind, `${name}.yaml`), 'utf8'), { merge: true });

  test('is of the draft that editors read, and closes every group', () => {
    expect(schema['$schema']).toBe('http://json-schema.org/draft-07/schema#');
    const open: string[] = [];
    let groups = 0;
    const walk = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      const { type, properties, additionalProperties } = node as Record<string, unknown>;
      if (type === 'object' && properties !== undefined) {
        groups++;
        if (additionalProperties !== false) open.push(path);
      }
      for (const [key, child] of Object.entries(node)) walk(child, `${path}/${key}`);
    };
    walk(schema, '');
    expect(groups).toBeGreaterThan(10);
    expect(open).toEqual([]);
  });

  const good = readdirSync(join(root, 'test/golden/config/good')).filter((name) => name.endsWith('.yaml'));
  test.each(good.map((name) => name.replace('.yaml', '')))('takes good/%s', (name) => {
    expect(judge.safeParse(golden('good', name)).error).toBeUndefined();
  });

  test.each([
    'unknown-key-top',
    'unknown-key-in-field',
    'wrong-type',
    'out-of-range',
    'bad-enum',
    'missing-required',
    'missing-version',
    'unknown-source-type',
    'bad-url',
    'broker-mixed',
    'version-2',
  ])('refuses bad/%s', (name) => expect(judge.safeParse(golden('bad', name)).success).toBe(false));

  test('takes a reference where the value must have a form', () => {
    const url = (text: string) => judge.safeParse({ version: 1, broker: { url: text } }).success;
    expect(url('${env:BROKER_URL}')).toBe(true);
    expect(url('mqtt://broker')).toBe(true);
    expect(url('broker')).toBe(false);
  });

  test('takes the example', () => {
    const example: unknown = parse(readFileSync(join(root, 'config/gemel.example.yaml'), 'utf8'));
    expect(judge.safeParse(example).error).toBeUndefined();
  });
});

test('docs/config.md names every key that has a variable once', () => {
  const docs = readFileSync(join(root, 'docs/config.md'), 'utf8');
  for (const key of [
    'loop.periodMs',
    'broker.url',
    'machines.<machine>.signals.<signal>.tag',
    'publish.root',
  ]) {
    expect(docs.split(`| \`${key}\` |`)).toHaveLength(2);
  }
  expect(docs).toContain('`GEMEL_LOOP_PERIOD_MS`');
  expect(docs).not.toMatch(/undefined|\[object|another value/);
});

test('docs/config.md has every key of every form that a value may take', () => {
  const docs = readFileSync(join(root, 'docs/config.md'), 'utf8');
  const missing: string[] = [];
  let keys = 0;
  const walk = (shape: Shape, path: string): void => {
    const forms = branchesOf(shape);
    for (const form of forms) {
      if (form !== shape && branchesOf(form).length > 1) walk(form, path);
      if (form.items !== undefined) walk(form.items, `${path}[]`);
      if (typeof form.additionalProperties === 'object') {
        walk(form.additionalProperties, `${path}.<${path.split('.').at(-1)?.replace(/s$/, '')}>`);
      }
      for (const [key, inner] of Object.entries(form.properties ?? {})) {
        const below = path === '' ? key : `${path}.${key}`;
        const single = branchesOf(inner).some(({ type }) => type !== 'object' && type !== 'array');
        if (single && !docs.includes(`| \`${below}\` |`)) missing.push(below);
        keys++;
        walk(inner, below);
      }
    }
  };
  walk(configShape(), '');
  expect(keys).toBeGreaterThan(200);
  expect(missing).toEqual([]);
});

test('docs/config.md tells the forms of a value by their keys', () => {
  const docs = readFileSync(join(root, 'docs/config.md'), 'utf8');
  const signal = 'machines.<machine>.signals.<signal>';
  expect(docs).toContain(`| \`${signal}\` | text, or keys with \`tag\`, or keys with \`derived\` |`);
  expect(docs).toContain(`| \`${signal}.tag\` | text | required unless \`derived\` |`);
  expect(docs).toContain(`| \`${signal}.derived\` | text | required unless \`tag\` |`);
  expect(docs).toContain('deadband.percent` | number above 0 and at most 100 | required unless `absolute` |');
});
