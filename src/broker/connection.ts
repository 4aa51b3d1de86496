// One client's byte stream, between the socket and aedes. Whole packets come out of the guard; a publish
// that only the gateway itself wants goes straight there (the express lane), all others to aedes, in the
// order they came. Too many too fast: the socket is not read. Must never drop a message, and never
// allocate per message beyond the payload's view.
import type { Duplex } from 'node:stream';
import type { Clock } from '../ports.ts';
import { type Acknowledgements, createAcknowledgements } from './acknowledgements.ts';
import type { Acl, Principal } from './acl.ts';
import { createInOrder } from './in-order.ts';
import { PacketGuard } from './packet-guard.ts';
import { createRateLimit, type RateLimit } from './rate.ts';
import type { Router } from './router.ts';
import type { RefusalReason, Tally } from './tally.ts';

export interface ConnectionOptions {
  readonly packetBytes: number;
  readonly messagesPerS: number;
  readonly inflight: number;
  /** What may wait to be written to a client that does not read. */
  readonly outputBytes: number;
  readonly clock: Clock;
  readonly acl: Acl;
  readonly router: Router;
  readonly tally: Tally;
  /** Messages came that aedes does not see. */
  readonly alive: () => void;
}

const PUBLISH = 3;

export class Connection {
  readonly conn: Duplex;
  /** Set once it has logged in. */
  principal: Principal | undefined;
  /** The topic of its last will, from its CONNECT. */
  willTopic: string | undefined;
  /** What it was allowed to subscribe on this connection. */
  readonly filters = new Set<string>();
  /** It has asked for QoS 1 or 2: what it is owed may not be left out. */
  owed = false;
  readonly #options: ConnectionOptions;
  readonly #rate: RateLimit;
  readonly #guard: PacketGuard;
  readonly #acks: Acknowledgements;
  readonly #readSocket: (size?: number) => Buffer | null;
  #spoke = false;
  #ready = false;
  #connectSent = false;
  #ended = false;
  /** Packets of one chunk that aedes gets next. */
  #run: Buffer | undefined;
  #runStart = 0;
  #runEnd = 0;
  #runUnsettled = 0;
  /** aedes is working through what it was given; until then it gets no more, so that order is kept. */
  #handed = false;
  /** QoS 1 and 2 messages that are not acknowledged yet. */
  #waiting = 0;
  readonly #inOrder = createInOrder();
  /** Not read until one of them is done. */
  #stalled = false;
  #expressed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(conn: Duplex, options: ConnectionOptions) {
    this.conn = conn;
    this.#options = options;
    this.#rate = createRateLimit(options.messagesPerS, options.clock.monotonicMs());
    this.#guard = new PacketGuard(options.packetBytes, (chunk, start, body, end) =>
      this.#take(chunk, start, body, end),
    );
    this.#acks = createAcknowledgements(conn);
    this.#readSocket = conn.read.bind(conn) as (size?: number) => Buffer | null;
    // aedes takes what it parses from here.
    conn.read = (size?: number) => this.#read(size);
  }

  /** Whether any byte came. */
  get spoke(): boolean {
    return this.#spoke;
  }

  get ready(): boolean {
    return this.#ready;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** aedes has sent its CONNACK: from now on messages flow. */
  connected(): void {
    this.#ready = true;
    this.#wake();
  }

  /**
   * A QoS 1 or 2 message that aedes has: it may answer (`done`) when `work` is, and all messages before it
   * are acknowledged, for MQTT wants acknowledgements in the order of the messages.
   */
  settle(work: Promise<void> | undefined, done: () => void, failed: (error: Error) => void): void {
    const answer = (): void => {
      this.#acks.flush();
      done();
    };
    this.#settle(work, answer, (error) => {
      this.count('handler');
      failed(error);
    });
  }

  /** Refuses this connection, once: counts the reason and closes. */
  cut(reason: RefusalReason): void {
    this.count(reason);
    this.conn.destroy();
  }

  /** The same for a connection that aedes is about to close. */
  count(reason: RefusalReason): void {
    if (this.#ended) return;
    this.#options.tally.refused[reason]++;
    this.end();
  }

  /** Nothing is read from here on. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #read(size?: number): Buffer | null {
    if (size === 0) return this.#readSocket(size);
    if (this.#ended || this.#handed || this.#held()) return null;
    const chunk = this.#readSocket(size);
    if (chunk === null) return null;
    this.#spoke = true;
    this.#rate.refill(this.#options.clock.monotonicMs());
    const rest = this.#guard.read(chunk);
    if (this.#guard.fault !== undefined) {
      this.cut(this.#guard.fault);
      return null;
    }
    if (rest !== undefined) this.conn.unshift(rest);
    if (this.#expressed) this.#afterExpress();
    if (this.#run !== undefined) return this.#handOver();
    if (rest !== undefined && !this.#held()) process.nextTick(() => this.#wake());
    return null;
  }

  #take(chunk: Buffer, start: number, body: number, end: number): boolean {
    if (!this.#ready) {
      if (this.#connectSent) return false;
      this.#connectSent = true;
      return this.#give(chunk, start, end);
    }
    if (this.#run !== undefined && this.#run !== chunk) return false;
    const first = chunk[start]!;
    if (first >> 4 !== PUBLISH) return this.#give(chunk, start, end);
    const acknowledged = (first & 0x06) !== 0;
    if (acknowledged && this.#full()) return this.#stall();
    if (!this.#rate.take()) return false;
    this.#options.tally.received++;
    const maybeExpress = (first & 0x05) === 0 && this.#run === undefined;
    if (maybeExpress && this.#express(chunk, acknowledged, body, end)) return true;
    if (acknowledged) this.#runUnsettled++;
    return this.#give(chunk, start, end);
  }

  #full(): boolean {
    return this.#waiting + this.#runUnsettled >= this.#options.inflight;
  }

  #stall(): false {
    // What is only about to be handed over may not have to wait at all; then it goes on right after.
    this.#stalled = this.#waiting > 0;
    return false;
  }

  #give(chunk: Buffer, start: number, end: number): boolean {
    if (this.#run === undefined) {
      this.#run = chunk;
      this.#runStart = start;
    }
    this.#runEnd = end;
    return true;
  }

  #handOver(): Buffer {
    const packets = this.#run!.subarray(this.#runStart, this.#runEnd);
    this.#run = undefined;
    this.#runUnsettled = 0;
    this.#handed = true;
    process.nextTick(() => {
      this.#handed = false;
      this.#wake();
    });
    return packets;
  }

  /** A publish of QoS 0 or 1, not retained, on a topic known to be in order, that nobody else wants. */
  #express(chunk: Buffer, acknowledged: boolean, body: number, end: number): boolean {
    const { router, acl, tally } = this.#options;
    const topicStart = body + 2;
    if (topicStart > end) return false;
    const topicEnd = topicStart + ((chunk[body]! << 8) | chunk[body + 1]!);
    const payloadStart = acknowledged ? topicEnd + 2 : topicEnd;
    if (payloadStart > end) return false;
    const route = router.known(chunk, topicStart, topicEnd);
    if (route === undefined || route.shared || !acl.mayPublish(this.principal!, route.topic)) return false;
    const id = acknowledged ? (chunk[topicEnd]! << 8) | chunk[topicEnd + 1]! : 0;
    if (acknowledged && id === 0) return false;
    this.#expressed = true;
    tally.express++;
    const result = router.deliver(route, chunk.subarray(payloadStart, end), false);
    if (acknowledged) this.#acknowledge(id, result);
    else result?.catch(() => {});
    return true;
  }

  #acknowledge(id: number, result: Promise<void> | undefined): void {
    const done = (): void => {
      this.#acks.add(id);
      this.#acks.flushLater();
    };
    // Not taken in, so not acknowledged: the client sends it again on its next connection.
    this.#settle(result, done, () => this.cut('handler'));
  }

  #settle(work: Promise<void> | undefined, accept: () => void, failed: (error: Error) => void): void {
    if (work === undefined && this.#waiting === 0) {
      accept();
      return;
    }
    this.#waiting++;
    const settled = (act: () => void): void => {
      this.#waiting--;
      act();
      if (!this.#stalled) return;
      this.#stalled = false;
      this.#wake();
    };
    this.#inOrder(work).then(
      () => settled(accept),
      (error: Error) => settled(() => failed(error)),
    );
  }

  #afterExpress(): void {
    this.#expressed = false;
    this.#options.alive();
    this.#acks.flush();
    if (this.conn.writableLength > this.#options.outputBytes) this.cut('slow');
  }

  /** Whether the client has to wait; if only for the clock, a timer wakes it. */
  #held(): boolean {
    if (!this.#ready) return this.#connectSent;
    if (this.#stalled) return true;
    if (!this.#rate.empty) return false;
    this.#rate.refill(this.#options.clock.monotonicMs());
    if (!this.#rate.empty) return false;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#wake();
    }, this.#rate.waitMs);
    return true;
  }

  #wake(): void {
    if (!this.#ended && this.conn.readableLength > 0) this.conn.emit('readable');
  }
}
