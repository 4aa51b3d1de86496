// A radio link in a hall full of steel: some messages are lost, some come twice. Numbered before they are
// lost, so that a gap in the sequence tells.
import type { Random } from './random.ts';

const lostShare = 0.005;
const duplicatedShare = 0.003;

export interface Message {
  /** Which ESP32 sends it; its MQTT client. */
  readonly device: string;
  readonly topic: string;
  readonly payload: string;
}

export type Emit = (message: Message) => void;

export interface RadioLink {
  nextSequence(): number;
  send(message: Message, emit: Emit): void;
}

export function newRadioLink(random: Random): RadioLink {
  let sequence = 0;
  return {
    nextSequence: () => sequence++,
    send(message, emit) {
      const luck = random.next();
      if (luck < lostShare) return;
      emit(message);
      if (luck > 1 - duplicatedShare) emit(message);
    },
  };
}
