// `gemel demo`: the embedded broker, the gateway and the stand-in machine shop, with one command and no set-up.
// The shop runs in a process of its own, as a real one would, and talks only over MQTT and OPC UA.
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Config } from '../config/schema.ts';
import { GemError } from '../errors.ts';
import type { Gateway } from '../gateway.ts';
import { cncFaultNames } from '../plant/cnc-fault.ts';
import { faultNames } from '../plant/fault.ts';
import { installation } from './installation.ts';
import { freePort, isFree } from './port.ts';
import { type Screen, showPlain, showTerminal } from './screen.ts';
import { stopSignal } from './stop-signal.ts';

interface DemoOptions {
  readonly config?: string;
  readonly plain?: boolean;
  readonly freePorts?: boolean;
  readonly record?: string;
  readonly plant: boolean;
  readonly seed: number;
  readonly fault?: string;
  readonly faultAt: number;
}

const help = `
Examples (in a checkout: npm start -- --fault cooling):
  gemel demo
  gemel demo --fault cooling --fault-at 20      break the machine, and see the alarm (gemel alarms shows more)
  gemel demo --fault bearing --fault-at 1300    once the gateway knows what is normal
  gemel demo --fault half-open                  or its CNC
  gemel demo --record run.jsonl                 keep what came, for gemel replay
  GEMEL_STATE_DIR=/tmp/second gemel demo        a second one beside the first

On a terminal it is a page that redraws itself, else a line a second and one for each change of an alarm. Ctrl-C ends it. docs/plant.md describes the shop.`;

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('run broker, simulated machine shop and gateway, and watch them')
    .option('--config <file>', 'configuration (default: the one that comes with gemel)')
    .option('--plain', 'plain lines, also on a terminal')
    .option('--free-ports', 'take free ports instead of the configured ones')
    .option('--seed <n>', 'seed of the machine shop: another seed, another machine', wholeNumber, 1)
    .addOption(
      new Option('--fault <name>', 'a fault to happen; `gemel plant --help` explains them').choices([
        ...faultNames,
        ...cncFaultNames,
      ]),
    )
    .option('--fault-at <s>', 'when it happens, in seconds after the start', wholeNumber, 60)
    .option('--record <file>', 'write all samples to a new file, for `gemel replay`')
    .option('--no-plant', 'without the machine shop: bring your own')
    .addHelpText('after', help)
    .action(demo);
}

async function demo(options: DemoOptions): Promise<void> {
  const [
    { loadConfig },
    { models },
    { createGateway, rootOf },
    { createLog },
    { openRecorder },
    { prepareStateDir },
  ] = await Promise.all([
    import('../config/load.ts'),
    import('../core/models/index.ts'),
    import('../gateway.ts'),
    import('../runtime/log.ts'),
    import('../replay/recorder.ts'),
    import('../runtime/state-dir.ts'),
  ]);
  const file = options.config ?? join(installation().dir, 'config', 'gemel.demo.yaml');
  const ports = await choosePorts(loadConfig(file, { env: process.env, models }).config, options);
  const { config, dir } = loadConfig(file, {
    env: process.env,
    models,
    overrides: ports.overrides,
  });
  const stateDir = resolve(dir, config.stateDir);
  prepareStateDir(stateDir);
  const logFile = join(stateDir, 'gemel.log');
  const log = createLog(config.log, openLog(logFile, stateDir));

  const signal = stopSignal();
  let screen: Screen | undefined;
  const { version } = installation();
  const parts = { site: config.site, version, log: log.component('recorder') };
  const recorder = options.record === undefined ? undefined : await openRecorder(options.record, parts);
  const gateway: Gateway = createGateway({
    config,
    stateDir,
    version,
    log,
    onBatch: (tick, samples) => recorder?.batch(gateway, tick, samples),
    onCommand: (command) => recorder?.command(gateway, command),
    onTick: (result) => screen?.tick(result),
    onForecast: (forecast) => screen?.forecast(forecast),
  });
  const data = {
    gateway,
    root: rootOf(config),
    logFile,
    notes: ports.notes,
  };
  screen = process.stdout.isTTY === true && options.plain !== true ? showTerminal(data) : showPlain(data);
  const plant = options.plant ? startPlant(config, stateDir, options, signal, screen) : undefined;
  let left: readonly string[] = [];
  let hash: string | undefined;
  try {
    left = await gateway.run(signal);
    hash = await recorder?.close(gateway);
  } finally {
    screen.close();
    // That it ends now is no news.
    plant?.removeAllListeners('exit').kill('SIGTERM');
  }
  if (hash !== undefined) {
    const lost = recorder?.ticksLost ?? 0;
    const missing = lost === 0 ? '' : `; ${lost} ticks are missing, for the disk did not take them`;
    process.stdout.write(`recorded to ${options.record}${missing}; state hash ${hash}\n`);
  }
  if (left.length > 0) process.exit(1);
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number');
}

function openLog(file: string, dir: string): number {
  try {
    return openSync(file, 'a');
  } catch (error) {
    throw new GemError('GEM_STATE_UNWRITABLE', { dir, why: (error as Error).message }, error);
  }
}

/** The machine shop, pointed at our broker. It waits for the broker by itself. */
function startPlant(
  config: Config,
  stateDir: string,
  options: DemoOptions,
  signal: AbortSignal,
  screen: Screen,
): ChildProcess | undefined {
  const opcua = Object.values(config.sources).find((source) => source.type === 'opcua');
  const words = [installation().door, 'plant', '--seed', String(options.seed)];
  words.push('--state-dir', join(stateDir, 'plant'));
  words.push(
    '--opcua-port',
    opcua?.type === 'opcua' ? new URL(opcua.url.replace('opc.tcp', 'http')).port : '0',
  );
  const imu = Object.values(config.sources).find((source) => source.type === 'serial');
  const line = imu?.type === 'serial' ? ownLine(imu.path) : undefined;
  if (line !== undefined) words.push('--imu-port', line.port);
  if (options.fault !== undefined) words.push('--fault', options.fault, '--at', String(options.faultAt));
  // Not as a word of the command, which every user of this machine may read.
  const env = { ...process.env, PLANT_BROKER: brokerForPlant(config.broker) };
  const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  child.stdout?.on('data', (chunk: Buffer) => screen.news(chunk.toString().trim()));
  child.on('error', (error) => screen.news(`the machine shop could not be started: ${error.message}`));
  child.on('exit', (code) => {
    if (!signal.aborted) screen.news(`the machine shop ended (exit code ${code}): ${complaint.trim()}`);
  });
  return child;
}

/** Where the shop can play a serial device: a line over TCP, on this machine. */
function ownLine(path: string): URL | undefined {
  if (!path.startsWith('tcp://')) return undefined;
  const url = new URL(path);
  return ['127.0.0.1', 'localhost'].includes(url.hostname) ? url : undefined;
}

/** The address with our own login in it, where it is an external broker that wants one. */
function brokerForPlant(broker: Config['broker']): string {
  if (!('url' in broker)) return `mqtt://127.0.0.1:${broker.port}`;
  const { username, password } = broker;
  if (username === undefined) return broker.url;
  const login = [username, ...(password === undefined ? [] : [password])].map(encodeURIComponent).join(':');
  return broker.url.replace(/^(\w+:\/\/)(?:[^/]*@)?/, (_whole, scheme: string) => `${scheme}${login}@`);
}

interface Ports {
  readonly overrides: Record<string, unknown>;
  readonly notes: string[];
}

/** A demo should come up beside whatever runs already: a port in use is replaced by a free one, and said. */
async function choosePorts(config: Config, options: DemoOptions): Promise<Ports> {
  const overrides: Record<string, unknown> = {};
  const notes: string[] = [];
  const choose = async (what: string, host: string, port: number): Promise<number> => {
    const wanted = port !== 0 && options.freePorts !== true;
    if (wanted && (await isFree(host, port))) return port;
    const other = await freePort(host);
    if (wanted) notes.push(`port ${port} is in use; ${what} takes ${other}`);
    return other;
  };
  if (!('url' in config.broker)) {
    overrides['broker.port'] = await choose('the broker', config.broker.host, config.broker.port);
    if (config.broker.websocketPort !== undefined) {
      overrides['broker.websocketPort'] = await choose(
        'WebSocket',
        config.broker.host,
        config.broker.websocketPort,
      );
    }
  }
  if (config.metrics.enabled) {
    overrides['metrics.port'] = await choose(
      'the metrics endpoint',
      config.metrics.host,
      config.metrics.port,
    );
  }
  for (const [name, source] of Object.entries(config.sources)) {
    if (!options.plant) continue;
    const line = source.type === 'serial' ? ownLine(source.path) : undefined;
    if (line !== undefined) {
      const port = await choose('the IMU', line.hostname, Number(line.port));
      overrides[`sources.${name}.path`] = `tcp://${line.hostname}:${port}`;
    }
    if (source.type !== 'opcua') continue;
    const { hostname, port } = new URL(source.url.replace('opc.tcp', 'http'));
    overrides[`sources.${name}.url`] =
      `opc.tcp://${hostname}:${await choose('OPC UA', hostname, Number(port))}`;
  }
  return { overrides, notes };
}
