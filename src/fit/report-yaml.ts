// A fit as the part of a configuration that takes it over: ready to paste under machines.<id>.
import { printable } from '../formats/excerpt.ts';
import { plain, withInterval } from './digits.ts';
import type { Fitted, NamedValue } from './fitted.ts';

export function reportYaml({ kind, file, answer, naming }: Fitted): string {
  const values: readonly NamedValue[] = naming?.values ?? answer.parameters;
  const [trace] = answer.traces;
  const judged = trace?.validation ?? trace?.fit;
  const how =
    judged === undefined
      ? ''
      : `, ${plain(judged.rmse, 3)} ${trace!.unit} RMSE on ${trace!.validation === undefined ? 'what it learnt from' : 'unseen data'}`;
  const width = Math.max(...values.map(({ name, value }) => `${name}: ${plain(value, 6)}`.length), 0);
  return (
    [
      `# gemel fit ${kind} of ${file}${how}`,
      ...(answer.converged ? [] : ['# IT DID NOT SETTLE: do not use these values']),
      'parameters:',
      ...values.map(({ name, value, unit, low95, high95, known, remark }) => {
        const entry = `${name}: ${plain(value, 6)}`.padEnd(width);
        const size = known ? (remark ?? 'known') : withInterval(value, low95, high95);
        const said = known ? `${size}, ${unit}` : [`${size} ${unit}`, remark].filter(Boolean).join(', ');
        return `  ${entry}  # ${said}`.trimEnd();
      }),
      ...(naming?.left ?? []).map((text) => `# ${text}`),
      ...answer.warnings.map((text) => `# warning: ${text}`),
      '',
    ]
      // A name with a line end in it would go on as YAML.
      .map(printable)
      .join('\n')
  );
}
