// What was heard, as JSON: each message is parsed once, however often a test that waits looks at it.
import type { Heard } from '../broker/fixture.ts';

const bodies = new WeakMap<Heard, unknown>();

export function bodyOf<T>(message: Heard): T {
  if (!bodies.has(message)) bodies.set(message, JSON.parse(message.payload));
  return bodies.get(message) as T;
}

/** All of a topic. */
export function bodiesOf<T>(heard: readonly Heard[], topic: string): T[] {
  return heard.filter((message) => message.topic === topic).map((message) => bodyOf<T>(message));
}

/** The last of a topic. */
export function lastOf<T>(heard: readonly Heard[], topic: string): T | undefined {
  const found = heard.findLast((message) => message.topic === topic);
  return found === undefined ? undefined : bodyOf<T>(found);
}
