// Python's asyncua as the OPC UA server, in a process of its own: the peer that is not made of our own library.
// It stands in a virtual environment that .ci/run makes; without it the tests fail and say so.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanUp, stateDir } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';

const script = fileURLToPath(new URL('./asyncua/server.py', import.meta.url));
const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');

/** The virtual environment with what test/interop/asyncua/requirements.txt names. */
export const peersDir = process.env['INTEROP_PEERS'] ?? join(cache, 'gemel', 'peers');

export const namespace = 'urn:gemel:test:asyncua';
export const periodMs = 50;

/** Node id of a variable; some have numbers, for the history of this server knows no names. */
export function nodeOf(name: string): string {
  const numbers: Record<string, number> = { Stamp: 1001, Double: 1002, Count: 1003 };
  const number = numbers[name];
  return `nsu=${namespace};${number === undefined ? `s=${name}` : `i=${number}`}`;
}

export interface AsyncuaServer {
  readonly port: number;
  readonly url: string;
  /** Its certificates: `trusted` has those of its clients. */
  readonly dir: string;
  said(): string;
  /** Gives the variable Judged a status code. */
  judge(code: number): void;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export interface ServerOptions {
  readonly words?: readonly string[];
  /** Of a server that was there before: the same port, certificates and history. */
  readonly port?: number;
  readonly dir?: string;
}

export async function startAsyncua(options: ServerOptions = {}): Promise<AsyncuaServer> {
  const python = join(peersDir, 'bin', 'python');
  if (!existsSync(python)) {
    const how = `/usr/bin/python3 -m venv ${peersDir} && ${peersDir}/bin/pip install -r test/interop/asyncua/requirements.txt`;
    throw new Error(`asyncua is not there; .ci/run installs it, or: ${how}`);
  }
  const port = options.port ?? (await freePort());
  const dir = options.dir ?? (await stateDir());
  const words = ['-B', script, '--port', `${port}`, '--dir', dir, ...(options.words ?? [])];
  const child = spawn(python, words, { stdio: 'pipe' });
  const said = keepOutput(child);
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  cleanUp(() => kill());
  await poll('asyncua', () => said().includes(`ready ${port}`) || child.exitCode !== null, 30_000, 50);
  if (child.exitCode !== null) throw new Error(`asyncua did not start:\n${said()}`);
  return {
    port,
    url: `opc.tcp://127.0.0.1:${port}/gemel`,
    dir,
    said,
    judge: (code) => child.stdin?.write(`status ${code}\n`),
    kill,
  };
}

function keepOutput(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text = `${text}${chunk.toString()}`.slice(-50_000);
    });
  }
  return () => text;
}
