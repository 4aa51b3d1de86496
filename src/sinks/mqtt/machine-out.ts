// What is published of one machine: its meta, its frames, its signals by exception.
import type { Frame, MachineLayout } from '../../core/frame.ts';
import type { PublishOptions } from '../../ports.ts';
import type { Channel } from './channel.ts';
import { createFrameEncoder, encodeSignal } from './encode.ts';
import { createExceptions } from './exception.ts';
import { encodeMeta } from './meta.ts';
import type { MqttSinkConfig } from './schema.ts';

export interface MachineOut {
  /** On every new connection: the meta, and all signals at the next frame. */
  announce(): void;
  publish(frame: Frame, tick: number): void;
}

const live: PublishOptions = { qos: 0, retain: false };
const retained: PublishOptions = { qos: 1, retain: true };

export function createMachineOut(
  machine: MachineLayout,
  root: string,
  periodMs: number,
  { frames, signals }: MqttSinkConfig,
  channel: Channel,
): MachineOut {
  const topic = `${root}/${machine.id}`;
  const signalTopics = machine.signals.map(({ name }) => `${topic}/signal/${name}`);
  const encode = createFrameEncoder(machine);
  const exceptions = createExceptions(machine, signals);
  return {
    announce() {
      exceptions.reset();
      channel.sendState(`${topic}/meta`, encodeMeta(machine, periodMs), retained);
    },
    publish(frame, tick) {
      if (frames.enabled && tick % frames.every === 0) {
        if (channel.isUp) channel.send(`${topic}/frame`, encode(frame), live);
        else channel.drop('offline');
      }
      // Without a link only what the outbox will keep is worth deciding on.
      if (!signals.enabled || !(channel.isUp || signals.qos === 1)) return;
      exceptions.due(frame, (i) => {
        const text = encodeSignal(frame.value[i]!, frame.quality[i]!, frame.timeMs);
        channel.send(signalTopics[i]!, text, signals);
      });
    },
  };
}
