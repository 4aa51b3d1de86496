// The contract every source keeps, on a real pty.
import { join } from 'node:path';
import { beforeAll } from 'vitest';
import { serialSourceSchema } from '../../src/sources/serial/schema.ts';
import { createSerialSource } from '../../src/sources/serial/source.ts';
import { tempDir } from '../ports.ts';
import { keptLog } from '../silent-log.ts';
import { sourceSuite } from '../suites/source.suite.ts';
import { demandSocat, plugIn, type SocatLine } from './socat-line.ts';

beforeAll(demandSocat);

sourceSuite('serial on a pty', async () => {
  const dir = await tempDir();
  const path = join(dir.path, 'usb-scale');
  const config = serialSourceSchema.parse({ type: 'serial', path, line: 'number', tag: 'weight' });
  const clock = { monotonicMs: () => performance.now() };
  let line: SocatLine | undefined;
  let produced = 0;
  return {
    create: () => createSerialSource('scale', config, { log: keptLog(), clock }),
    async connect() {
      line = await plugIn(path);
    },
    async disconnect() {
      await line?.unplug('SIGTERM');
      line = undefined;
    },
    async produce(count) {
      // A line is joined anywhere, and what comes first is the end of something.
      line?.say('5\r\n');
      for (let i = 0; i < count; i++) line?.say(`${++produced}\r\n`);
    },
    async dispose() {
      await line?.unplug('SIGTERM');
      await dir.remove();
    },
  };
});
