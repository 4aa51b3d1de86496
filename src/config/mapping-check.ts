// What can be wrong where a tag feeds a signal: the tag, its unit, the ages, the kind and its policy. Pure.
import type { SignalSpec } from '../core/model.ts';
import { convertUnit } from '../core/unit.ts';
import type { Complaint } from './derived-check.ts';
import type { ExtraConfig, SignalConfig } from './machine.ts';
import { dotted, type Path } from './problem.ts';
import type { Config } from './schema.ts';
import { checkTag, unitText } from './tag-reference.ts';

/** `spec` is what the model says of the signal; undefined when it has none of that name. */
export function checkMapping(
  path: Path,
  entry: string | object,
  details: SignalConfig | ExtraConfig,
  spec: SignalSpec | undefined,
  sources: Config['sources'],
  unsure: boolean,
): Complaint[] {
  const found: Complaint[] = [];
  const complain = (at: Path, text: string) =>
    found.push({ path: at, which: 'value', text: `${dotted(path)}: ${text}` });
  if (details.missingMs < details.staleMs) {
    const text = `missingMs (${details.missingMs}) is shorter than staleMs (${details.staleMs}): a signal is stale first, then missing`;
    complain([...path, 'missingMs'], text);
  }
  const tagPath = typeof entry === 'string' ? path : [...path, 'tag'];
  const tag = checkTag(details.tag, sources, unsure);
  if (tag.text !== '') complain(tagPath, tag.text);
  const wanted = spec?.unit ?? '';
  const unit = wanted === '' ? '' : unitText(details.tag, tag.units, wanted);
  if (unit !== '') complain(tagPath, unit);
  const units = wanted === '' ? tag.units : [wanted];
  const kind = kindText(details, tag.stepped ? { kind: 'enum' } : spec, units);
  if (kind !== undefined) complain([...path, kind.key], kind.text);
  return found;
}

function kindText(
  details: SignalConfig | ExtraConfig,
  spec: Pick<SignalSpec, 'kind' | 'period'> | undefined,
  units: readonly string[],
) {
  const kind = details.kind ?? spec?.kind ?? 'number';
  if (kind === 'enum' && details.align === 'linear') {
    const text =
      'an enum is never interpolated: there is nothing between two states; write hold, previous or nearest';
    return { key: 'align', text };
  }
  if (kind === 'angle') {
    const known = details.period !== undefined || spec?.period !== undefined || units.some(isAngle);
    if (known) return undefined;
    return { key: 'kind', text: 'an angle needs its period, such as 360, unless its unit is deg or rad' };
  }
  if (details.period !== undefined)
    return { key: 'period', text: `only an angle has a period, this is ${word(kind)}` };
  if (details.from !== undefined)
    return { key: 'from', text: `only an angle has a from, this is ${word(kind)}` };
  return undefined;
}

function isAngle(unit: string): boolean {
  return convertUnit(unit, 'deg') !== undefined;
}

function word(kind: 'number' | 'enum'): string {
  return kind === 'enum' ? 'an enum' : 'a number (write kind: angle)';
}
