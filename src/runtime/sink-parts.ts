// The sinks among the parts that are started and stopped in order.
import type { Sink, SinkContext } from '../ports.ts';
import type { Part } from './lifecycle.ts';

export function sinkParts(sinks: readonly Sink[], context: SinkContext): Part[] {
  return sinks.map((sink) => ({
    name: `sink ${sink.name}`,
    start: () => sink.start(context),
    stop: () => sink.stop(),
  }));
}
