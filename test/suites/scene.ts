// A machine with two inputs and two outputs, and its frames, for tests that have something to publish.
import type { Forecast } from '../../src/core/forecast.ts';
import { type Frame, type MachineLayout, newFrame, Origins, type TwinMode } from '../../src/core/frame.ts';
import type { Model, SignalSpec } from '../../src/core/model.ts';
import { Quality } from '../../src/core/quality.ts';
import { rejectReasons, remarks } from '../../src/core/sample.ts';
import type { Health, LedgerRow, SinkContext, SourceReport, TickResult } from '../../src/ports.ts';

export const sceneMs = Date.parse('2026-11-20T23:46:00.100Z');

const input = (name: string, unit: string): SignalSpec => ({
  name,
  unit,
  about: `${name}, commanded`,
  align: 'hold',
  initial: 0,
});

const output = (name: string, unit: string, span: number): SignalSpec => ({
  name,
  unit,
  about: `${name}, measured`,
  align: 'linear',
  initial: 0,
  sigma: span / 100,
  span,
});

const model: Model = {
  id: 'press',
  version: '1.2.0',
  inputs: [input('ram.command', 'mm'), input('pump.on', '')],
  outputs: [output('ram.position', 'mm', 500), output('oil.temp', 'degC', 80)],
  states: [],
  parameters: [
    {
      name: 'stiffness',
      unit: 'N/m',
      about: 'of the frame',
      value: 2e8,
      min: 1e8,
      max: 4e8,
      priorSigma: 1e7,
    },
  ],
  step() {},
};

export function machineOf(id: string): MachineLayout {
  const parameters = Float64Array.from(model.parameters, (spec) => spec.value);
  return { id, model, signals: [...model.inputs, ...model.outputs], lagMs: 100, parameters };
}

export function frameOf(machine: MachineLayout, tick: number, values = [120, 1, 119.8, 41.7]): Frame {
  const frame = newFrame(machine);
  frame.tick = tick;
  frame.timeMs = sceneMs + tick * 100;
  frame.mode = 'tracking' satisfies TwinMode;
  frame.divergence = 0.021;
  frame.value.set(values);
  frame.quality.fill(Quality.good);
  frame.origin.fill(Origins.measured);
  frame.ageMs.fill(38);
  frame.twin.set([119.9, 41.5]);
  frame.sigma.set([5, 0.8]);
  frame.residual.set([-0.02, 0.25]);
  return frame;
}

/** A machine of which nothing is known but that its oil pump wears. */
export function outlookOf(machine: string, timeMs: number, wear = 0.25): Forecast {
  const never = Number.POSITIVE_INFINITY;
  const component = {
    ...{ component: 'pump', wear, wearSigma: 0.02, limit: 0.8, ratePerH: 0.001_234_567_8, workShare: 0.4 },
    rulHours: { p10: 301.234_567, p50: 445.5, p90: never },
  };
  const seal = { ...component, component: 'seal.1', wear: 0.5, gauge: { unit: 'µm', value: 150 } };
  const idle = { ...seal, component: 'seal.2', wear: 0, ratePerH: 0, gauge: { unit: 'µm', value: 0 } };
  const counters = [
    { name: 'pressing', unit: 's', value: 7200 },
    { name: 'strokes', unit: '', value: 42 },
  ];
  return {
    machine,
    timeMs,
    components: [component, seal, idle],
    limiting: 'pump',
    counters,
    watchedHours: 26.5,
  };
}

export function tickOf(...frames: Frame[]): TickResult {
  const { tick, timeMs } = frames[0]!;
  return { tick, timeMs, latenessMs: 0.4, frames };
}

export function healthAt(timeMs: number): Health {
  const rejected = Object.fromEntries(rejectReasons.map((reason) => [reason, 0])) as LedgerRow['rejected'];
  const ledger: LedgerRow = {
    received: 120,
    stored: 117,
    coalesced: 0,
    pending: 0,
    rejected: { ...rejected, parse: 3 },
  };
  const source: SourceReport = {
    source: 'shop',
    link: 'up',
    reason: '',
    ratePerS: 100.123456,
    ageMs: 5,
    clockOffsetMs: -1.5,
    clockDriftPpm: -12.5,
    clockFinding: 'none',
    ledger,
    remarks: Object.fromEntries(remarks.map((remark) => [remark, 0])) as SourceReport['remarks'],
  };
  return {
    timeMs,
    startedMs: sceneMs,
    version: '0.1.0',
    ticks: 18_446,
    ticksMissed: 2,
    lateness: { p50Ms: 0.2, p99Ms: 1.1, maxMs: 3 },
    sources: [source],
    sinks: [{ sink: 'mqtt', depth: 4, dropped: { overflow: 9 } }],
    ledger,
    memoryBytes: 90_123_456,
  };
}

export function contextOf(machines: readonly MachineLayout[]): SinkContext {
  return {
    site: 'hall-3',
    version: '0.1.0',
    periodMs: 100,
    startedMs: sceneMs,
    machines,
    health: () => healthAt(sceneMs),
  };
}
