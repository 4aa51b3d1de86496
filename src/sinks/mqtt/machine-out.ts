// What is published of one machine: its meta, its frames, its signals by exception, its forecast.
import type { Forecast } from '../../core/forecast.ts';
import type { Frame, MachineLayout } from '../../core/frame.ts';
import type { ParameterReport, PublishOptions } from '../../ports.ts';
import type { Channel } from './channel.ts';
import { createFrameEncoder, encodeSignal } from './encode.ts';
import { createExceptions } from './exception.ts';
import { encodeForecast, encodeMaintenance } from './forecast.ts';
import { encodeMeta } from './meta.ts';
import type { MqttSinkConfig } from './schema.ts';

export interface MachineOut {
  /** On every new connection: the meta, the newest forecast, and all signals at the next frame. */
  announce(): void;
  /** The parameters are others: the meta again. */
  parametersChanged(): void;
  publish(frame: Frame, tick: number): void;
  forecast(forecast: Forecast): void;
}

const live: PublishOptions = { qos: 0, retain: false };
const retained: PublishOptions = { qos: 1, retain: true };

export function createMachineOut(
  machine: MachineLayout,
  root: string,
  periodMs: number,
  { frames, signals }: MqttSinkConfig,
  channel: Channel,
  parameters: () => ParameterReport | undefined,
): MachineOut {
  const topic = `${root}/${machine.id}`;
  const signalTopics = machine.signals.map(({ name }) => `${topic}/signal/${name}`);
  const encode = createFrameEncoder(machine);
  const exceptions = createExceptions(machine, signals);
  let newest: Forecast | undefined;
  let version: number | undefined;
  const sendMeta = () => {
    const now = parameters();
    version = now?.version;
    channel.sendState(`${topic}/meta`, encodeMeta(machine, periodMs, now), retained);
  };
  const sendForecast = (forecast: Forecast) => {
    channel.sendState(`${topic}/forecast`, encodeForecast(forecast), retained);
    const { timeMs, maintenance } = forecast;
    if (maintenance === undefined) return;
    channel.sendState(`${topic}/maintenance`, encodeMaintenance(machine.id, timeMs, maintenance), retained);
  };
  return {
    announce() {
      exceptions.reset();
      sendMeta();
      if (newest !== undefined) sendForecast(newest);
    },
    parametersChanged() {
      if (channel.isUp) sendMeta();
    },
    forecast(forecast) {
      newest = forecast;
      // Without a link the next connection brings it.
      if (!channel.isUp) return;
      sendForecast(forecast);
      // At the start the twins are restored after the first meta has gone out.
      if (parameters()?.version !== version) sendMeta();
    },
    publish(frame, tick) {
      if (frames.enabled && tick % frames.every === 0) {
        if (channel.isUp) channel.sendLive(`${topic}/frame`, encode(frame), live);
        else channel.drop('offline');
      }
      // Without a link only what the outbox will keep is worth deciding on.
      if (!signals.enabled || !(channel.isUp || signals.qos === 1)) return;
      exceptions.due(frame, (i) => {
        const text = encodeSignal(frame.value[i]!, frame.quality[i]!, frame.timeMs);
        channel.sendLive(signalTopics[i]!, text, signals);
      });
    },
  };
}
