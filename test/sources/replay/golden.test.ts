// Every folder of test/golden/replay: this configuration and this file give exactly these samples, however the
// reading cuts the file. UPDATE_GOLDEN=1 writes what is there; then read it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runGolden } from './golden.ts';

const root = join(import.meta.dirname, '../../golden/replay');
const cases = readdirSync(root).sort();

describe('golden recordings', () => {
  test.each(cases)('%s', async (name) => {
    const folder = join(root, name);
    const file = join(folder, 'expected.json');
    const found = await runGolden(folder, 65_536);
    if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(file)) {
      writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`);
    }
    expect(found).toEqual(JSON.parse(readFileSync(file, 'utf8')));
    expect(await runGolden(folder, 1)).toEqual(found);
    expect(await runGolden(folder, 7)).toEqual(found);
  });

  test('there is a case for every way to write a recording and to get it wrong', () => {
    expect(cases.length).toBeGreaterThanOrEqual(25);
  });
});
