// Real peers for the broker tests: mosquitto, and certificates made by openssl. A missing one is a failure.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cleanUp, stateDir } from '../broker/fixture.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';

const run = promisify(execFile);

export interface Mosquitto {
  readonly port: number;
  readonly process: ChildProcess;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** mosquitto with one listener; `lines` are added to its configuration. */
export async function startMosquitto(lines: string[] = [], givenPort?: number): Promise<Mosquitto> {
  const dir = await stateDir();
  const port = givenPort ?? (await freePort());
  // Started by root it would become a user that cannot read the test's certificates.
  const conf = [
    'user root',
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'set_tcp_nodelay true',
    ...lines,
  ];
  await writeFile(join(dir, 'mosquitto.conf'), `${conf.join('\n')}\n`);
  const child = spawn('mosquitto', ['-c', join(dir, 'mosquitto.conf')], { stdio: 'ignore' });
  let failure: Error | undefined;
  child.on('error', (error) => {
    failure = error;
  });
  const kill = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  cleanUp(() => kill('SIGKILL'));
  const listens = () => {
    if (failure !== undefined) throw failure;
    if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}`);
    return accepts(port);
  };
  await poll('mosquitto', listens);
  return { port, process: child, kill };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Runs a command of the mosquitto clients; resolves with its exit code and output. */
export async function mosquittoClient(
  command: 'mosquitto_pub' | 'mosquitto_sub',
  args: string[],
): Promise<{ code: number; output: string }> {
  try {
    const { stdout, stderr } = await run(command, args, { timeout: 20_000 });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { code, output: stdout + stderr };
  }
}

export interface Authority {
  readonly ca: string;
  /** A certificate and key; `days` 0 makes one that has expired. */
  issue(name: string, options?: { days?: number; names?: string }): Promise<{ cert: string; key: string }>;
}

export async function makeAuthority(name: string): Promise<Authority> {
  const dir = join(await stateDir(), name);
  await mkdir(dir);
  const ca = join(dir, 'ca.pem');
  const caKey = join(dir, 'ca.key');
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await run('openssl', [
    'req',
    '-x509',
    ...ec,
    '-days',
    '30',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    caKey,
    '-out',
    ca,
  ]);
  return {
    ca,
    async issue(subject, { days = 30, names = 'IP:127.0.0.1,DNS:localhost' } = {}) {
      const file = join(dir, `${subject}-${days}`);
      const [cert, key, request, extensions] = ['pem', 'key', 'csr', 'ext'].map(
        (end) => `${file}.${end}`,
      ) as [string, string, string, string];
      await run('openssl', ['req', ...ec, '-subj', `/CN=${subject}`, '-keyout', key, '-out', request]);
      await writeFile(extensions, `subjectAltName=${names}\n`);
      const signing = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-extfile', extensions];
      await run('openssl', ['x509', '-req', '-in', request, ...signing, '-days', `${days}`, '-out', cert]);
      return { cert, key };
    },
  };
}
