// Every file in test/golden/config/good is taken, and every one in bad is refused with exactly the words beside it.
// UPDATE_GOLDEN=1 writes the words anew; read each before it is committed.
import { chmodSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inspectConfig } from '../../src/config/load.ts';
import { formatProblem, type Problem } from '../../src/config/problem.ts';
import { tempDir } from '../ports.ts';
import { smallCatalog } from './small-mill.ts';

const golden = new URL('../golden/config/', import.meta.url).pathname;
const yamlFiles = (kind: string): string[] =>
  readdirSync(join(golden, kind)).filter((name) => name.endsWith('.yaml'));

let dir: Awaited<ReturnType<typeof tempDir>>;

beforeAll(async () => {
  dir = await tempDir();
  for (const [name, mode] of [
    ['open.secret', 0o644],
    ['closed.secret', 0o600],
  ] as const) {
    copyFileSync(join(golden, name), join(dir.path, name));
    chmodSync(join(dir.path, name), mode);
  }
});
afterAll(() => dir.remove());

/** The first comment lines may set variables: `# env GEMEL_LOOP_PERIOD_MS=50`. */
function environmentOf(text: string): NodeJS.ProcessEnv {
  const pairs = [...text.matchAll(/^# env (\w+)=(.*)$/gm)].map((match) => [match[1]!, match[2]!]);
  return Object.fromEntries(pairs) as NodeJS.ProcessEnv;
}

function inspect(kind: string, name: string) {
  const text = readFileSync(join(golden, kind, name), 'utf8');
  const file = join(dir.path, name);
  const inspection = inspectConfig(text, file, { env: environmentOf(text), models: smallCatalog });
  const words = (problems: readonly Problem[]): string =>
    problems.map((problem) => `${formatProblem(problem).replaceAll(`${dir.path}/`, '')}\n`).join('');
  return { inspection, problems: words(inspection.problems), warnings: words(inspection.warnings) };
}

function expected(kind: string, name: string, actual: string): string {
  const file = join(golden, kind, name.replace(/\.yaml$/, '.txt'));
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, actual);
  return readFileSync(file, 'utf8');
}

describe('bad configurations', () => {
  const names = yamlFiles('bad');
  test('there are enough of them', () => expect(names.length).toBeGreaterThanOrEqual(30));

  test.each(names)('%s', (name) => {
    const { inspection, problems } = inspect('bad', name);
    expect(problems).toBe(expected('bad', name, problems));
    expect(problems).not.toBe('');
    expect(problems).not.toMatch(/Invalid input|undefined|\[object/);
    expect(inspection.loaded).toBeUndefined();
  });
});

describe('good configurations', () => {
  const names = yamlFiles('good');
  test('there are enough of them', () => expect(names.length).toBeGreaterThanOrEqual(8));

  test.each(names)('%s', (name) => {
    const { inspection, problems, warnings } = inspect('good', name);
    expect(problems).toBe('');
    expect(inspection.loaded?.config.version).toBe(1);
    expect(warnings).toBe(expected('good', name, warnings));
  });
});
