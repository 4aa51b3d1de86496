import { defineConfig } from 'vitest/config';

// Real peers from the distribution; a missing peer is a failure, never a skip.
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    testTimeout: 90_000,
    hookTimeout: 60_000,
    pool: 'forks',
    fileParallelism: false,
    // CI runs on shared, noisy machines: a test may try twice there, and the report says when one had to.
    retry: process.env['CI'] === undefined ? 0 : 1,
  },
});
