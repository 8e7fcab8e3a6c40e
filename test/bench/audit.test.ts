// The benchmark of the audit, with few enough events for a test.
import { expect, test } from 'vitest';
import { benchAudit } from '../../bench/audit.ts';
import { longSuite } from '../support/patience.ts';

test('measures sealing, exporting, verifying and changes beside them', { timeout: longSuite.testTimeout }, async () => {
  const { sealed, exported, verified, slowdown } = await benchAudit({ events: 300, rounds: 1, slots: 2, changes: 5 });
  for (const phase of [sealed, exported, verified]) {
    expect(phase.seconds).toBeGreaterThan(0);
    expect(phase.besideSeconds).toBeGreaterThan(0);
    expect(phase.peakMB).toBeLessThan(300);
  }
  expect(slowdown.ratio).toBeGreaterThan(0);
  // A change is never refused, and tried again, because of a pass.
  expect(slowdown.requestsBeside).toBe(slowdown.requestsAlone);
});
