// Every folder of test/golden/mqtt: this configuration and these messages give exactly these samples.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runGolden } from './golden.ts';

const root = join(import.meta.dirname, '../../golden/mqtt');
const cases = readdirSync(root).sort();

describe('golden messages of the MQTT source', () => {
  test.each(cases)('%s', async (name) => {
    const folder = join(root, name);
    const expected: unknown = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
    expect(await runGolden(folder)).toEqual(expected);
  });

  test('there is a case for every kind of payload and of bad input', () => {
    expect(cases.length).toBeGreaterThanOrEqual(25);
  });
});
