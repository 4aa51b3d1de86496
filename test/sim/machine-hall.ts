// A hall of simulated mills for tests of the loop: the real core, inbox, feed and loop on virtual time, fed
// with seeded samples that jitter, come late, twice, out of order, or not at all.

import type { Statistic } from '../../src/core/derive/aggregate.ts';
import { parseExpression } from '../../src/core/derive/expression.ts';
import type { DerivedFrom, DerivedPlan } from '../../src/core/derive/plan.ts';
import { newIntake } from '../../src/core/intake.ts';
import { mill } from '../../src/core/models/mill/index.ts';
import { Quality } from '../../src/core/quality.ts';
import type { SampleColumns } from '../../src/core/sample.ts';
import { type Core, newCore, stateHash, step } from '../../src/core/step.ts';
import { newSourceAccount } from '../../src/runtime/account.ts';
import { createClock } from '../../src/runtime/clock.ts';
import { createFeed } from '../../src/runtime/feed.ts';
import { createInbox } from '../../src/runtime/inbox.ts';
import { createLoop } from '../../src/runtime/loop.ts';
import { createBinder, type MachinePlan, setUpMachine } from '../../src/runtime/machines.ts';
import { createPacer } from '../../src/runtime/pacer.ts';
import { createTagTable } from '../../src/runtime/tags.ts';
import { keptLog } from '../silent-log.ts';
import { seeded, virtualTime } from '../virtual-time.ts';

export const periodMs = 100;
const signals = [...mill.inputs, ...mill.outputs];

export interface Recorded {
  tag: number;
  value: number;
  quality: number;
  timeMs: number;
  receiveMs: number;
  rawMs: number;
}

export interface Recording {
  readonly startMs: number;
  readonly ticks: number[];
  readonly samples: Recorded[];
}

function planOf(id: string): MachinePlan {
  const details = {
    source: 'shop',
    align: undefined,
    staleMs: 500,
    missingMs: 1500,
    sigma: undefined,
    deadband: undefined,
  };
  const wired = new Map(signals.map((signal) => [signal.name, { ...details, tag: `${id}/${signal.name}` }]));
  return { id, model: mill, lagMs: 100, parameters: {}, signals: wired, derived: derivedOf(id) };
}

/** One of each kind, of a tag's samples, of a signal, of one another. */
function derivedOf(id: string): ReadonlyMap<string, DerivedPlan> {
  const tag = `shop/${id}/spindle.current`;
  const window = (statistic: Statistic, of: string): DerivedFrom => {
    return { kind: 'window', statistic, of, windowMs: 1000 };
  };
  const policy = { fromHz: 2, toHz: 8, windowMs: 2000, rateHz: 25 };
  const all: Record<string, DerivedFrom> = {
    product: { kind: 'expression', program: parseExpression(`slope > 0 ? rms * [${tag}] : spread`) },
    rms: window('rms', tag),
    spread: window('std', tag),
    slope: window('rate', 'spindle.speed'),
    band: { kind: 'band', of: tag, policy },
  };
  const plan = { unit: '', text: '', deadband: undefined };
  return new Map(Object.entries(all).map(([name, from]) => [name, { ...plan, from }]));
}

function setUp(machines: number, startMs: number) {
  const plans = Array.from({ length: machines }, (_, i) => planOf(`mill-${i}`));
  const core = newCore({ startMs, periodMs, machines: plans.map((plan) => setUpMachine(plan, periodMs)) });
  const bind = createBinder(plans, core.alignment, keptLog());
  return { core, bind, plans };
}

/** A fresh core of the hall, with its tags named as the recording of a live run numbers them. */
export function setUpHall(startMs: number): Core {
  const { core, bind, plans } = setUp(2, startMs);
  let index = 0;
  nameTags(plans, (name, unit) => {
    bind('shop', index, { name, unit, kind: 'number' });
    return index++;
  });
  return core;
}

function nameTags(plans: readonly MachinePlan[], tag: (name: string, unit: string) => number): number[][] {
  return plans.map((plan) => signals.map((signal) => tag(`${plan.id}/${signal.name}`, signal.unit)));
}

/** Runs the live loop for a while. `stall` delays timers, so that ticks come late and some are missed. */
export async function runLive(seed: number, seconds: number, stall: (random: () => number) => number) {
  const random = seeded(seed);
  const world = virtualTime();
  const clock = createClock(world.time);
  const startMs = Math.ceil(clock.nowMs());
  const { core, bind, plans } = setUp(2, startMs);
  const recording: Recording = { startMs, ticks: [], samples: [] };
  const inbox = createInbox(65_536);
  const tags = createTagTable();
  const account = newSourceAccount();
  const faults: unknown[] = [];
  const letters: string[] = [];
  const feed = createFeed('shop', account, 1000, {
    clock,
    inbox,
    intake: newIntake(16),
    tags,
    store: undefined,
    onDeadLetter: (letter) => letters.push(letter.reason),
    onTag: bind,
  });
  const index = nameTags(plans, (name, unit) => feed.tag({ name, unit, kind: 'number' }));
  const loop = createLoop(
    { core, inbox, clock, pacer: createPacer(clock, world.setTimer) },
    {
      onBatch(tick, samples) {
        recording.ticks.push(tick);
        for (let i = 0; i < samples.length; i++) recording.samples.push(copyRow(samples, i));
      },
      onTick() {},
      onMissed() {},
      onClockStep() {},
      onFault: (error) => faults.push(error),
    },
  );
  const emit = () => {
    for (const machine of index) {
      for (const tag of machine) {
        const chance = random();
        if (chance < 0.05) continue;
        const lateMs = chance < 0.15 ? random() * 400 : random() * 20;
        const value = chance < 0.07 ? Number.NaN : random() * 10;
        feed.push(tag, value, Quality.good, clock.nowMs() - lateMs);
        if (chance > 0.97) feed.push(tag, value, Quality.good, clock.nowMs() - lateMs);
      }
    }
    world.setTimer(emit, 10 + random() * 60);
  };
  world.setTimer(emit, 1);
  const running = loop.run();
  await world.runTo(seconds * 1000, () => stall(random));
  loop.stop();
  await running;
  return { recording, hash: stateHash(core), core, loop, account, faults };
}

function copyRow(samples: SampleColumns, row: number): Recorded {
  return {
    tag: samples.tag[row]!,
    value: samples.value[row]!,
    quality: samples.quality[row]!,
    timeMs: samples.timeMs[row]!,
    receiveMs: samples.receiveMs[row]!,
    rawMs: samples.rawMs[row]!,
  };
}

/** The same samples through the same core, without a clock: receive times alone say what belongs to a tick. */
export function replay(recording: Recording): { hash: string; core: Core } {
  const { core, bind, plans } = setUp(2, recording.startMs);
  const tags = createTagTable();
  nameTags(plans, (name, unit) => {
    const { index } = tags.admit('shop', { name, unit, kind: 'number' });
    bind('shop', index, { name, unit, kind: 'number' });
    return index;
  });
  const inbox = createInbox(Math.max(1, recording.samples.length));
  for (const s of recording.samples) {
    inbox.push(s.tag, s.value, s.quality, s.timeMs, s.receiveMs, s.rawMs);
  }
  for (const tick of recording.ticks) step(core, tick, inbox.drain(recording.startMs + tick * periodMs));
  return { hash: stateHash(core), core };
}
