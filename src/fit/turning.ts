// An axis that turns is fitted as one that moves straight, with radians for metres: this puts its answer into the
// words of turning.
import type { FitAnswer } from '../core/fit/fit.ts';

const words: readonly (readonly [RegExp, string])[] = [
  [/\bmoved mass\b/g, 'moment of inertia'],
  [/\bmass\b/g, 'inertia'],
  [/\bforcePerAmpere\b/g, 'torquePerAmpere'],
  [/\bforce\b/g, 'torque'],
  [/\bkg\b/g, 'kg·m²'],
  [/\bkilograms\b/g, 'kilogram square metres'],
  [/\bN\b(?!m)/g, 'Nm'],
  [/\bnewtons\b/g, 'newton metres'],
  [/\bm\/s²/g, 'rad/s²'],
  [/\bm\/s\b/g, 'rad/s'],
];

export function turned(answer: FitAnswer): FitAnswer {
  return {
    ...answer,
    model: turnedText(answer.model),
    parameters: answer.parameters.map((parameter) => ({
      ...parameter,
      name: turnedText(parameter.name),
      unit: turnedText(parameter.unit),
      about: turnedText(parameter.about),
    })),
    traces: answer.traces.map((trace) => ({
      ...trace,
      output: turnedText(trace.output),
      unit: turnedText(trace.unit),
    })),
    warnings: answer.warnings.map(turnedText),
    notes: answer.notes.map(turnedText),
  };
}

function turnedText(text: string): string {
  return words.reduce((said, [from, to]) => said.replace(from, to), text);
}
