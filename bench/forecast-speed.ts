// What a forecast costs on the thread it runs on: a mill after days of work, 10,000 futures over 24 hours; and what the
// book of the load costs the tick.
import { newLoadBook, noteLoad, packLoad, profileFrom } from '../src/core/forecast/load-book.ts';
import { forecastRisk } from '../src/core/forecast/risk.ts';
import { mill } from '../src/core/models/mill/index.ts';
import { newTwin, type Twin } from '../src/core/twin.ts';
import { memoryOf } from '../src/core/wear/memory.ts';
import { newWearWatch, replaceComponent, type WearWatch, watchWear } from '../src/core/wear/watch.ts';
import { part } from './mill-script.ts';

const days = Number(process.env['FORECAST_DAYS'] ?? 2);
const repeats = 9;
const startMs = 1_790_000_000_000;

export function forecastSpeed(): string[][] {
  const twin = newTwin(mill);
  const watch = newWearWatch(mill);
  for (const { component } of mill.wear!) replaceComponent(watch, twin, component);
  const book = newLoadBook(mill, 0.1);
  const noteNs = work(twin, watch, book);
  const packed = packLoad(book);
  const job = {
    ...{ machine: 'mill-1', model: mill.id, input: twin.input, timeMs: startMs + days * 86_400_000 },
    memory: {
      ...{ model: mill.id, modelVersion: mill.version, sigma: {}, wear: memoryOf(watch) },
      state: Object.fromEntries(mill.states.map(({ name }, s) => [name, twin.state[s]!])),
      parameters: Object.fromEntries(mill.parameters.map(({ name }, p) => [name, twin.parameters[p]!])),
    },
    ...{ failures: mill.failures!, horizonH: 24, particles: 10_000, seed: 1 },
  };
  const usedMs: number[] = [];
  const tookMs = Array.from({ length: repeats }, () => {
    const start = performance.now();
    const before = process.cpuUsage();
    forecastRisk({ ...job, load: profileFrom(mill, packed) });
    const { user, system } = process.cpuUsage(before);
    usedMs.push((user + system) / 1000);
    return performance.now() - start;
  });
  const sorted = tookMs.slice().sort((a, b) => a - b);
  usedMs.sort((a, b) => a - b);
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  return [
    ['10,000 futures over 24 h: the first, median', ms(tookMs[0]!), ms(sorted[repeats >> 1]!), `${repeats}`],
    ['10,000 futures over 24 h: worst', ms(sorted.at(-1)!), 'under 1000 ms', ''],
    [
      `the book of ${days} days`,
      `${(packed.length / 1000).toFixed(0)} kB`,
      `${noteNs.toFixed(0)} ns a tick`,
      '',
    ],
  ];
}

/** Two shifts of parts a day. */
function work(twin: Twin, watch: WearWatch, book: ReturnType<typeof newLoadBook>): number {
  const script = part();
  const rest = Float64Array.from(mill.inputs, ({ initial }) => initial);
  let spentMs = 0;
  const ticks = days * 864_000;
  for (let k = 0; k < ticks; k++) {
    const timeMs = startMs + k * 100;
    const hour = (timeMs / 3_600_000) % 24;
    twin.input.set(hour >= 6 && hour < 22 ? script[k % script.length]!.input : rest);
    mill.step(twin.parameters, twin.state, twin.input, 0.1, twin.output);
    watchWear(watch, twin, 0.1, 0, []);
    const start = performance.now();
    noteLoad(book, twin, watch, timeMs, 0.1);
    spentMs += performance.now() - start;
  }
  return (spentMs * 1e6) / ticks;
}
