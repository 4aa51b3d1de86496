// What the parts promise one another. Interfaces only; the promises about order are in the comments.
import type { Forecast } from './core/forecast.ts';
import type { Frame, MachineLayout } from './core/frame.ts';
import type { AlignPolicy } from './core/model.ts';
import type {
  ClockFinding,
  RejectReason,
  Remark,
  SampleColumns,
  Series,
  TagSpec,
  ValueKind,
} from './core/sample.ts';

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
  /** Gateway time of now, for payloads without a time of their own. */
  nowMs(): number;
}

/** Where samples become safe. History implements it; without one there is nothing to wait for. */
export interface Store {
  /** A tag is named for the first time in this run; `index` as in the samples. Before its first sample. */
  tag(index: number, source: string, spec: TagSpec): void;
  /** The last samples of a tag in earlier runs, oldest first, so that one that comes again is known. */
  recent(source: string, name: string): Series | undefined;
  /** The next one finds no room. */
  readonly full?: boolean;
  /** A sample that was taken, as it is in the inbox. False: there was no room for it; it will not be stored. */
  push(
    tag: number,
    value: number,
    quality: number,
    timeMs: number,
    receiveMs: number,
    rawMs: number,
    exact?: bigint,
  ): boolean;
  /**
   * Resolves when all that was pushed is on the disk; undefined when it is already. Rejects when some of it was
   * dropped: then it must not be acknowledged.
   */
  committed(): Promise<void> | undefined;
}

/** Texts that are on the disk together with all samples that were pushed before them, or not at all. */
export interface Memory {
  /** As it was when the gateway started. */
  recall(key: string): string | undefined;
  /** Resolves when they are durable; rejects when they will not be. */
  remember(entries: readonly { readonly key: string; readonly text: string }[]): Promise<void>;
}

/** Measured, or said by a twin: they are kept for different times. */
export type Tier = 'raw' | 'twin';

export interface HistoryTag {
  readonly id: number;
  /** Of a twin: the machine. */
  readonly source: string;
  readonly name: string;
  readonly unit: string;
  readonly kind: ValueKind;
  readonly tier: Tier;
}

export interface HistorySpan {
  readonly samples: number;
  /** Of sample times; NaN without samples. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Both ends belong to it. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface RawQuery extends TimeRange {
  readonly tag: number;
  /** At most so many in one answer. */
  readonly samplesMax: number;
  /** `next` of the answer before. */
  readonly after?: string;
}

export interface RawAnswer {
  /** In order of time; of one time in order of receipt. */
  readonly series: Series;
  /** Where to go on; absent at the end. */
  readonly next?: string;
}

export interface AtQuery {
  readonly tag: number;
  readonly timeMs: number;
  readonly align: AlignPolicy;
  /** After so long without a sample a value is no longer known; absent: never. */
  readonly staleMs?: number;
}

/** What a tag was worth at an instant. */
export interface HistoryValue {
  readonly timeMs: number;
  readonly value: number;
  readonly exact?: bigint;
  readonly quality: number;
  readonly origin: 'measured' | 'interpolated' | 'held' | 'missing';
  /** To the last sample that is not after it; Infinity without one. */
  readonly ageMs: number;
}

export interface RangeQuery extends TimeRange {
  readonly tag: number;
  /** At most so many points. */
  readonly points: number;
  /** Least and most of each stretch, or the shape (largest triangle, three buckets). */
  readonly method?: 'min-max' | 'lttb';
}

/** Columns; a Bad sample is a point with value NaN, so that a gap is seen. */
export interface HistoryPoints {
  readonly timeMs: Float64Array;
  readonly value: Float64Array;
  readonly quality: Uint32Array;
  /** Samples that the points stand for. */
  readonly samples: number;
}

export const rollupSteps = [1000, 60_000, 3_600_000] as const;
export type RollupStep = (typeof rollupSteps)[number];

export interface RollupQuery extends TimeRange {
  readonly tag: number;
  readonly stepMs: RollupStep;
}

/** Columns of the stretches that have samples, in order of time. Of Bad samples only the number counts. */
export interface Rollups {
  /** Where a stretch begins: a multiple of the step. */
  readonly startMs: Float64Array;
  readonly count: Float64Array;
  readonly bad: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly sum: Float64Array;
}

export interface ReceivedQuery {
  /** Received after this and up to `toMs`, which is no later than what is settled. */
  readonly afterMs: number;
  readonly toMs: number;
  /** About so many in one answer; those of one millisecond stay together. */
  readonly samplesMax: number;
  /** Absent: all of tier raw. */
  readonly tags?: readonly number[];
}

export interface ReceivedAnswer {
  /** In order of receipt, then of tag (ids of history), then as they came. */
  readonly samples: SampleColumns;
  /** All up to here is in this answer or in one before. At `toMs` there is no more. */
  readonly reachedMs: number;
}

export interface StoredEvent {
  readonly id: number;
  readonly event: GatewayEvent;
}

/** A stretch of receipt of which samples are missing here, and why. */
export interface HistoryGap extends TimeRange {
  readonly reason: 'disk_full' | 'retention' | 'stopped' | 'quarantined';
  /** Of the samples that were lost, where somebody counted. */
  readonly samples: number;
}

/**
 * Asks what is stored; answers come from another thread, and no snapshot of the file is held between two of them. The
 * columns of an answer belong to whoever asked.
 */
export interface HistoryReader {
  tags(): Promise<readonly HistoryTag[]>;
  span(tag: number): Promise<HistorySpan>;
  raw(query: RawQuery): Promise<RawAnswer>;
  at(query: AtQuery): Promise<HistoryValue>;
  range(query: RangeQuery): Promise<HistoryPoints>;
  rollup(query: RollupQuery): Promise<Rollups>;
  received(query: ReceivedQuery): Promise<ReceivedAnswer>;
  /** Oldest first. */
  events(afterId: number, limit: number): Promise<readonly StoredEvent[]>;
  gaps(range: TimeRange): Promise<readonly HistoryGap[]>;
}

/** For a sink that catches up: what is stored, how far it is complete, and where the sink was. */
export interface Archive {
  readonly reader: HistoryReader;
  /** All that was received up to then is stored, or told of as a gap. */
  readonly settledMs: number;
  /** Where a sink was when that was last committed; undefined at its first start. */
  cursor(sink: string, stream: string): number | undefined;
  /** Is in one of the next commits. */
  moveCursor(sink: string, stream: string, position: number): void;
}

/** What a tag is worth to a machine: the value of its signal is `value * scale + offset`. */
export interface TagFeed {
  readonly machine: string;
  readonly signal: string;
  readonly scale: number;
  readonly offset: number;
}

/** Samples of a signal in order of receipt. */
export interface MissedSignal {
  readonly name: string;
  readonly timeMs: readonly number[];
  /** NaN exactly when the quality is Bad. */
  readonly value: readonly number[];
  readonly quality: readonly number[];
}

/** What a machine's signals were in a second of receipt that did not reach a sink's peer live. */
export interface MissedSamples {
  readonly machine: string;
  /** The second of receipt, counted since 1970: what is told again has the same one, and the same in it. */
  readonly seq: number;
  /** From 0; a second with many samples is told in `parts` parts. */
  readonly part: number;
  readonly parts: number;
  /** Of receipt: after the one, up to the other. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Live data did flow; these samples came too late for the frame they belonged into. */
  readonly late: boolean;
  readonly samples: number;
  readonly signals: readonly MissedSignal[];
}

/** Of this stretch a machine's samples are not to be had: not kept, or beyond what is caught up with. */
export interface MissedGap extends TimeRange {
  readonly machine: string;
  readonly seq: number;
  readonly reason: HistoryGap['reason'] | 'too_old';
  /** That were lost, where somebody counted. */
  readonly samples: number;
}

/**
 * A sink's way to its peer, as catching up uses it. Each `done` is called once, without an error when the peer has it,
 * and with it all that was handed over before. When the link is lost, `lost` of `CatchUp` says so; what is called
 * after that is not heeded.
 */
export interface CatchUpPeer {
  readonly isUp: boolean;
  /** Nothing of what is live waits here. */
  readonly isClear: boolean;
  /** Live messages of machines that were dropped, since the start. */
  readonly dropped: number;
  samples(missed: MissedSamples, done: (error?: Error) => void): void;
  gap(gap: MissedGap, done: (error?: Error) => void): void;
  event(event: GatewayEvent, done: (error?: Error) => void): void;
  /**
   * All that was received up to `upToMs` has arrived, live or later; what is live has been handed over without a
   * break up to `liveMs`.
   */
  mark(mark: { readonly upToMs: number; readonly liveMs: number }, done: (error?: Error) => void): void;
}

/** Gives a sink's peer what it missed, out of history, beside what is live. Every call is quick and none throws. */
export interface CatchUp {
  /** After the live data of a tick was handed over. */
  tick(result: TickResult): void;
  /** About once a second. */
  mark(): void;
  event(event: GatewayEvent): void;
  /** The link is lost: what was not acknowledged is told again on the next one. */
  lost(): void;
  /** Tells what happened last, while the peer answers; resolves in a second or two. */
  stop(): Promise<void>;
  readonly report: BackfillReport;
  /** Events that wait for the history or the peer. */
  readonly depth: number;
  readonly dropped: Readonly<Record<string, number>>;
}

export interface BackfillReport {
  /** Of receipt, that the peer has not been told yet. */
  readonly backlogS: number;
  /** Samples the peer has acknowledged since the start. */
  readonly samples: number;
}

export interface CatchUpOptions {
  readonly sink: string;
  readonly archive: Archive;
  readonly context: SinkContext;
  readonly clock: Clock;
  readonly log: Log;
  readonly samplesPerS: number;
  readonly batchSamples: number;
  readonly inflight: number;
  readonly maxAgeMs: number;
  /** Most events that wait in memory for history to have them. */
  readonly eventsMax: number;
}

export type NewCatchUp = (options: CatchUpOptions, peer: CatchUpPeer) => CatchUp;

export interface HistoryReport {
  readonly state: 'ok' | 'full' | 'failed';
  /** In words, what is wrong; empty when nothing is. */
  readonly reason: string;
  /** On the disk: the file, and its log of what is to be merged. */
  readonly bytes: number;
  readonly walBytes: number;
  readonly freeBytes: number;
  /** Since the start. */
  readonly samplesCommitted: number;
  readonly samplesDropped: number;
  readonly samplesWaiting: number;
  readonly commits: number;
  /** Of the last commits, from the first sample of a group to its safety. */
  readonly commitP50Ms: number;
  readonly commitP99Ms: number;
  /** Of all commits since the start. */
  readonly commitSumMs?: number;
}

export interface GatewayEvent {
  readonly kind:
    | 'started'
    | 'stopping'
    | 'clock-stepped'
    | 'source-up'
    | 'source-down'
    | 'ticks-missed'
    | 'unit-changed'
    | 'clock-finding'
    | 'flooded'
    | 'diverged'
    | 'recalibrated'
    | 'not-recalibrated'
    | 'parameters-rolled-back'
    | 'parameters-set'
    | 'inspected'
    | 'replaced'
    | 'restored'
    | 'history-full'
    | 'history-quarantined'
    | 'history-failed'
    | 'history-recovered';
  readonly timeMs: number;
  readonly machine?: string;
  readonly source?: string;
  readonly text: string;
  readonly details?: Readonly<Record<string, number | string>>;
}

export interface DeadLetter {
  readonly source: string;
  readonly reason: RejectReason;
  readonly timeMs: number;
  /** At most 1 KiB of what came. */
  readonly excerpt: string;
  /** So many at once, of which this is one; absent: one. */
  readonly count?: number;
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
 * server: when it listens); a peer that is away is not a reason to fail. `tick`, `event`, `health`, `forecast` and
 * `deadLetter` are called on the loop: they only encode and enqueue, and never throw. `stop` sends what it
 * can and resolves by itself; the lifecycle gives it a deadline.
 */
export interface Sink {
  readonly name: string;
  start(context: SinkContext): Promise<void>;
  tick(result: TickResult): void;
  event(event: GatewayEvent): void;
  health(health: Health): void;
  forecast(forecast: Forecast): void;
  deadLetter(letter: DeadLetter): void;
  stop(): Promise<void>;
  report(): SinkReport;
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
}

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
