// The error table: documented, used, and its texts complete.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorDocs } from '../src/config/error-docs.ts';
import { errorTable, type GemCode, GemError } from '../src/errors.ts';

const root = new URL('..', import.meta.url).pathname;
const codes = Object.keys(errorTable) as GemCode[];

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !/^errors[./]/.test(name))
  .map((name) => ({ name, text: readFileSync(join(root, 'src', name), 'utf8') }));

test('docs/errors.md is in step; `npm run schema` mends it', () => {
  expect(readFileSync(join(root, 'docs/errors.md'), 'utf8')).toBe(errorDocs());
});

test('every code in the sources stands in the table', () => {
  const named = sources.flatMap(({ name, text }) =>
    [...text.matchAll(/\bGEM_[A-Z_]*[A-Z]\b/g)].map(([code]) => ({ name, code })),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(({ code }) => !Object.hasOwn(errorTable, code))).toEqual([]);
});

test.each(codes)('%s is raised somewhere', (code) => {
  expect(sources.filter(({ text }) => text.includes(`'${code}'`)).map(({ name }) => name)).not.toEqual([]);
});

describe.each(codes)('%s', (code) => {
  const { message, hint, exitCode } = errorTable[code];
  const names = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);

  test('reads well: a sentence that goes on after "gemel:", and a hint that ends', () => {
    expect(message).toMatch(/^[a-z{]/);
    expect(message).not.toMatch(/[.!]$/);
    expect(hint).toMatch(/[.}]$/);
    expect([1, 2]).toContain(exitCode);
  });

  test('all placeholders are filled from the details', () => {
    const details = Object.fromEntries(
      [...names(message), ...names(hint)].map((name) => [name, `<${name}>`]),
    );
    const error = new GemError(code, details);
    expect(error.message + error.hint).not.toMatch(/\{\w+\}/);
    expect(error.message).toContain(Object.values(details)[0] ?? message);
  });

  test('every place that raises it gives all details', () => {
    const wanted = new Set([...names(message), ...names(hint)]);
    const calls = sources.flatMap(({ name, text }) =>
      [...text.matchAll(new RegExp(`new GemError\\(\\s*'${code}',\\s*(\\{[^}]*\\})`, 'g'))].map(
        ([, given]) => ({ name, given: given! }),
      ),
    );
    for (const { name, given } of calls) {
      if (given.includes('...')) continue;
      const missing = [...wanted].filter((key) => !new RegExp(`[{,\\s]${key}\\b`).test(given));
      expect(missing, `${name}: ${given}`).toEqual([]);
    }
  });
});
