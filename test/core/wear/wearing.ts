// A machine that wears and does nothing else: three tools of one factor with a run-in and an end zone, and a bearing.
// Its truth is the same law with another factor and a rate that flickers; what the twin does not know is those.
import type { Model } from '../../../src/core/model.ts';
import { newTwin, parametersOf, type Twin } from '../../../src/core/twin.ts';
import type { TwinNews } from '../../../src/core/twin-command.ts';
import { newWearWatch, replaceComponent, type WearWatch, watchWear } from '../../../src/core/wear/watch.ts';

const input = (name: string, initial: number) =>
  ({ name, unit: '', about: '', align: 'previous', initial }) as const;
const parameter = (name: string, value: number, priorSigma: number) => ({
  name,
  unit: '',
  about: '',
  value,
  min: value / 20,
  max: value * 20,
  priorSigma,
});
const tools = [1, 2, 3] as const;

/** Run-in below a tenth, the end above eight tenths. */
export function zoneRate(wear: number): number {
  if (wear < 0.1) return 2;
  return wear > 0.8 ? 3 : 1;
}

/** Inputs: load, tool, replaced. Wear a second at load 1 is `base`·`factor`. */
export const wearing: Model = {
  id: 'wearing',
  version: '1',
  inputs: [input('load', 0), input('tool', 1), input('replaced', 0)],
  outputs: [],
  states: [
    ...tools.map((n) => ({ name: `tool.${n}.wear`, unit: '1', initial: 0, persistent: true })),
    { name: 'bearing.wear', unit: '1', initial: 0, persistent: true },
    { name: 'replacedSeen', unit: '1', initial: 0 },
    { name: 'hours', unit: 'h', initial: 0, persistent: true },
  ],
  parameters: [
    parameter('tool.base', 1 / (20 * 3600), 1e-5),
    parameter('tool.factor', 1, 0.5),
    parameter('bearing.base', 1 / (400 * 3600), 1e-6),
    parameter('bearing.factor', 1, 0.3),
  ],
  wear: [
    ...tools.map((n) => ({
      component: `tool.${n}`,
      state: `tool.${n}.wear`,
      limit: 1,
      factor: 'tool.factor',
      gauge: { unit: 'µm', full: 300 },
    })),
    { component: 'bearing', state: 'bearing.wear', limit: 0.8, factor: 'bearing.factor' },
  ],
  counters: [{ name: 'running', state: 'hours', unit: 'h', about: 'Hours under load.' }],
  step(p, x, u, dtS) {
    const tool = u[1]! - 1;
    if (u[2] !== x[4]) x[tool] = 0;
    x[4] = u[2]!;
    const load = u[0]!;
    x[tool] = Math.min(1, x[tool]! + p[0]! * p[1]! * zoneRate(x[tool]!) * load * dtS);
    x[3] = Math.min(1, x[3]! + p[2]! * p[3]! * load * dtS);
    if (load > 0) x[5] = x[5]! + dtS / 3600;
  },
};

export interface Bench {
  readonly twin: Twin;
  readonly watch: WearWatch;
  readonly news: TwinNews[];
  /** Under a load, in steps of `dtS`. */
  run(load: number, seconds: number, dtS?: number): void;
  tool(n: number): void;
}

/** `fresh`: all of it is known to be new. */
export function newBench(overrides: Readonly<Record<string, number>> = {}, fresh = true): Bench {
  const twin = newTwin(wearing, parametersOf(wearing, overrides));
  const watch = newWearWatch(wearing);
  if (fresh) for (const { component } of wearing.wear!) replaceComponent(watch, twin, component);
  const news: TwinNews[] = [];
  watchWear(watch, twin, 1e-3, 0, news);
  return {
    twin,
    watch,
    news,
    tool: (n) => {
      twin.input[1] = n;
    },
    run(load, seconds, dtS = 60) {
      twin.input[0] = load;
      for (let at = 0; at < seconds; at += dtS) {
        wearing.step(twin.parameters, twin.state, twin.input, dtS, twin.output);
        watchWear(watch, twin, dtS, 0, news);
      }
    },
  };
}

export interface Random {
  uniform(): number;
  normal(): number;
  /** Mean 1 with this relative standard deviation, never negative. */
  gamma(relative: number): number;
}

/** mulberry32 */
export function newRandom(seed: number): Random {
  let a = seed * 0x9e3779b9;
  const uniform = () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return {
    uniform,
    normal,
    gamma: (relative) => Math.exp(relative * normal() - (relative * relative) / 2),
  };
}
