// What is said when a tag begins to speak in another unit, and when it is back. Once a change, not a sample.
import type { JumpWatch } from '../core/jump.ts';
import type { TagSpec } from '../core/sample.ts';
import type { GatewayEvent } from '../ports/event.ts';

export function tellUnitChange(
  source: string,
  spec: TagSpec,
  jump: JumpWatch,
  value: number,
  timeMs: number,
): GatewayEvent {
  const tag = `${source}/${spec.name}`;
  const unit = spec.unit === '' ? '' : ` ${spec.unit}`;
  const { suspect, from } = jump;
  if (suspect === undefined) {
    const text = `${tag} is back in its unit at ${round(value)}${unit}, and believed again`;
    return { kind: 'unit-changed', source, timeMs, text, details: { tag: spec.name, value: round(value) } };
  }
  const factor = `x ${round(suspect.scale)}${suspect.offset === 0 ? '' : ` + ${round(suspect.offset)}`}`;
  const text =
    `${tag} went from ${round(from)}${unit} to ${round(value)} at once, as from one unit to another ` +
    `(${factor}): Uncertain until it is back`;
  const details = { tag: spec.name, before: round(from), value: round(value), scale: round(suspect.scale) };
  return { kind: 'unit-changed', source, timeMs, text, details };
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
