// One run of the fault campaign as what reached the gateway, tick by tick: the plant's physics are paid once, and the
// core can meet the same hour again. No test of its own.
import { readFileSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import type { Binding } from '../../src/core/align.ts';
import { newCore } from '../../src/core/step.ts';
import type { Fault } from '../../src/plant/fault.ts';
import { newMachine } from '../../src/plant/machine.ts';
import { flange } from '../../src/plant/programme.ts';
import type { Truth } from '../../src/plant/truth.ts';
import { setUpMachine } from '../../src/runtime/machines.ts';
import { wellKnown } from './campaign.ts';
import { declaredOf } from './hidden-truth.ts';
import { breakThings, demo, type FaultAt, planOf } from './stand.ts';
import { newNetwork } from './stand-network.ts';

export const campaignStartMs = Date.UTC(2026, 10, 20, 8);
export const campaignPeriodMs = 100;

export interface RunSpec {
  readonly seed: number;
  /** Absent: a sound machine. */
  readonly fault?: Fault | undefined;
  readonly atS: number;
  readonly severity: number;
  readonly seconds: number;
  /** From then on it makes another part. */
  readonly otherPartAtS?: number;
  /** The twin knows no more than the data sheet. */
  readonly isCold?: boolean;
}

export interface RunRecord {
  readonly spec: RunSpec;
  readonly parameters: Readonly<Record<string, number>>;
  readonly bindings: readonly Binding[];
  /** Of the samples of tick k + 1: where they begin; one more for the end. */
  readonly from: Uint32Array;
  readonly tag: Int32Array;
  readonly value: Float64Array;
  readonly quality: Uint32Array;
  readonly timeMs: Float64Array;
  /** By tick: seconds since the onset in which the fault could show. */
  readonly shownS: Float32Array;
}

export function recordRun(spec: RunSpec): RunRecord {
  const { seed, fault, atS, severity, seconds, otherPartAtS = seconds, isCold = false } = spec;
  const machine = newMachine({
    ...{ id: 'mill-1', seed, startMs: campaignStartMs, startDayTimeS: 8 * 3600, speed: 1 },
    devices: ['drive', 'thermal', 'meter'],
  });
  const { config } = demo();
  const parameters = isCold ? declaredOf(machine.truth.hidden) : wellKnown(seed);
  const plan = planOf(config, parameters);
  const machines = [setUpMachine(plan, campaignPeriodMs)];
  const { alignment } = newCore({ startMs: campaignStartMs, periodMs: campaignPeriodMs, machines });
  const network = newNetwork({
    ...{ machine, startMs: campaignStartMs, plan, alignment, seed, sources: config.sources },
  });
  const pending: FaultAt[] = fault === undefined ? [] : [{ fault, atS, severity }];
  const ticks = Math.round((seconds * 1000) / campaignPeriodMs);
  const rows = growing();
  const from = new Uint32Array(ticks + 1);
  const shownS = new Float32Array(ticks);
  let shown = 0;
  for (let tick = 1; tick <= ticks; tick++) {
    const nowS = (tick * campaignPeriodMs) / 1000;
    breakThings(machine.truth, pending, nowS);
    if (nowS > otherPartAtS) machine.truth.controller.next = flange;
    network.advance(tick * campaignPeriodMs);
    rows.take(network.drain(campaignStartMs + tick * campaignPeriodMs));
    from[tick] = rows.length;
    if (fault !== undefined && nowS > atS && canShow(machine.truth, fault)) shown += campaignPeriodMs / 1000;
    shownS[tick - 1] = shown;
  }
  const bindings = alignment.byTag.flatMap((feeders, tag) =>
    (feeders ?? []).map(({ track, scale, offset }): Binding => {
      const signal = alignment.tracks[0]!.indexOf(track);
      return { tag, machine: 0, signal, scale, offset, stepped: track.stepped };
    }),
  );
  return { spec, parameters, bindings, from, ...rows.done(), shownS };
}

/** A bearing that does not turn and a tool that does not cut are as good as new. */
function canShow({ spindle, cut }: Truth, fault: Fault): boolean {
  if (fault === 'bearing') return spindle.radPerS > 20;
  if (fault === 'dull-tool') return cut.powerW > 0;
  return true;
}

function growing() {
  let room = 1 << 16;
  let length = 0;
  let columns = columnsOf(room);
  return {
    get length() {
      return length;
    },
    take(samples: {
      length: number;
      tag: Int32Array;
      value: Float64Array;
      quality: Uint32Array;
      timeMs: Float64Array;
    }) {
      if (length + samples.length > room) {
        room *= 2;
        const larger = columnsOf(room);
        larger.tag.set(columns.tag);
        larger.value.set(columns.value);
        larger.quality.set(columns.quality);
        larger.timeMs.set(columns.timeMs);
        columns = larger;
      }
      for (let i = 0; i < samples.length; i++, length++) {
        columns.tag[length] = samples.tag[i]!;
        columns.value[length] = samples.value[i]!;
        columns.quality[length] = samples.quality[i]!;
        columns.timeMs[length] = samples.timeMs[i]!;
      }
    },
    done: () => ({
      tag: columns.tag.slice(0, length),
      value: columns.value.slice(0, length),
      quality: columns.quality.slice(0, length),
      timeMs: columns.timeMs.slice(0, length),
    }),
  };
}

function columnsOf(room: number) {
  return {
    tag: new Int32Array(room),
    value: new Float64Array(room),
    quality: new Uint32Array(room),
    timeMs: new Float64Array(room),
  };
}

export function writeRecord(file: string, record: RunRecord): void {
  writeFileSync(file, serialize(record));
}

export function readRecord(file: string): RunRecord {
  return deserialize(readFileSync(file)) as RunRecord;
}
