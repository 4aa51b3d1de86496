// Plays a run of the fault campaign into a core that is set up as the shipped configuration sets it up, for a twin that
// knows its machine. No test of its own.
import { bindTag } from '../../src/core/align.ts';
import type { SampleColumns } from '../../src/core/sample.ts';
import { type Core, newCore, step } from '../../src/core/step.ts';
import { setUpMachine } from '../../src/runtime/machines.ts';
import { campaignPeriodMs, campaignStartMs, type RunRecord } from './fault-record.ts';
import { demo, planOf } from './stand.ts';

/** `onTick` hears of each tick after it, with the seconds since the start. */
export function playRun(record: RunRecord, onTick: (core: Core, nowS: number) => void): Core {
  const plan = planOf(demo().config, { ...record.parameters });
  const machines = [setUpMachine(plan, campaignPeriodMs)];
  const core = newCore({ startMs: campaignStartMs, periodMs: campaignPeriodMs, machines });
  for (const binding of record.bindings) bindTag(core.alignment, binding);
  for (let tick = 1; tick < record.from.length; tick++) {
    step(core, tick, samplesOf(record, record.from[tick - 1]!, record.from[tick]!));
    onTick(core, (tick * campaignPeriodMs) / 1000);
    core.news.length = 0;
    core.alarmChanges.length = 0;
  }
  return core;
}

/** What reached the gateway between two ticks; of the core's business only. */
function samplesOf({ tag, value, quality, timeMs }: RunRecord, from: number, to: number): SampleColumns {
  const times = timeMs.subarray(from, to);
  return {
    ...{ length: to - from, tag: tag.subarray(from, to), value: value.subarray(from, to) },
    ...{ quality: quality.subarray(from, to), timeMs: times, receiveMs: times, rawMs: times },
    exact: new BigInt64Array(0),
  };
}
