import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { longFirst } from './test/long-first.ts';

/** These look at their own process: its memory, its sockets, its share of the processor. */
const measuring = [
  'test/broker/password.test.ts',
  'test/faults/broker-flapping.test.ts',
  'test/faults/broker-malformed.test.ts',
  'test/faults/mqtt-malformed-payloads.test.ts',
  'test/faults/serial-flood.test.ts',
];

/** Some wait for what takes its time: eight seconds and more. */
const long = [
  'faults/history-full.test.ts',
  'cli/replay.test.ts',
  'sources/opcua/thread.test.ts',
  'security/11-opcua.test.ts',
  'cli/twin-commands.test.ts',
  'security/12-canary-running.test.ts',
  'cli/run.test.ts',
  'security/10-opcua-certificates.test.ts',
  'plant/cnc-fault.test.ts',
  'sim/recovery-faults.test.ts',
  'sources/opcua/source.test.ts',
  'faults/wear.test.ts',
  'security/06-plain-beyond-loopback.test.ts',
  'faults/opcua-plant.test.ts',
  'sources/opcua/thread-gateway.test.ts',
  'faults/opcua-restart.test.ts',
  'sources/opcua/history.test.ts',
  'faults/opcua-link.test.ts',
  'faults/broker-malformed.test.ts',
];

// The fast suite: needs nothing but Node and npm.
export default defineConfig({
  test: {
    // Longer than any wait within: what did not come is said by its name, also on a busy machine.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    pool: 'forks',
    env: {
      // The library of the OPC UA peers would write between the lines.
      NODEOPCUA_LOG_LEVEL: '0',
      // Hundreds of processes are started, and half of a start is compiling the same files again.
      NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/gemel-tests'),
    },
    // Most of the time a test waits for a process: three at once on two cores.
    maxWorkers: 3,
    sequence: { sequencer: longFirst(long) },
    // CI runs on shared, noisy machines: a test may try twice there, and the report says when one had to.
    retry: process.env['CI'] === undefined ? 0 : 1,
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/interop/**', ...measuring],
          // A process for many files, which saves loading the same libraries for each of them.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'measuring', include: measuring } },
    ],
  },
});
