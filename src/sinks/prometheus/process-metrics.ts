// What prom-client knows of the Node process: CPU, memory, event loop, garbage collection.
// One registry for the process, made on first use: its observers cannot be taken down again.
import { collectDefaultMetrics, Registry } from 'prom-client';

// Gauges named like counters; promtool rejects them.
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

let registry: Registry | undefined;

export function processMetrics(): Registry {
  if (registry === undefined) {
    registry = new Registry();
    collectDefaultMetrics({ register: registry });
    for (const name of misnamed) registry.removeSingleMetric(name);
  }
  return registry;
}
