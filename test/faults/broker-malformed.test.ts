// Ten thousand connections that talk nonsense: no crash, each counted once, and the memory comes back.
import { createConnection } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { generate } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { peer, startBroker, useCleanUp } from '../broker/fixture.ts';
import { poll } from '../poll.ts';

const SEED = 20_261_120;
const CONNECTIONS = 10_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A small generator with a seed, so that a failure can be run again. */
function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const connect = generate({
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: true,
  clientId: '',
  keepalive: 60,
});

/** Bytes no broker can take: noise, a valid packet with bytes changed, one cut short, one too long. */
function nonsense(roll: (below: number) => number): Buffer {
  const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => roll(256)));
  switch (roll(6)) {
    case 0:
      return noise(1 + roll(200));
    case 1: {
      const bytes = Buffer.from(connect);
      bytes[4 + roll(6)] = roll(256) | 0x80;
      return bytes;
    }
    case 2:
      return connect.subarray(0, 1 + roll(connect.length - 1));
    case 3:
      return Buffer.concat([Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]), noise(50)]);
    case 4:
      return generate({
        cmd: 'publish',
        topic: 'before/connect',
        payload: 'x',
        qos: 0,
        retain: false,
        dup: false,
      });
    default:
      return Buffer.from('GET / HTTP/1.1\r\nHost: broker\r\n\r\n');
  }
}

function throwAt(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.on('connect', () => socket.end(bytes));
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.resume();
  });
}

async function storm(port: number, count: number, make: () => Buffer): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await throwAt(port, make());
  };
  await Promise.all(Array.from({ length: 40 }, worker));
}

const sum = (refused: Record<string, number>): number => Object.values(refused).reduce((a, b) => a + b, 0);

function heapMb(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 1e6;
}

describe(`nonsense, seed ${SEED}`, () => {
  useCleanUp();

  test('10,000 connections: the broker lives, counts each once, and its memory comes back', async () => {
    const { broker, port } = await startBroker();
    const witness = await peer(port);
    const roll = dice(SEED);
    await storm(port, 500, () => nonsense(roll));
    await poll('the end of the rehearsal', () => broker.stats().connections === 1);
    const counted = sum(broker.stats().refused);
    const before = heapMb();
    await storm(port, CONNECTIONS, () => nonsense(roll));
    const more = () => sum(broker.stats().refused) - counted;
    await poll('all to be gone and counted', () => broker.stats().connections === 1 && more() >= CONNECTIONS);
    expect(more()).toBe(CONNECTIONS);
    expect(witness.connected).toBe(true);
    await witness.publishAsync('still/here', 'x', { qos: 1 });
    await poll('the memory', () => heapMb() - before < 8, 30_000, 100);
  });

  test('control: connections in order are not counted', async () => {
    const { broker, port } = await startBroker();
    const goodbye = generate({ cmd: 'disconnect' });
    await storm(port, 200, () => Buffer.concat([connect, goodbye]));
    await poll('all to be gone', () => broker.stats().connections === 0);
    expect(sum(broker.stats().refused)).toBe(0);
  });

  test('nonsense behind a good CONNECT: 1,000 clients cut, each counted once', async () => {
    const { broker, port } = await startBroker();
    const roll = dice(SEED + 1);
    const bad = (): Buffer => {
      switch (roll(4)) {
        case 0:
          return Buffer.from([0x36, 0x02, 0, 0]);
        case 1:
          return Buffer.from([0x82, 0x02, 0, 1]);
        case 2:
          return Buffer.from([0x30, 0x04, 0, 200, 0x61, 0x62]);
        default:
          return connect;
      }
    };
    await storm(port, 1000, () => Buffer.concat([connect, bad(), Buffer.from([0xc0, 0])]));
    await poll('all to be gone and counted', () => {
      const { connections, refused } = broker.stats();
      return connections === 0 && sum(refused) >= 1000;
    });
    const { refused } = broker.stats();
    expect(refused.malformed).toBe(1000);
    expect(sum(refused)).toBe(1000);
  });
});
