// From a concrete topic to everything its messages need: the hot path is one Map lookup.
// The cache is bounded, since topic names come from outside.
import type { TagSpec } from '../../core/sample.ts';
import { convertUnit } from '../../core/unit.ts';
import type { FieldPlan, TopicPlan } from './plan.ts';
import { newSequenceWindow, type SequenceWindow } from './sequence.ts';
import { fillTemplate } from './topic.ts';

export interface Route {
  readonly topic: string;
  readonly plan: TopicPlan;
  readonly specs: readonly TagSpec[];
  /** By field: the feed's index, -1 when it has too many, `unasked` before the first use. */
  readonly tags: Int32Array;
  readonly window: SequenceWindow;
  /** By field: the unit last stated, and how it converts. */
  readonly stated: (string | undefined)[];
  readonly unitScale: Float64Array;
  readonly unitOffset: Float64Array;
}

export const unasked = -2;

export interface RouteCache {
  /** Undefined when the topic is none of ours. */
  find(topic: string): Route | undefined;
  readonly size: number;
}

/** The first plan whose pattern takes the topic has it. */
export function createRouteCache(plans: readonly TopicPlan[], capacity = 10_000): RouteCache {
  const routes = new Map<string, Route>();
  return {
    get size() {
      return routes.size;
    },
    find(topic) {
      const known = routes.get(topic);
      if (known !== undefined) return known;
      const route = newRoute(plans, topic);
      if (route === undefined) return undefined;
      if (routes.size >= capacity) {
        // The oldest made, not the least used: a hit must not cost a write.
        for (const oldest of routes.keys()) {
          routes.delete(oldest);
          break;
        }
      }
      routes.set(topic, route);
      return route;
    },
  };
}

/** Whether a payload's unit can be taken (none stated: the declared one); the route then converts from it. */
export function stateUnit(route: Route, field: number, stated: unknown): boolean {
  if (stated === route.stated[field]) return true;
  const { unit } = route.plan.fields[field]!;
  if (stated !== undefined && typeof stated !== 'string') return false;
  const conversion = convertUnit(stated ?? unit, unit);
  if (conversion === undefined) return false;
  route.stated[field] = stated;
  route.unitScale[field] = conversion.scale;
  route.unitOffset[field] = conversion.offset;
  return true;
}

function newRoute(plans: readonly TopicPlan[], topic: string): Route | undefined {
  for (const plan of plans) {
    const texts = plan.pattern.match(topic);
    if (texts === undefined) continue;
    const { length } = plan.fields;
    return {
      topic,
      plan,
      specs: plan.fields.map((field) => specOf(field, plan, topic, texts)),
      tags: new Int32Array(length).fill(unasked),
      window: newSequenceWindow(),
      stated: new Array<string | undefined>(length).fill(undefined),
      unitScale: new Float64Array(length).fill(1),
      unitOffset: new Float64Array(length),
    };
  }
  return undefined;
}

function specOf(field: FieldPlan, plan: TopicPlan, topic: string, texts: readonly string[]): TagSpec {
  const { captures } = plan.pattern;
  const { time } = plan;
  const spec = { ...field.spec, name: fillTemplate(field.tag, captures, texts) };
  if (time === undefined) return spec;
  const clock = time.clock === undefined ? topic : fillTemplate(time.clock, captures, texts);
  return { ...spec, clock };
}
