// The ESP32s of one machine on the network: one MQTT client each, and one for the plant itself, which listens
// for faults. A broker that is away costs messages, as it would on the real ones; nothing waits for it.
import mqtt, { type MqttClient } from 'mqtt';
import { type CncFault, isCncFault } from './cnc-fault.ts';
import { type Fault, isFault } from './fault.ts';
import { deviceNames } from './firmware.ts';
import type { Emit } from './link.ts';

const reconnectMs = 1000;
const connectTimeoutMs = 5000;

export interface Esp32Options {
  readonly broker: string;
  readonly machine: string;
  /** Called once, when every device has been connected. */
  onReady(devices: number): void;
  /** The broker went away, or is not there; once a loss. */
  onLost(why: string): void;
  onFault(fault: Fault | CncFault | 'none'): void;
}

export interface Esp32s {
  /** Never throws and never waits; without a connection the message is lost. */
  readonly send: Emit;
  stop(): Promise<void>;
}

export function startEsp32s(options: Esp32Options): Esp32s {
  const { machine } = options;
  const clients = new Map<string, MqttClient>();
  const waiting = new Set<string>(deviceNames);
  let lost = false;
  for (const device of deviceNames) {
    const client = connect(options.broker, `${machine}-esp32-${device}`);
    clients.set(device, client);
    client.on('connect', () => {
      lost = false;
      if (waiting.delete(device) && waiting.size === 0) options.onReady(deviceNames.length);
    });
    client.on('error', (error) => lose(describe(error)));
    client.on('close', () => lose('connection closed'));
  }
  const control = listenForFaults(options);
  let stopping = false;

  /** The devices lose one broker together; it is said once. */
  function lose(why: string): void {
    if (lost || stopping) return;
    lost = true;
    options.onLost(why);
  }

  return {
    send({ device, topic, payload }) {
      const client = clients.get(device);
      if (client?.connected) client.publish(topic, payload, { qos: 0 }, () => {});
    },
    async stop() {
      stopping = true;
      await Promise.all([...clients.values(), control].map((client) => client.endAsync(true)));
    },
  };
}

function connect(broker: string, clientId: string): MqttClient {
  return mqtt.connect(broker, {
    clientId,
    clean: true,
    reconnectPeriod: reconnectMs,
    connectTimeout: connectTimeoutMs,
    queueQoSZero: false,
    resubscribe: true,
  });
}

/** `shop/<machine>/plant/fault` with a fault's name, or `none`. A retained one is old news and is ignored. */
function listenForFaults(options: Esp32Options): MqttClient {
  const client = connect(options.broker, `${options.machine}-plant`);
  const topic = `shop/${options.machine}/plant/fault`;
  client.on('error', () => {});
  client.on('connect', () => client.subscribe(topic, { qos: 1 }, () => {}));
  client.on('message', (_topic, payload, packet) => {
    const name = payload.toString('utf8').trim();
    if (!packet.retain && (name === 'none' || isFault(name) || isCncFault(name))) options.onFault(name);
  });
  return client;
}

function describe(error: Error): string {
  // A refused connection to a name with two addresses carries its reasons inside.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return first instanceof Error ? first.message : error.message || error.name;
}
