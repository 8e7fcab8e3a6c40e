import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { alone } from './test/support/alone.ts';

/** Files share a process, because half the time of most is to load the same modules and to get them compiled. */
const shared = { isolate: false, setupFiles: 'test/support/leaves.ts' };

const onEngines = ['test/{contract,costs}/*.test.ts', 'test/openapi/examples.test.ts', 'test/infra/costs.test.ts'];

export default defineConfig({
  test: {
    // Tests that take longer raise it with test/support/patience.ts.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Processes that tests start find what infra/node.js has had compiled, which is half of the time in which they start.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
    // By default one core is left to vitest's own process, which is half of a machine with two.
    maxWorkers: '100%',
    projects: [
      // The model of the service in memory, unless a suite starts an engine itself (test/support/harness.ts).
      {
        extends: true,
        test: {
          name: 'memory',
          ...shared,
          include: ['test/**/*.test.ts'],
          exclude: [...onEngines, ...alone, 'test/console/**'],
        },
      },
      // The same, each in a process of its own.
      { extends: true, test: { name: 'alone', include: [...alone] } },
      // Each operation, its price, and the store's promises on the embedded engine.
      {
        extends: true,
        test: { name: 'embedded', ...shared, include: onEngines, env: { HOLDFAST_TEST_ENGINE: 'embedded' } },
      },
      // In a browser, on one instance for all of them.
      {
        extends: true,
        test: {
          name: 'console',
          ...shared,
          include: ['test/console/*.test.ts'],
          globalSetup: 'test/console/support/setup.ts',
        },
      },
      // The store's promises hold on the engine of platforms without an embedded one, too.
      {
        extends: true,
        test: {
          name: 'in-process',
          ...shared,
          include: ['test/contract/*.test.ts'],
          env: { HOLDFAST_TEST_ENGINE: 'in-process' },
        },
      },
    ],
  },
});
