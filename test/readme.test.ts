// The README is for users: what it shows must work.
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { inspectConfig } from '../src/config/load.ts';
import { models } from '../src/core/models/index.ts';

const root = new URL('..', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');

it('its configuration has no problem, but for inputs that the example leaves out', () => {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(readme)![1]!.replaceAll(/^ {3}/gm, '');
  const env = { MQTT_PASSWORD: 'correct horse' };
  const { problems, warnings } = inspectConfig(yaml, 'gemel.yaml', { env, models, preflight: true });
  expect(problems).toEqual([]);
  expect(warnings.map((warning) => warning.text)).toEqual([
    expect.stringContaining('inputs of the model have no tag'),
  ]);
});

it('its links lead somewhere', () => {
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1]!);
  expect(links.length).toBeGreaterThan(8);
  expect(links.filter((link) => !existsSync(new URL(link, root)))).toEqual([]);
});
