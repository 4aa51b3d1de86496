// Samples a second on one core, from the inbox to the frame: in order, late and reversed, with derived signals.
import type { Statistic } from '../src/core/derive/aggregate.ts';
import { parseExpression } from '../src/core/derive/expression.ts';
import type { DerivedFrom } from '../src/core/derive/plan.ts';
import type { Model } from '../src/core/model.ts';
import { isGood, Quality } from '../src/core/quality.ts';
import type { SampleColumns } from '../src/core/sample.ts';
import { newCore, step } from '../src/core/step.ts';
import { createBinder, type MachinePlan, setUpMachine } from '../src/runtime/machines.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const periodMs = 100;
const ratesHz = [1000, 100, 10];
const names = ['a', 'b', 'c'];
const machines = 50;
const ticks = 150;
const passes = 3;

const noModel: Model = {
  ...{ id: 'none', version: '0', inputs: [], outputs: [], states: [], parameters: [] },
  step() {},
};

interface Case {
  readonly what: string;
  readonly derived: Readonly<Record<string, DerivedFrom>>;
  /** Samples of one tick come in this order. */
  readonly order: 'sorted' | 'mixed' | 'reversed';
  /** So many ticks' worth comes at once. */
  readonly burst: number;
}

const window = (statistic: Statistic): DerivedFrom => ({
  ...({ kind: 'window', statistic, of: 's/a', windowMs: 1000 } as const),
});
const band: DerivedFrom = {
  ...({ kind: 'band', of: 's/a', policy: { fromHz: 80, toHz: 160, windowMs: 1000, rateHz: 1000 } } as const),
};
const expression: DerivedFrom = { kind: 'expression', program: parseExpression('a * b + 2 * c') };

const cases: readonly Case[] = [
  { what: 'in order', derived: {}, order: 'sorted', burst: 1 },
  { what: 'out of order by 10 ms', derived: {}, order: 'mixed', burst: 1 },
  { what: 'bursts of 1,000, reversed', derived: {}, order: 'reversed', burst: 10 },
  { what: 'in order, an RMS of 1,000 Hz', derived: { rms: window('rms') }, order: 'sorted', burst: 1 },
  { what: 'in order, a rate of 1,000 Hz', derived: { rate: window('rate') }, order: 'sorted', burst: 1 },
  { what: 'in order, a band of 1,000 Hz', derived: { band }, order: 'sorted', burst: 1 },
  { what: 'in order, an expression of three', derived: { expression }, order: 'sorted', burst: 1 },
];

/** Rows for the table of the bench. */
export function throughput(): string[][] {
  return cases.map((one) => {
    const best = Math.max(...Array.from({ length: passes }, () => samplesPerS(one)));
    return [`samples/s on one core, ${one.what}`, `${(best / 1e6).toFixed(1)} million`, '', '', ''];
  });
}

function samplesPerS({ derived, order, burst }: Case): number {
  const plans = Array.from({ length: machines }, (_, i) => planOf(`m${i}`, derived));
  const lagMs = 200;
  const setups = plans.map((plan) => setUpMachine({ ...plan, lagMs: lagMs + burst * periodMs }, periodMs));
  const core = newCore({ startMs: 0, periodMs, machines: setups });
  const bind = createBinder(plans, core.alignment, silent);
  for (let m = 0; m < machines; m++) {
    for (let s = 0; s < ratesHz.length; s++) {
      bind(`s${m}`, m * ratesHz.length + s, { name: names[s]!, unit: '', kind: 'number' });
    }
  }
  let spentMs = 0;
  let taken = 0;
  for (let tick = 1; tick <= ticks; tick++) {
    const batch = tick % burst === 0 ? makeBatch(tick, order, burst) : makeBatch(tick, order, 0);
    const startMs = cpuMs();
    step(core, tick, batch);
    // The first third warms up.
    if (tick * 3 < ticks) continue;
    spentMs += cpuMs() - startMs;
    taken += batch.length;
  }
  for (const frame of core.frames) {
    if (!frame.quality.every(isGood)) throw new Error(`${frame.machine.id} is not fed`);
  }
  return (taken * 1000) / spentMs;
}

/** Of this process: what others do on the machine is not in it. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function planOf(id: string, derived: Case['derived']): MachinePlan {
  const source = `s${id.slice(1)}`;
  const extra = new Map(
    names.map((tag) => [tag, { source, tag, unit: '', about: '', staleMs: 1000, missingMs: 5000 }]),
  );
  const own = Object.entries(derived).map(([name, from]) => {
    const of = 'of' in from ? { ...from, of: from.of.replace('s/', `${source}/`) } : from;
    return [name, { unit: '', text: '', deadband: undefined, from: of }] as const;
  });
  return { id, model: noModel, lagMs: 200, parameters: {}, signals: new Map(), extra, derived: new Map(own) };
}

/** The samples of the last `burst` ticks up to this one, machine by machine in turn as a shop sends them. */
function makeBatch(tick: number, order: Case['order'], burst: number): SampleColumns {
  const rows: { tag: number; timeMs: number }[] = [];
  const fromMs = (tick - burst) * periodMs;
  for (const [s, rateHz] of ratesHz.entries()) {
    for (let i = 0; i < (burst * periodMs * rateHz) / 1000; i++) {
      const timeMs = fromMs + (i * 1000) / rateHz;
      for (let m = 0; m < machines; m++) rows.push({ tag: m * ratesHz.length + s, timeMs });
    }
  }
  const key = (row: { tag: number; timeMs: number }) =>
    order === 'mixed' ? row.timeMs + ((row.timeMs * 7919) % 10) : row.timeMs;
  rows.sort((a, b) => (order === 'reversed' ? key(b) - key(a) : key(a) - key(b)));
  const columns = {
    length: rows.length,
    tag: Int32Array.from(rows, ({ tag }) => tag),
    value: Float64Array.from(rows, ({ timeMs }) => Math.sin(timeMs / 50)),
    quality: new Uint32Array(rows.length).fill(Quality.good),
    timeMs: Float64Array.from(rows, ({ timeMs }) => timeMs),
  };
  return { ...columns, receiveMs: columns.timeMs, rawMs: columns.timeMs, exact: new BigInt64Array(0) };
}
