// A stand on which the demo's gateway meets a machine of the plant in virtual time: the shipped configuration, the
// real decoder, feed, clock models, alignment and core; only the network is replaced by a delay. No test of its own.

import { type LoadedConfig, loadConfig } from '../../src/config/load.ts';
import { planMachine } from '../../src/config/machine-plan.ts';
import type { Frame } from '../../src/core/frame.ts';
import { mill } from '../../src/core/models/mill/index.ts';
import type { SampleColumns } from '../../src/core/sample.ts';
import { type Core, newCore, step } from '../../src/core/step.ts';
import type { Twin } from '../../src/core/twin.ts';
import type { TwinNews } from '../../src/core/twin-command.ts';
import type { Fault } from '../../src/plant/fault.ts';
import type { DeviceName } from '../../src/plant/firmware.ts';
import { newMachine } from '../../src/plant/machine.ts';
import type { Programme } from '../../src/plant/programme.ts';
import type { Truth } from '../../src/plant/truth.ts';
import { type MachinePlan, setUpMachine } from '../../src/runtime/machines.ts';
import { declaredOf } from './hidden-truth.ts';
import { newNetwork } from './stand-network.ts';

const id = 'mill-1';
const startMs = Date.UTC(2026, 10, 20, 8);
const periodMs = 100;

export interface FaultAt {
  readonly fault: Fault;
  readonly atS: number;
  /** Absent: for good. */
  readonly forS?: number;
  readonly severity?: number;
}

export interface StandOptions {
  readonly seed: number;
  readonly faults?: readonly FaultAt[];
  readonly programme?: Programme;
  /** Instead of what the person who commissions it would declare (`declaredOf`). */
  readonly parameters?: Readonly<Record<string, number>>;
  /** The samples of a tick, before they are stepped; valid during the call. */
  readonly onBatch?: (tick: number, samples: SampleColumns) => void;
  /** ESP32s that the twin has no use for are off, unless named here. */
  readonly devices?: readonly DeviceName[];
}

export interface Stand {
  readonly core: Core;
  readonly twin: Twin;
  /** Of the last tick; it describes the machine `lagMs` before. */
  readonly frame: Frame;
  readonly truth: Truth;
  /** What the twin had to say, with the second it said it in. */
  readonly news: (TwinNews & { readonly atS: number })[];
  /** Seconds since the start. */
  readonly nowS: number;
  /** By name of an input or output: its row in the frame. */
  row(signal: string): number;
  /** The next part and those after it are made by this programme. */
  load(programme: Programme): void;
  run(seconds: number, onFrame?: (frame: Frame) => void): void;
}

export function newStand(options: StandOptions): Stand {
  const machine = newMachine({
    ...{ id, seed: options.seed, startMs, startDayTimeS: 8 * 3600, speed: 1 },
    devices: options.devices ?? ['drive', 'thermal', 'meter'],
    ...(options.programme !== undefined && { programme: options.programme }),
  });
  const { truth } = machine;
  const plan = planOf(demo().config, options.parameters ?? declaredOf(truth.hidden));
  const core = newCore({ startMs, periodMs, machines: [setUpMachine(plan, periodMs)] });
  const network = newNetwork({
    machine,
    startMs,
    plan,
    alignment: core.alignment,
    seed: options.seed,
    sources: demo().config.sources,
  });
  const pending = [...(options.faults ?? [])];
  const rows = new Map(core.frames[0]!.machine.signals.map(({ name }, row) => [name, row]));
  const news: Stand['news'] = [];
  let tick = 0;
  const turn = (onFrame?: (frame: Frame) => void) => {
    tick++;
    breakThings(truth, pending, (tick * periodMs) / 1000);
    network.advance(tick * periodMs);
    const samples = network.drain(startMs + tick * periodMs);
    options.onBatch?.(tick, samples);
    const frame = step(core, tick, samples)[0]!;
    for (const item of core.news) news.push({ ...item, atS: (tick * periodMs) / 1000 });
    core.news.length = 0;
    onFrame?.(frame);
  };
  return {
    ...{ core, truth, news, twin: core.twins[0]!, frame: core.frames[0]! },
    get nowS() {
      return (tick * periodMs) / 1000;
    },
    row(signal) {
      const row = rows.get(signal);
      if (row === undefined) throw new RangeError(`no signal ${signal}`);
      return row;
    },
    load(programme) {
      truth.controller.next = programme;
    },
    run(seconds, onFrame) {
      const end = tick + Math.round((seconds * 1000) / periodMs);
      while (tick < end) turn(onFrame);
    },
  };
}

let loaded: LoadedConfig | undefined;

/** What `npm start` runs. */
export function demo(): LoadedConfig {
  const file = new URL('../../config/gemel.demo.yaml', import.meta.url).pathname;
  loaded ??= loadConfig(file, { env: {} });
  return loaded;
}

export function planOf(
  { machines, sources }: LoadedConfig['config'],
  parameters: Record<string, number>,
): MachinePlan {
  const shipped = machines[id]!;
  const known = { ...shipped.parameters, ...parameters };
  // What is derived is no business of the twin's, and its IMU is not on this stand.
  return planMachine(id, { ...shipped, parameters: known, derived: {} }, mill, sources);
}

/** What is due breaks, what has lasted mends. */
export function breakThings({ faults }: Truth, pending: FaultAt[], nowS: number): void {
  for (let i = pending.length - 1; i >= 0; i--) {
    const { fault, atS, forS, severity = 1 } = pending[i]!;
    if (nowS <= atS) continue;
    pending.splice(i, 1);
    faults.limit[fault] = severity;
    if (forS === 0) faults.active.delete(fault);
    else faults.active.add(fault);
    if (forS !== undefined && forS > 0) pending.push({ fault, atS: atS + forS, forS: 0 });
  }
}
