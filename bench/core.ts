// The core: ns a machine step in TypeScript beside the same arithmetic in C and in plain objects, a day of one machine,
// and the whole tick with alignment, following and hashing.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bindTag } from '../src/core/align.ts';
import { mill } from '../src/core/models/mill/index.ts';
import { Quality } from '../src/core/quality.ts';
import { newCore, step } from '../src/core/step.ts';
import { newTwin, parametersOf } from '../src/core/twin.ts';
import { createInbox } from '../src/runtime/inbox.ts';
import { type MachinePlan, setUpMachine } from '../src/runtime/machines.ts';
import { everywhere, part, type Row } from './mill-script.ts';
import { newPlainState, stepPlain } from './plain-mill.ts';
import type { BenchResult } from './run.ts';

const passes = 5;
const dayTicks = 864_000;

export async function bench(): Promise<BenchResult> {
  const rows: string[][] = [];
  const script = part();
  const compiled = compile();
  try {
    rows.push(...agreement(everywhere(5000), compiled?.program));
    for (const machines of [1, 100, 10_000]) {
      const rounds = Math.max(script.length / 10, Math.round(1_000_000 / machines));
      const ns = stepNs(script, machines, rounds);
      const cNs = compiled === undefined ? undefined : runC(compiled.program, script, machines, rounds)[0]!;
      rows.push([
        `model step, ${machines} machines`,
        `${ns.toFixed(0)} ns`,
        cNs === undefined ? 'no gcc' : `${cNs.toFixed(0)} ns`,
        cNs === undefined ? '' : `${(ns / cNs).toFixed(2)} x`,
        `${Math.round(1e8 / ns).toLocaleString('en')} in 100 ms`,
      ]);
    }
  } finally {
    compiled?.remove();
  }
  const plainNs = plainStepNs(script, 20_000);
  rows.push(['plain objects, 1 machine', `${plainNs.toFixed(0)} ns`, '', '', fits(plainNs)]);
  rows.push(['one simulated day, 864,000 steps of 0.1 s', `${dayS(script).toFixed(2)} s`, '', '', '']);
  for (const machines of [1, 100, 2000]) {
    const ns = tickNs(script[100]!.input, machines);
    const name = `whole tick, ${machines} machines, ${signals.length} samples each`;
    rows.push([name, `${ns.toFixed(0)} ns`, '', '', fits(ns)]);
  }
  return { title: 'Core', head: ['what', 'per machine', 'C -O2', 'ratio', 'fits'], rows };
}

function fits(ns: number): string {
  return `${Math.round(1e8 / ns).toLocaleString('en')} in 100 ms`;
}

/** All three go through the same script; a number that differs by more than a billionth of itself ends the bench. */
function agreement(script: readonly Row[], program: string | undefined): string[][] {
  const twin = newTwin(mill);
  for (const { dtS, input } of script) mill.step(twin.parameters, twin.state, input, dtS, twin.output);
  const ours = [...twin.state, ...twin.output];
  const others: [string, number[]][] = [['plain objects', plainNumbers(script)]];
  if (program !== undefined) others.push(['C', runC(program, script, 1, 0)]);
  return others.map(([name, numbers]) => {
    const apart = ours.map((value, i) => Math.abs(value - numbers[i]!) / Math.max(1e-9, Math.abs(value)));
    const most = Math.max(...apart);
    if (!(most <= 1e-9) || numbers.length !== ours.length)
      throw new Error(`${name} is ${most} away from the model`);
    return [`${name} apart after ${script.length} mixed steps, at most`, most.toExponential(1), '', '', ''];
  });
}

/** What the plain objects end with, in the order of the model's states and outputs. */
function plainNumbers(script: readonly Row[]): number[] {
  const parameters = namesOf(mill.parameters, parametersOf(mill));
  let state = newPlainState();
  let outputs: Readonly<Record<string, number>> = {};
  for (const { dtS, input } of script) {
    ({ state, outputs } = stepPlain(parameters, state, namesOf(mill.inputs, input), dtS));
  }
  const tools = ['other', ...Array.from({ length: 24 }, (_, i) => String(i + 1))];
  return [
    ...[...state.axes, state.rpm, ...state.temps, state.spindleWear, state.bearingWear],
    ...tools.map((tool) => state.tools[tool]!),
    ...[state.replacedSeen, mill.behaviour!.names.indexOf(state.behaviour), state.runningS, state.cuttingS],
    ...[state.cycles, state.ran ? 1 : 0, state.quietS, state.partsSeen, state.turned ? 1 : 0],
    ...mill.outputs.map(({ name }) => outputs[name]!),
  ];
}

function namesOf(specs: readonly { readonly name: string }[], values: Float64Array): Record<string, number> {
  return Object.fromEntries(specs.map(({ name }, i) => [name, values[i]!]));
}

function stepNs(script: readonly Row[], machines: number, rounds: number): number {
  const twins = Array.from({ length: machines }, () => newTwin(mill));
  let best = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < passes; pass++) {
    const start = performance.now();
    for (let r = 0; r < rounds; r++) {
      const { dtS, input } = script[r % script.length]!;
      for (const twin of twins) mill.step(twin.parameters, twin.state, input, dtS, twin.output);
    }
    best = Math.min(best, ((performance.now() - start) * 1e6) / (rounds * machines));
  }
  return best;
}

function plainStepNs(script: readonly Row[], rounds: number): number {
  const parameters = namesOf(mill.parameters, parametersOf(mill));
  const rows = script.map(({ dtS, input }) => ({ dtS, input: namesOf(mill.inputs, input) }));
  let state = newPlainState();
  let best = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < passes; pass++) {
    const start = performance.now();
    for (let r = 0; r < rounds; r++) {
      const { dtS, input } = rows[r % rows.length]!;
      ({ state } = stepPlain(parameters, state, input, dtS));
    }
    best = Math.min(best, ((performance.now() - start) * 1e6) / rounds);
  }
  return best;
}

/** One machine through a day of parts, once, with a warm engine. */
function dayS(script: readonly Row[]): number {
  const twin = newTwin(mill);
  const start = performance.now();
  for (let tick = 0; tick < dayTicks; tick++) {
    const { dtS, input } = script[tick % script.length]!;
    mill.step(twin.parameters, twin.state, input, dtS, twin.output);
  }
  return (performance.now() - start) / 1000;
}

function compile(): { program: string; remove(): void } | undefined {
  if (spawnSync('gcc', ['--version']).error !== undefined) return undefined;
  const dir = mkdtempSync(join(tmpdir(), 'gemel-bench-'));
  const program = join(dir, 'mill');
  execFileSync('gcc', ['-O2', '-o', program, new URL('mill.c', import.meta.url).pathname, '-lm']);
  return { program, remove: () => rmSync(dir, { recursive: true }) };
}

/** Rows, parameters and the first state arrive on standard input, so that both sides compute on the same numbers. */
function runC(program: string, script: readonly Row[], machines: number, rounds: number): number[] {
  const twin = newTwin(mill);
  const rows = script.flatMap(({ dtS, input }) => [dtS, ...input]);
  const numbers = Float64Array.from([script.length, ...twin.parameters, ...twin.state, ...rows]);
  const out = execFileSync(program, [String(machines), String(rounds)], {
    input: Buffer.from(numbers.buffer),
  });
  return out.toString().trim().split(' ').map(Number);
}

const signals = [...mill.inputs, ...mill.outputs];

/** The function that moves time, with a sample for every signal and tick. */
function tickNs(inputs: Float64Array, machines: number): number {
  const plan = (id: string): MachinePlan => {
    const details = {
      source: 's',
      align: undefined,
      staleMs: 1000,
      missingMs: 5000,
      sigma: undefined,
      deadband: undefined,
    };
    const wired = new Map(signals.map((signal) => [signal.name, { ...details, tag: signal.name }]));
    return { id, model: mill, lagMs: 100, parameters: {}, signals: wired };
  };
  const setups = Array.from({ length: machines }, (_, i) => setUpMachine(plan(`m${i}`), 100));
  const core = newCore({ startMs: 0, periodMs: 100, machines: setups });
  for (let m = 0; m < machines; m++) {
    for (let s = 0; s < signals.length; s++) {
      bindTag(core.alignment, { tag: m * signals.length + s, machine: m, signal: s, scale: 1, offset: 0 });
    }
  }
  const inbox = createInbox(machines * signals.length);
  const ticks = Math.max(50, Math.round(40_000 / machines));
  let spentMs = 0;
  for (let tick = 0; tick < ticks; tick++) {
    const nowMs = tick * 100;
    for (let tag = 0; tag < machines * signals.length; tag++) {
      inbox.push(
        tag,
        (inputs[tag % signals.length] ?? 1) + (tick & 3) * 0.01,
        Quality.good,
        nowMs - 7,
        nowMs,
        nowMs - 7,
      );
    }
    const start = performance.now();
    step(core, tick, inbox.drain(nowMs));
    // The first half warms up.
    if (tick * 2 >= ticks) spentMs += performance.now() - start;
  }
  return (spentMs * 1e6) / (Math.floor(ticks / 2) * machines);
}
