// Alignment: three streams of one known truth, from clocks that disagree, through the real feed, clock model,
// inbox and core; beside the same samples with perfect clocks. Then samples a second on one core.
import { clockOffsetMs, correctedMs } from '../src/core/clock-model.ts';
import { newIntake } from '../src/core/intake.ts';
import type { Model } from '../src/core/model.ts';
import { Quality } from '../src/core/quality.ts';
import type { TagSpec } from '../src/core/sample.ts';
import { type Core, newCore, step } from '../src/core/step.ts';
import { newSourceAccount } from '../src/runtime/account.ts';
import { createFeed } from '../src/runtime/feed.ts';
import { createInbox } from '../src/runtime/inbox.ts';
import { createBinder, type MachinePlan, setUpMachine } from '../src/runtime/machines.ts';
import { createTagTable } from '../src/runtime/tags.ts';
import { cpuMs, throughput } from './alignment-rate.ts';
import type { BenchResult } from './run.ts';

const passes = 3;
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const periodMs = 100;
const startMs = 1_795_231_000_000;
const seconds = 300;
const settledS = 60;
const loss = 0.05;
/** Every sample is so long on its way at least, and so much longer in the mean. */
const delayMinMs = 0.2;
const delayMeanMs = 4;

interface Stream {
  readonly name: string;
  readonly rateHz: number;
  readonly offsetMs: number;
  readonly driftPpm: number;
}

const streams: readonly Stream[] = [
  { name: 'a', rateHz: 1000, offsetMs: 2000, driftPpm: 50 },
  { name: 'b', rateHz: 100, offsetMs: -2000, driftPpm: -50 },
  { name: 'c', rateHz: 10, offsetMs: -2000, driftPpm: 50 },
];

/** Signals without a twin: the alignment is what is measured. */
const noModel: Model = {
  ...{ id: 'none', version: '0', inputs: [], outputs: [], states: [], parameters: [] },
  step() {},
};

/** Well below half of 10 Hz. */
function truth(ms: number): number {
  const s = (ms - startMs) / 1000;
  return (
    Math.sin(2 * Math.PI * 0.5 * s) +
    0.5 * Math.sin(2 * Math.PI * 0.23 * s + 1) +
    0.3 * Math.sin(2 * Math.PI * 0.07 * s)
  );
}

interface Sample {
  readonly stream: number;
  readonly value: number;
  readonly trueMs: number;
  readonly stampMs: number;
  readonly arrivalMs: number;
}

export async function bench(): Promise<BenchResult> {
  const samples = [0, 0.01].map((noise) => measure(noise));
  return {
    title: `Alignment: ${seconds} s of three streams, ${loss * 100} % loss, delays of ${delayMinMs} ms and ${delayMeanMs} ms more in the mean`,
    head: [
      'what',
      'a: 1,000 Hz, +2 s, +50 ppm',
      'b: 100 Hz, -2 s, -50 ppm',
      'c: 10 Hz, -2 s, +50 ppm',
      'frame',
    ],
    rows: [...samples.flat(), ...throughput()],
  };
}

function measure(noise: number): string[][] {
  const samples = makeSamples(noise);
  const skewed = run(samples, (sample) => sample.stampMs, false);
  const spentMs = Math.min(...Array.from({ length: passes }, () => timeOf(samples)));
  const perS = (samples.length * 1000) / spentMs;
  const perfect = run(samples, (sample) => sample.trueMs, true);
  const exact = (values: readonly number[]) => values.map((value) => value.toExponential(2));
  const label = noise === 0 ? 'no noise' : `noise of ${noise}`;
  return [
    [`RMS error, perfect clocks, ${label}`, ...exact(perfect.rms)],
    [`RMS error, these clocks, ${label}`, ...exact(skewed.rms)],
    ['ratio', ...skewed.rms.map((value, i) => (value / perfect.rms[i]!).toFixed(2))],
    ...(noise === 0
      ? [
          ['clock error, worst after 60 s', ...skewed.clockMs.map((ms) => `${ms.toFixed(3)} ms`), ''],
          ['within 2 ms for good after', ...skewed.settledS.map((s) => `${s.toFixed(1)} s`), ''],
          [
            'samples/s through feed, clock model, inbox and core',
            `${(perS / 1e6).toFixed(1)} million`,
            '',
            '',
            '',
          ],
          ['offset told at the end', ...skewed.offsetMs.map((ms) => `${ms.toFixed(2)} ms`), ''],
        ]
      : []),
  ];
}

function timeOf(samples: readonly Sample[]): number {
  const startMs = cpuMs();
  run(samples, (sample) => sample.stampMs, false);
  return cpuMs() - startMs;
}

/** In the order of arrival. Samples are taken with a jitter of a tenth of their period. */
function makeSamples(noise: number): Sample[] {
  const random = seeded(7);
  const all: Sample[] = [];
  for (const [stream, { rateHz, offsetMs, driftPpm }] of streams.entries()) {
    for (let i = 0; i < seconds * rateHz; i++) {
      const trueMs = startMs + ((i + 0.1 * (random() - 0.5)) * 1000) / rateHz;
      const stampMs = trueMs + offsetMs + (trueMs - startMs) * driftPpm * 1e-6;
      const arrivalMs = trueMs + delayMinMs - delayMeanMs * Math.log(1 - random());
      const value = truth(trueMs) + noise * gauss(random);
      if (random() >= loss) all.push({ stream, value, trueMs, stampMs, arrivalMs });
    }
  }
  return all.sort((a, b) => a.arrivalMs - b.arrivalMs);
}

function planOf(id: string, lagMs: number): MachinePlan {
  const extra = new Map(
    streams.map(({ name }) => [
      name,
      { source: 's', tag: `${id}/${name}`, unit: '', about: '', staleMs: 1000, missingMs: 5000 },
    ]),
  );
  return { id, model: noModel, lagMs, parameters: {}, signals: new Map(), extra };
}

function run(samples: readonly Sample[], stampOf: (sample: Sample) => number, trusted: boolean) {
  const plan = planOf('m', 300);
  const core = newCore({ startMs, periodMs, machines: [setUpMachine(plan, periodMs)] });
  const clock = { now: startMs, nowMs: () => clock.now, monotonicMs: () => clock.now - startMs };
  const inbox = createInbox(65_536);
  const account = newSourceAccount();
  const feed = createFeed('s', account, 10, {
    ...{ clock, inbox, intake: newIntake(8), tags: createTagTable(), store: undefined },
    onDeadLetter() {},
    onTag: createBinder([plan], core.alignment, silent),
  });
  const tags = streams.map(({ name }) => {
    const spec: TagSpec = { name: `m/${name}`, unit: '', kind: 'number', clock: name };
    return feed.tag(trusted ? { ...spec, clockTrusted: true } : spec);
  });
  const seen = newTally(core);
  let tick = 0;
  for (const sample of samples) {
    while (sample.arrivalMs > startMs + tick * periodMs) {
      clock.now = startMs + tick * periodMs;
      step(core, tick, inbox.drain(clock.now));
      seen.frame();
      if (!trusted) seen.clocks(clock.now, (name) => account.clocks.get(name));
      tick++;
    }
    clock.now = sample.arrivalMs;
    feed.push(tags[sample.stream]!, sample.value, Quality.good, stampOf(sample));
  }
  return seen.result();
}

type ModelOf = (name: string) => Parameters<typeof correctedMs>[0] | undefined;

function newTally(core: Core) {
  const squares = streams.map(() => 0);
  const clockMs = streams.map(() => 0);
  const lastOffS = streams.map(() => 0);
  const offsetMs = streams.map(() => Number.NaN);
  let frames = 0;
  return {
    frame() {
      const frame = core.frames[0]!;
      if (frame.timeMs < startMs + settledS * 1000) return;
      frames++;
      for (let i = 0; i < streams.length; i++) squares[i]! += (frame.value[i]! - truth(frame.timeMs)) ** 2;
    },
    clocks(nowMs: number, modelOf: ModelOf) {
      for (const [i, { name, offsetMs: offset, driftPpm }] of streams.entries()) {
        const model = modelOf(name);
        if (model === undefined) continue;
        const stampMs = nowMs + offset + (nowMs - startMs) * driftPpm * 1e-6;
        const errorMs = Math.abs(correctedMs(model, stampMs) - nowMs);
        const s = (nowMs - startMs) / 1000;
        if (errorMs >= 2) lastOffS[i] = s;
        if (s >= settledS) clockMs[i] = Math.max(clockMs[i]!, errorMs);
        offsetMs[i] = clockOffsetMs(model);
      }
    },
    result() {
      const all = squares.reduce((sum, square) => sum + square, 0) / streams.length;
      const rms = [...squares, all].map((square) => Math.sqrt(square / frames));
      return { rms, clockMs, settledS: lastOffS, offsetMs };
    },
  };
}

function gauss(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
