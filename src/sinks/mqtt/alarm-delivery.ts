// All that the broker is told and asked about alarms: the list that operators see, their requests, advice to stop.
import type { AlarmChange } from '../../core/alarm.ts';
import type { AlarmDesk, Bus, Clock } from '../../ports.ts';
import { createAlarmsOut } from './alarms.ts';
import type { Channel } from './channel.ts';
import { subscribeRequests } from './requests.ts';
import { createStopRequests, type StopRequestConfig } from './stop-request.ts';

export interface AlarmDelivery {
  /** `desk`: whom to ask. */
  start(desk: AlarmDesk | undefined): void;
  alarm(change: AlarmChange): void;
  tick(): void;
  linkUp(): void;
  /** Nobody is asked any more. */
  stop(): void;
  readonly depth: number;
  readonly dropped: Readonly<Record<string, number>>;
}

export interface DeliveryParts {
  readonly bus: Bus;
  readonly channel: () => Channel;
  readonly clock: Clock;
  readonly root: string;
  /** By machine: what is published at a trip. */
  readonly stopRequests: Readonly<Record<string, StopRequestConfig | undefined>>;
}

/** Before the bus starts: it subscribes. */
export function createAlarmDelivery({
  bus,
  channel,
  clock,
  root,
  stopRequests,
}: DeliveryParts): AlarmDelivery {
  let desk: AlarmDesk | undefined;
  const standing = () => desk?.list() ?? [];
  const alarms = createAlarmsOut(bus, root, standing, () => channel().progress());
  const stops = createStopRequests(bus, stopRequests);
  subscribeRequests({ bus, channel, clock, root, desk: () => desk });
  bus.onLink((link) => {
    if (link !== 'up') alarms.linkLost();
  });
  return {
    start(to) {
      desk = to;
    },
    alarm(change) {
      // What is in a hurry first.
      stops.alarm(change);
      alarms.alarm(change);
    },
    tick() {
      alarms.tick();
      stops.tick();
    },
    linkUp: () => alarms.linkUp(),
    stop() {
      desk = undefined;
    },
    get depth() {
      return alarms.depth + stops.depth;
    },
    get dropped() {
      return {
        ...(alarms.refused > 0 && { refused: alarms.refused }),
        ...(stops.late > 0 && { stop_late: stops.late }),
      };
    },
  };
}
