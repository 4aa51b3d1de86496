// A load generator in its own process: raw MQTT 3.1.1 over sockets, frames serialised ahead, paced in bursts
// of 10 ms. Prints one JSON line at the end. `node load.ts <port> <messages a second> <seconds> <clients> <qos>`
import { connect, type Socket } from 'node:net';

const [port, rate, seconds, clients, qos] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
  number,
];
const burstMs = 10;
const metrics = 100 / clients >= 1 ? Math.round(100 / clients) : 1;

function field(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}

function packet(first: number, body: Buffer): Buffer {
  const length: number[] = [];
  for (let left = body.length; ; ) {
    const digit = left & 127;
    left >>= 7;
    length.push(left > 0 ? digit | 128 : digit);
    if (left === 0) break;
  }
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}

function connectPacket(id: string): Buffer {
  return packet(0x10, Buffer.concat([field('MQTT'), Buffer.from([4, 2, 0, 60]), field(id)]));
}

/** 100 bytes of JSON, as an ESP32 would send: time, number, value, state. */
function payload(sequence: number): Buffer {
  const value = (4 + Math.sin(sequence / 50)).toFixed(4);
  const text = `{"t":${Date.now()},"seq":${sequence},"v":${value},"unit":"A","state":"ok","rssi":-61,"id":"`;
  return Buffer.from(`${text.padEnd(98, 'e')}"}`);
}

interface Device {
  readonly socket: Socket;
  readonly topics: readonly Buffer[];
  sequence: number;
  acknowledged: number;
}

async function open(device: number): Promise<Device> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('data', (answer) => {
      if (answer[0] === 0x20 && answer[3] === 0) resolve();
      else reject(new Error(`refused: ${answer.toString('hex')}`));
    });
    socket.write(connectPacket(`load-${process.pid}-${device}`));
  });
  const topics = Array.from({ length: metrics }, (_, m) => field(`bench/d${device}/m${m}`));
  const state: Device = { socket, topics, sequence: 0, acknowledged: 0 };
  // A PUBACK is four bytes; nothing else comes here.
  socket.on('data', (chunk) => {
    state.acknowledged += chunk.length / 4;
  });
  return state;
}

function publishPacket(device: Device): Buffer {
  const sequence = device.sequence++;
  const topic = device.topics[sequence % device.topics.length]!;
  const id =
    qos === 0
      ? Buffer.alloc(0)
      : Buffer.from([((sequence % 60_000) + 1) >> 8, ((sequence % 60_000) + 1) & 255]);
  return packet(qos === 0 ? 0x30 : 0x32, Buffer.concat([topic, id, payload(sequence)]));
}

const devices = await Promise.all(Array.from({ length: clients }, (_, device) => open(device)));
const startMs = performance.now();
const total = rate * seconds;
let sent = 0;
let blockedMs = 0;
while (sent < total) {
  const dueMs = startMs + ((sent / rate) * 1000 + burstMs);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
  const target = Math.min(total, Math.floor(((performance.now() - startMs) / 1000) * rate));
  const share = Math.ceil((target - sent) / clients);
  for (const device of devices) {
    const count = Math.min(share, target - sent);
    if (count <= 0) break;
    const burst = Array.from({ length: count }, () => publishPacket(device));
    sent += count;
    if (!device.socket.write(Buffer.concat(burst)) && device.socket.writableLength > 4_000_000) {
      const from = performance.now();
      await new Promise((resolve) => device.socket.once('drain', resolve));
      blockedMs += performance.now() - from;
    }
  }
}
const elapsedS = (performance.now() - startMs) / 1000;
const settledBy = performance.now() + 10_000;
const acknowledged = () => devices.reduce((sum, device) => sum + device.acknowledged, 0);
while (qos > 0 && acknowledged() < sent && performance.now() < settledBy) {
  await new Promise((resolve) => setTimeout(resolve, 20));
}
for (const device of devices) device.socket.end(Buffer.from([0xe0, 0]));
process.stdout.write(`${JSON.stringify({ sent, elapsedS, blockedMs, acknowledged: acknowledged() })}\n`);
