// From the start of the process to the first frame, from sources and from the bundle.
import { startGateway } from './gateway-process.ts';
import type { BenchResult } from './run.ts';

const tries = 7;

export async function bench(): Promise<BenchResult> {
  const rows: string[][] = [];
  for (const from of ['sources', 'bundle'] as const) {
    const times: number[] = [];
    for (let i = 0; i < tries; i++) {
      const gateway = await startGateway('{ port: 0 }', 0, 0, from);
      times.push(gateway.firstFrameMs);
      await gateway.stop();
    }
    times.sort((a, b) => a - b);
    rows.push([from, `${times[tries >> 1]!.toFixed(0)} ms`, `${times.at(-1)!.toFixed(0)} ms`]);
  }
  return { title: 'Cold start to the first frame', head: ['from', 'median', 'worst'], rows };
}
