// The tags of a source as its configuration names them, in a fixed order, and the monitored items that feed
// them: tags that ask the same of the same node share an item.
import type { TagSpec } from '../../core/sample.ts';
import { tagSpecOf } from '../../formats/tag.ts';
import type { PathStep } from './items/browse-path.ts';
import { parseBrowsePath } from './items/browse-path.ts';
import type { OpcuaSourceConfig } from './schema.ts';
import { detailsOf } from './tag-schema.ts';
import { newTagRule, type TagRule } from './values/decode.ts';

export type Deadband = { readonly absolute: number } | { readonly percent: number };

export interface PlannedTag {
  readonly spec: TagSpec;
  readonly rule: TagRule;
}

/** What is asked of the server; its place in the plan is its handle in every session. */
export interface PlannedItem {
  /** As it was written: for people. */
  readonly place: string;
  /** Set when the place is a browse path. */
  readonly path: readonly PathStep[] | undefined;
  readonly samplingMs: number;
  readonly queueSize: number;
  readonly deadband: Deadband | undefined;
  /** A tag wants a member of a structure. */
  readonly structured: boolean;
  /** Indexes into the tags. */
  readonly tags: readonly number[];
}

export interface TagPlan {
  readonly tags: readonly PlannedTag[];
  readonly items: readonly PlannedItem[];
}

export function planTags(config: OpcuaSourceConfig): TagPlan {
  const tags: PlannedTag[] = [];
  const items = new Map<string, PlannedItem & { structured: boolean; tags: number[] }>();
  for (const [name, entry] of Object.entries(config.tags)) {
    const details = detailsOf(entry);
    const index =
      tags.push({ spec: tagSpecOf(name, details, config.time.trusted), rule: newTagRule(details) }) - 1;
    const { samplingMs = config.samplingMs, deadband } = details;
    const { queueSize = queueFor(config.publishingMs, samplingMs) } = details;
    const place = details.path ?? details.node!;
    const key = JSON.stringify([place, samplingMs, queueSize, deadband]);
    let item = items.get(key);
    if (item === undefined) {
      const path = details.path === undefined ? undefined : stepsOf(details.path);
      item = { place, path, samplingMs, queueSize, deadband, structured: false, tags: [] };
      items.set(key, item);
    }
    item.structured ||= details.field !== undefined;
    item.tags.push(index);
  }
  return { tags, items: [...items.values()] };
}

/** Room for two publishing intervals and a late answer. */
function queueFor(publishingMs: number, samplingMs: number): number {
  return Math.max(10, Math.ceil((3 * publishingMs) / Math.max(samplingMs, 1)));
}

function stepsOf(path: string): readonly PathStep[] {
  const steps = parseBrowsePath(path);
  return typeof steps === 'string' ? [] : steps;
}
