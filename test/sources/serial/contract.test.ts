// The contract every source keeps, over a TCP line: a pty cannot be had with Node alone (test/interop has one).
import { serialSourceSchema } from '../../../src/sources/serial/schema.ts';
import { createSerialSource } from '../../../src/sources/serial/source.ts';
import { freePort } from '../../ports.ts';
import { keptLog } from '../../silent-log.ts';
import { sourceSuite } from '../../suites/source.suite.ts';
import { type LineServer, startLineServer } from './line-server.ts';

sourceSuite('serial', async () => {
  const port = await freePort();
  const config = serialSourceSchema.parse({
    type: 'serial',
    path: `tcp://127.0.0.1:${port}`,
    columns: ['t', 'x'],
    time: { field: 't', format: 'millis' },
    fields: { x: 'x' },
  });
  const clock = { monotonicMs: () => performance.now() };
  let server: LineServer | undefined;
  let produced = 0;
  return {
    create: () => createSerialSource('imu', config, { log: keptLog(), clock }),
    async connect() {
      server = await startLineServer(port);
    },
    disconnect: () => server?.stop(),
    async produce(count) {
      for (let i = 0; i < count; i++) {
        produced++;
        server?.say(`${produced * 10},${produced}\r\n`);
      }
    },
    async dispose() {
      await server?.stop();
    },
  };
});
