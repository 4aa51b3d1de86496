// A chart of what is new in each value: what cusum and change-point have in common. Each judges a column in its own way,
// from `novelty.past.sigmas`.
import { type Chart, closeVerdict, skipColumn, waitFor } from './chart.ts';
import { innovationParts, recallChart, rememberChart } from './chart-memory.ts';
import type { Detector, Verdict, View } from './detector.ts';
import { newInnovations } from './innovation.ts';
import { openMode } from './memory.ts';
import { findNovelty, type Novelty, openView, takeValue } from './novelty.ts';

interface NoveltyChart {
  readonly chart: Chart;
  readonly novelty: Novelty;
}

export function observeNovelty<State extends NoveltyChart>(
  state: State,
  view: View,
  verdict: Verdict,
  judge: (state: State, verdict: Verdict, column: number) => void,
): void {
  const { chart, novelty } = state;
  const known = openView(chart, novelty, view);
  for (let c = 0; c < chart.columns; c++) {
    if (chart.watched[c] === 0) {
      skipColumn(verdict, c);
      continue;
    }
    if (known && takeValue(chart, novelty, view, c)) {
      findNovelty(chart, novelty, c);
      judge(state, verdict, c);
    } else waitFor(chart, view, verdict, c);
  }
  closeVerdict(verdict, chart.columns);
}

type Memory = Required<Pick<Detector<NoveltyChart, unknown>, 'remember' | 'recall'>>;

export const noveltyMemory: Memory = {
  remember: ({ chart, novelty }) =>
    rememberChart(chart, (mode) => {
      const known = novelty.byMode[mode];
      return known && innovationParts(known);
    }),
  recall({ chart, novelty }, memory) {
    recallChart(chart, memory, (mode) =>
      innovationParts(openMode(novelty.byMode, mode, () => newInnovations(chart.columns))),
    );
  },
};
