// The benchmark of directory runs, on a directory small enough for a test, and the page that benchmarks share.
import { expect, test } from 'vitest';
import { changesOfOneKind } from '../../bench/directory.ts';
import { withSection } from '../../bench/page.ts';
import { benchSync } from '../../bench/sync.ts';
import { longSuite } from '../support/patience.ts';

test('measures a tiny directory, and the engine for the same items', { timeout: longSuite.testTimeout }, async () => {
  const { load, delta, kinds } = await benchSync({ users: 60, groups: 6, groupsOfEach: 3 }, 20, 1);
  expect(load.entries).toBe(66);
  // Access, profile, object, name, login, event and three list items of each user.
  expect(load.items).toBeGreaterThan(60 * 9);
  expect(load.transactions).toBeLessThan(40);
  expect(kinds.map(([name]) => name)).toEqual(Object.keys(changesOfOneKind));
  for (const one of [load, delta, ...kinds.map(([, spent]) => spent)])
    for (const what of ['seconds', 'engineSeconds', 'requests', 'readUnits', 'writeUnits'] as const)
      expect(one[what]).toBeGreaterThan(0);
});

test('a benchmark renews its own section of the page only', () => {
  const section = (heading: string, text: string) => ({ heading, text, plots: [[`plot-${heading}`, '']] as const });
  const page = withSection(withSection('# Performance\n', section('Book', 'old')), section('Runs', 'fast'));
  const renewed = withSection(page, section('Book', 'new'));
  expect(renewed).toBe(page.replace('old', 'new'));
  expect(renewed).toMatch(
    /^# Performance\n\n## Book\n\nnew\n\n!\[plot-Book\]\(pictures\/plot-Book\.svg\)\n\n## Runs\n/,
  );
});
