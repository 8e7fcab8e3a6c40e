// The costs that docs/deploy.md states: computed, and from units that operations really consume.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { root } from '../../infra/bundle/bundle.ts';
import { units, withCosts } from '../../infra/costs.ts';
import type { DocumentClient } from '../../shared/store/db.ts';
import { bootEngine, Harness, service } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';

vi.setConfig(longSuite);

test('the table in docs/deploy.md is the one that is computed', () => {
  const text = readFileSync(join(root, 'docs/deploy.md'), 'utf8');
  expect(text, 'run npm run costs -- --write').toBe(withCosts(text));
});

interface Consumed {
  readonly CapacityUnits?: number;
  readonly WriteCapacityUnits?: number;
}

test('the units are those that the embedded engine counts, as the service would', async () => {
  const { engine, client, table } = await bootEngine();
  const sum = { reads: 0, writes: 0 };
  const counting: DocumentClient = {
    send: async (command, options) => {
      command.input.ReturnConsumedCapacity = 'TOTAL';
      const answer = await client.send(command, options);
      const writes = /Write|Update|Put|Delete/.test(command.constructor.name);
      const all = [answer.ConsumedCapacity ?? []].flat() as Consumed[];
      for (const { CapacityUnits = 0 } of all) sum[writes ? 'writes' : 'reads'] += CapacityUnits;
      return answer;
    },
  };
  try {
    const tenant = await new Harness(counting, table).tenant();
    const user = await tenant.user('Member');
    const [first, second] = [await tenant.user('One'), await tenant.user('Two')];
    const roleId = await tenant.role('Role', [{ permission: 'viewQuarantine' }], [first]);
    const as = service(tenant.id);
    const question = { user, permission: 'viewQuarantine' };
    const consumes = async (run: () => Promise<unknown>) => {
      Object.assign(sum, { reads: 0, writes: 0 });
      await run();
      return { ...sum };
    };
    // Where each user is, and the book, are in memory from here on.
    await tenant.ok('check', { as, body: question });
    const { harness } = tenant;
    const measured = {
      strongCheck: await consumes(() => harness.ok('check', { as, body: question })),
      boundedCheck: await consumes(() => harness.ok('check', { as, body: { ...question, consistency: 'bounded' } })),
      batchOfOneUser: await consumes(() =>
        harness.ok('checkBatch', { as, body: { checks: Array.from({ length: 100 }, () => question) } }),
      ),
      addMember: await consumes(() => tenant.ok('addRoleMembers', { params: { roleId }, body: { members: [second] } })),
      createUser: await consumes(() => tenant.ok('createUser', { body: { kind: 'person', name: 'New' } })),
    };
    expect(measured).toEqual(units);
  } finally {
    await engine.close();
  }
});
