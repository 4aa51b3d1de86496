// What a forecast beside the ticks costs them: the lateness of 20 machines at 10 Hz with nothing in the lab, with
// forecasts of 10,000 futures one after another, and with what a gateway does by itself; side by side, in turns.
import { rememberTwin } from '../src/core/command.ts';
import { type LoadBook, newLoadBook, noteLoad, packLoad } from '../src/core/forecast/load-book.ts';
import { mill } from '../src/core/models/mill/index.ts';
import type { Core } from '../src/core/step.ts';
import { newTwin, type Twin } from '../src/core/twin.ts';
import type { TwinNews } from '../src/core/twin-command.ts';
import { newWearWatch, watchWear } from '../src/core/wear/watch.ts';
import { createClock, type GatewayClock } from '../src/runtime/clock.ts';
import { createInbox, type Inbox } from '../src/runtime/inbox.ts';
import { createLab, type Lab, type PackedForecastJob } from '../src/runtime/lab.ts';
import { createLateness, type Lateness } from '../src/runtime/lateness.ts';
import { createLoop } from '../src/runtime/loop.ts';
import { createPacer } from '../src/runtime/pacer.ts';
import { newMillCore } from './many-mills.ts';
import type { BenchResult } from './run.ts';

const secondsEach = Number(process.env['BENCH_LAB_SECONDS'] ?? 10);
const rounds = Number(process.env['BENCH_LAB_ROUNDS'] ?? 3);
const machines = 20;
const periodMs = 100;
const particles = 10_000;
const horizonH = 24;
const signals = [...mill.inputs, ...mill.outputs];

type Load = (core: Core, book: LoadBook, lab: Lab, over: AbortSignal) => Promise<Done>;

interface Done {
  readonly tookMs: readonly number[];
  readonly handMs: readonly number[];
}

export async function bench(): Promise<BenchResult> {
  const book = workedDay();
  const lab = createLab({ entry: new URL('../src/lab-thread.ts', import.meta.url), threads: 1 });
  const idle: Load = async () => ({ tookMs: [], handMs: [] });
  const kinds: [string, Load][] = [
    ['nothing', idle],
    [
      `${particles.toLocaleString('en')} futures over ${horizonH} h, one forecast after another`,
      forecasting(particles, 0),
    ],
    [
      `1,000 futures for each of ${machines} machines a minute, as a gateway does`,
      forecasting(1000, 60_000 / machines),
    ],
  ];
  // What is compiled and started in the first seconds is no matter of any.
  await run(book, lab, forecasting(particles, 0), 6, createLateness());
  const found = kinds.map(() => ({ lateness: createLateness(), missed: 0, done: [] as Done[] }));
  for (let round = 0; round < rounds; round++) {
    for (const [k, [, load]] of kinds.entries()) {
      const { missed, done } = await run(book, lab, load, secondsEach, found[k]!.lateness);
      found[k]!.missed += missed;
      found[k]!.done.push(done);
    }
  }
  await lab.part.stop();
  return {
    title: `lateness of ticks of ${machines} machines beside the lab, ${rounds} × ${secondsEach} s each, in turns`,
    head: ['in the lab', 'p50 ms', 'p99 ms', 'most ms', 'missed', 'forecasts', 'each, ms', 'hand-over, ms'],
    rows: kinds.map(([name], k) => {
      const { lateness, missed, done } = found[k]!;
      const took = done.flatMap(({ tookMs }) => tookMs);
      const hand = done.flatMap(({ handMs }) => handMs);
      return [
        name,
        ...[lateness.quantile(0.5), lateness.quantile(0.99), lateness.maxMs].map((ms) => ms.toFixed(2)),
        ...[String(missed), String(took.length), middle(took, 0), middle(hand, 2)],
      ];
    }),
  };
}

function middle(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.length === 0 ? '-' : sorted[sorted.length >> 1]!.toFixed(digits);
}

function forecasting(count: number, everyMs: number): Load {
  return async (core, book, lab, over) => {
    const done = { tookMs: [] as number[], handMs: [] as number[] };
    for (let k = 0; !over.aborted; k++) {
      const begunMs = performance.now();
      const running = lab.run('forecast', jobOf(core, k % machines, book, count, k), { signal: over });
      done.handMs.push(performance.now() - begunMs);
      const { tookMs } = await running.catch(() => ({ tookMs: Number.NaN }));
      if (tookMs > 0) done.tookMs.push(tookMs);
      const restMs = everyMs - (performance.now() - begunMs);
      if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    }
    return done;
  };
}

function jobOf(core: Core, m: number, book: LoadBook, count: number, seed: number): PackedForecastJob {
  const memory = rememberTwin(core, m);
  const wear = Object.fromEntries(mill.wear!.map(({ state }, c) => [state, c < 5 ? 0.4 : 0]));
  return {
    ...{ machine: `m${m}`, model: 'mill', timeMs: Date.now(), failures: mill.failures ?? [], seed, horizonH },
    ...{ memory: { ...memory, state: { ...memory.state, ...wear } }, particles: count },
    input: core.twins[m]!.input.slice(),
    load: packLoad(book),
  };
}

/** Twenty-four hours of parts: twenty minutes of cutting with one of five tools, five of changing over. */
function workedDay(): LoadBook {
  const twin: Twin = newTwin(mill);
  const watch = newWearWatch(mill);
  const book = newLoadBook(mill, 1);
  const news: TwinNews[] = [];
  const startMs = Date.now() - 86_400_000;
  const set = (name: string, value: number) => {
    const i = mill.inputs.findIndex((input) => input.name === name);
    if (i >= 0) twin.input[i] = value;
  };
  for (let s = 0; s < 86_400; s++) {
    const part = Math.floor(s / 1500);
    const cuts = s % 1500 < 1200;
    set('spindle.speed', cuts ? 6000 + 500 * (part % 3) : 0);
    set('cut.feed', cuts ? 800 : 0);
    set('cut.depth', cuts ? 1.5 : 0);
    set('cut.width', cuts ? 6 : 0);
    set('tool.number', 1 + (part % 5));
    mill.step(twin.parameters, twin.state, twin.input, 1, twin.output);
    watchWear(watch, twin, 1, 0, news);
    noteLoad(book, twin, watch, startMs + s * 1000, 1);
  }
  return book;
}

async function run(book: LoadBook, lab: Lab, load: Load, seconds: number, into: Lateness) {
  const clock = createClock();
  const core = newMillCore(machines, Math.floor(clock.nowMs()), periodMs);
  const inbox = createInbox(100_000);
  const stopFeed = startFeed(clock, inbox);
  const over = new AbortController();
  const loading = load(core, book, lab, over.signal);
  const loop = createLoop(
    { core, inbox, clock, pacer: createPacer(clock) },
    {
      onTick({ latenessMs, tick }) {
        // A core's first ticks compile and fill it.
        if (tick * periodMs > 2000) into.observe(latenessMs);
      },
      onBatch: () => undefined,
      onMissed: () => undefined,
      onClockStep: () => undefined,
      onFault(error) {
        throw error;
      },
    },
  );
  setTimeout(() => loop.stop(), (seconds + 2) * 1000);
  await loop.run();
  stopFeed();
  over.abort();
  return { missed: loop.missed, done: await loading };
}

/** Every signal of the machines at each tick. */
function startFeed(clock: GatewayClock, inbox: Inbox): () => void {
  let round = 0;
  const timer = setInterval(() => {
    round++;
    for (let tag = 0; tag < machines * signals.length; tag++) {
      const receiveMs = Math.ceil(inbox.receiveMs(clock.nowMs()));
      const value = Math.round((((round * 31 + tag * 17) % 997) / 997) * 100) / 100;
      inbox.push(tag, value, 0, receiveMs - 3, receiveMs, Number.NaN);
    }
  }, periodMs / 2);
  return () => clearInterval(timer);
}
