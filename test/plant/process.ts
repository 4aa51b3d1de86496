// Starts `gemel plant` as the demo does, in a process of its own, and reads what it says.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bundleEnv } from '../gemel-process.ts';
import { poll } from '../poll.ts';

const door = fileURLToPath(new URL('../../bin/gemel.js', import.meta.url));

export interface PlantProcess {
  readonly lines: Record<string, unknown>[];
  readonly child: ChildProcess;
  complaint(): string;
  /** Resolves with the exit code. */
  ended(): Promise<number | null>;
  /** SIGKILL: no goodbye to anybody. */
  kill(): Promise<void>;
}

export function spawnPlant(words: readonly string[]): PlantProcess {
  const env = { ...process.env, ...bundleEnv };
  const child = spawn(process.execPath, [door, 'plant', '--json', ...words], { stdio: 'pipe', env });
  const lines: Record<string, unknown>[] = [];
  let rest = '';
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop()!;
    for (const part of parts) lines.push(JSON.parse(part) as Record<string, unknown>);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const exit = new Promise<number | null>((resolve) => {
    // Not at the exit: then the last words may still be in the pipe.
    child.once('close', (code) => resolve(code));
  });
  return {
    lines,
    child,
    complaint: () => complaint,
    ended: () => exit,
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

/** The address of the CNC, once it listens. */
export function cncReady(plant: PlantProcess): Promise<string> {
  return poll(
    'the CNC',
    () => {
      if (plant.child.exitCode !== null) throw new Error(`the plant ended: ${plant.complaint()}`);
      return plant.lines.find((line) => line['ready'] === 'opcua')?.['url'] as string | undefined;
    },
    60_000,
  );
}
