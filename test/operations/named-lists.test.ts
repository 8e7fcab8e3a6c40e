// Lists of what is in the book: searched by any part of the name, counted, and read no further for it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OperationId } from '../../shared/routes/operations.ts';
import { freshIds, putGroup, putRecords } from '../support/facts.ts';
import { bootEngine, Harness, person, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';
import { allOnRules } from '../support/rules.ts';
import { spentBy, Wrapped } from '../support/wrapped.ts';

let wrapped: Wrapped;
let harness: Harness;
let tenant: Tenant;
let close: () => Promise<void>;

const lists: readonly OperationId[] = ['listRoles', 'listGroups', 'listPolicies', 'listSources'];
const names = ['Œuvres of Élodie', 'plain elodie', 'ＥＬＯＤＩＥ wide', 'Hauptstrasse', 'NEUE STRAẞE', 'Other'];

beforeAll(async () => {
  const { engine, client, table } = await bootEngine();
  close = () => engine.close();
  wrapped = new Wrapped(client);
  harness = new Harness(wrapped, table);
  tenant = await harness.tenant();
  for (const name of names) {
    await tenant.role(name);
    await putGroup(tenant, name);
    await tenant.ok('createPolicy', { body: { name } });
    await putRecords(tenant, [{ kind: 'source', rev: 0, id: freshIds.next('source'), name, deleted: false }]);
  }
});
afterAll(() => close());

const found = async (id: OperationId, query: Record<string, string>, as = tenant.admin) =>
  (await harness.ok(id, { as, query })).body;
const namesIn = ({ items }: { items: { name: string }[] }) => items.map(({ name }) => name);

describe.each(lists)('%s', (id) => {
  it('finds any part of a name, in any case and width', async () => {
    expect(namesIn(await found(id, { search: 'ELODIE' })).sort()).toEqual(['plain elodie', 'ＥＬＯＤＩＥ wide'].sort());
    expect(namesIn(await found(id, { search: ' élod ' }))).toEqual(['Œuvres of Élodie']);
    expect(namesIn(await found(id, { search: 'TRASSE' })).sort()).toEqual(['Hauptstrasse', 'NEUE STRAẞE'].sort());
    expect(await found(id, { search: 'nowhere' })).toEqual({ items: [], total: 0 });
  });

  it('says how many match on all pages, and pages are of the search', async () => {
    const all = await found(id, {});
    expect(all.total).toBe(all.items.length);
    const first = await found(id, { search: 'elodie', limit: '1' });
    expect([first.items.length, first.total]).toEqual([1, 2]);
    const second = await found(id, { search: 'elodie', limit: '1', cursor: first.cursor });
    expect([second.items.length, second.total, second.cursor]).toEqual([1, 2, undefined]);
    const other = { query: { search: 'other', limit: '1', cursor: first.cursor } };
    expectProblem(await tenant.call(id, other), 'invalid-request');
  });

  it('reads no more for a search than for a page', async () => {
    const plain = await spentBy(wrapped, () => found(id, {}));
    expect(await spentBy(wrapped, () => found(id, { search: 'o', limit: '1' }))).toEqual(plain);
    expect(plain.roundTrips).toBe(1);
  });
});

it('CT-86: listRules counts the rules that the caller sees, and does not count by name', async () => {
  const as = person(tenant.id, 'writer');
  const writer = await tenant.user('Writer', 'writer');
  const owner = await tenant.role('Writers', allOnRules, [writer]);
  for (const name of ['One', 'Two', 'Three'])
    await harness.ok('createRule', { as, body: { name, type: 'routingRule', owner } });
  expect((await found('listRules', { limit: '2' }, as)).total).toBe(3);
  expect((await found('listRules', { limit: '1', sort: 'name' }, as)).total).toBe(3);
  expect(await found('listRules', { name: 't' }, as)).not.toHaveProperty('total');
  await tenant.user('Nobody', 'nobody');
  expect(await found('listRules', {}, person(tenant.id, 'nobody'))).toEqual({ items: [], total: 0 });
});
