import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// The fast suite: needs nothing but Node and npm.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    pool: 'forks',
    env: {
      // The library of the OPC UA peers would write between the lines.
      NODEOPCUA_LOG_LEVEL: '0',
      // Hundreds of processes are started, and half of a start is compiling the same files again.
      NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/gemel-tests'),
    },
    // Most of the time a test waits for a process: three at once on two cores.
    maxWorkers: 3,
    // CI runs on shared, noisy machines: a test may try twice there, and the report says when one had to.
    retry: process.env['CI'] === undefined ? 0 : 1,
  },
});
