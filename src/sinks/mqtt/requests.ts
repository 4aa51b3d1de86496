// Requests about alarms over MQTT: taken, asked of the desk, answered. Who may ask is the broker's to say. Must never do
// what an old or a kept message asks, nor let a flood of them through.
import type { AlarmAnswer, AlarmDesk, Bus, Clock } from '../../ports.ts';
import type { Channel } from './channel.ts';
import { encodeDeadLetter } from './encode.ts';
import { type AlarmRequest, encodeAnswer, type Refused, readRequest } from './request.ts';
import { createTokenBucket } from './token-bucket.ts';

export interface RequestParts {
  readonly bus: Bus;
  readonly channel: () => Channel;
  readonly clock: Clock;
  readonly root: string;
  /** Undefined while nobody is there to ask. */
  readonly desk: () => AlarmDesk | undefined;
}

/** People press buttons; what is faster is no person. */
const perS = 10;
const underWayMax = 64;
/** Of what is refused, as an excerpt. */
const excerptBytes = 1024;
const lettersPerS = 5;

/** Before the bus starts: it subscribes. */
export function subscribeRequests(parts: RequestParts): void {
  const { bus, root, clock } = parts;
  const bucket = createTokenBucket(perS);
  const letters = createTokenBucket(lettersPerS);
  const state = { underWay: 0 };
  // QoS 0: a broker keeps no requests for a gateway that is away, to be done when nobody expects it any more.
  bus.subscribe(`${root}/+/request/alarm`, 0, (topic, payload, isRetained) => {
    // What removes a retained one.
    if (payload.length === 0) return undefined;
    const machine = topic.slice(root.length + 1).split('/')[0]!;
    const nowMs = clock.nowMs();
    const refuse = (request: Refused) => {
      complain(parts, letters, payload, nowMs);
      answer(parts, machine, request, { ok: false, why: request.why });
    };
    if (!bucket.take(clock.monotonicMs())) {
      complain(parts, letters, payload, nowMs);
      return undefined;
    }
    const request = readRequest(machine, payload, nowMs);
    if ('why' in request) refuse(request);
    else if (isRetained) refuse({ id: request.id, why: 'it is a retained message: send it without' });
    else if (state.underWay >= underWayMax)
      refuse({ id: request.id, why: 'too many requests are under way' });
    else void ask(parts, machine, request, state);
    return undefined;
  });
}

async function ask(
  parts: RequestParts,
  machine: string,
  request: AlarmRequest,
  state: { underWay: number },
): Promise<void> {
  const desk = parts.desk();
  state.underWay++;
  try {
    const nobody: AlarmAnswer = { ok: false, why: 'nothing here watches for alarms' };
    answer(parts, machine, request, (await desk?.ask(request.wish)) ?? nobody);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    answer(parts, machine, request, { ok: false, why });
  } finally {
    state.underWay--;
  }
}

function answer(
  { channel, root, clock }: RequestParts,
  machine: string,
  request: AlarmRequest | Refused,
  outcome: AlarmAnswer,
): void {
  // Whoever asked is gone when the broker is.
  if (!channel().isUp) return;
  const text = encodeAnswer(request, outcome, clock.nowMs());
  channel().send(`${root}/${machine}/response/alarm`, text, { qos: 1, retain: false });
}

function complain(
  { channel, root }: RequestParts,
  letters: ReturnType<typeof createTokenBucket>,
  payload: Uint8Array,
  nowMs: number,
): void {
  channel().drop('request');
  if (!letters.take(nowMs)) return;
  const excerpt = Buffer.from(payload.subarray(0, excerptBytes)).toString();
  const letter = encodeDeadLetter({ source: 'request', reason: 'parse', timeMs: nowMs, excerpt });
  channel().send(`${root}/dlq/request`, letter, { qos: 0, retain: false });
}
