// How many thermal nodes the data ask for: the fewest that predict what was not learnt from as well as more would;
// where nothing was kept back, those with the least BIC.
import type { FitAnswer } from './fit.ts';

/** `answers` by number of nodes, over the same record. */
export function chooseNodes<T extends FitAnswer>(answers: readonly T[]): { answer: T; by: string } {
  const misses = answers.map(({ traces }) =>
    traces.reduce((sum, { validation }) => sum + (validation?.nrmseStd ?? Number.NaN) ** 2, 0),
  );
  if (misses.every(Number.isFinite)) {
    const least = Math.min(...misses);
    const best = misses.findIndex((miss) => miss <= least * 1.02 ** 2);
    return { answer: answers[best]!, by: 'validation data' };
  }
  // The richest one leaves the least of what is not noise: how much a row is worth is judged by its residuals.
  const worth = answers.at(-1)!.traces.map(worthOf);
  const total = worth.reduce((sum, rows) => sum + rows, 0);
  const bic = answers.map(({ traces, parameters }) => {
    const wanted = parameters.filter(({ known, name }) => !known && !name.startsWith('timeConstant')).length;
    const spread = traces.reduce((sum, { fit }, k) => sum + 2 * worth[k]! * Math.log(fit.rmse || 1e-12), 0);
    return spread + wanted * Math.log(Math.max(2, total));
  });
  return { answer: answers[bic.indexOf(Math.min(...bic))]!, by: 'BIC' };
}

/** Rows that say as much, if they were independent of each other. */
function worthOf({ measured, predicted }: FitAnswer['traces'][number]): number {
  let count = 0;
  let square = 0;
  let product = 0;
  let before = 0;
  for (let row = 0; row < measured.length; row++) {
    const miss = measured[row]! - predicted[row]!;
    if (!Number.isFinite(miss)) continue;
    count++;
    square += miss * miss;
    product += miss * before;
    before = miss;
  }
  const rho = Math.min(0.999, Math.max(0, square > 0 ? product / square : 0));
  return (count * (1 - rho)) / (1 + rho);
}
