// Every query of the provisioned dashboard, against a real Prometheus that scrapes the running demo.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { poll } from '../poll.ts';
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = `${root}deploy/grafana/dashboards`;

interface Dashboard {
  readonly panels: readonly { title: string; targets?: readonly { expr: string }[] }[];
}

function queries(): [string, string][] {
  return readdirSync(folder)
    .map((file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as Dashboard)
    .flatMap(({ panels }) =>
      panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr])),
    )
    .map(([title, expr]) => [title!, withVariables(expr!)]);
}

/** As Grafana fills them in with "All" and a short range. */
function withVariables(expr: string): string {
  return expr
    .replaceAll(/\$__(rate_interval|range|interval)/g, '1m')
    .replaceAll(/\$(machine|source|signal)/g, '.*');
}

let demo: ChildProcess;
let server: PrometheusServer;
let said = '';

beforeAll(async () => {
  demo = spawn(process.execPath, ['bin/gemel.js', 'demo', '--plain', '--free-ports'], { cwd: root });
  for (const stream of [demo.stdout, demo.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  const target = await poll(
    'the address of the metrics',
    () => {
      if (demo.exitCode !== null) throw new Error(`the demo ended with ${demo.exitCode}: ${said}`);
      return /http:\/\/(127\.0\.0\.1:\d+)\/metrics/.exec(said)?.[1];
    },
    45_000,
  );
  server = await startPrometheus(target);
});

afterAll(async () => {
  await server?.stop();
  if (demo.exitCode !== null) return;
  const ended = new Promise((resolve) => demo.on('close', resolve));
  demo.kill();
  await ended;
});

test('the dashboard has queries', () => {
  expect(queries().length).toBeGreaterThan(20);
});

test.each(queries())('%s: %s', async (_title, expr) => {
  const found = await poll(
    `data for ${expr}`,
    async () => {
      const result = await server.query(expr);
      return result.some(({ value }) => Number.isFinite(value)) ? result : undefined;
    },
    // The drift of a clock is told when it has been watched for half a minute.
    60_000,
    250,
  );
  expect(found.length).toBeGreaterThan(0);
});
