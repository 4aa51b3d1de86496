// Retained messages as they should stand at the broker, brought there topic by topic until it has them: the latest of
// each counts, a refusal is tried again, and a new connection is told all of it anew. Texts are made when they go, so
// that a thousand changes at once cost the loop no more than a few at a time.
import type { Bus, PublishOptions } from '../../ports.ts';

export interface Mirror {
  /** What is to stand there; undefined: nothing. */
  set(topic: string, text: (() => string) | undefined): void;
  has(topic: string): boolean;
  linkUp(): void;
  linkLost(): void;
  /** Once a tick: another try for what was refused. */
  retry(): void;
  /** Topics whose latest the broker has not got. */
  readonly depth: number;
  /** Tries that the broker refused. */
  readonly refused: number;
}

interface Wanted {
  text: (() => string) | undefined;
  isTold: boolean;
  isUnderWay: boolean;
}

interface State {
  readonly bus: Bus;
  readonly onSettled: () => void;
  readonly wanted: Map<string, Wanted>;
  /** Topics that go next, in order. */
  readonly queue: Set<string>;
  refused: string[];
  refusals: number;
  inFlight: number;
  connection: number;
  sending: boolean;
}

const retained: PublishOptions = { qos: 1, retain: true };
/** Each is some kilobytes to make and to store; together they must not be felt. */
const inflightMax = 8;

export function createMirror(bus: Bus, onSettled: () => void): Mirror {
  const state: State = {
    ...{ bus, onSettled, wanted: new Map(), queue: new Set(), refused: [] },
    ...{ refusals: 0, inFlight: 0, connection: 0, sending: false },
  };
  const { wanted, queue } = state;
  return {
    set(topic, text) {
      wanted.set(topic, { text, isTold: false, isUnderWay: wanted.get(topic)?.isUnderWay ?? false });
      queue.add(topic);
      run(state);
    },
    has: (topic) => wanted.get(topic)?.text !== undefined,
    linkUp() {
      for (const [topic, one] of wanted) {
        one.isTold = false;
        queue.add(topic);
      }
      run(state);
    },
    linkLost() {
      state.connection++;
      state.inFlight = 0;
      state.refused = [];
      for (const one of wanted.values()) one.isUnderWay = false;
    },
    retry() {
      for (const topic of state.refused.splice(0)) queue.add(topic);
      run(state);
    },
    get depth() {
      let waiting = 0;
      for (const one of wanted.values()) if (!one.isTold) waiting++;
      return waiting;
    },
    get refused() {
      return state.refusals;
    },
  };
}

function run(state: State): void {
  const { bus, wanted, queue } = state;
  // `done` may be called within `publish`: the loop that is running goes on, not another one inside it.
  if (state.sending) return;
  state.sending = true;
  for (const topic of queue) {
    if (state.inFlight >= inflightMax || bus.link !== 'up') break;
    queue.delete(topic);
    const one = wanted.get(topic);
    if (one !== undefined && !one.isUnderWay && !one.isTold) send(state, topic, one);
  }
  state.sending = false;
}

function send(state: State, topic: string, { text }: Wanted): void {
  const mine = state.connection;
  state.wanted.get(topic)!.isUnderWay = true;
  state.inFlight++;
  state.bus.publish(topic, text?.() ?? '', retained, (error) => {
    if (mine !== state.connection) return;
    settled(state, topic, text, error);
    run(state);
    state.onSettled();
  });
}

/** `sent`: what the broker has now, or has refused; something newer may be wanted since. */
function settled(state: State, topic: string, sent: Wanted['text'], error: Error | undefined): void {
  const { bus, wanted, queue } = state;
  const one = wanted.get(topic);
  state.inFlight--;
  if (one === undefined) return;
  one.isUnderWay = false;
  if (one.text !== sent) queue.add(topic);
  else if (error === undefined) {
    one.isTold = true;
    if (one.text === undefined) wanted.delete(topic);
  } else if (bus.link === 'up') {
    state.refusals++;
    state.refused.push(topic);
  }
}
