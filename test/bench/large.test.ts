// The benchmark of books, on a tenant small enough for a test.
import { expect, test } from 'vitest';
import { benchLarge } from '../../bench/large.ts';
import { longSuite } from '../support/patience.ts';

test('measures a tiny tenant', { timeout: longSuite.testTimeout }, async () => {
  const sizes = { users: 20, roles: 5, groups: 20, memberships: 40, rules: 5, policies: 2 };
  const result = await benchLarge('tiny', sizes, 1);
  expect(result).toMatchObject({ name: 'tiny', imageBytes: 0, whole: { roundTrips: 1 } });
  for (const took of [result.whole.cpu, result.next.cpu, result.decision]) expect(took).toBeGreaterThan(0);
});
