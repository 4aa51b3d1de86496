// An embedded broker in a process of its own, to be killed. Says its port, and tallies on request.
import { createEmbeddedBroker } from '../../src/broker/embedded.ts';
import { embeddedBrokerSchema } from '../../src/broker/schema.ts';

const [stateDir = '', port = '0'] = process.argv.slice(2);
const say = (level: string) => (fields: object, message: string) =>
  process.stderr.write(`${level} ${message} ${JSON.stringify(fields)}\n`);
const broker = createEmbeddedBroker(embeddedBrokerSchema.parse({ port: Number(port) }), {
  stateDir,
  log: { debug: () => {}, info: () => {}, warn: say('warn'), error: say('error') },
  clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
});
await broker.start();
process.send?.({ port: broker.address.port });
process.on('disconnect', () => process.exit(0));
