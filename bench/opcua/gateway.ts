// The gateway beside it: the same items through source, feed, inbox and step, ten of them into a machine.
// `fork(gateway.ts, [items, url, state dir, thread])`; answers every message with what it has done since the last one.
import { type Config, configSchema } from '../../src/config/schema.ts';
import { createGateway } from '../../src/gateway.ts';
import { createLog } from '../../src/runtime/log.ts';

const [items = '5000', url = '', dir = '.', thread] = process.argv.slice(2);
const bucketMs = 1;
const buckets = 5000;

const fed = ['axis.x.velocity', 'axis.y.velocity', 'axis.z.velocity', 'spindle.speed', 'cut.feed'];
const config: Config = configSchema.parse({
  version: 1,
  site: 'bench',
  broker: { port: 0 },
  metrics: { port: 0 },
  loop: { inboxSamples: 262_144 },
  sources: {
    cnc: {
      type: 'opcua',
      url,
      publishingMs: 50,
      samplingMs: 0,
      thread,
      security: { mode: 'None', allowNone: true },
      tags: Object.fromEntries(
        Array.from({ length: Number(items) }, (_, i) => [`v${i}`, `nsu=urn:gemel:bench;s=V${i}`]),
      ),
    },
  },
  machines: {
    mill: {
      model: 'mill',
      lagMs: 200,
      signals: Object.fromEntries(fed.map((signal, i) => [signal, `cnc/v${i}`])),
    },
  },
});

/** Samples by how long after their source time the frame they belong to was made. */
let ages = new Uint32Array(buckets);
let changes = 0;
let latenessMs: number[] = [];

const gateway = createGateway({
  config,
  stateDir: dir,
  version: 'bench',
  log: createLog({ level: 'warn' }),
  onBatch(_tick, samples) {
    const nowMs = Date.now();
    changes += samples.length;
    for (let i = 0; i < samples.length; i++) {
      const age = Math.floor((nowMs - samples.rawMs[i]!) / bucketMs);
      ages[Math.min(buckets - 1, Math.max(0, age))]!++;
    }
  },
  onTick: ({ latenessMs: late }) => void latenessMs.push(late),
});

const over = new AbortController();
process.on('message', () => {
  latenessMs.sort((a, b) => a - b);
  const at = (share: number) => latenessMs[Math.floor(latenessMs.length * share)] ?? Number.NaN;
  process.send!({
    changes,
    ageP50Ms: quantile(0.5),
    ageP99Ms: quantile(0.99),
    lateP99Ms: at(0.99),
    up: gateway.health().sources[0]?.link === 'up',
  });
  ages = new Uint32Array(buckets);
  latenessMs = [];
});
process.on('disconnect', () => process.exit(0));
process.send!({ ready: true });
await gateway.run(over.signal);

function quantile(share: number): number {
  let total = 0;
  for (const count of ages) total += count;
  let seen = 0;
  for (let bucket = 0; bucket < buckets; bucket++) {
    seen += ages[bucket]!;
    if (seen >= total * share) return bucket * bucketMs;
  }
  return Number.NaN;
}
