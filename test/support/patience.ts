// Time limits of tests that do a great deal by design. Every other test has the default of vitest.config.ts, so that one that
// hangs is told of soon.

/** A test of very many cases, of a whole history, or of real processes, on a busy machine. */
export const long = 600_000;

/** For `vi.setConfig`: a file all of whose tests and preparations are long. */
export const longSuite = { testTimeout: long, hookTimeout: long } as const;
