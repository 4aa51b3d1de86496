// What a chart remembers over a restart: of each mode and column that it knows what was usual and what its statistic is
// made from. A column that was still learning begins anew.
import { type Chart, newUsual, type Usual } from './chart.ts';
import type { Innovations } from './innovation.ts';
import { keyOf, listOf, openMode, type Part, takeList } from './memory.ts';
import type { Middle } from './middle.ts';

export const usualParts = ({ ratios, widened, seen, nextLook }: Usual): Part[] => [
  { sizes: ratios },
  { numbers: widened, each: 1 },
  { numbers: seen, each: 1 },
  { numbers: nextLook, each: 1 },
];

/** Without the sums: what comes after a restart is added up anew, and until it is much the coefficients stay. */
export const innovationParts = (known: Innovations): Part[] => [
  { numbers: known.about, each: 1 },
  { numbers: known.unit, each: 1 },
  { numbers: known.coefficients, each: known.coefficients.length / known.about.length },
  { numbers: known.seen, each: 1 },
  { numbers: known.nextFit, each: 1 },
  { sizes: known.sizes },
  { numbers: known.sigma, each: 1 },
];

export const middleParts = (known: Middle): Part[] => [
  { numbers: known.median, each: 1 },
  { numbers: known.home, each: 1 },
  { numbers: known.sigma, each: 1 },
  { numbers: known.step, each: 1 },
  { numbers: known.reach, each: 1 },
  { numbers: known.reachInRow, each: 1 },
  { sizes: known.sizes },
  { numbers: known.seen, each: 1 },
  { numbers: known.nextLook, each: 1 },
  { numbers: known.swings, each: 1 },
  { numbers: known.since, each: 1 },
  { numbers: known.longest, each: 1 },
];

/** `partsOf` a mode: beside what was usual; undefined for one that has not been seen. */
export function rememberChart(
  chart: Chart,
  partsOf: (mode: number) => readonly Part[] | undefined,
): Record<string, number[]> {
  const memory: Record<string, number[]> = {};
  chart.usual.forEach((usual, mode) => {
    const parts = partsOf(mode);
    if (usual === undefined || parts === undefined) return;
    const all = [...usualParts(usual), ...parts];
    for (let c = 0; c < chart.columns; c++) {
      if (chart.watched[c] === 0 || usual.seen[c]! < chart.learning.needViews) continue;
      const list = listOf(all, c);
      if (list !== undefined) memory[keyOf(mode, c)] = [chart.twinned[c]!, ...list];
    }
  });
  return memory;
}

/** `openParts` makes what a mode needs, as `partsOf` above has it. */
export function recallChart(
  chart: Chart,
  memory: Readonly<Record<string, readonly number[]>>,
  openParts: (mode: number) => readonly Part[],
): void {
  chart.usual.forEach((_, mode) => {
    for (let c = 0; c < chart.columns; c++) {
      const list = memory[keyOf(mode, c)];
      if (list === undefined || chart.watched[c] === 0) continue;
      if (list[0] !== 0 && list[0] !== 1) continue;
      const usual = openMode(chart.usual, mode, () => newUsual(chart.columns));
      if (takeList([...usualParts(usual), ...openParts(mode)], c, list.slice(1))) chart.twinned[c] = list[0];
    }
  });
}
