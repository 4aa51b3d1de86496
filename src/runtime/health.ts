// What the gateway knows of itself, made anew for each asker.

import type { HistoryReport } from '../ports/history.ts';
import type { Clock, Health, Sink } from '../ports.ts';
import { sumLedgers } from './ledger.ts';
import type { Loop } from './loop.ts';
import type { SourceWatch } from './sources.ts';

export interface HealthParts {
  readonly clock: Clock;
  readonly startedMs: number;
  readonly samplesLate: number;
  readonly version: string;
  readonly loop: Loop;
  readonly watch: SourceWatch;
  readonly sinks: readonly Sink[];
  readonly history?: (() => HistoryReport) | undefined;
}

export function takeHealth(parts: HealthParts): Health {
  const { clock, startedMs, samplesLate, version, loop, watch, sinks, history } = parts;
  const sources = watch.reports();
  const { lateness } = loop;
  return {
    timeMs: clock.nowMs(),
    startedMs,
    version,
    ticks: loop.ticks,
    ticksMissed: loop.missed,
    samplesLate,
    lateness: { p50Ms: lateness.quantile(0.5), p99Ms: lateness.quantile(0.99), maxMs: lateness.maxMs },
    sources,
    sinks: sinks.map((sink) => sink.report()),
    ledger: sumLedgers(sources.map((source) => source.ledger)),
    memoryBytes: process.memoryUsage.rss(),
    ...(history !== undefined && { history: history() }),
  };
}
