// What the parts promise one another. Interfaces only; the promises about order are in the comments.
import type { Alarm, AlarmAction, AlarmChange } from './core/alarm.ts';
import type { Forecast } from './core/forecast.ts';
import type { Frame, MachineLayout } from './core/frame.ts';
import type { ClockFinding, RejectReason, Remark, TagSpec } from './core/sample.ts';
import type { DeadLetter, GatewayEvent } from './ports/event.ts';
import type { Archive, HistoryReport } from './ports/history.ts';

/** Gateway time: wall time at start plus monotonic elapsed, slewed, never stepped. */
export interface Clock {
  nowMs(): number;
  /** For deadlines, ages and timeouts; unrelated to the calendar. */
  monotonicMs(): number;
}

/** pino's shape, so that pino is one. Fields first. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export type LinkState = 'stopped' | 'connecting' | 'up' | 'down';

export interface SourceHealth {
  readonly link: LinkState;
  /** Why it is down, in words; empty when up. */
  readonly reason: string;
  /** It runs with less protection than it should, because the configuration allows that. */
  readonly insecure?: boolean;
}

/**
 * One connection to the outside. `start` is called once, after the loop runs, and resolves when the source
 * is trying (it does not wait for the peer); it throws only for what waiting cannot mend. After `stop`
 * has resolved nothing is pushed any more; one that was prepared and never started is stopped as well.
 */
export interface Source {
  readonly name: string;
  /** Loads what `start` will need. Awaited before the loop ticks, so that a slow import costs no tick. */
  prepare?(): Promise<void>;
  start(feed: Feed): Promise<void>;
  stop(): Promise<void>;
  health(): SourceHealth;
}

/** A source's way in. Every call is synchronous and bounded; none throws. */
export interface Feed {
  /** The index of a tag, made on first use; -1 once the source has as many as it may. Cache it. */
  tag(spec: TagSpec): number;
  /**
   * One sample. `sourceMs` is NaN when the peer gave no time; the stamp rules are the feed's work. False when
   * there was no room for it: whoever remembers what has been here must not remember this one.
   */
  push(tag: number, value: number, quality: number, sourceMs: number): boolean;
  /** One sample of a tag of kind int64 or uint64, with all its bits. */
  pushExact(tag: number, value: bigint, quality: number, sourceMs: number): boolean;
  /**
   * The peer's clock, asked for and answered: it said `peerMs` between `sentMs` and `receivedMs` (gateway
   * time). Better than what the delay of samples tells; `clock` as in `TagSpec`.
   */
  peerClock(sentMs: number, peerMs: number, receivedMs: number, clock?: string): void;
  /**
   * Input that was not taken: counted, and an excerpt goes to the dead letters at a limited rate. `count`: so many
   * at once, of which this is one.
   */
  reject(reason: RejectReason, excerpt: string | Uint8Array, count?: number): void;
  remark(remark: Remark): void;
  /** Resolves when all that was pushed is safe; undefined when there is nothing to wait for. */
  committed(): Promise<void> | undefined;
  /**
   * By tag: the newest source time of what was taken of it before, in this run and, where a history keeps them, in
   * earlier ones; NaN without one. For a source whose peer can tell what was missed since: asked before it pushes.
   */
  lastMs?(tags: readonly number[]): Promise<readonly number[]>;
  /** Gateway time of now, for payloads without a time of their own. */
  nowMs(): number;
}

export interface LedgerRow {
  readonly received: number;
  readonly stored: number;
  readonly coalesced: number;
  readonly pending: number;
  readonly rejected: Readonly<Record<RejectReason, number>>;
}

export interface SourceReport extends SourceHealth {
  readonly source: string;
  readonly ratePerS: number;
  /** Time since the last sample; Infinity before the first. */
  readonly ageMs: number;
  /** Gateway minus source, of the source's clock that is farthest off; NaN while unknown. */
  readonly clockOffsetMs: number;
  /** How much too fast that clock runs; NaN while unknown. */
  readonly clockDriftPpm: number;
  /** The worst of all clocks of the source. */
  readonly clockFinding: ClockFinding;
  readonly ledger: LedgerRow;
  readonly remarks: Readonly<Record<Remark, number>>;
}

export interface BackfillReport {
  /** Of receipt, that the peer has not been told yet. */
  readonly backlogS: number;
  /** Samples the peer has acknowledged since the start. */
  readonly samples: number;
}

export interface SinkReport {
  readonly sink: string;
  readonly depth: number;
  readonly dropped: Readonly<Record<string, number>>;
  /** Of a sink that catches up from history. */
  readonly backfill?: BackfillReport;
}

/** What the gateway knows of itself; made anew for each asker. */
export interface Health {
  readonly timeMs: number;
  readonly startedMs: number;
  readonly version: string;
  readonly ticks: number;
  readonly ticksMissed: number;
  /** Samples that came too late for a frame: more than the lag of the machine they belong to. */
  readonly samplesLate?: number;
  readonly lateness: { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number };
  readonly sources: readonly SourceReport[];
  readonly sinks: readonly SinkReport[];
  readonly ledger: LedgerRow;
  readonly memoryBytes: number;
  /** Undefined without history. */
  readonly history?: HistoryReport;
}

/** The loop's view after one tick. Frames are reused: a sink that keeps one copies it. */
export interface TickResult {
  readonly tick: number;
  readonly timeMs: number;
  readonly latenessMs: number;
  readonly frames: readonly Frame[];
}

/**
 * Where things go. `start` is called before any other call and resolves when the sink can take frames (a
 * server: when it listens); a peer that is away is not a reason to fail. `tick`, `event`, `alarm`, `health`, `forecast` and
 * `deadLetter` are called on the loop: they only encode and enqueue, and never throw. `stop` sends what it
 * can and resolves by itself; the lifecycle gives it a deadline.
 */
export interface Sink {
  readonly name: string;
  start(context: SinkContext): Promise<void>;
  tick(result: TickResult): void;
  event(event: GatewayEvent): void;
  /** In the order in which they happened; of a restart each alarm that is not normal, once, as `restored`. */
  alarm(change: AlarmChange): void;
  health(health: Health): void;
  forecast(forecast: Forecast): void;
  deadLetter(letter: DeadLetter): void;
  stop(): Promise<void>;
  report(): SinkReport;
}

/** What a tag is worth to a machine: the value of its signal is `value * scale + offset`. */
export interface TagFeed {
  readonly machine: string;
  readonly signal: string;
  readonly scale: number;
  readonly offset: number;
}

export interface SinkContext {
  readonly site: string;
  readonly version: string;
  readonly periodMs: number;
  readonly startedMs: number;
  readonly machines: readonly MachineLayout[];
  /** Health on demand, for sinks that are asked (a scrape). */
  health(): Health;
  /** Undefined for a machine whose twin starts with its layout's parameters and keeps them. */
  readonly parameters?: (machine: string) => ParameterReport | undefined;
  /** Undefined without history: what is missed is missed. */
  readonly archive?: Archive;
  /** What a tag of history feeds; its unit is the one it had. */
  readonly feeds?: (source: string, tag: string, unit: string) => readonly TagFeed[];
  /** Absent where nothing detects. */
  readonly alarms?: AlarmDesk;
  /** By kind of detector: how unusual a machine is now, 0 as ever, 1 as never before. */
  readonly scores?: (machine: string) => Readonly<Record<string, number>>;
}

/** What operators may ask of alarms, from wherever. */
export interface AlarmDesk {
  /** All that are not normal, the gravest and newest first. */
  list(machine?: string): readonly Alarm[];
  /** Resolves when it is done and durable, or with words why not. */
  ask(wish: AlarmWish): Promise<AlarmAnswer>;
}

export interface AlarmWish {
  readonly machine: string;
  readonly alarm: string;
  readonly action: AlarmAction;
  readonly by: string;
  readonly forS?: number | undefined;
  readonly comment?: string | undefined;
}

export type AlarmAnswer =
  | { readonly ok: true; readonly text: string; readonly alarm: Alarm }
  | { readonly ok: false; readonly why: string };

/** The parameters of a machine's twin as they are now. An event whose details have `version` says that they changed. */
export interface ParameterReport {
  /** 1 is what the configuration says; each set since counts one up. */
  readonly version: number;
  /** By index of the model's parameters; read at once, not kept. */
  readonly values: Float64Array;
  /** One standard deviation of each that was learnt, by name. */
  readonly sigma: Readonly<Record<string, number>>;
}

/** A bounded queue with a consumer that acknowledges. Overflow drops the oldest not yet taken, and counts it. */
export interface Outbox<T extends object> {
  readonly name: string;
  readonly depth: number;
  readonly dropped: Readonly<Record<string, number>>;
  offer(item: T): void;
  /** The oldest item not taken yet, or undefined; a taken one stays in `depth` until it is settled. */
  take(): T | undefined;
  /** A taken item is done with, in any order: sent, or (with a reason) given up and counted. */
  settle(item: T, reason?: string): void;
  /** Makes taken, unsettled items the oldest again, in order: the connection broke before they were safe. */
  rewind(): void;
}

export type BusHandler = (topic: string, payload: Uint8Array, retained: boolean) => Promise<void> | undefined;

export interface BusStatus {
  readonly topic: string;
  /** Published retained on each connect, with the time of that connect. */
  online(): string;
  /** The last will, and what a clean stop publishes. */
  offline(): string;
}

/**
 * MQTT as a source or sink sees it: the embedded broker in process, or a client of an external one.
 * `subscribe` and `status` are called before `start`. A handler's promise delays the acknowledgement of
 * that message (QoS 1) and nothing else.
 */
export interface Bus {
  readonly link: LinkState;
  readonly reason: string;
  subscribe(filter: string, qos: 0 | 1, handler: BusHandler): void;
  status(status: BusStatus): void;
  /** Called on every change of `link`. */
  onLink(listener: (link: LinkState, reason: string) => void): void;
  start(): Promise<void>;
  /** `done` is called once: without an error when the broker has it (QoS 1: acknowledged). */
  publish(
    topic: string,
    payload: string | Uint8Array,
    options: PublishOptions,
    done: (error?: Error) => void,
  ): void;
  stop(): Promise<void>;
}

export interface PublishOptions {
  readonly qos: 0 | 1;
  readonly retain: boolean;
}
