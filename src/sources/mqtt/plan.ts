// One topic entry of the configuration, compiled: everything about it that does not depend on a message.
import type { TagSpec } from '../../core/sample.ts';
import type { JsonObject } from '../../formats/json.ts';
import { checkTag, tagSpecOf } from '../../formats/tag.ts';
import { type TimeFormat, zoneMinutes } from '../../formats/time.ts';
import type { ValueRule } from '../../formats/value.ts';
import type { MqttFieldConfig, MqttTopicConfig } from './schema.ts';
import { compileTopic, type TopicPattern } from './topic.ts';

/** Where a value stands in an object. */
export interface Path {
  readonly text: string;
  /** The steps of a dotted path; undefined when it has no dots. */
  readonly steps: readonly string[] | undefined;
}

export interface FieldPlan extends ValueRule {
  readonly path: Path;
  readonly tag: string;
  readonly unit: string;
  readonly unitPath: Path | undefined;
  readonly scale: number;
  readonly offset: number;
  /** Named after the captures of a topic. */
  readonly spec: TagSpec;
  /** A plain number takes the short way: no unit to look up, no array, no words. */
  readonly plain: boolean;
}

export interface QualityPlan {
  readonly path: Path;
  readonly good: ReadonlySet<unknown>;
  readonly uncertain: ReadonlySet<unknown>;
}

export interface TimePlan {
  readonly path: Path;
  readonly format: TimeFormat;
  readonly zoneMin: number;
  /** Named after the captures of a topic; undefined: after the topic. */
  readonly clock: string | undefined;
}

export interface TopicPlan {
  readonly pattern: TopicPattern;
  readonly qos: 0 | 1;
  readonly payload: MqttTopicConfig['payload'];
  readonly items: Path | undefined;
  readonly time: TimePlan | undefined;
  readonly periodPath: Path | undefined;
  readonly periodMs: number;
  readonly anchorLast: boolean;
  readonly sequence: Path | undefined;
  readonly quality: QualityPlan | undefined;
  readonly fields: readonly FieldPlan[];
}

/** The schema has checked what could be wrong with it. */
export function compilePlan(config: MqttTopicConfig): TopicPlan {
  const pattern = compileTopic(config.topic);
  const { time, quality } = config;
  return {
    pattern,
    qos: config.qos,
    payload: config.payload,
    items: optionalPath(config.items),
    time: time && {
      path: compilePath(time.field),
      format: time.format,
      zoneMin: zoneMinutes(time.zone),
      clock: time.clock,
    },
    periodPath: optionalPath(config.periodField),
    periodMs: config.periodMs ?? Number.NaN,
    anchorLast: config.anchor === 'last',
    sequence: optionalPath(config.sequence),
    quality: quality && {
      path: compilePath(quality.field),
      good: new Set<unknown>(quality.good),
      uncertain: new Set<unknown>(quality.uncertain),
    },
    fields: compileFields(config),
  };
}

/** The value at a path, or undefined. A key with dots in it is tried before they go deeper. */
export function lookup(object: JsonObject, path: Path): unknown {
  const value = object[path.text];
  if (path.steps === undefined || value !== undefined) {
    // JSON has no functions: this one is inherited ("constructor"), so the payload has no such field.
    return typeof value === 'function' ? undefined : value;
  }
  let inner: unknown = object;
  for (const step of path.steps) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, step)) return undefined;
    inner = (inner as JsonObject)[step];
  }
  return inner;
}

function compileFields(config: MqttTopicConfig): FieldPlan[] {
  if (config.payload === 'number') {
    const tag = config.value?.tag ?? config.tag ?? '';
    return [compileField('', { ...config.value, tag }, config)];
  }
  return Object.entries(config.fields ?? {}).map(([path, field]) =>
    compileField(path, typeof field === 'string' ? { tag: field } : field, config),
  );
}

function compileField(
  path: string,
  field: Partial<MqttFieldConfig> & { tag: string },
  { payload, time }: MqttTopicConfig,
): FieldPlan {
  const { tag, kind = 'number', unit = '', unitField, coerce = false, index = 0, length } = field;
  const inArray = payload !== 'statistics' && (field.index !== undefined || length !== undefined);
  const words = field.enum && new Map(Object.entries(field.enum));
  checkTag(tag, field);
  return {
    path: compilePath(path),
    tag,
    kind,
    unit,
    unitPath: optionalPath(unitField),
    words,
    coerce,
    inArray,
    index,
    length,
    scale: field.scale ?? 1,
    offset: field.offset ?? 0,
    spec: tagSpecOf(tag, field, time?.trusted),
    plain: kind === 'number' && unitField === undefined && !inArray,
  };
}

function optionalPath(text: string | undefined): Path | undefined {
  return text === undefined ? undefined : compilePath(text);
}

function compilePath(text: string): Path {
  const steps = text.split('.');
  return { text, steps: steps.length > 1 ? steps : undefined };
}
