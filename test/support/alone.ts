// Files of tests that have a process each; all others share theirs (vitest.config.ts). A file stands here when it changes
// what the next one would meet, or when it needs what only a new process has.

export const alone = [
  // They replace modules.
  'test/audit/verify.test.ts',
  'test/invariant/seeded-faults.test.ts',
  // The first request of a process.
  'test/infra/services.test.ts',
] as const;
