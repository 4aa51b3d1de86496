// What history promises: where samples become safe, and what may be asked of it. Interfaces only.
import type { Alarm, AlarmChangeKind, Evidence } from '../core/alarm.ts';
import type { AlignPolicy } from '../core/model.ts';
import type { SampleColumns, Series, TagSpec, ValueKind } from '../core/sample.ts';
import type { GatewayEvent } from './event.ts';

/** Where samples become safe. History implements it; without one there is nothing to wait for. */
export interface Store {
  /** False: there are as many tags as a file takes, and this is a new one. */
  hasRoomFor?(source: string, spec: TagSpec): boolean;
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
   * dropped, once there is room for its repetition: it must not be acknowledged.
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

/** What became of an alarm, as it was told: a line of the journal. */
export interface StoredAlarm {
  readonly id: number;
  readonly timeMs: number;
  readonly kind: AlarmChangeKind;
  /** After the change; without its evidence, which is asked for by itself. */
  readonly alarm: Alarm;
}

export interface AlarmsQuery extends TimeRange {
  /** Absent: of all. */
  readonly machine?: string;
  /** Id of its condition; absent: all. */
  readonly alarm?: string;
  /** The `id` of the last one of the answer before. */
  readonly afterId?: number;
  readonly limit: number;
  /** The last ones first; then `afterId` goes on towards the older ones. */
  readonly newestFirst?: boolean;
}

/** An occurrence is counted in its machine. */
export interface EvidenceQuery {
  readonly machine: string;
  readonly occurrence: number;
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
  /** The journal of alarms, in the order in which it was written. */
  alarms(query: AlarmsQuery): Promise<readonly StoredAlarm[]>;
  /** What was seen around a raise; undefined where none is kept (any more). */
  evidence(query: EvidenceQuery): Promise<Evidence | undefined>;
}

/** For a sink that catches up: what is stored, how far it is complete, and where the sink was. */
export interface Archive {
  readonly reader: HistoryReader;
  /** All that was received up to then is stored, or told of as a gap. */
  readonly settledMs: number;
  /** Latest receipt of earlier runs: later than now where the clock was set back since. Absent: without any. */
  readonly lastReceivedMs?: number | undefined;
  /** Of the newest event of earlier runs; 0 without any. */
  readonly lastEventId: number;
  /** Where a sink was when that was last committed; undefined at its first start. */
  cursor(sink: string, stream: string): number | undefined;
  /** Is in one of the next commits. */
  moveCursor(sink: string, stream: string, position: number): void;
}

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
