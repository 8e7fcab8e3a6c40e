// Every operation's answer is what its schema says, field by field: nothing more, nothing less.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answers } from '../../shared/routes/answers.ts';
import { operation, operationIds } from '../../shared/routes/operations.ts';
import { brokenPromise } from '../support/conform.ts';
import { implemented } from '../support/facts.ts';
import { boot, operator, person, type Tenant } from '../support/harness.ts';
import { samples, Targets } from '../support/samples.ts';

let close: () => Promise<void>;
let tenant: Tenant;
beforeAll(async () => {
  const { engine, harness } = await boot();
  close = engine.close;
  tenant = await harness.tenant('complete');
});
afterAll(() => close());

describe('answers', () => {
  it.each(operationIds.filter(implemented))('%s', async (id) => {
    const { callers } = operation(id);
    const as = callers.includes('operator')
      ? operator
      : callers.includes('guest')
        ? person(tenant.id, 'somebody-new')
        : tenant.admin;
    const request = await samples[id](Targets.fresh(tenant));
    const reply = await tenant.harness.ok(id, { as, ...request });
    expect(brokenPromise(id, reply)).toBeUndefined();
  });

  it('are not held to schemas that let anything through', () => {
    const strict = (['getRole', 'listUsers', 'check', 'createTenant', 'getCatalogue'] as const).map(
      (id) => answers[id],
    );
    for (const schema of strict) {
      const faults = schema.safeParse({ surprise: true }).error?.issues ?? [];
      expect(faults.some((issue) => issue.code === 'unrecognized_keys')).toBe(true);
    }
  });
});
