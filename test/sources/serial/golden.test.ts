// Every folder of test/golden/serial: this configuration and these bytes give exactly these samples.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runGolden } from './golden.ts';

const root = join(import.meta.dirname, '../../golden/serial');
const cases = readdirSync(root).sort();

describe('golden lines of the serial source', () => {
  test.each(cases)('%s', (name) => {
    const folder = join(root, name);
    const result = runGolden(folder);
    const file = join(folder, 'expected.json');
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
    expect(existsSync(file), 'expected.json').toBe(true);
    expect(result).toEqual(JSON.parse(readFileSync(file, 'utf8')));
  });

  test('there is a case for every kind of line and of bad input', () => {
    expect(cases.length).toBeGreaterThanOrEqual(20);
  });
});
