// The MQTT source: joins the bus, the routes and the decoder. It keeps no timer and knows no connection.
// A lost broker ends what it said.

import { Quality } from '../../core/quality.ts';
import { excerptOf } from '../../formats/excerpt.ts';
import { type Standing, withStanding } from '../../formats/standing.ts';
import type { Bus, Feed, Log, Source } from '../../ports.ts';
import { createDecode } from './decode.ts';
import { createEarlyBox } from './early.ts';
import type { Outlet } from './message.ts';
import { compilePlan, type TopicPlan } from './plan.ts';
import { createRouteCache, type RouteCache } from './route.ts';
import type { MqttSourceConfig } from './schema.ts';

/** What was not taken is not acknowledged: whoever sent it with QoS 1 will send it again. */
const never = new Promise<void>(() => {});

/**
 * Subscribes at once, as the bus wants it before its start; what comes before `start` waits, within limits.
 * Below `ownRoot` the gateway itself publishes: a pattern as wide as "#" must not take its dead letters in
 * again, each of which would make another.
 */
export function createMqttSource(
  name: string,
  config: MqttSourceConfig,
  bus: Bus,
  log: Log,
  ownRoot?: string,
): Source {
  const own = ownRoot === undefined ? undefined : `${ownRoot}/`;
  const decode = createDecode(config);
  const early = createEarlyBox();
  let feed: (Feed & Standing) | undefined;
  let lostMs = Number.NEGATIVE_INFINITY;
  let stopped = false;

  const take = (routes: RouteCache, topic: string, payload: Uint8Array, retained: boolean, to: Feed) => {
    const route = routes.find(topic);
    if (route === undefined) to.reject('unmapped', excerptOf(topic, payload));
    else decode(route, payload, retained, retained ? asOf(lostMs, to) : to);
    return to.committed();
  };

  for (const { filter, qos, plans } of byFilter(config)) {
    const routes = createRouteCache(plans);
    bus.subscribe(filter, qos, (topic, payload, retained) => {
      if (own !== undefined && topic.startsWith(own)) return undefined;
      if (stopped) {
        feed?.reject('not_ready', excerptOf(topic, payload));
        return never;
      }
      if (feed === undefined) {
        return early.keep(payload, (to, bytes) => take(routes, topic, bytes, retained, to), topic);
      }
      return take(routes, topic, payload, retained, feed);
    });
  }

  bus.onLink((link) => {
    if (link === 'up' || stopped || feed === undefined) return;
    if (feed.lost(Quality.badNoCommunication)) lostMs = feed.nowMs();
  });

  return {
    name,
    async start(to) {
      feed = withStanding(to);
      const waited = early.release(feed);
      if (waited > 0)
        log.debug({ source: name, messages: waited }, 'took the messages that came before the start');
    },
    async stop() {
      stopped = true;
      early.discard();
    },
    health() {
      if (feed === undefined || stopped) return { link: 'stopped', reason: '' };
      return { link: bus.link, reason: bus.reason };
    },
  };
}

/** What the broker kept is known anew: at a time of before the loss it would lie before the Bad of the loss. */
function asOf(lostMs: number, feed: Feed): Outlet {
  const timeOf = (sourceMs: number) => (sourceMs <= lostMs ? Number.NaN : sourceMs);
  return {
    ...feed,
    push: (tag, value, quality, sourceMs) => feed.push(tag, value, quality, timeOf(sourceMs)),
    pushExact: (tag, value, quality, sourceMs) => feed.pushExact(tag, value, quality, timeOf(sourceMs)),
  };
}

interface Subscription {
  readonly filter: string;
  readonly qos: 0 | 1;
  readonly plans: readonly TopicPlan[];
}

/** Patterns that differ only in their captures share one subscription, or a broker would deliver twice. */
function byFilter(config: MqttSourceConfig): Subscription[] {
  const plans = config.topics.map(compilePlan);
  const groups = Map.groupBy(plans, (plan) => plan.pattern.filter);
  return [...groups].map(([filter, group]) => ({
    filter,
    qos: group.some((plan) => plan.qos === 1) ? 1 : 0,
    plans: group,
  }));
}
