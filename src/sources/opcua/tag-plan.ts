// The tags of a source as its configuration names them, in a fixed order: a tag's place is its handle.
import type { TagSpec } from '../../core/sample.ts';
import type { TagRule } from './decode.ts';
import type { OpcuaSourceConfig } from './schema.ts';

export interface PlannedTag {
  readonly node: string;
  readonly spec: TagSpec;
  readonly rule: TagRule;
}

export function planTags(config: OpcuaSourceConfig): PlannedTag[] {
  return Object.entries(config.tags).map(([name, entry]) => {
    if (typeof entry === 'string') {
      const spec: TagSpec = { name, unit: '', kind: 'number' };
      return { node: entry, spec, rule: { kind: 'number', scale: 1, offset: 0 } };
    }
    const { node, unit, kind, scale, offset, min, max, slewPerS } = entry;
    const limits = {
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
      ...(slewPerS === undefined ? {} : { slewPerS }),
    };
    return { node, spec: { name, unit, kind, ...limits }, rule: { kind, scale, offset } };
  });
}
