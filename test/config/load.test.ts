// Loading: precedence, freezing, files that cannot be read, and that all problems come together.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig, parseConfig } from '../../src/config/load.ts';
import { GemError } from '../../src/errors.ts';
import { tempDir } from '../ports.ts';
import { smallCatalog } from './small-mill.ts';

let dir: Awaited<ReturnType<typeof tempDir>>;
beforeAll(async () => {
  dir = await tempDir();
});
afterAll(() => dir.remove());

const noEnv = { env: {} };

function thrown(action: () => unknown): GemError {
  try {
    action();
  } catch (error) {
    if (error instanceof GemError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a right file', () => {
  test('gets defaults, and cannot be changed afterwards', () => {
    const { config } = parseConfig('version: 1\n', 'gemel.yaml', noEnv);
    expect(config.loop.periodMs).toBe(100);
    expect(() => Object.assign(config.loop, { periodMs: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config.sources, { x: 1 })).toThrow(TypeError);
  });

  test('is read from disk, and relative paths start at its folder', () => {
    const file = join(dir.path, 'gemel.yaml');
    writeFileSync(file, 'version: 1\nsite: hall-3\n');
    const loaded = loadConfig(file, noEnv);
    expect(loaded.config.site).toBe('hall-3');
    expect(loaded.dir).toBe(dir.path);
  });
});

test('files named in it are found from its folder, wherever gemel was started', () => {
  const text =
    'version: 1\nbroker:\n  url: mqtts://broker\n  tls: { ca: pki/ca.pem, key: /etc/gemel/key.pem, servername: x }\n';
  const { config } = parseConfig(text, '/srv/gemel/gemel.yaml', noEnv);
  expect(config.broker).toMatchObject({
    url: 'mqtts://broker',
    tls: { ca: '/srv/gemel/pki/ca.pem', key: '/etc/gemel/key.pem', servername: 'x' },
  });
});

describe('precedence', () => {
  const text = 'version: 1\nloop:\n  periodMs: 200\n';
  test('file over default, environment over file, flag over environment', () => {
    const env = { GEMEL_LOOP_PERIOD_MS: '300' };
    const period = (options: Parameters<typeof parseConfig>[2]) =>
      parseConfig(text, 'gemel.yaml', options).config.loop.periodMs;
    expect(period(noEnv)).toBe(200);
    expect(period({ env })).toBe(300);
    expect(period({ env, overrides: { 'loop.periodMs': 400 } })).toBe(400);
    expect(period({ env, overrides: { loop: { periodMs: 500 } } })).toBe(500);
  });

  test('a wrong flag is named', () => {
    const error = thrown(() => parseConfig(text, 'g.yaml', { env: {}, overrides: { 'loop.periodMs': 1 } }));
    expect(error.message).toContain('option loop.periodMs: expected a whole number from 10');
  });
});

describe('environment variables', () => {
  const shop = `version: 1
sources:
  Shop-Floor:
    type: mqtt
    topics: [{ topic: a/b, fields: { x: x } }]
machines:
  mill-1:
    model: mill
    signals:
      spindle.current: Shop-Floor/x
      spindle.speed: { tag: Shop-Floor/x }
    parameters: { winding.rth: 0.5 }
`;
  const load = (env: NodeJS.ProcessEnv) =>
    parseConfig(shop, 'gemel.yaml', { env, models: smallCatalog }).config;

  test('reach names with dashes and dots, list entries and parameters', () => {
    const config = load({
      GEMEL_SOURCES_SHOP_FLOOR_TOPICS_0_QOS: '1',
      GEMEL_MACHINES_MILL_1_LAG_MS: '250',
      GEMEL_MACHINES_MILL_1_PARAMETERS_WINDING_RTH: '0.75',
      GEMEL_MACHINES_MILL_1_SIGNALS_SPINDLE_SPEED_STALE_MS: '700',
      GEMEL_METRICS_ENABLED: 'false',
    });
    const source = config.sources['Shop-Floor'];
    expect(source?.type === 'mqtt' && source.topics[0]?.qos).toBe(1);
    expect(config.machines['mill-1']).toMatchObject({
      lagMs: 250,
      parameters: { 'winding.rth': 0.75 },
      signals: { 'spindle.speed': { staleMs: 700 } },
    });
    expect(config.metrics.enabled).toBe(false);
  });

  test('text stays text, whatever it looks like', () => {
    const broker = { GEMEL_BROKER_URL: 'mqtt://broker', GEMEL_BROKER_PASSWORD: '0123' };
    expect(load({ ...broker, GEMEL_SITE: '42' })).toMatchObject({ site: '42', broker: { password: '0123' } });
  });

  test('two keys behind one name are not guessed between', () => {
    const twins =
      'version: 1\nsources:\n  a-b: &a { type: opcua, url: "opc.tcp://x", tags: {} }\n  a_b: *a\n';
    const error = thrown(() =>
      parseConfig(twins, 'g.yaml', { env: { GEMEL_SOURCES_A_B_URL: 'opc.tcp://y' } }),
    );
    expect(error.message).toContain('this could be sources.a-b.url or sources.a_b.url');
  });
});

describe('a file that cannot be read', () => {
  test.each([
    ['no-such.yaml', 'it does not exist'],
    ['', 'it is a folder, not a file'],
  ])('%s', (name, why) => {
    const error = thrown(() => loadConfig(join(dir.path, name), noEnv));
    expect(error.code).toBe('GEM_CONFIG_UNREADABLE');
    expect(error.message).toContain(why);
    expect(error.row.exitCode).toBe(2);
  });

  test('not UTF-8', () => {
    const file = join(dir.path, 'latin1.yaml');
    writeFileSync(file, Buffer.from([0x76, 0xe9, 0x0a]));
    chmodSync(file, 0o600);
    expect(thrown(() => loadConfig(file, noEnv)).message).toContain('it is not UTF-8 text');
  });

  test('too large', () => {
    const error = thrown(() => parseConfig(`version: 1 #${'x'.repeat(1_100_000)}`, 'g.yaml', noEnv));
    expect(error.message).toContain('larger than 1 MiB');
  });
});

test('a wrong file throws once, with every problem on its own line', () => {
  const error = thrown(() => parseConfig('version: 1\nsit: x\nloop:\n  periodMs: 1\n', 'gemel.yaml', noEnv));
  expect(error.code).toBe('GEM_CONFIG_INVALID');
  expect(error.details['count']).toBe(2);
  expect(error.message.split('\n')).toEqual([
    '2 problem(s) in gemel.yaml:',
    '  gemel.yaml:2:1 unknown key "sit", did you mean "site"?',
    '  gemel.yaml:4:13 loop.periodMs: expected a whole number from 10 to 10000, found 1',
  ]);
});
