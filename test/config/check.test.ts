// `gemel check` as a user sees it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertSafe } from '../../src/broker/safety.ts';
import { brokerLacks, embeddedBrokerSchema } from '../../src/broker/schema.ts';
import { type CheckContext, type CheckOptions, runCheck } from '../../src/cli/check.ts';
import { models } from '../../src/core/models/index.ts';
import { GemError } from '../../src/errors.ts';
import { tempDir } from '../ports.ts';
import { keptLog } from '../silent-log.ts';
import { smallCatalog } from './small-mill.ts';

const root = new URL('../..', import.meta.url).pathname;
const example = join(root, 'config/gemel.example.yaml');
const secrets = { GATEWAY_BROKER_PASSWORD: 'canary-broker', GATEWAY_CNC_PASSWORD: 'canary-cnc' };

let dir: Awaited<ReturnType<typeof tempDir>>;
beforeAll(async () => {
  dir = await tempDir();
});
afterAll(() => dir.remove());

async function check(file: string | undefined, options: CheckOptions, context: Partial<CheckContext> = {}) {
  let output = '';
  const code = await runCheck(file, options, {
    env: {},
    models: smallCatalog,
    preflight: true,
    print: (text) => {
      output += text;
    },
    readStdin: () => Promise.resolve(''),
    excerpts: false,
    ...context,
  });
  return { code, output };
}

describe('the example', () => {
  test('is fine with the real models, and has no warnings', async () => {
    const { code, output } = await check(example, {}, { env: secrets, models });
    expect(output).toContain('is fine.');
    expect(output).not.toContain('warning');
    expect(output).toContain('mqtts://broker.hall-3.example:8883 (external)');
    expect(output).toMatch(/machines +mill-1: mill, (\d+) of \1 signals mapped, 2 extra, 3 derived\n/);
    expect(output).toContain('below gemel/hall-3/');
    expect(code).toBe(0);
  });

  test('names both secrets when they are not there', async () => {
    const { code, output } = await check(example, {}, { models });
    expect(code).toBe(2);
    expect(output.match(/cannot be resolved/g)).toHaveLength(2);
    expect(output).toContain('2 problems in');
  });

  test('--print and --json show references, never a secret', async () => {
    const printed = await check(example, { print: true }, { env: secrets, models });
    expect(printed.output).toContain('password: ${env:GATEWAY_CNC_PASSWORD}');
    const json = await check(example, { print: true, json: true }, { env: secrets, models });
    const report = JSON.parse(json.output) as { ok: boolean; config: { loop: unknown }; summary: object };
    expect(report).toMatchObject({ ok: true, problems: [], config: { loop: { periodMs: 100 } } });
    expect(report.summary).toMatchObject({
      site: 'hall-3',
      sources: [{ name: 'shop' }, { name: 'cnc', tags: 25 }, { name: 'imu', type: 'serial', tags: 3 }],
      machines: [{ name: 'mill-1', extra: 2, derived: 3 }],
    });
    expect(printed.output + json.output).not.toContain('canary');
  });

  test('what --print prints can be checked again', async () => {
    const { output } = await check(example, { print: true }, { env: secrets, models });
    const again = { env: secrets, models, readStdin: () => Promise.resolve(output) };
    const { code } = await check(undefined, { stdin: true }, again);
    expect(code).toBe(0);
  });
});

describe('a wrong file', () => {
  const wrong = 'version: 1\nlop: {}\nbroker:\n  url: http://gemel:canary@x\n';

  test('shows the line and a mark on a terminal, but no line that may hold a secret', async () => {
    const stdin = { excerpts: true, readStdin: () => Promise.resolve(wrong) };
    const { code, output } = await check('gemel.yaml', { stdin: true }, stdin);
    expect(code).toBe(2);
    expect(output).toContain('gemel.yaml:2:1 unknown key "lop"');
    expect(output).toContain('    2 | lop: {}\n      | ^\n');
    expect(output).toContain('gemel.yaml:4:8 broker.url: expected mqtt://');
    expect(output).not.toContain('canary');
  });

  test('--json has places for programs', async () => {
    const stdin = { readStdin: () => Promise.resolve(wrong), env: { GEMEL_LOOP_PERIOD: '1' } };
    const { code, output } = await check('gemel.yaml', { stdin: true, json: true }, stdin);
    expect(code).toBe(2);
    expect(JSON.parse(output)).toMatchObject({
      ok: false,
      problems: [
        { in: 'file', file: 'gemel.yaml', line: 2, column: 1, path: 'lop' },
        { in: 'file', line: 4, column: 8, path: 'broker.url' },
        { in: 'environment', variable: 'GEMEL_LOOP_PERIOD' },
      ],
    });
  });
});

describe('which file', () => {
  test('GEMEL_CONFIG names it when nobody else does', async () => {
    const file = join(dir.path, 'named.yaml');
    writeFileSync(file, 'version: 1\n');
    const { code, output } = await check(undefined, {}, { env: { GEMEL_CONFIG: file } });
    expect(code).toBe(0);
    expect(output).toContain(`${file} is fine.`);
  });

  test('one that is not there is an error with exit code 2, as JSON too', async () => {
    const missing = join(dir.path, 'missing.yaml');
    await expect(check(missing, {})).rejects.toThrow(GemError);
    const { code, output } = await check(missing, { json: true });
    expect(code).toBe(2);
    expect(JSON.parse(output)).toMatchObject({ ok: false, code: 'GEM_CONFIG_UNREADABLE' });
  });
});

test('further signals are counted where there are some', async () => {
  const source = 'version: 1\nsources: { s: { type: serial, path: /dev/x, line: number, tag: t } }\n';
  const machines =
    'machines:\n  one: { model: mill, signals: {} }\n  two: { model: mill, signals: {}, ' +
    'extra: { a: s/t, b: s/t }, derived: { c: { rms: s/t } } }\n';
  const stdin = { readStdin: () => Promise.resolve(source + machines) };
  const { output } = await check('g.yaml', { stdin: true }, stdin);
  expect(output).toContain('one: mill, 0 of 4 signals mapped\n');
  expect(output).toContain('two: mill, 0 of 4 signals mapped, 2 extra, 1 derived\n');
  const json = await check('g.yaml', { stdin: true, json: true }, stdin);
  expect(JSON.parse(json.output)).toMatchObject({
    summary: {
      machines: [
        { extra: 0, derived: 0 },
        { mapped: 0, signals: 4, extra: 2, derived: 1 },
      ],
    },
  });
});

test('warnings do not fail', async () => {
  const text = 'version: 1\nmachines:\n  mill-1: { model: mill, signals: {} }\n';
  const { code, output } = await check('g.yaml', { stdin: true }, { readStdin: () => Promise.resolve(text) });
  expect(code).toBe(0);
  expect(output).toContain('2 warnings:');
  expect(output).toContain('the twin assumes spindle.speed = 0 rpm, ambient.temp = 22 degC');
});

describe('what the parts would refuse to start with', () => {
  const open = 'version: 1\nbroker: { host: 0.0.0.0 }\nmetrics: { host: "::" }\n';
  const cnc = 'sources:\n  cnc: { type: opcua, url: "opc.tcp://cnc", tags: {}, security: { mode: None } }\n';
  const of = async (text: string) =>
    check('g.yaml', { stdin: true }, { readStdin: () => Promise.resolve(text) });

  test('is said by check', async () => {
    const { code, output } = await of(open + cnc);
    expect(code).toBe(2);
    expect(output).toContain('g.yaml:2:17 the broker would listen on 0.0.0.0 without TLS and users');
    expect(output).toContain('g.yaml:3:18 the metrics endpoint would listen on ::');
    expect(output).toMatch(/g\.yaml:5:\d+ source cnc: opc\.tcp:\/\/cnc is to be used without encryption/);
  });

  test('and not when it was asked for', async () => {
    const insecure = (open + cnc).replaceAll(/host: [^ ]+/g, '$&, allowInsecure: true');
    const { code } = await of(insecure.replace('mode: None', '$&, allowNone: true'));
    expect(code).toBe(0);
  });

  test.each([
    ['loopback', {}],
    ['any address', { host: '0.0.0.0' }],
    ['with TLS alone', { host: '0.0.0.0', tls: { cert: 'c', key: 'k' } }],
    ['with TLS and client certificates', { host: '::', tls: { cert: 'c', key: 'k', clientCa: 'a' } }],
    ['with TLS and users', { host: '10.0.0.1', tls: { cert: 'c', key: 'k' }, users: [{ name: 'x' }] }],
    ['with users alone', { host: '10.0.0.1', users: [{ name: 'x' }] }],
    ['on purpose', { host: '0.0.0.0', allowInsecure: true }],
  ])('the broker itself agrees: %s', (_name, input) => {
    const config = embeddedBrokerSchema.parse(input);
    let refused = false;
    try {
      assertSafe(config, keptLog());
    } catch {
      refused = true;
    }
    expect(brokerLacks(config).length > 0).toBe(refused);
  });
});
