import { defineConfig } from 'vitest/config';

// The fast suite: needs nothing but Node and npm.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    pool: 'forks',
    // The library of the OPC UA peers would write between the lines.
    env: { NODEOPCUA_LOG_LEVEL: '0' },
    // Most of the time a test waits for a process: two at once on two cores halve the suite.
    maxWorkers: 2,
    // CI runs on shared, noisy machines: a test may try twice there, and the report says when one had to.
    retry: process.env['CI'] === undefined ? 0 : 1,
  },
});
