import { defineConfig } from 'vitest/config';

// The fast suite: needs nothing but Node and npm.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    pool: 'forks',
    globalSetup: [],
  },
});
