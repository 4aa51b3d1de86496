// What of a model can be learnt together, for people who have not yet said which.
import type { Model } from '../core/model.ts';
import { plain } from './digits.ts';

/** `own`: what the configuration has instead of the model's values. */
export function groupsText(machine: string, model: Model, own: Readonly<Record<string, number>>): string {
  const lines = (model.calibration ?? []).flatMap(({ name, outputs, parameters, when = [] }) => [
    '',
    `--group ${name}   learns from ${outputs.join(', ')}${when.map(rangeText).join('')}`,
    ...parameters.map((parameter) => {
      const spec = model.parameters.find((one) => one.name === parameter)!;
      const value = own[parameter] ?? spec.value;
      const cells = `${parameter.padEnd(24)} ${plain(value, 6).padStart(10)} ${spec.unit.padEnd(8)}`;
      return `  ${cells} ${plain(spec.min, 6)} to ${plain(spec.max, 6)}: ${spec.about}`;
    }),
  ]);
  const head = `${machine} is a ${model.id}. Say with --group what of it is to be learnt:`;
  return `${[lines.length === 0 ? `${machine} is a ${model.id}, which has nothing to be learnt` : head, ...lines].join('\n')}\n`;
}

function rangeText(range: { input: string; atLeast?: number; atMost?: number }): string {
  const { input, atLeast, atMost } = range;
  if (atLeast !== undefined && atMost !== undefined) return `, ${input} from ${atLeast} to ${atMost}`;
  return atLeast === undefined ? `, ${input} up to ${atMost}` : `, ${input} from ${atLeast}`;
}
