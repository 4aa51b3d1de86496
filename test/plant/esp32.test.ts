// The ESP32s against a real broker: they talk, survive its absence, and take orders to break.
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { afterEach, expect, test } from 'vitest';
import { type Esp32s, startEsp32s } from '../../src/plant/esp32.ts';
import type { AnyFault } from '../../src/plant/trouble.ts';
import { poll } from '../poll.ts';
import { freePort } from '../ports.ts';
import { openMachine } from './shop-floor.ts';

interface Broker {
  readonly aedes: Aedes;
  readonly topics: Map<string, number>;
  stop(): Promise<void>;
}

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of open.splice(0).reverse()) await stop();
});

async function startBroker(port: number): Promise<Broker> {
  const aedes = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const topics = new Map<string, number>();
  aedes.on('publish', ({ topic }, client) => {
    if (client !== null) topics.set(topic, (topics.get(topic) ?? 0) + 1);
  });
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    aedes.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await new Promise<void>((resolve) => aedes.close(resolve));
  };
  open.push(stop);
  return { aedes, topics, stop };
}

interface Devices {
  readonly esp32s: Esp32s;
  readonly faults: (AnyFault | 'none')[];
  readonly lost: string[];
  ready: number;
}

function startDevices(port: number): Devices {
  const faults: (AnyFault | 'none')[] = [];
  const lost: string[] = [];
  const devices: Devices = {
    faults,
    lost,
    ready: 0,
    esp32s: startEsp32s({
      broker: `mqtt://127.0.0.1:${port}`,
      machine: 'mill-1',
      onReady: (count) => {
        devices.ready = count;
      },
      onLost: (why) => lost.push(why),
      onFault: (fault) => faults.push(fault),
    }),
  };
  open.push(() => devices.esp32s.stop());
  return devices;
}

const topics = ['coolant/flow', 'drive', 'meter', 'thermal', 'vibration'].map(
  (name) => `shop/mill-1/esp32/${name}`,
);

test('every device talks on its own topic, before and after the broker was away', async () => {
  const port = await freePort();
  const first = await startBroker(port);
  const devices = startDevices(port);
  const machine = openMachine();
  let elapsedMs = 0;
  const talk = () => {
    elapsedMs += 1000;
    machine.advance(elapsedMs, devices.esp32s.send);
  };
  await poll('all devices', () => devices.ready === 5);
  await poll('a message of each', () => {
    talk();
    return first.topics.size === 5;
  });
  expect([...first.topics.keys()].sort()).toEqual(topics);
  const seconds = elapsedMs / 1000;
  await poll('twenty a second of the drive', () => first.topics.get(topics[1]!)! > seconds * 18);

  await first.stop();
  await poll('the loss to be told', () => devices.lost.length > 0);
  talk();
  expect(devices.lost.length).toBe(1);

  const second = await startBroker(port);
  await poll('messages again', () => {
    talk();
    return second.topics.size === 5;
  });
});

test('a fault is taken from the topic, unless it is retained or unknown', async () => {
  const port = await freePort();
  const broker = await startBroker(port);
  const publish = (payload: string, retain: boolean) =>
    new Promise<void>((resolve) => {
      const topic = 'shop/mill-1/plant/fault';
      broker.aedes.publish(
        { cmd: 'publish', topic, payload: Buffer.from(payload), qos: 1, retain, dup: false },
        () => resolve(),
      );
    });
  await publish('cooling', true);
  const devices = startDevices(port);
  await poll('the order to arrive', async () => {
    await publish('gremlins', false);
    await publish('bearing', false);
    return devices.faults.includes('bearing');
  });
  await publish('none', false);
  await poll('the end of it', () => devices.faults.includes('none'));
  expect(new Set(devices.faults)).toEqual(new Set(['bearing', 'none']));
});
