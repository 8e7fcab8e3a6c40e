import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // By itself it leaves one core to its own process, which on two cores is half of them.
    maxWorkers: '100%',
  },
});
