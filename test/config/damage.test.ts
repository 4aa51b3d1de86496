// However a file is damaged, the answer is a list of problems: never a crash, never a silent start.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inspectConfig } from '../../src/config/load.ts';
import { smallCatalog } from './small-mill.ts';

const example = readFileSync(new URL('../golden/config/good/fully-mapped.yaml', import.meta.url), 'utf8');
const inspect = (text: string) => inspectConfig(text, 'gemel.yaml', { env: {}, models: smallCatalog });

function holds(text: string): void {
  const { problems, loaded } = inspect(text);
  expect(loaded === undefined).toBe(problems.length > 0);
  const lines = text.split('\n').length;
  for (const { place, text: what } of problems) {
    expect(what).not.toMatch(/undefined|\[object|Invalid input/);
    if (place.in !== 'file') throw new Error('a problem without a place');
    expect(place.line).toBeGreaterThanOrEqual(1);
    expect(place.line).toBeLessThanOrEqual(lines);
    expect(place.column).toBeGreaterThanOrEqual(1);
  }
}

test('the undamaged one is taken', () => expect(inspect(example).problems).toEqual([]));

test('a few characters replaced', () => {
  const place = fc.nat(example.length - 1);
  const pieces = fc.constantFrom(
    '',
    ' ',
    '\t',
    '\n',
    ':',
    '- ',
    '"',
    "'",
    '{',
    ']',
    '*',
    '&a',
    '!',
    '#',
    '0',
    'x',
    '${',
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(place, fc.nat(3), pieces), { minLength: 1, maxLength: 4 }), (cuts) => {
      let text = example;
      for (const [at, length, piece] of cuts) text = text.slice(0, at) + piece + text.slice(at + length);
      holds(text);
    }),
    { numRuns: 300 },
  );
});

test('any value at any key', () => {
  const key = fc.constantFrom(
    'site',
    'loop',
    'broker',
    'sources',
    'machines',
    'publish',
    'metrics',
    'log',
    'x',
  );
  fc.assert(
    fc.property(fc.dictionary(key, fc.jsonValue({ maxDepth: 3 })), (value) => {
      holds(JSON.stringify({ version: 1, ...value }));
    }),
    { numRuns: 300 },
  );
});

test('any text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), holds), { numRuns: 300 });
});
