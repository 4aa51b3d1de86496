import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GemelProcess, gemel } from '../gemel-process.ts';
import { poll } from '../poll.ts';
import { freePort, tempDir } from '../ports.ts';

let dir: { path: string; remove: () => Promise<void> };
const running: GemelProcess[] = [];
const clients: mqtt.MqttClient[] = [];

beforeEach(async () => {
  dir = await tempDir();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.endAsync(true);
  for (const one of running.splice(0)) {
    one.kill();
    await one.ended();
  }
  await dir.remove();
});

function configuration(port: number, metrics: number, broker = `{ port: ${port} }`): string {
  const file = join(dir.path, 'gemel.yaml');
  writeFileSync(
    file,
    `version: 1
site: test
broker: ${broker}
sources:
  shop:
    type: mqtt
    topics:
      - topic: shop/{machine}/drive
        payload: object
        time: { field: t, format: ms }
        qos: 1
        fields:
          rpm: { tag: "{machine}/rpm", unit: rpm }
          amps: { tag: "{machine}/amps", unit: A }
machines:
  mill-1:
    model: mill
    signals:
      spindle.speed: shop/mill-1/rpm
      spindle.current: shop/mill-1/amps
metrics: { port: ${metrics} }
`,
  );
  return file;
}

function start(words: string[], env: Record<string, string> = {}): GemelProcess {
  const one = gemel(words, { env, cwd: dir.path });
  running.push(one);
  return one;
}

async function join_(port: number, options: mqtt.IClientOptions = {}): Promise<mqtt.MqttClient> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, ...options });
  clients.push(client);
  return client;
}

function listen(client: mqtt.MqttClient): Map<string, string[]> {
  const seen = new Map<string, string[]>();
  client.on('message', (topic, payload) => {
    seen.set(topic, [...(seen.get(topic) ?? []), payload.toString()]);
  });
  return seen;
}

describe('gemel run', () => {
  it('turns a device’s samples into frames, signals, meta and metrics', async () => {
    const [port, metrics] = [await freePort(), await freePort()];
    const gateway = start(['run', configuration(port, metrics)]);
    await gateway.said('first frame');
    const scada = await join_(port);
    const seen = listen(scada);
    await scada.subscribeAsync('gemel/#');
    const device = await join_(port);
    const timer = setInterval(() => {
      device.publish('shop/mill-1/drive', JSON.stringify({ t: Date.now(), rpm: 6000, amps: 4.2 }), {
        qos: 1,
      });
    }, 20);
    try {
      const frame = await poll('a frame with the spindle, and a twin that turns it', () => {
        const last = seen.get('gemel/test/mill-1/frame')?.at(-1);
        const parsed = last === undefined ? undefined : JSON.parse(last);
        const turns = parsed?.signals['spindle.speed']?.value === 6000;
        return turns && parsed.twin['spindle.current'].value > 0.5 ? parsed : undefined;
      });
      expect(frame).toMatchObject({ v: 1, machine: 'mill-1', lagMs: 100 });
      expect(frame.signals['spindle.current'].value).toBeCloseTo(4.2, 6);
      // Retained ones come when the broker has looked them up, and frames do not wait for them.
      const [status] = await poll('the status', () => seen.get('gemel/test/status'));
      expect(JSON.parse(status!)).toMatchObject({ state: 'online' });
      const [meta] = await poll('the meta', () => seen.get('gemel/test/mill-1/meta'));
      expect(JSON.parse(meta!)).toMatchObject({ model: { id: 'mill' } });
      const ticks = seen.get('gemel/test/mill-1/frame')!.map((text) => JSON.parse(text).tick as number);
      for (let i = 1; i < ticks.length; i++) expect(ticks[i]).toBeGreaterThan(ticks[i - 1]!);
      await poll('the value in the metrics', async () => {
        const once = { headers: { connection: 'close' } };
        const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`, once)).text();
        return /gemel_signal_value\{[^}]*signal="spindle.speed"[^}]*\} 6000/.test(text);
      });
    } finally {
      clearInterval(timer);
    }
  });

  it('drains on SIGTERM, or on a Ctrl-C that npm hands on a second time: says offline, ends with 0', async () => {
    const port = await freePort();
    const gateway = start(['run', configuration(port, await freePort())]);
    await gateway.said('first frame');
    const seen = listen(await join_(port));
    await clients[0]!.subscribeAsync('gemel/test/status');
    await poll('online', () => seen.get('gemel/test/status')?.length === 1);
    gateway.kill('SIGTERM');
    gateway.kill('SIGINT');
    expect(await gateway.ended()).toBe(0);
    const last = () => JSON.parse(seen.get('gemel/test/status')!.at(-1)!) as { state: string };
    await poll('offline', () => last().state === 'offline');
    expect(gateway.out()).toContain('"msg":"stopped"');
  });

  it('acknowledges nothing that it did not take, also while it stops', async () => {
    const port = await freePort();
    const gateway = start(['run', configuration(port, await freePort())]);
    await gateway.said('first frame');
    const device = await join_(port);
    let acknowledged = 0;
    let stopped = false;
    device.on('close', () => {
      stopped = true;
    });
    const send = (t: number) => {
      if (stopped) return;
      device.publish('shop/mill-1/drive', JSON.stringify({ t, rpm: t % 7000 }), { qos: 1 }, (error) => {
        if (error) return;
        acknowledged++;
        send(t + 64);
      });
    };
    const firstMs = Date.now() - 3_600_000;
    for (let lane = 0; lane < 64; lane++) send(firstMs + lane);
    await poll('some traffic', () => acknowledged > 2000);
    gateway.kill('SIGTERM');
    expect(await gateway.ended()).toBe(0);
    const last = gateway.out().trim().split('\n').at(-1)!;
    const { ledger } = JSON.parse(last) as { ledger: { stored: number; received: number; pending: number } };
    expect(ledger.pending).toBe(0);
    expect(ledger.stored).toBeGreaterThanOrEqual(acknowledged);
  });

  it('after kill -9 the retained messages and the sessions are there', async () => {
    const [port, metrics] = [await freePort(), await freePort()];
    const file = configuration(port, metrics);
    const first = start(['run', file]);
    await first.said('first frame');
    const session = { clientId: 'hmi', clean: false };
    const hmi = await join_(port, session);
    await hmi.subscribeAsync('orders/#', { qos: 1 });
    await hmi.endAsync();
    const device = await join_(port);
    await device.publishAsync('orders/last', 'kept', { retain: true, qos: 1 });
    await device.publishAsync('orders/next', 'queued', { qos: 1 });
    first.kill('SIGKILL');
    await first.ended();

    const second = start(['run', file]);
    await second.said('first frame');
    const again = mqtt.connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, ...session });
    clients.push(again);
    const seen = listen(again);
    await poll('the queued message', () => seen.get('orders/next')?.includes('queued'));
    const fresh = await join_(port);
    const retained = listen(fresh);
    await fresh.subscribeAsync('orders/#');
    await poll('the retained message', () => retained.get('orders/last')?.includes('kept'));
  });
});

describe('a start that cannot work says one clear line', () => {
  const firstLine = (one: GemelProcess) => one.err().trim().split('\n')[0];

  it('a port in use', async () => {
    const port = await freePort();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const gateway = start(['run', configuration(port, await freePort())]);
    expect(await gateway.ended()).toBe(1);
    expect(firstLine(gateway)).toMatch(
      new RegExp(`cannot listen on 127.0.0.1:${port}: the port is in use \\[GEM_PORT_IN_USE\\]`),
    );
    await new Promise((resolve) => server.close(resolve));
  });

  it('a metrics port in use', async () => {
    const port = await freePort();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const gateway = start(['run', configuration(await freePort(), port)]);
    expect(await gateway.ended()).toBe(1);
    expect(firstLine(gateway)).toContain('[GEM_PORT_IN_USE]');
    await new Promise((resolve) => server.close(resolve));
  });

  it('a file that is not there', async () => {
    const gateway = start(['run', 'nowhere.yaml']);
    expect(await gateway.ended()).toBe(2);
    expect(firstLine(gateway)).toMatch(
      /cannot read the configuration nowhere.yaml: .*\[GEM_CONFIG_UNREADABLE\]/,
    );
  });

  it('no file named and none in the usual places', async () => {
    const gateway = start(['run']);
    expect(await gateway.ended()).toBe(2);
    expect(firstLine(gateway)).toContain('[GEM_USAGE]');
  });

  it('a configuration that is a folder', async () => {
    mkdirSync(join(dir.path, 'folder.yaml'));
    const gateway = start(['run', 'folder.yaml']);
    expect(await gateway.ended()).toBe(2);
    expect(firstLine(gateway)).toContain('[GEM_CONFIG_UNREADABLE]');
  });

  it('a mistake in the configuration, with its place', async () => {
    const file = configuration(1883, 9464);
    writeFileSync(file, 'version: 1\nsite: test\nbrokr: {}\n');
    const gateway = start(['run', file]);
    expect(await gateway.ended()).toBe(2);
    expect(gateway.err()).toContain('gemel.yaml:3:1 unknown key "brokr", did you mean "broker"?');
  });

  it('a state directory that cannot be made', async () => {
    const file = configuration(await freePort(), await freePort());
    writeFileSync(join(dir.path, 'state'), 'a file in the way');
    chmodSync(join(dir.path, 'state'), 0o600);
    const gateway = start(['run', file]);
    expect(await gateway.ended()).toBe(1);
    expect(firstLine(gateway)).toContain('[GEM_STATE_UNWRITABLE]');
  });

  it('a state directory on a file system that makes none', async () => {
    const file = configuration(await freePort(), await freePort());
    const gateway = start(['run', file], { GEMEL_STATE_DIR: '/proc/none/of/this' });
    expect(await gateway.ended()).toBe(1);
    expect(firstLine(gateway)).toContain('[GEM_STATE_UNWRITABLE]');
  });

  it('a state directory another gateway uses', async () => {
    const file = configuration(await freePort(), await freePort());
    const first = start(['run', file]);
    await first.said('first frame');
    const second = start(['run', file], {
      GEMEL_BROKER_PORT: String(await freePort()),
      GEMEL_METRICS_PORT: String(await freePort()),
    });
    expect(await second.ended()).toBe(1);
    expect(firstLine(second)).toContain('[GEM_STATE_LOCKED]');
  });

  it('a word that is no command', async () => {
    const gateway = start(['rnu']);
    expect(await gateway.ended()).toBe(2);
    expect(gateway.err()).toContain('Did you mean run?');
  });
});
