// What the outbox on disk tells the broker: straight to the bus, since history keeps it until it is acknowledged.

import type { CatchUp, CatchUpPeer, NewCatchUp } from '../../ports/catch-up.ts';
import type { Bus, Clock, Log, PublishOptions, SinkContext } from '../../ports.ts';
import { encodeMark, encodeMissed, encodeMissedGap } from './backfill.ts';
import type { Channel } from './channel.ts';
import { encodeEvent, eventTopic } from './encode.ts';
import type { MqttSinkConfig } from './schema.ts';

const kept: PublishOptions = { qos: 1, retain: false };

/** By this name history knows this sink. */
export const sink = 'mqtt';

interface MissedParts {
  readonly bus: Bus;
  readonly channel: Channel;
  readonly clock: Clock;
  readonly log: Log;
  readonly catchUp?: NewCatchUp;
}

/** Undefined where there is no history, or nobody wants it. */
export function createMissed(
  context: SinkContext,
  root: string,
  { backfill, outbox }: MqttSinkConfig,
  { bus, channel, clock, log, catchUp }: MissedParts,
): CatchUp | undefined {
  const { enabled, maxAgeH, samplesPerS, batchSamples, inflight } = backfill;
  const { archive } = context;
  if (!enabled || archive === undefined) return undefined;
  const limits = { maxAgeMs: maxAgeH * 3_600_000, eventsMax: outbox.messages };
  return catchUp?.(
    { sink, archive, context, clock, log, samplesPerS, batchSamples, inflight, ...limits },
    createPeer(root, bus, channel),
  );
}

function createPeer(root: string, bus: Bus, channel: Channel): CatchUpPeer {
  const backfill = (machine: string) => `${root}/${machine}/backfill`;
  return {
    get isUp() {
      return channel.isUp;
    },
    get isClear() {
      return channel.isClear;
    },
    get dropped() {
      return channel.liveDropped;
    },
    samples: (missed, done) => bus.publish(backfill(missed.machine), encodeMissed(missed), kept, done),
    gap: (gap, done) => bus.publish(backfill(gap.machine), encodeMissedGap(gap), kept, done),
    event: (event, done) => bus.publish(eventTopic(root, event), encodeEvent(event), kept, done),
    mark: (mark, done) => bus.publish(`${root}/history/mark`, encodeMark(mark), kept, done),
  };
}
