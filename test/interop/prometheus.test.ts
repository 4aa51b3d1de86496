// The real Prometheus tools read what the sink serves.
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPrometheusSink, type PrometheusSink } from '../../src/sinks/prometheus/sink.ts';
import { poll } from '../poll.ts';
import { keptLog } from '../silent-log.ts';
import {
  contextOf,
  goodFrame,
  healthOf,
  historyReport,
  layout,
  mqttReport,
  tickOf,
} from '../sinks/prometheus/scene.ts';
import { outlookOf } from '../suites/scene.ts';
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts';

let sink: PrometheusSink;
let url: string;
let ticks = 0;

beforeAll(async () => {
  sink = createPrometheusSink(
    { enabled: true, host: '127.0.0.1', port: 0, allowInsecure: false },
    { log: keptLog() },
  );
  const learning = layout('mill-3');
  const health = () => healthOf({ ticks, history: historyReport, sinks: [mqttReport] });
  const parameters = () => ({ version: 2, values: learning.parameters, sigma: {} });
  await sink.start({ ...contextOf(health, [learning]), parameters });
  url = `http://127.0.0.1:${sink.address.port}`;
  const awkward = layout('mill-1', ['spindle.speed', 'a "quoted" \\ signal']);
  const behaviour = { state: 'behaviour', names: ['idle', 'cutting'] };
  const third = { ...learning, model: { ...learning.model, behaviour } };
  tick([goodFrame(awkward), goodFrame(layout('mill-2')), goodFrame(third)]);
  sink.forecast(outlookOf('mill-3', 0));
  sink.event({ kind: 'recalibrated', machine: 'mill-3', timeMs: 0, text: '' });
});
afterAll(() => sink.stop());

function tick(frames: Parameters<typeof tickOf>[0]): void {
  ticks++;
  sink.tick(tickOf(frames, 0.7));
}

/** What promtool says of a text: nothing, when it is right. */
function promtool(text: string): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('promtool', ['check', 'metrics']);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, said }));
    child.stdin.end(text);
  });
}

describe('promtool', () => {
  test('has nothing to say about a scrape but of the one promised name', async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('gemel_signal_value{machine="mill-1",signal="a \\"quoted\\" \\\\ signal"} 5.25');
    expect(text).toContain('gemel_rul_hours{machine="mill-3",component="pump",quantile="0.5"} 445.5');
    expect(text).toContain('gemel_twin_recalibrations_total{machine="mill-3",outcome="adopted"} 1');
    // One promised name stays as it was promised; promtool has these two words about it and no other.
    const { said } = await promtool(text);
    expect([...new Set(said.trim().split('\n'))].sort()).toEqual([
      'gemel_rul_hours non-summary metrics should not have "quantile" label',
      'gemel_rul_hours use base unit "seconds" instead of "hours"',
    ]);
  });

  test('control: it complains of a counter without _total and of a metric without help', async () => {
    const { code, said } = await promtool('# TYPE gemel_things counter\ngemel_things 1\n');
    expect(code).not.toBe(0);
    expect(said).toContain('gemel_things');
  });
});

describe('Prometheus', () => {
  let server: PrometheusServer;
  beforeAll(async () => {
    server = await startPrometheus(`127.0.0.1:${sink.address.port}`);
  });
  afterAll(() => server.stop());

  test('stores what is served, labels and all', async () => {
    const [series] = await poll('a value', async () => {
      const found = await server.query('gemel_signal_value{machine="mill-2",signal="spindle.current"}');
      return found.length > 0 ? found : undefined;
    });
    expect(series?.value).toBe(5.25);
    expect(await server.query('up{job="gemel"}')).toEqual([expect.objectContaining({ value: 1 })]);
  });

  test('a rate and a quantile come out of counters and the histogram', async () => {
    await poll('a rate', async () => {
      tick([]);
      return (await server.query('rate(gemel_ticks_total[1m]) > 0')).length > 0;
    });
    const [p99] = await poll('a quantile', async () => {
      tick([]);
      const found = await server.query(
        'histogram_quantile(0.99, rate(gemel_tick_lateness_seconds_bucket[1m])) > 0',
      );
      return found.length > 0 ? found : undefined;
    });
    expect(p99?.value).toBeGreaterThan(0.0005);
    expect(p99?.value).toBeLessThanOrEqual(0.001);
  });

  test('a machine that vanished is stale at the next scrape, not for five minutes', async () => {
    tick([]);
    await poll('the series to end', async () => {
      return (await server.query('gemel_signal_value')).length === 0;
    });
    expect((await server.query('gemel_ticks_total')).length).toBe(1);
  });
});
