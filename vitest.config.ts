import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Those that take longer say so, by test/support/patience.ts.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // By itself it leaves one core to its own process, which on two cores is half of them.
    maxWorkers: '100%',
  },
});
