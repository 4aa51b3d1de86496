// A real LinuxCNC with a simulated mill, without a screen, and the bridge beside it. LinuxCNC wants a user that is
// not root, and there can be one on a machine: it is always shut down, its shared memory with it.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chownSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cleanUp, stateDir } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { peersDir } from './opcua-asyncua-server.ts';

const run = promisify(execFile);
const machineDir = fileURLToPath(new URL('./linuxcnc/', import.meta.url));
export const bridgeDir = fileURLToPath(new URL('../../deploy/linuxcnc/', import.meta.url));
const lock = '/tmp/linuxcnc.lock';
/** The keys of LinuxCNC's status and command channels, in its own nml file. */
const channelKeys = [1001, 1002, 1003, 1004, 1005];
/** LinuxCNC's modules are made for the Python of the distribution, whatever comes first on PATH. */
const python = '/usr/bin/python3';

/**
 * Another user than root where we are root; ourselves where we are not. A controller has its core when it wants it: the
 * simulated one has no real time, but may go before all that is in no hurry.
 */
const asUser =
  process.getuid?.() === 0
    ? ['nice', '-n', '-15', 'setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups']
    : [];

export interface Place {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A folder that belongs to the user LinuxCNC runs as, with the machine and the bridge in it. */
export async function makePlace(): Promise<Place> {
  const dir = await stateDir();
  cpSync(machineDir, dir, { recursive: true });
  cpSync(bridgeDir, join(dir, 'bridge'), { recursive: true });
  const ini = readFileSync(join(dir, 'mill.ini'), 'utf8');
  writeFileSync(join(dir, 'mill.ini'), ini.replace('@PORT@', `${await freePort()}`));
  writeFileSync(join(dir, 'mill.tbl'), 'T1 P1 D3\nT2 P2 D6\n');
  if (asUser.length > 0) {
    const { stdout } = await run('id', ['-u', 'nobody']);
    const nobody = Number(stdout);
    const all = readdirSync(dir, { recursive: true, encoding: 'utf8' });
    for (const path of ['', ...all]) chownSync(join(dir, path), nobody, -1);
  }
  const path = `/usr/sbin:/usr/bin:/sbin:/bin`;
  return { dir, env: { PATH: path, HOME: dir, LANG: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1' } };
}

function start({ dir, env }: Place, words: readonly string[], more: NodeJS.ProcessEnv = {}): ChildProcess {
  const [command, ...args] = [...asUser, ...words];
  const options = { cwd: dir, env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] as const };
  return spawn(command!, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
}

function output(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  child.on('error', (error) => {
    text += String(error);
  });
  return () => text;
}

const over = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

export interface Linuxcnc {
  /** The panel: `on`, `home`, `run FILE`, `estop`. */
  drive(...words: string[]): Promise<void>;
  /** Kills the process that interprets programmes and renews the status, and nothing else. */
  crash(): void;
  /** As its operator would end it. */
  stop(): Promise<void>;
}

export async function startLinuxcnc(place: Place): Promise<Linuxcnc> {
  if (pidsOf('milltask').length > 0) throw new Error('LinuxCNC runs on this machine already');
  await clear();
  const child = start(place, ['linuxcnc', '-r', join(place.dir, 'mill.ini')]);
  const said = output(child);
  const stop = () => stopLinuxcnc(child, said);
  cleanUp(stop);
  await poll('LinuxCNC', () => over(child) || pidsOf('linuxcncrsh').length > 0, 60_000, 50);
  if (over(child)) throw new Error(`LinuxCNC did not start:\n${said()}`);
  return {
    async drive(...words) {
      const [command, ...args] = [...asUser, python, join(place.dir, 'drive.py'), ...words];
      await run(command!, args, { cwd: place.dir, env: place.env, timeout: 60_000 });
    },
    crash: () => kill(pidsOf('milltask'), 'SIGKILL'),
    stop,
  };
}

/** Its script cleans up when its screen ends; what then still holds on is taken away. */
async function stopLinuxcnc(child: ChildProcess, said: () => string): Promise<void> {
  if (over(child)) return;
  kill(pidsOf('linuxcncrsh'), 'SIGTERM');
  const ended = await poll('the end of LinuxCNC', () => over(child), 30_000, 50).catch(() => false);
  if (!ended && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  await clear();
  if (!ended) throw new Error(`LinuxCNC did not end by itself:\n${said()}`);
}

/** What a run that was killed may have left. */
async function clear(): Promise<void> {
  if (existsSync(lock)) {
    await run('halrun', ['-U']).catch(() => undefined);
    rmSync(lock, { force: true });
  }
  for (const key of channelKeys) {
    for (const kind of ['-M', '-S']) await run('ipcrm', [kind, `${key}`]).catch(() => undefined);
  }
}

function kill(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

function pidsOf(name: string): number[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.filter((pid) => isLive(pid, name)).map(Number);
}

function isLive(pid: string, name: string): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.includes(` (${name}) `) && !text.includes(`(${name}) Z`);
  } catch {
    return false;
  }
}

/** Where .ci/run has put paho 2, for a bridge whose Python has paho 1. Readable by whoever the bridge runs as. */
export async function sitePackages(place: Place): Promise<string> {
  const script = 'import os, paho; print(os.path.dirname(list(paho.__path__)[0]))';
  const { stdout } = await run(join(peersDir, 'bin', 'python'), ['-c', script]);
  const copy = join(place.dir, 'paho2');
  cpSync(join(stdout.trim(), 'paho'), join(copy, 'paho'), { recursive: true });
  return copy;
}

export interface BridgeProcess {
  readonly child: ChildProcess;
  readonly said: () => string;
  /** Ends it; the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export function startBridge(
  place: Place,
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
): BridgeProcess {
  const child = start(place, [python, join(place.dir, 'bridge', 'gemel-linuxcnc.py'), ...words], env);
  const said = output(child);
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    // Its reader of HAL pins is in the same group; a SIGKILL of the bridge alone must end that one too.
    if (!over(child)) child.kill(signal);
    await poll('the end of the bridge', () => over(child));
    return child.exitCode;
  };
  cleanUp(() => stop('SIGKILL'));
  return { child, said, stop };
}

/** The options of a bridge for this machine at a broker on this machine. */
export const toBroker = (port: number) => [
  '--machine',
  'mill-1',
  '--port',
  `${port}`,
  '--pin',
  'spindle.0.speed-in',
];
