// All tenants of a table verified together: who is sound is said to be, who was edited by hand is found and mended, nobody is
// appointed, and it can go on where it was ended.
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import { bytesIn } from '../../shared/store/bytes.ts';
import { type Key, keys } from '../../shared/store/keys.ts';
import { mayBeNeeded, needed } from '../../shared/store/repair.ts';
import { type SurveyOptions, surveyed } from '../../shared/store/survey.ts';
import { boot, type Harness, type Tenant } from '../support/harness.ts';

let engine: Engine;
let h: Harness;
let tenants: Tenant[];
beforeAll(async () => {
  ({ engine, harness: h } = await boot());
  tenants = [];
  for (let n = 0; n < 5; n += 1) {
    const tenant = await h.tenant('complete');
    await tenant.setGrants(await tenant.user('Bea', 'bea'), [{ permission: 'billing' }]);
    tenants.push(tenant);
  }
  tenants.sort((a, b) => (a.id < b.id ? -1 : 1));
});
afterAll(() => engine.close());

const survey = async (options: SurveyOptions = {}) => {
  const outcomes: string[] = [];
  for await (const { tenant, outcome } of surveyed(h.store.db, { mostBytes: 1, ...options }))
    outcomes.push(`${tenants.findIndex(({ id }) => id === tenant)} ${outcome}`);
  return outcomes;
};

const edit = (Key: Key, UpdateExpression: string, values?: Record<string, unknown>) =>
  h.client.send(
    new UpdateCommand({
      TableName: h.table,
      Key,
      UpdateExpression,
      ...(values && { ExpressionAttributeValues: values }),
      ...(UpdateExpression.includes('#state') && { ExpressionAttributeNames: { '#state': 'state' } }),
    }),
  );

describe('a survey of all tenants', () => {
  it('finds nothing where nobody edited anything, in the order of ids, and writes nothing', async () => {
    const before = await h.store.db.scan('T#');
    expect(await survey({ fix: true })).toEqual(['0 sound', '1 sound', '2 sound', '3 sound', '4 sound']);
    expect(await h.store.db.scan('T#')).toEqual(before);
  });

  it('goes on behind the tenant that is named', async () => {
    expect(await survey({ after: tenants[2]!.id })).toEqual(['3 sound', '4 sound']);
  });

  it('takes one pass over the table for as many tenants as memory holds, and one more for those it does not', async () => {
    let passes = 0;
    const { db } = h.store;
    const pages = db.pages.bind(db);
    db.pages = (...args) => {
      if (args[1] === mayBeNeeded) passes += 1;
      return pages(...args);
    };
    const passesWith = async (mostBytes: number | undefined) => {
      passes = 0;
      const outcomes = await survey({ mostBytes });
      expect(outcomes).toEqual(['0 sound', '1 sound', '2 sound', '3 sound', '4 sound']);
      return passes;
    };
    const items = await Promise.all(tenants.map(({ id }) => h.items(id)));
    const kept = items.map((all) => bytesIn(all.flatMap((item) => needed(item) ?? [])));
    const largest = Math.max(...kept);
    expect([await passesWith(undefined), await passesWith(largest * 3), await passesWith(1)]).toEqual([1, 2, 5]);
    db.pages = pages;
  });

  it('names what does not match, mends it when told to, and says who has nobody', async () => {
    const [, pinless, , listless, keeperless] = tenants as [Tenant, Tenant, Tenant, Tenant, Tenant];
    await edit(keys.access(pinless.id, pinless.firstUser), 'REMOVE pinned');
    await edit(keys.head(listless.id), 'SET records = :one', { ':one': 1 });
    await edit(keys.access(keeperless.id, keeperless.firstUser), 'SET #state = :off', { ':off': 'disabled' });
    expect(await survey()).toEqual(['0 sound', '1 damaged', '2 sound', '3 damaged', '4 keeperless']);
    expect(await survey({ fix: true })).toEqual(['0 sound', '1 mended', '2 sound', '3 mended', '4 keeperless']);
    expect(await survey()).toEqual(['0 sound', '1 sound', '2 sound', '3 sound', '4 keeperless']);
    expect(await keeperless.call('createRole', { body: { name: 'No' } })).toMatchObject({ status: 403 });
  });
});
