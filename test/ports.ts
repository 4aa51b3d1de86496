// Free TCP ports and temporary folders for tests.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Above what browsers refuse and below what the kernel gives to outgoing connections: between the choice of a port and
// its use nothing else takes it. Each worker of a run has numbers of its own.
const lowestPort = 11_000;
const workersMax = 16;
const portsEach = 1_200;
const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % workersMax;
let turn = Math.floor(Math.random() * portsEach);

export async function freePort(): Promise<number> {
  for (let tries = 0; tries < portsEach; tries++) {
    turn = (turn + 1) % portsEach;
    const port = lowestPort + turn * workersMax + worker;
    if (await isFree(port)) return port;
  }
  throw new Error('no port');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const bound = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (bound) await new Promise((resolve) => server.close(resolve));
  return bound;
}

export async function tempDir(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'gemel-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
