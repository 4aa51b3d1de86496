// From the start of the process to the first frame, from sources and from the bundle.
import { existsSync } from 'node:fs';
import { startGateway } from './gateway-process.ts';
import type { BenchResult } from './run.ts';

const tries = 7;

export async function bench(): Promise<BenchResult> {
  const rows: string[][] = [];
  for (const bundled of [false, true]) {
    if (bundled && !existsSync(new URL('../dist/gemel.js', import.meta.url))) {
      rows.push(['bundle', 'run `npm run build` first', '']);
      continue;
    }
    process.env['GEMEL_BUNDLE'] = bundled ? '1' : '';
    const times: number[] = [];
    for (let i = 0; i < tries; i++) {
      const gateway = await startGateway('{ port: 0 }', 0, 0);
      times.push(gateway.firstFrameMs);
      await gateway.stop();
    }
    times.sort((a, b) => a - b);
    rows.push([
      bundled ? 'bundle' : 'sources',
      `${times[tries >> 1]!.toFixed(0)} ms`,
      `${times.at(-1)!.toFixed(0)} ms`,
    ]);
  }
  return { title: 'Cold start to the first frame', head: ['from', 'median', 'worst'], rows };
}
