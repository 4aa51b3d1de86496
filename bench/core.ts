// The core: ns a machine step in TypeScript beside the same arithmetic in C, and the whole tick with
// alignment, following and hashing.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bindTag } from '../src/core/align.ts';
import { mill } from '../src/core/models/mill/index.ts';
import { Quality } from '../src/core/quality.ts';
import { newCore, step } from '../src/core/step.ts';
import { newTwin } from '../src/core/twin.ts';
import { createInbox } from '../src/runtime/inbox.ts';
import { type MachinePlan, setUpMachine } from '../src/runtime/machines.ts';
import type { BenchResult } from './run.ts';

const inputs = [0.05, 0.02, 0, 6000, 800, 2, 10, 22];
const passes = 5;

export async function bench(): Promise<BenchResult> {
  const rows: string[][] = [];
  for (const machines of [1, 100, 10_000]) {
    const rounds = Math.max(1, Math.round(2_000_000 / machines));
    const ts = stepNs(machines, rounds);
    const c = cNs(machines, rounds);
    rows.push([
      `model step, ${machines} machines`,
      `${ts.ns.toFixed(1)} ns`,
      c === undefined ? 'no gcc' : `${c.ns.toFixed(1)} ns`,
      c === undefined ? '' : `${(ts.ns / c.ns).toFixed(2)} x`,
      `${Math.round(1e8 / ts.ns).toLocaleString('en')} in 100 ms`,
    ]);
    if (c !== undefined && Math.abs(c.temp - ts.temp) > 1e-9)
      throw new Error(`C says ${c.temp}, we ${ts.temp}`);
  }
  for (const machines of [1, 100, 2000]) {
    const ns = tickNs(machines);
    rows.push([
      `whole tick, ${machines} machines, 13 samples each`,
      `${ns.toFixed(0)} ns`,
      '',
      '',
      `${Math.round(1e8 / ns).toLocaleString('en')} in 100 ms`,
    ]);
  }
  return { title: 'Core', head: ['what', 'per machine', 'C -O2', 'ratio', 'fits'], rows };
}

function stepNs(machines: number, rounds: number): { ns: number; temp: number } {
  const twins = Array.from({ length: machines }, () => newTwin(mill));
  for (const twin of twins) twin.input.set(inputs);
  let best = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < passes; pass++) {
    const start = performance.now();
    for (let r = 0; r < rounds; r++) {
      for (const twin of twins) {
        twin.input[3] = 6000 + (r & 7);
        twin.model.step(twin.parameters, twin.state, twin.input, 0.1, twin.output);
      }
    }
    best = Math.min(best, ((performance.now() - start) * 1e6) / (rounds * machines));
  }
  return { ns: best, temp: twins.at(-1)!.output[4]! };
}

function cNs(machines: number, rounds: number): { ns: number; temp: number } | undefined {
  if (spawnSync('gcc', ['--version']).error !== undefined) return undefined;
  const dir = mkdtempSync(join(tmpdir(), 'gemel-bench-'));
  try {
    const program = join(dir, 'mill');
    execFileSync('gcc', ['-O2', '-o', program, new URL('mill.c', import.meta.url).pathname, '-lm']);
    const twin = newTwin(mill);
    const numbers = Float64Array.from([...twin.parameters, ...twin.state, ...inputs]);
    const out = execFileSync(program, [String(machines), String(rounds)], {
      input: Buffer.from(numbers.buffer),
    });
    const [ns, temp] = out.toString().trim().split(' ').map(Number);
    return { ns: ns!, temp: temp! };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** The function that moves time, with a sample for every signal and tick. */
function tickNs(machines: number): number {
  const signals = [...mill.inputs, ...mill.outputs];
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
