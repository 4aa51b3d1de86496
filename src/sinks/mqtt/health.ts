// The gateway's own state as a retained message: links, rates, lateness, and the account of every sample.
import type { Health, LedgerRow, SinkReport, SourceReport } from '../../ports.ts';
import { isoTime } from './encode.ts';

export function encodeHealth(health: Health): string {
  const {
    timeMs,
    startedMs,
    version,
    ticks,
    ticksMissed,
    samplesLate,
    lateness,
    sources,
    sinks,
    memoryBytes,
  } = health;
  return JSON.stringify({
    v: 1,
    time: isoTime(timeMs),
    started: isoTime(startedMs),
    version,
    ticks,
    ticksMissed,
    samplesLate,
    latenessMs: { p50: six(lateness.p50Ms), p99: six(lateness.p99Ms), max: six(lateness.maxMs) },
    sources: Object.fromEntries(sources.map((source) => [source.source, sourceHealth(source)])),
    sinks: Object.fromEntries(sinks.map((report) => [report.sink, sinkHealth(report)])),
    ledger: ledgerRow(health.ledger),
    memoryBytes,
  });
}

function sinkHealth({ depth, dropped, backfill }: SinkReport) {
  if (backfill === undefined) return { depth, dropped };
  const { backlogS, samples } = backfill;
  return { depth, dropped, backfill: { backlogS: six(backlogS), samples } };
}

function sourceHealth(report: SourceReport) {
  const { link, reason, ratePerS, ageMs, clockOffsetMs, clockDriftPpm, clockFinding, ledger, remarks } =
    report;
  return {
    link,
    ...(reason === '' ? {} : { reason }),
    ratePerS: six(ratePerS),
    ageMs: six(Math.round(ageMs)),
    clockOffsetMs: six(clockOffsetMs),
    clockDriftPpm: six(clockDriftPpm),
    ...(clockFinding === 'none' ? {} : { clockFinding }),
    ledger: ledgerRow(ledger),
    remarks: nonZero(remarks),
  };
}

/** Counts are exact: they must add up. */
function ledgerRow({ received, stored, coalesced, pending, rejected }: LedgerRow) {
  return { received, stored, coalesced, pending, rejected: nonZero(rejected) };
}

function nonZero(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

/** JSON has no Infinity: the age before the first sample is null. */
function six(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
}
