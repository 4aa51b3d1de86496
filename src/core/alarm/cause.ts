// Whose fault an alarm is: what the evidence says; where there is none, or it says nothing, what its kind says.
import { attribute } from '../attribute/attribute.ts';
import type { Attribution, Cause, Condition } from '../finding.ts';
import type { Scene } from './scene.ts';

/** Of kinds that leave little doubt. */
const usual: Readonly<Partial<Record<Condition['detector'], Cause>>> = {
  link: 'comms',
  silent: 'comms',
  stuck: 'sensor',
};

export function causeOf(
  { book, frame, detection }: Scene,
  c: number,
  row: number,
  raiseMs: number,
): Pick<Attribution, 'cause' | 'reasons'> {
  // Conditions that are not the detection's have left no evidence in it.
  const isSeen = detection.conditions === book.conditions;
  const found = isSeen ? attribute(detection, frame, c, row, raiseMs) : undefined;
  if (found !== undefined && found.cause !== 'unknown') return { cause: found.cause, reasons: found.reasons };
  return { cause: usual[book.conditions[c]!.detector] ?? 'unknown', reasons: found?.reasons ?? [] };
}
