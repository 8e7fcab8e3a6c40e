import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Tests that take longer raise it with test/support/patience.ts.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // By default one core is left to vitest's own process, which is half of a machine with two.
    maxWorkers: '100%',
    projects: [
      { extends: true, test: { name: 'all', include: ['test/**/*.test.ts'] } },
      // The store's promises hold on the engine of platforms without an embedded one, too.
      {
        extends: true,
        test: { name: 'in-process', include: ['test/contract/*.test.ts'], env: { HOLDFAST_TEST_ENGINE: 'in-process' } },
      },
    ],
  },
});
