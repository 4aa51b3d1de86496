// A device that sends numbered samples with QoS 1, as fast as it gets acknowledgements: after a lost connection it sends
// again, and marked as such, all that has none. It never takes anything for acknowledged that was not.
import { connect, type Socket } from 'node:net';
import { generate, type Packet, parser } from 'mqtt-packet';

export interface Device {
  readonly name: string;
  readonly numbers: { sent: number; readonly acknowledged: Set<number> };
  /** Sends no more that is new; what is not acknowledged is sent again until it is. */
  enough(): void;
  close(): void;
}

interface Message {
  readonly number: number;
  readonly payload: string;
}

const reconnectMs = 20;
const idMax = 65_535;

export function newDevice(port: number, name: string, inFlightMax: number): Device {
  const numbers = { sent: 0, acknowledged: new Set<number>() };
  /** By packet id, in the order in which they were sent. */
  const inFlight = new Map<number, Message>();
  let socket: Socket;
  let goesOn = true;
  let closed = false;
  const post = (messageId: number, { payload }: Message, dup: boolean) =>
    socket.write(
      generate({ cmd: 'publish', qos: 1, retain: false, dup, messageId, topic: `shop/${name}`, payload }),
    );
  const fill = () => {
    while (goesOn && inFlight.size < inFlightMax) {
      const number = numbers.sent++;
      const id = (number % idMax) + 1;
      const message = { number, payload: `{"t":${Date.now()},"v":${number}}` };
      inFlight.set(id, message);
      post(id, message, false);
    }
  };
  const hear = (packet: Packet) => {
    if (packet.cmd === 'connack') {
      for (const [id, message] of inFlight) post(id, message, true);
      fill();
    } else if (packet.cmd === 'puback') {
      const message = inFlight.get(packet.messageId!);
      if (message === undefined) return;
      inFlight.delete(packet.messageId!);
      numbers.acknowledged.add(message.number);
      // After the others of the same chunk.
      setImmediate(() => socket.writable && fill());
    }
  };
  const dial = () => {
    if (closed) return;
    const packets = parser();
    packets.on('packet', hear);
    socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => {
      const who = {
        clientId: name,
        clean: false,
        keepalive: 60,
        protocolId: 'MQTT',
        protocolVersion: 4,
      } as const;
      socket.write(generate({ cmd: 'connect', ...who }));
    });
    socket.on('data', (chunk) => packets.parse(chunk));
    socket.on('error', () => {});
    socket.on('close', () => setTimeout(dial, reconnectMs));
  };
  dial();
  return {
    ...{ name, numbers },
    enough() {
      goesOn = false;
    },
    close() {
      closed = true;
      socket.destroy();
    },
  };
}
