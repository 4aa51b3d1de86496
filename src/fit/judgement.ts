// What the figures of a fit say to whoever does not read figures: that it explains little, or tells the unseen badly.
import type { FitAnswer, FitTrace } from '../core/fit/fit.ts';
import { plain } from './digits.ts';

/** Less of the variance explained than this is hardly a model. */
const explainedMin = 0.5;
/** So many times the error on unseen data is another machine, or learnt by heart. */
const worseMax = 2;
const samplesMin = 10;

export function judged<T extends FitAnswer>(answer: T): T {
  const more = answer.traces.flatMap(judge);
  return more.length === 0 ? answer : { ...answer, warnings: [...answer.warnings, ...more] };
}

function judge({ output, unit, fit, validation }: FitTrace): string[] {
  const said: string[] = [];
  if (fit.r2 < explainedMin) {
    const share = fit.r2 <= 0 ? 'nothing' : `${Math.round(fit.r2 * 100)} %`;
    said.push(
      `the model explains ${share} of how ${output} varies (R² ${plain(fit.r2, 3)}): are these the right columns, units and signs?`,
    );
  }
  if (validation !== undefined && validation.samples >= samplesMin && validation.rmse > worseMax * fit.rmse) {
    const times = plain(validation.rmse / fit.rmse, 2);
    said.push(
      `${output} is told ${times} times worse on unseen data (${`${plain(validation.rmse, 3)} ${unit}`.trim()} against ${plain(fit.rmse, 3)}): another state of the machine, or too little to learn from`,
    );
  }
  return said;
}
