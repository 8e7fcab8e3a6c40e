import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Those that take longer say so, by test/support/patience.ts.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // By itself it leaves one core to its own process, which on two cores is half of them.
    maxWorkers: '100%',
    projects: [
      { extends: true, test: { name: 'all', include: ['test/**/*.test.ts'] } },
      // What the store promises holds on the engine of platforms without an embedded one, too.
      {
        extends: true,
        test: { name: 'in-process', include: ['test/contract/*.test.ts'], env: { HOLDFAST_TEST_ENGINE: 'in-process' } },
      },
    ],
  },
});
