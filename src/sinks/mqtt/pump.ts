// From the outbox to the broker: a bounded number under way, and a message leaves the outbox only when the
// broker has it. A lost link puts back what was not acknowledged.
import type { Bus, Outbox } from '../../ports.ts';
import type { OutMessage } from './message.ts';

export interface Pump {
  /** Handed over, and not acknowledged. */
  readonly inFlight: number;
  run(): void;
  /** Tries again what the broker refused; called once a tick, so that a refusal is no busy loop. */
  retry(): void;
  linkLost(): void;
}

/** A denied publish may be a broker that is still loading its rules: five ticks, then it is given up. */
const refusalsMax = 5;

export function createPump(
  outbox: Outbox<OutMessage>,
  bus: Bus,
  inflightMax: number,
  onSettled: () => void,
): Pump {
  let inFlight = 0;
  let connection = 0;
  let sending = false;
  let refused: OutMessage[] = [];

  const settle = (message: OutMessage, error: Error | undefined) => {
    inFlight--;
    if (error === undefined) outbox.settle(message);
    // Without a link nothing was refused: `linkLost` takes it back.
    else if (bus.link === 'up') {
      if (++message.refusals >= refusalsMax) outbox.settle(message, 'refused');
      else refused.push(message);
    }
    run();
    onSettled();
  };

  const send = (message: OutMessage) => {
    const mine = connection;
    inFlight++;
    bus.publish(message.topic, message.payload, message, (error) => {
      if (mine === connection) settle(message, error);
    });
  };

  const run = () => {
    if (sending) return;
    sending = true;
    while (inFlight < inflightMax && bus.link === 'up') {
      const message = outbox.take();
      if (message === undefined) break;
      send(message);
    }
    sending = false;
  };

  return {
    get inFlight() {
      return inFlight;
    },
    run,
    retry() {
      const again = refused;
      refused = [];
      for (const message of again) send(message);
      run();
    },
    linkLost() {
      connection++;
      inFlight = 0;
      refused = [];
      outbox.rewind();
    },
  };
}
