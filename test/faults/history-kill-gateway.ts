// A gateway in a process of its own, to be killed at any moment: with the embedded broker, one MQTT source and the
// history. Says when it is ready. `early` has it acknowledge before the commit: the control.
import { configSchema } from '../../src/config/schema.ts';
import { createGateway } from '../../src/gateway.ts';
import { createLog } from '../../src/runtime/log.ts';

const [stateDir = '', port = '', mode = ''] = process.argv.slice(2);
const config = configSchema.parse({
  version: 1,
  site: 'kill',
  log: { level: 'warn' },
  broker: { port: Number(port) },
  metrics: { enabled: false },
  history: { ballastMb: 0 },
  sources: {
    shop: {
      type: 'mqtt',
      topics: [{ topic: 'shop/{device}', time: { field: 't', format: 'ms' }, fields: { v: '{device}/v' } }],
    },
  },
});
const ending = new AbortController();
process.on('SIGTERM', () => ending.abort());
process.on('disconnect', () => process.exit(1));
const gateway = createGateway({
  ...{ config, stateDir, version: '0', log: createLog(config.log) },
  // What waits is brought into blocks within a fraction of a second, so that a kill comes upon that too.
  history: {
    tuning: { acknowledgeEarly: mode === 'early' },
    compact: { waitMs: 100, samplesPerTag: 16, samplesMin: 64 },
  },
});
const running = gateway.run(ending.signal);
const look = setInterval(() => {
  if (!gateway.health().sources.every(({ link }) => link === 'up') || gateway.core.lastTick < 0) return;
  clearInterval(look);
  process.send?.('ready');
}, 5);
await running;
process.exit(0);
