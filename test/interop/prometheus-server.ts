// A real Prometheus that scrapes one address, for tests that ask what its users would ask.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { poll } from '../poll.ts';
import { freePort, tempDir } from '../ports.ts';

export interface PrometheusServer {
  /** Values of an instant query, by the labels of each series. */
  query(expression: string): Promise<{ labels: Record<string, string>; value: number }[]>;
  stop(): Promise<void>;
}

interface QueryAnswer {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly { metric: Record<string, string>; value: [number, string] }[] };
}

/** `target` is host:port; the job is `gemel`, as in deploy/prometheus.yml. */
export async function startPrometheus(target: string): Promise<PrometheusServer> {
  const dir = await tempDir();
  const address = `127.0.0.1:${await freePort()}`;
  const config = join(dir.path, 'prometheus.yml');
  const job = { job_name: 'gemel', scrape_interval: '500ms', static_configs: [{ targets: [target] }] };
  await writeFile(config, JSON.stringify({ scrape_configs: [job] }));
  const child = spawn(
    'prometheus',
    [`--config.file=${config}`, `--storage.tsdb.path=${dir.path}/data`, `--web.listen-address=${address}`],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000);
  });
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
    child.on('error', (error) => {
      said = error.message;
      resolve();
    });
  });
  const stop = async () => {
    child.kill();
    await ended;
    await dir.remove();
  };
  try {
    await poll('Prometheus', () => isReady(address), 60_000, 50);
  } catch (error) {
    await stop();
    throw new Error(`Prometheus did not start: ${said}`, { cause: error });
  }
  return { stop, query: (expression) => query(address, expression) };
}

async function isReady(address: string): Promise<boolean> {
  const answer = await fetch(`http://${address}/-/ready`).catch(() => undefined);
  return answer?.ok === true;
}

async function query(address: string, expression: string) {
  const answer = await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { status, error, data } = (await answer.json()) as QueryAnswer;
  if (status !== 'success' || data === undefined) throw new Error(`${expression}: ${error}`);
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}
