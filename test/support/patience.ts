// Time limits of tests that do much work by design. Every other test has the default of vitest.config.ts, so that a
// hanging test fails soon.

/** For a test of very many cases, of a whole history, or of real processes, on a busy machine. */
export const long = 600_000;

/** For `vi.setConfig`, in a file in which all tests and hooks are long. */
export const longSuite = { testTimeout: long, hookTimeout: long } as const;
