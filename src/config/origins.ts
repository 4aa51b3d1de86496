// Where a tag comes from: its source, and the device behind it whose samples come together, so that one broken cable
// is told from four broken sensors. Pure.
import type { SignalOrigin } from '../core/detect/detection.ts';
import type { Config } from './schema.ts';
import { declaredTags } from './schema.ts';

/** Tags of one topic are of one device; what a source says nothing of is of one device, the source. */
export function originOf(source: string, tag: string, sources: Config['sources']): SignalOrigin {
  const config = Object.hasOwn(sources, source) ? sources[source] : undefined;
  if (config === undefined) return { source, device: '' };
  for (const { name, device } of declaredTags(config)) {
    if (device === undefined) continue;
    const captures = capturesOf(name, tag);
    if (captures !== undefined) return { source, device: filled(device, captures) };
  }
  return { source, device: '' };
}

/** What the braces of a template stand for in a tag; undefined when it is not of that template. */
function capturesOf(template: string, tag: string): ReadonlyMap<string, string> | undefined {
  const keys: string[] = [];
  const pattern = template
    .split(/(\{[^{}]*\})/)
    .map((text) => {
      if (!text.startsWith('{')) return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      keys.push(text);
      return '([^/]+)';
    })
    .join('');
  const match = new RegExp(`^${pattern}$`).exec(tag);
  return match === null ? undefined : new Map(keys.map((key, i) => [key, match[i + 1]!]));
}

function filled(device: string, captures: ReadonlyMap<string, string>): string {
  return device.replace(/\{[^{}]*\}/g, (key) => captures.get(key) ?? key);
}
