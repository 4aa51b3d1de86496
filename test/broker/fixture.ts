// An embedded broker in a folder of its own, and clients to it, all gone after the test.
import { connect as connectTcp, type Socket } from 'node:net';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { afterEach } from 'vitest';
import { createEmbeddedBroker, type EmbeddedBroker } from '../../src/broker/embedded.ts';
import { embeddedBrokerSchema } from '../../src/broker/schema.ts';
import type { Clock } from '../../src/ports.ts';
import { tempDir } from '../ports.ts';
import { keptLog } from '../silent-log.ts';

export const realClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

const undo: (() => unknown)[] = [];

/** Runs when the test is over, last first. */
export function cleanUp(action: () => unknown): void {
  undo.push(action);
}

export function useCleanUp(): void {
  afterEach(async () => {
    while (undo.length > 0) await undo.pop()?.();
  });
}

export async function stateDir(): Promise<string> {
  const dir = await tempDir();
  cleanUp(dir.remove);
  return dir.path;
}

export async function makeBroker(
  input: object = {},
  options: { stateDir?: string; protect?: string[]; clock?: Clock } = {},
): Promise<{ broker: EmbeddedBroker; log: ReturnType<typeof keptLog>; dir: string }> {
  const dir = options.stateDir ?? (await stateDir());
  const log = keptLog();
  const config = embeddedBrokerSchema.parse({ port: 0, ...input });
  const broker = createEmbeddedBroker(config, { clock: realClock, ...options, stateDir: dir, log });
  cleanUp(() => broker.stop());
  return { broker, log, dir };
}

export async function startBroker(
  input: object = {},
  options: { stateDir?: string; protect?: string[]; clock?: Clock } = {},
) {
  const made = await makeBroker(input, options);
  await made.broker.start();
  return { ...made, port: made.broker.address.port };
}

export function peerOptions(options: Partial<IClientOptions> = {}): IClientOptions {
  return { reconnectPeriod: 0, clean: true, keepalive: 60, resubscribe: false, ...options };
}

/** A client from outside that is connected; rejects when it is refused. */
export async function peer(url: string | number, options: Partial<IClientOptions> = {}): Promise<MqttClient> {
  const address = typeof url === 'number' ? `mqtt://127.0.0.1:${url}` : url;
  const client = await mqtt.connectAsync(address, peerOptions(options), false);
  client.on('error', () => {});
  cleanUp(() => client.endAsync(true).catch(() => {}));
  return client;
}

export interface Heard {
  topic: string;
  payload: string;
  retain: boolean;
  qos: number;
}

/** A client with a session: what waits for it comes before anyone could listen otherwise. */
export function returning(port: number, clientId: string): { client: MqttClient; heard: Heard[] } {
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, peerOptions({ clientId, clean: false }));
  client.on('error', () => {});
  cleanUp(() => client.endAsync(true).catch(() => {}));
  return { client, heard: hear(client) };
}

export function hear(client: MqttClient): Heard[] {
  const heard: Heard[] = [];
  client.on('message', (topic, payload, { retain, qos }) => {
    heard.push({ topic, payload: payload.toString(), retain, qos });
  });
  return heard;
}

export async function rawSocket(port: number): Promise<Socket & { received: Buffer[]; gone: boolean }> {
  const socket = Object.assign(connectTcp(port, '127.0.0.1'), { received: [] as Buffer[], gone: false });
  socket.on('data', (chunk) => socket.received.push(chunk));
  socket.on('error', () => {});
  socket.on('close', () => {
    socket.gone = true;
  });
  cleanUp(() => socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}
