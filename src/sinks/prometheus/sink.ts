// The Prometheus sink: a page that is made when somebody asks. A tick costs it one observation.
// It must never be reachable beyond loopback without somebody having said so.
import { Histogram, Registry } from 'prom-client';
import { GemError } from '../../errors.ts';
import type { Log, Sink, SinkContext, TickResult } from '../../ports.ts';
import { type AlarmCounts, createAlarmCounts } from './alarms.ts';
import { encode } from './encode.ts';
import { createLearning, type Learning } from './learning.ts';
import { processMetrics } from './process-metrics.ts';
import type { PrometheusSinkConfig } from './schema.ts';
import { newScrapeServer, type Page } from './server.ts';

export type PrometheusSink = Sink & { readonly address: { readonly host: string; readonly port: number } };

const latenessBucketsS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1];
// A scrape stays below 2,000 series; the process metrics and the histogram take about 100 of them.
const seriesMax = 1850;

export function createPrometheusSink(config: PrometheusSinkConfig, deps: { log: Log }): PrometheusSink {
  const { log } = deps;
  refuseExposure(config, log);
  const registry = new Registry();
  const lateness = newLateness(registry);
  let context: SinkContext | undefined;
  let frames: TickResult['frames'] = [];
  let learning: Learning | undefined;
  let alarms: AlarmCounts | undefined;
  let port = config.port;
  let warned = false;

  const metricsPage = async (): Promise<Page> => {
    // Read in one go: ticks share this thread, so the frames cannot change under the encoder.
    const own = context === undefined ? '' : encodeNow(context);
    const parts = await Promise.all([registry.metrics(), processMetrics().metrics()]);
    return { contentType: registry.contentType, body: own + parts.join('\n') };
  };
  const encodeNow = (of: SinkContext): string => {
    const health = of.health();
    const encoded = encode({
      health,
      frames,
      learnt: learning?.of,
      alarms: alarms?.of,
      scores: of.scores,
      nodeVersion: process.versions.node,
      seriesMax,
    });
    if (encoded.omitted.length > 0 && !warned) {
      warned = true;
      log.warn(
        { omitted: encoded.omitted, seriesMax },
        'too many series for one scrape: some parts are left out',
      );
    }
    return encoded.text;
  };
  const pages = new Map([['/metrics', metricsPage] as const, ['/healthz', livenessPage] as const]);
  const server = newScrapeServer(pages, log);

  return {
    name: 'prometheus',
    get address() {
      return { host: config.host, port };
    },
    async start(of) {
      context = of;
      learning = createLearning(of);
      alarms = createAlarmCounts(of.machines);
      port = await server.listen(config.host, config.port);
      log.info({ host: config.host, port }, `metrics at http://${urlHost(config.host)}:${port}/metrics`);
    },
    tick(result) {
      frames = result.frames;
      lateness.observe(Math.max(0, result.latenessMs) / 1000);
    },
    event: (event) => learning?.event(event),
    alarm: (change) => alarms?.alarm(change),
    health() {},
    forecast: (forecast) => learning?.forecast(forecast),
    deadLetter() {},
    stop: () => server.close(),
    report: () => ({ sink: 'prometheus', depth: 0, dropped: {} }),
  };
}

function livenessPage(): Promise<Page> {
  return Promise.resolve({ contentType: 'text/plain; charset=utf-8', body: 'ok\n' });
}

function newLateness(registry: Registry): Histogram {
  return new Histogram({
    name: 'gemel_tick_lateness_seconds',
    help: 'How late the frames of a tick were ready, against its absolute deadline.',
    buckets: latenessBucketsS,
    registers: [registry],
  });
}

function refuseExposure(config: PrometheusSinkConfig, log: Log): void {
  if (isLoopback(config.host)) return;
  if (!config.allowInsecure) throw new GemError('GEM_METRICS_UNSAFE', { host: config.host });
  log.warn(
    { host: config.host, port: config.port },
    `INSECURE: metrics are served on ${config.host} in plain HTTP, because metrics.allowInsecure is set`,
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
