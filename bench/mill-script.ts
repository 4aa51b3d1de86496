// What the mill does in the benches: a part of four tools, tick by tick, and a rougher script that goes everywhere.
import { mill } from '../src/core/models/mill/index.ts';

export interface Row {
  readonly dtS: number;
  readonly input: Float64Array;
}

function rowOf(dtS: number, values: Readonly<Record<string, number>>): Row {
  for (const name of Object.keys(values)) {
    if (!mill.inputs.some((spec) => spec.name === name)) throw new Error(`the mill has no input ${name}`);
  }
  return { dtS, input: Float64Array.from(mill.inputs, (spec) => values[spec.name] ?? spec.initial) };
}

/** Ninety seconds at a tenth of a second: rapids, four cuts, the spindle up and down, three changes of tool. */
export function part(): Row[] {
  const rows: Row[] = [];
  let rpm = 0;
  const go = (seconds: number, target: number, values: Readonly<Record<string, number>>) => {
    for (let i = 0; i < seconds * 10; i++) {
      rpm += Math.min(105, Math.max(-105, target - rpm));
      rows.push(rowOf(0.1, { ...values, 'spindle.speed': rpm, 'machine.running': 1, 'ambient.temp': 22 }));
    }
  };
  const cuts = [
    [1, 4000, 1000, 2, 14, 40, 5],
    [2, 6000, 1200, 4, 6, 16, 3],
    [3, 8000, 2000, 8, 1.5, 12, 4],
    [4, 3000, 600, 3, 8, 10, 2],
  ] as const;
  for (const [number, target, feed, depth, width, diameter, teeth] of cuts) {
    const tool = { 'tool.number': number, 'tool.diameter': diameter, 'tool.teeth': teeth };
    go(1.5, 0, tool);
    go(4, target, { ...tool, 'axis.x.velocity': 0.3, 'axis.y.velocity': -0.1 });
    const v = feed / 60_000;
    go(6, target, {
      ...{ ...tool, 'axis.x.velocity': 0.8 * v, 'axis.y.velocity': 0.6 * v },
      ...{ 'cut.feed': feed, 'cut.depth': depth, 'cut.width': width },
    });
    go(3, target, { ...tool, 'axis.x.velocity': -0.3, 'axis.z.velocity': 0.1 });
    go(8, 0, tool);
  }
  return rows;
}

/** Steps of a millisecond to minutes, all flags, overload, exchanges of tools: every branch of the arithmetic. */
export function everywhere(count: number): Row[] {
  let seed = 12_345;
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const rows: Row[] = [];
  let [replaced, parts] = [7, 100];
  for (let i = 0; i < count; i++) {
    if (random() < 0.02) replaced++;
    if (random() < 0.05) parts++;
    const dtS = random() < 0.7 ? 0.1 : random() < 0.5 ? 0.001 + random() : random() * 90;
    rows.push(
      rowOf(dtS, {
        'axis.x.velocity': random() < 0.2 ? 0 : 3 * (random() - 0.5),
        'axis.y.velocity': random() < 0.2 ? 0 : random() - 0.5,
        'axis.z.velocity': random() < 0.5 ? 0 : random() - 0.5,
        'spindle.speed': random() < 0.15 ? 0 : 12_000 * (random() - 0.1),
        'cut.feed': random() < 0.1 ? 0 : 3000 * random(),
        'cut.depth': random() < 0.3 ? 0 : 8 * random(),
        'cut.width': 15 * random(),
        'ambient.temp': 15 + 20 * random(),
        'tool.number': Math.floor(30 * random()) - 2,
        'tool.diameter': 4 + 30 * random(),
        'tool.teeth': 1 + Math.floor(6 * random()),
        'tool.replaced': i < 20 ? -1 : replaced,
        'machine.on': random() < 0.03 ? 0 : 1,
        'machine.running': random() < 0.3 ? -1 : random() < 0.8 ? 1 : 0,
        'machine.held': random() < 0.03 ? 1 : 0,
        'machine.eStop': random() < 0.02 ? 1 : 0,
        'machine.alarm': random() < 0.02 ? 1 : 0,
        'machine.parts': i < count / 2 ? -1 : parts,
      }),
    );
  }
  return rows;
}
