// Secrets reach the configuration and nothing that is printed.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { effectiveText } from '../../src/cli/check-report.ts';
import { inspectConfig, parseConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';
import { tempDir } from '../ports.ts';
import { smallCatalog } from './small-mill.ts';

const canary = 'c4n4ry-in-the-mine';
let dir: Awaited<ReturnType<typeof tempDir>>;
let file: string;

beforeAll(async () => {
  dir = await tempDir();
  file = join(dir.path, 'gemel.yaml');
  mkdirSync(join(dir.path, 'credentials'));
  for (const name of ['secret.txt', 'credentials/broker']) {
    writeFileSync(join(dir.path, name), `${canary}\n`);
    chmodSync(join(dir.path, name), 0o600);
  }
});
afterAll(() => dir.remove());

const environment = () => ({ CANARY: canary, CREDENTIALS_DIRECTORY: join(dir.path, 'credentials') });
const external = (password: string) => `version: 1\nbroker:\n  url: mqtt://broker\n  password: ${password}\n`;

describe.each(['${env:CANARY}', '${file:secret.txt}', '${credential:broker}'])('%s', (reference) => {
  test('is resolved, and printed as it was written', () => {
    const loaded = parseConfig(external(reference), file, { env: environment() });
    expect(loaded.config.broker).toMatchObject({ password: canary });
    expect(JSON.stringify(loaded.redacted)).not.toContain(canary);
    expect(effectiveText(loaded)).toContain(`password: ${reference}`);
    expect(loaded.mask(`refused: ${canary}`)).toBe(`refused: ${reference}`);
  });

  test('may be a part of a text, and may stand in it twice', () => {
    const text = `version: 1\nbroker:\n  url: mqtt://gemel:${reference}@broker\n  username: "a-${reference}-${reference}"\n`;
    const loaded = parseConfig(text, file, { env: environment() });
    expect(loaded.config.broker).toMatchObject({
      url: `mqtt://gemel:${canary}@broker`,
      username: `a-${canary}-${canary}`,
    });
    expect(effectiveText(loaded)).not.toContain(canary);
  });
});

test('a password from a GEMEL_ variable, or written down, is not printed either', () => {
  const fromVariable = parseConfig(external('x'), file, { env: { GEMEL_BROKER_PASSWORD: canary } });
  expect(fromVariable.config.broker).toMatchObject({ password: canary });
  expect(effectiveText(fromVariable)).toContain('password: ${env:GEMEL_BROKER_PASSWORD}');
  expect(effectiveText(fromVariable)).not.toContain(canary);

  const written = parseConfig(external(canary), file, { env: {} });
  expect(effectiveText(written)).not.toContain(canary);
  expect(written.warnings.map(formatProblem).join()).toMatch(/4:13 broker\.password: a secret is written/);

  const inUrl = parseConfig(`version: 1\nbroker:\n  url: mqtt://gemel:${canary}@broker\n`, file, { env: {} });
  expect(effectiveText(inUrl)).toContain('mqtt://gemel:(not shown)@broker');
  expect(inUrl.warnings).toHaveLength(1);
});

test('a name that sounds like a secret hides nothing', () => {
  const text =
    'version: 1\nsources:\n  token-counter: { type: opcua, url: "opc.tcp://cnc", tags: { secret.level: "ns=1;s=x" } }\n';
  const loaded = parseConfig(text, file, { env: {} });
  expect(effectiveText(loaded)).toContain('url: opc.tcp://cnc');
  expect(effectiveText(loaded)).toContain('secret.level: ns=1;s=x');
  expect(loaded.warnings).toEqual([]);
});

// Each puts the secret where something is wrong with it: the complaint must not quote it.
test.each([
  ['a url of another form', 'version: 1\nbroker:\n  url: ${env:CANARY}\n'],
  ['a number', 'version: 1\nmetrics:\n  port: ${env:CANARY}\n'],
  ['an enum', 'version: 1\nlog:\n  level: ${env:CANARY}\n'],
  ['a name', 'version: 1\nsite: "${env:CANARY} x"\n'],
  [
    'a tag',
    'version: 1\nmachines:\n  m:\n    model: mill\n    signals: { spindle.current: "${env:CANARY}" }\n',
  ],
  ['a model', 'version: 1\nmachines:\n  m:\n    model: ${env:CANARY}\n    signals: {}\n'],
  ['a topic', 'version: 1\nsources:\n  s: { type: mqtt, topics: [{ topic: "#/${env:CANARY}" }] }\n'],
  [
    'a topic and its tag',
    'version: 1\nsources:\n  s: { type: mqtt, topics: [{ topic: a, fields: { x: "{${env:CANARY}}" } }] }\n',
  ],
  ['a password that is a list', `version: 1\nbroker:\n  url: mqtt://b\n  password: [${canary}]\n`],
])('a complaint about %s does not show the secret', (_name, text) => {
  const { problems, warnings } = inspectConfig(text, file, { env: environment(), models: smallCatalog });
  expect(problems.length).toBeGreaterThan(0);
  expect(JSON.stringify([problems, warnings])).not.toContain(canary);
});
