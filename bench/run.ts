// `npm run bench [-- name…]`: runs the benches one after another and prints a table for each. They say what
// this machine did now; docs/bench.md keeps what was measured when.
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';

export interface BenchResult {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

type Bench = () => Promise<BenchResult>;

const benches: Readonly<Record<string, () => Promise<{ bench: Bench }>>> = {
  core: () => import('./core.ts'),
  alignment: () => import('./alignment.ts'),
  clock: () => import('./clock.ts'),
  parts: () => import('./parts.ts'),
  'cold-start': () => import('./cold-start.ts'),
  ingest: () => import('./ingest.ts'),
  limit: () => import('./limit.ts'),
  recovery: () => import('./recovery.ts'),
  opcua: () => import('./opcua.ts'),
  serial: () => import('./serial.ts'),
  fit: () => import('./fit.ts'),
  campaign: () => import('./campaign.ts'),
  detect: () => import('./detect.ts'),
  detectors: () => import('./detectors.ts'),
  alarms: () => import('./alarms.ts'),
  backfill: () => import('./backfill.ts'),
  'history-query': () => import('./history-query.ts'),
  'history-lateness': () => import('./history-lateness.ts'),
  codec: () => import('./codec.ts'),
  'history-size': () => import('./history-size.ts'),
  'history-commit': () => import('./history-commit.ts'),
  'history-export': () => import('./history-export.ts'),
  lab: () => import('./lab.ts'),
  forecast: () => import('./forecast.ts'),
};

const asked = process.argv.slice(2);
for (const name of asked) {
  if (!(name in benches)) {
    process.stderr.write(`no bench "${name}"; there are ${Object.keys(benches).join(', ')}\n`);
    process.exit(2);
  }
}

process.stdout.write(
  `${availableParallelism()} cores of ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}\n`,
);
// What the gateway benches start is what ships.
execFileSync(process.execPath, ['build.ts'], { cwd: new URL('..', import.meta.url), stdio: 'ignore' });

for (const [name, load] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const { bench } = await load();
  print(await bench());
}

function print({ title, head, rows }: BenchResult): void {
  const table = [head, head.map(() => '---'), ...rows];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  process.stdout.write(`\n## ${title}\n`);
  for (const row of table) {
    process.stdout.write(`| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |\n`);
  }
}
