// The metrics endpoint as a client meets it: pages, refusals, limits, start and stop.
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { GemError } from '../../../src/errors.ts';
import { createPrometheusSink, type PrometheusSink } from '../../../src/sinks/prometheus/sink.ts';
import { poll } from '../../poll.ts';
import { keptLog } from '../../silent-log.ts';
import { startWatch } from '../../stopwatch.ts';
import { outlookOf } from '../../suites/scene.ts';
import { contextOf, goodFrame, healthOf, layout, samplesOf, tickOf } from './scene.ts';

const config = { enabled: true, host: '127.0.0.1', port: 0, allowInsecure: false };
const open: PrometheusSink[] = [];
const context = contextOf(() => healthOf());

afterEach(async () => {
  for (const sink of open.splice(0)) await sink.stop();
});

async function started(): Promise<{ sink: PrometheusSink; url: string }> {
  const sink = createPrometheusSink(config, { log: keptLog() });
  open.push(sink);
  await sink.start(context);
  return { sink, url: `http://127.0.0.1:${sink.address.port}` };
}

async function scrape(url: string): Promise<Map<string, number>> {
  return samplesOf(await (await fetch(`${url}/metrics`)).text());
}

/** Sends raw bytes and resolves with all that comes back until the server closes. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('pages', () => {
  test('/metrics answers before the first tick', async () => {
    const { url } = await started();
    const answer = await fetch(`${url}/metrics`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const samples = samplesOf(await answer.text());
    expect(samples.get('gemel_ticks_total')).toBe(18_446);
    expect(samples.get('gemel_tick_lateness_seconds_count')).toBe(0);
    expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
  });

  test('the gauges that promtool rejects are gone', async () => {
    const { url } = await started();
    expect(await (await fetch(`${url}/metrics`)).text()).not.toMatch(/nodejs_active_\w+_total/);
  });

  test('shows the last frame as it is when asked, and forgets a value that vanished', async () => {
    const { sink, url } = await started();
    const frame = goodFrame(layout('mill-1'));
    const series = 'gemel_signal_value{machine="mill-1",signal="spindle.current"}';
    sink.tick(tickOf([frame]));
    expect((await scrape(url)).get(series)).toBe(5.25);
    frame.value[1] = 6.5;
    expect((await scrape(url)).get(series)).toBe(6.5);
    frame.value[1] = Number.NaN;
    expect((await scrape(url)).has(series)).toBe(false);
  });

  test('keeps the newest forecast, counts what became of learnt parameters, and asks for their version', async () => {
    const sink = createPrometheusSink(config, { log: keptLog() });
    open.push(sink);
    const machine = layout('mill-1');
    let version = 1;
    const parameters = () => ({ version, values: machine.parameters, sigma: {} });
    await sink.start({ ...contextOf(() => healthOf(), [machine]), parameters });
    const url = `http://127.0.0.1:${sink.address.port}`;
    sink.tick(tickOf([goodFrame(machine)]));
    const outcome = (name: string) => `gemel_twin_recalibrations_total{machine="mill-1",outcome="${name}"}`;
    const before = await scrape(url);
    expect(before.get(outcome('adopted'))).toBe(0);
    expect(before.has('gemel_wear_ratio{machine="mill-1",component="pump"}')).toBe(false);
    for (const wear of [0.25, 0.26]) sink.forecast(outlookOf('mill-1', 0, wear));
    const event = { machine: 'mill-1', timeMs: 0, text: '' };
    for (const kind of ['recalibrated', 'recalibrated', 'not-recalibrated', 'source-up'] as const) {
      sink.event({ ...event, kind });
    }
    sink.event({ ...event, machine: 'elsewhere', kind: 'recalibrated' });
    version = 3;
    const after = await scrape(url);
    expect(after.get('gemel_wear_ratio{machine="mill-1",component="pump"}')).toBe(0.26);
    expect(after.get(outcome('adopted'))).toBe(2);
    expect(after.get(outcome('rejected'))).toBe(1);
    expect(after.get('gemel_twin_parameter_version{machine="mill-1"}')).toBe(3);
    expect([...after.keys()].some((series) => series.includes('elsewhere'))).toBe(false);
  });

  test('lateness goes into the buckets in seconds', async () => {
    const { sink, url } = await started();
    for (const latenessMs of [-0.5, 0.4, 3, 40]) sink.tick(tickOf([], latenessMs));
    const samples = await scrape(url);
    expect(samples.get('gemel_tick_lateness_seconds_bucket{le="0.0005"}')).toBe(2);
    expect(samples.get('gemel_tick_lateness_seconds_bucket{le="0.005"}')).toBe(3);
    expect(samples.get('gemel_tick_lateness_seconds_bucket{le="0.05"}')).toBe(4);
    expect(samples.get('gemel_tick_lateness_seconds_sum')).toBeCloseTo(0.0434, 6);
  });

  test('HEAD has the length and no body; /healthz says ok; a query string is no obstacle', async () => {
    const { url } = await started();
    const head = await fetch(`${url}/healthz`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '3', '']);
    expect(await (await fetch(`${url}/healthz?x=1`)).text()).toBe('ok\n');
  });

  test.each([
    ['GET', '/', 404],
    ['GET', '/metrics/', 404],
    ['GET', '/../etc/passwd', 404],
    ['POST', '/metrics', 405],
    ['DELETE', '/elsewhere', 405],
  ])('%s %s is %d', async (method, path, status) => {
    const { sink } = await started();
    const got = await new Promise<number | undefined>((resolve, reject) => {
      request({ port: sink.address.port, method, path }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(got).toBe(status);
  });
});

describe('limits', () => {
  test('headers without an end are refused beyond 8 KiB', async () => {
    const { sink } = await started();
    const answer = await raw(
      sink.address.port,
      `GET /metrics HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(9000)}\r\n`,
    );
    expect(answer).toContain('431');
  });

  test('a body is not read: the connection ends after the 405', async () => {
    const { sink } = await started();
    const answer = await raw(
      sink.address.port,
      'POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n',
    );
    expect(answer).toContain('405');
    expect(answer).toMatch(/allow: GET, HEAD/i);
  });

  test('connections beyond the limit are closed, and a freed place is usable', async () => {
    const { sink, url } = await started();
    const sockets = Array.from({ length: 32 }, () => connect(sink.address.port, '127.0.0.1'));
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.on('connect', resolve))));
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    for (const socket of sockets) socket.destroy();
    const answer = await poll('a free place', () => fetch(`${url}/healthz`).catch(() => undefined));
    expect(answer.status).toBe(200);
  });
});

describe('start and stop', () => {
  test('a port in use is named, with the key to change', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const sink = createPrometheusSink({ ...config, port }, { log: keptLog() });
    const error = await sink.start(context).catch((caught: unknown) => caught);
    taken.close();
    expect(error).toBeInstanceOf(GemError);
    expect((error as GemError).code).toBe('GEM_PORT_IN_USE');
    expect((error as GemError).message).toContain(`127.0.0.1:${port}`);
    expect((error as GemError).hint).toContain('metrics.port');
  });

  test('an address that is not ours fails with the reason', async () => {
    const unsafe = { ...config, host: '192.0.2.1', allowInsecure: true };
    const sink = createPrometheusSink(unsafe, { log: keptLog() });
    await expect(sink.start(context)).rejects.toMatchObject({ code: 'GEM_LISTEN_FAILED' });
  });

  test.each(['0.0.0.0', '::', '192.168.1.5', 'gateway.local'])('%s is refused unless allowed', (host) => {
    expect(() => createPrometheusSink({ ...config, host }, { log: keptLog() })).toThrow(/plain HTTP/);
    const log = keptLog();
    createPrometheusSink({ ...config, host, allowInsecure: true }, { log });
    expect(log.lines.map((line) => line.level)).toEqual(['warn']);
    expect(log.lines[0]?.message).toContain('INSECURE');
  });

  test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('%s is loopback', (host) => {
    const log = keptLog();
    createPrometheusSink({ ...config, host }, { log });
    expect(log.lines).toEqual([]);
  });

  test('stop does not wait for a client that keeps its connection, and frees the port', async () => {
    const { sink, url } = await started();
    await fetch(`${url}/healthz`);
    const idle = connect(sink.address.port, '127.0.0.1');
    await new Promise((resolve) => idle.on('connect', resolve));
    const { port } = sink.address;
    const tookMs = startWatch();
    await sink.stop();
    // Who waits for such a client waits for the five seconds after which it is cut.
    expect(tookMs()).toBeLessThan(3000);
    const again = createPrometheusSink({ ...config, port }, { log: keptLog() });
    open.push(again);
    await again.start(context);
    idle.destroy();
  });

  test('too many series: one warning, however often it is scraped', async () => {
    const log = keptLog();
    const sink = createPrometheusSink(config, { log });
    open.push(sink);
    await sink.start(context);
    const many = Array.from({ length: 500 }, (_, i) => `axis.${i}`);
    sink.tick(tickOf([goodFrame(layout('big', many))]));
    const url = `http://127.0.0.1:${sink.address.port}`;
    await scrape(url);
    expect((await scrape(url)).size).toBeLessThan(2000);
    const warnings = log.lines.filter((line) => line.level === 'warn');
    expect(warnings.map((line) => line.fields['omitted'])).toEqual([['machine big']]);
  });
});
