// A small gateway's state for the metrics tests: two signals, one output, one source, one sink.
import { type Frame, type MachineLayout, newFrame, Origins } from '../../../src/core/frame.ts';
import type { Model, SignalSpec } from '../../../src/core/model.ts';
import { Quality } from '../../../src/core/quality.ts';
import { type RejectReason, rejectReasons, remarks } from '../../../src/core/sample.ts';
import type { HistoryReport } from '../../../src/ports/history.ts';
import type {
  Health,
  LedgerRow,
  SinkContext,
  SinkReport,
  SourceReport,
  TickResult,
} from '../../../src/ports.ts';

const signal = (name: string): SignalSpec => ({ name, unit: 'A', about: name, align: 'linear', initial: 0 });

export function layout(id: string, signals = ['spindle.speed', 'spindle.current']): MachineLayout {
  const inputs = signals.slice(0, 1).map(signal);
  const outputs = signals.slice(1).map(signal);
  const model: Model = { id: 'test', version: '1', inputs, outputs, states: [], parameters: [], step() {} };
  return { id, model, signals: [...inputs, ...outputs], lagMs: 100, parameters: new Float64Array() };
}

export function goodFrame(machine: MachineLayout): Frame {
  const frame = newFrame(machine);
  frame.tick = 7;
  frame.mode = 'tracking';
  frame.divergence = 0.021;
  frame.value.forEach((_, i) => {
    frame.value[i] = 4.25 + i;
    frame.quality[i] = Quality.good;
    frame.origin[i] = Origins.measured;
    frame.ageMs[i] = 38;
  });
  frame.twin.fill(5.5);
  frame.residual.fill(-0.31);
  return frame;
}

export function ledger(rejected: Partial<Record<RejectReason, number>> = {}): LedgerRow {
  const none = Object.fromEntries(rejectReasons.map((reason) => [reason, 0])) as Record<RejectReason, number>;
  return { received: 120, stored: 110, coalesced: 0, pending: 0, rejected: { ...none, ...rejected } };
}

export function sourceReport(name: string, part: Partial<SourceReport> = {}): SourceReport {
  return {
    source: name,
    link: 'up',
    reason: '',
    ratePerS: 100,
    ageMs: 5,
    clockOffsetMs: 1500,
    clockDriftPpm: -12.5,
    clockFinding: 'none',
    ledger: ledger({ parse: 3 }),
    remarks: Object.fromEntries(remarks.map((remark) => [remark, 0])) as SourceReport['remarks'],
    ...part,
  };
}

export const historyReport: HistoryReport = {
  ...{ state: 'full', reason: 'the disk is full', bytes: 1e6, walBytes: 2e5, freeBytes: 0 },
  ...{ samplesCommitted: 4000, samplesDropped: 7, samplesWaiting: 12, commits: 50 },
  ...{ commitP50Ms: 20, commitP99Ms: 35, commitSumMs: 1100 },
};

/** Of a sink that catches up. */
export const mqttReport: SinkReport = {
  ...{ sink: 'mqtt', depth: 4, dropped: { overflow: 9 } },
  backfill: { backlogS: 12.5, samples: 3000 },
};

export function healthOf(part: Partial<Health> = {}): Health {
  return {
    timeMs: 1_800_000_000_000,
    startedMs: 1_799_999_000_000,
    version: '0.1.0',
    ticks: 18_446,
    ticksMissed: 2,
    lateness: { p50Ms: 0.2, p99Ms: 1.1, maxMs: 3 },
    sources: [sourceReport('shop')],
    sinks: [{ sink: 'mqtt', depth: 4, dropped: { overflow: 9 } }],
    ledger: ledger({ parse: 3 }),
    memoryBytes: 90_000_000,
    ...part,
  };
}

export function contextOf(health: () => Health, machines: readonly MachineLayout[] = []): SinkContext {
  return { site: 'test', version: '0.1.0', periodMs: 100, startedMs: 0, machines, health };
}

export function tickOf(frames: readonly Frame[], latenessMs = 0.4): TickResult {
  return { tick: 7, timeMs: 1_800_000_000_000, latenessMs, frames };
}

/** The samples of a scrape: `name{labels}` to value. */
export function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const cut = line.lastIndexOf(' ');
      return [line.slice(0, cut), Number(line.slice(cut + 1))];
    }),
  );
}
