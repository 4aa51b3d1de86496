// The parameters of a fit by the names that a model has for them.
import type { FittedParameter } from '../core/fit/fit.ts';
import { plain } from './digits.ts';
import type { NamedValue, Naming } from './fitted.ts';

export function nameParts(as: string): string[] {
  return as.split(',').map((part) => part.trim());
}

/** `nameOf` says undefined of what the model has no parameter for. */
export function namingOf(
  parameters: readonly FittedParameter[],
  nameOf: (name: string) => string | undefined,
): Naming {
  const values: NamedValue[] = [];
  const left: string[] = [];
  for (const { name, value, unit, low95, high95, known } of parameters) {
    const called = nameOf(name);
    if (called !== undefined && called !== '')
      values.push({ name: called, value, unit, low95, high95, known });
    else left.push(`${name}: ${plain(value, 6)} ${unit} has no place there`);
  }
  return { values, left };
}
