// The production bundle, built and started as an installation starts it.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { poll } from '../poll.ts';
import { tempDir } from '../ports.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const coldStartMsMax = 1500;
const running: ChildProcess[] = [];
let dir: Awaited<ReturnType<typeof tempDir>>;

beforeAll(async () => {
  dir = await tempDir();
  await promisify(execFile)(process.execPath, ['build.ts'], { cwd: root });
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    const ended = new Promise((resolve) => child.on('close', resolve));
    if (child.exitCode === null && child.kill()) await ended;
  }
});
afterAll(() => dir.remove());

/** Runs until the output matches; resolves with all that was said. */
async function start(words: string[], until: RegExp): Promise<string> {
  // An installation has nothing compiled before its first start.
  const env: NodeJS.ProcessEnv = { ...process.env, GEMEL_BUNDLE: '1' };
  delete env['NODE_COMPILE_CACHE'];
  const child = spawn(process.execPath, [join(root, 'bin/gemel.js'), ...words], { env, cwd: dir.path });
  running.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  const isThere = () => {
    if (child.exitCode !== null && !until.test(said))
      throw new Error(`ended with ${child.exitCode}: ${said}`);
    return until.test(said);
  };
  await poll(`${until} from ${words[0]}`, isThere);
  return said;
}

test('says its version', async () => {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  expect(await start(['--version'], /\d\n/)).toBe(`${version}\n`);
});

test('is at its first frame within a second and a half of the start', async () => {
  const config = join(dir.path, 'gemel.yaml');
  await writeFile(config, 'version: 1\nstateDir: ./state\nbroker: { port: 0 }\nmetrics: { port: 0 }\n');
  const said = await start(['run', config], /"msg":"first frame"/);
  const afterMs = Number(/"afterMs":(\d+)/.exec(said)?.[1]);
  expect(afterMs).toBeGreaterThan(0);
  expect(afterMs).toBeLessThan(coldStartMsMax);
});

test('has in it what a source on a thread of its own runs', async () => {
  const config = join(dir.path, 'thread.yaml');
  const cnc = 'type: opcua, url: "opc.tcp://127.0.0.1:1", thread: own, tags: { speed: "ns=1;i=1" }';
  await writeFile(
    config,
    `version: 1\nstateDir: ./thread\nbroker: { port: 0 }\nmetrics: { port: 0 }\nsources: { cnc: { ${cnc} } }\n`,
  );
  const said = await start(['run', config], /the OPC UA server is away/);
  expect(said).toContain('connection refused');
  expect(said).not.toContain('its thread ended');
});

test('has in it what the lab works out on a thread of its own', async () => {
  const config = join(dir.path, 'lab.yaml');
  const machines = 'machines: { mill-1: { model: mill, signals: {} } }';
  await writeFile(
    config,
    `version: 1\nstateDir: ./lab\nbroker: { port: 0 }\nmetrics: { port: 0 }\n${machines}\n`,
  );
  await start(['run', config], /"msg":"first frame"/);
  const said = await start(['forecast', 'mill-1', '--config', config, '--json'], /"notes"/);
  expect(said).toContain('"running": true');
  expect(said).toContain('"bearing-worn"');
});

test('has an OPC UA server in it that finds its node sets', async () => {
  const said = await start(['plant', '--opcua-port', '0', '--json'], /"ready":"opcua"/);
  expect(said).toMatch(/opc\.tcp:\/\/127\.0\.0\.1:\d+/);
});

test('carries the licences of what is in it', async () => {
  const text = await readFile(join(root, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
  for (const name of ['aedes', 'mqtt', 'node-opcua-client', 'pino', 'prom-client', 'zod']) {
    expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'));
  }
});
