// Reads an external broker's stream in front of mqtt.js: publishes go straight to the handlers and are
// acknowledged when the handler is done, many at a time; all else goes on to mqtt.js, which would take one
// message after the other and wait for each. Must never acknowledge what a handler did not accept.
import type { Duplex, Writable } from 'node:stream';
import { type Acknowledgements, createAcknowledgements } from './acknowledgements.ts';
import { createInOrder } from './in-order.ts';
import { PacketGuard } from './packet-guard.ts';
import type { Router } from './router.ts';

export interface IntakeOptions {
  readonly version: 4 | 5;
  readonly packetBytes: number;
  /** Messages that may wait for their handler; beyond it the stream is not read. */
  readonly unsettledMax: number;
  readonly router: Router;
}

const PUBLISH = 3;

export class Intake {
  readonly #stream: Duplex;
  readonly #options: IntakeOptions;
  readonly #guard: PacketGuard;
  readonly #acks: Acknowledgements;
  readonly #inOrder = createInOrder();
  #control: Writable | undefined;
  #unsettled = 0;
  #closed = false;

  constructor(stream: Duplex, options: IntakeOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#acks = createAcknowledgements(stream);
    this.#guard = new PacketGuard(options.packetBytes, (chunk, start, body, end) =>
      this.#take(chunk, start, body, end),
    );
    // mqtt.js reads its stream by piping it.
    stream.pipe = ((control: Writable) => {
      this.#control = control;
      stream.on('data', (chunk: Buffer) => this.#data(chunk));
      stream.once('end', () => control.end());
      return control;
    }) as Duplex['pipe'];
  }

  /** No message is handed on after this. */
  close(): void {
    this.#closed = true;
  }

  #data(chunk: Buffer): void {
    const rest = this.#guard.read(chunk);
    this.#acks.flush();
    const { fault } = this.#guard;
    if (fault !== undefined) this.#stream.destroy(new Error(`the broker sent a packet that is ${fault}`));
    if (rest === undefined) return;
    this.#stream.pause();
    this.#stream.unshift(rest);
  }

  #take(chunk: Buffer, start: number, body: number, end: number): boolean {
    const first = chunk[start]!;
    const qos = (first >> 1) & 3;
    if (first >> 4 !== PUBLISH || qos > 1) {
      this.#control?.write(chunk.subarray(start, end));
      return true;
    }
    if (this.#closed) return true;
    if (qos === 1 && this.#unsettled >= this.#options.unsettledMax) return false;
    this.#publish(chunk, qos === 1, (first & 1) === 1, body, end);
    return true;
  }

  #publish(chunk: Buffer, acknowledged: boolean, retained: boolean, body: number, end: number): void {
    const { router, version } = this.#options;
    const topicStart = body + 2;
    const topicEnd = topicStart + ((chunk[body]! << 8) | chunk[body + 1]!);
    let at = acknowledged ? topicEnd + 2 : topicEnd;
    if (version === 5 && at < end) at = skipProperties(chunk, at);
    if (at > end || topicStart > end) {
      this.#stream.destroy(new Error('the broker sent a malformed message'));
      return;
    }
    const route =
      router.known(chunk, topicStart, topicEnd) ?? router.learn(chunk.toString('utf8', topicStart, topicEnd));
    const result = router.deliver(route, chunk.subarray(at, end), retained);
    if (!acknowledged) {
      result?.catch(() => {});
      return;
    }
    const id = (chunk[topicEnd]! << 8) | chunk[topicEnd + 1]!;
    if (result === undefined && this.#unsettled === 0) this.#acks.add(id);
    else this.#acknowledgeLater(id, result);
  }

  /** In the order of the messages, as MQTT wants it. */
  #acknowledgeLater(id: number, result: Promise<void> | undefined): void {
    this.#unsettled++;
    this.#inOrder(result).then(
      () => {
        this.#acks.add(id);
        this.#acks.flushLater();
        if (this.#unsettled-- >= this.#options.unsettledMax) this.#stream.resume();
      },
      () => {
        // Not accepted, so not acknowledged: the broker sends it again on the next connection.
        this.#stream.destroy(new Error('a message could not be taken in'));
      },
    );
  }
}

function skipProperties(chunk: Buffer, at: number): number {
  let length = 0;
  for (let i = 0; i < 4; i++) {
    const byte = chunk[at + i]!;
    length += (byte & 0x7f) << (7 * i);
    if (byte < 0x80) return at + i + 1 + length;
  }
  return Number.POSITIVE_INFINITY;
}
