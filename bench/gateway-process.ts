// A gateway in a process of its own, looked at from outside: /proc for its CPU and memory, /metrics for the rest.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface GatewayProcess {
  readonly mqttPort: number;
  readonly firstFrameMs: number;
  /** Where a configuration with `stateDir: ./state` has its files; gone with `stop`. */
  readonly stateDir: string;
  cpuMs(): number;
  rssMB(): number;
  /** Sum of all series of a metric. */
  metric(name: string): Promise<number>;
  text(): Promise<string>;
  stop(): Promise<void>;
}

const hertz = 100;
const startDeadlineMs = 20_000;
const door = new URL('../bin/gemel.js', import.meta.url).pathname;

/**
 * What ships is the bundle; the sources are for comparison.
 * `broker` is the broker's part of the configuration; with port 0 the embedded one picks its own.
 */
export async function startGateway(
  broker: string,
  mqttPort: number,
  metricsPort: number,
  from: 'bundle' | 'sources' = 'bundle',
  configuration: (broker: string, metricsPort: number) => string = usualConfiguration,
): Promise<GatewayProcess> {
  const dir = mkdtempSync(join(tmpdir(), 'gemel-bench-'));
  const file = join(dir, 'gemel.yaml');
  writeFileSync(file, configuration(broker, metricsPort));
  const startMs = performance.now();
  const env = { ...process.env, GEMEL_BUNDLE: from === 'bundle' ? '1' : '' };
  const child = spawn(process.execPath, [door, 'run', file], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  await said(child, 'first frame');
  const firstFrameMs = performance.now() - startMs;
  const text = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return {
    mqttPort,
    firstFrameMs,
    stateDir: join(dir, 'state'),
    text,
    cpuMs() {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
      return ((Number(fields[11]) + Number(fields[12])) * 1000) / hertz;
    },
    rssMB() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
    },
    async metric(name) {
      return sumOf(await text(), name);
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      rmSync(dir, { recursive: true });
    },
  };
}

function sumOf(text: string, name: string): number {
  let sum = 0;
  for (const line of text.split('\n')) {
    if (line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      sum += Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return sum;
}

function said(child: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the gateway never said "${words}": ${seen}`));
    }, startDeadlineMs).unref();
    child.stdout!.on('data', (chunk: Buffer) => {
      seen = (seen + chunk.toString()).slice(-10_000);
      if (!seen.includes(words)) return;
      clearTimeout(timer);
      resolve();
    });
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}: ${seen}`)));
  });
}

/** 100 tags by capture, twelve of which feed a mill. */
function usualConfiguration(broker: string, metricsPort: number): string {
  const signals = ['x', 'y', 'z'].flatMap((axis) => [`axis.${axis}.velocity`, `axis.${axis}.current`]);
  signals.push(
    'spindle.speed',
    'cut.feed',
    'cut.depth',
    'cut.width',
    'spindle.current',
    'spindle.windingTemp',
  );
  const wired = signals.map((signal, i) => `      ${signal}: shop/d0/m${i % 10}`).join('\n');
  return `version: 1
site: bench
stateDir: ./state
log: { level: info }
broker: ${broker}
sources:
  shop:
    type: mqtt
    topics:
      - topic: bench/{device}/{metric}
        payload: object
        time: { field: t, format: ms }
        fields:
          v: "{device}/{metric}"
machines:
  mill-1:
    model: mill
    signals:
${wired}
metrics: { port: ${metricsPort} }
`;
}
