// Every folder of test/golden/opcua: these tags and these DataValues give exactly these samples.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runGolden } from './golden.ts';

const root = join(import.meta.dirname, '../../golden/opcua');
const cases = readdirSync(root).sort();

describe('golden DataValues of the OPC UA source', () => {
  test.each(cases)('%s', (name) => {
    const folder = join(root, name);
    const given = runGolden(folder);
    const file = join(folder, 'expected.json');
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, `${JSON.stringify(given, null, 2)}\n`);
    const expected: unknown = JSON.parse(readFileSync(file, 'utf8'));
    expect(given).toEqual(expected);
  });

  test('there is a case for every built-in type that matters and of every bad input', () => {
    expect(cases.length).toBeGreaterThanOrEqual(35);
  });
});
