// What rules cost: the same whatever their number. Measured at the table, on a warm process.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RuleId } from '../../shared/domain/base/ids.ts';
import { bootEngine, Harness, service } from '../support/harness.ts';
import { type Person, Rules, seedRules } from '../support/rules.ts';
import { type Spent, spentBy, Wrapped } from '../support/wrapped.ts';

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());
const wrapped = new Wrapped(client);
const harness = new Harness(wrapped, table);
const spent = (run: () => Promise<unknown>): Promise<Spent> => spentBy(wrapped, run);

interface Sized {
  readonly rules: Rules;
  readonly ids: readonly RuleId[];
  readonly reader: Person;
}

/** Tenants that differ in the number of rules only: the last chunk of either is as full. */
const sized = async (count: number): Promise<Sized> => {
  const rules = await Rules.of(harness);
  const ids = await seedRules(rules.tenant, count, rules.owner, true);
  const reader = await rules.person('Reader');
  for (const by of [reader, rules.author]) await rules.names(by, { limit: '1' });
  return { rules, ids, reader };
};

let few: Sized;
let many: Sized;
beforeAll(async () => {
  few = await sized(9);
  many = await sized(9_884);
}, 120_000);

describe('rules', () => {
  it('creating one costs the same with 9 and with 9,884', async () => {
    const create = ({ rules }: Sized) => spent(() => rules.create());
    const [small, large] = [await create(few), await create(many)];
    // A place and dates of some digits more can make an item of one kilobyte more.
    expect(Math.abs(large.writeUnits - small.writeUnits)).toBeLessThanOrEqual(2);
    expect(large).toEqual({ ...small, writeUnits: large.writeUnits });
    expect(small).toMatchObject({ roundTrips: 2, requests: 2, commands: ['BatchGet', 'TransactWrite'] });
    expect(small.writeUnits).toBeLessThan(20);
  });

  it('creating one costs the same whatever the number of roles', async () => {
    const create = () => spent(() => few.rules.create());
    const before = await create();
    for (let i = 0; i < 20; i += 1) await few.rules.tenant.role(`Role ${i}`);
    await few.rules.names();
    expect((await create()).requests).toBe(before.requests);
    expect((await create()).writeUnits).toBeLessThanOrEqual(before.writeUnits + 4);
  });

  it('moving one is one small write, wherever it goes', async () => {
    const { rules, ids } = many;
    const last = ids.at(-1) as string;
    for (const body of [{ to: 'first' }, { after: ids[5_000] }, { to: 'last' }]) {
      const cost = await spent(() => rules.author.ok('moveRule', { params: { ruleId: last }, body }));
      expect(cost).toMatchObject({ roundTrips: 2, requests: 2, commands: ['BatchGet', 'TransactWrite'] });
      // The rule's chunk of the index, at most 125 rules of some 100 bytes; the head, the log, the event.
      expect(cost.writeUnits).toBeLessThan(50);
    }
  });

  it('a page of 9,884 reads only what it shows, besides the head and the caller, at the beginning and at the end', async () => {
    const page = async ({ rules }: Sized, query: Record<string, string>) => {
      let cursor: string | undefined;
      const cost = await spent(async () => {
        cursor = (await rules.author.ok('listRules', { query })).body.cursor;
      });
      return { cost, cursor };
    };
    const first = await page(many, { limit: '5' });
    expect(first.cost).toMatchObject({ roundTrips: 2, requests: 2, readUnits: 7 });
    expect((await page(few, { limit: '5' })).cost).toEqual(first.cost);
    const next = await page(many, { limit: '5', cursor: first.cursor as string });
    expect(next.cost).toEqual(first.cost);
    const named = await page(many, { limit: '5', sort: 'name' });
    // The index by name has four partitions, each read for one page.
    expect(named.cost).toMatchObject({ roundTrips: 3, requests: 6 });
    expect(named.cost.readUnits).toBeLessThan(20);
  });

  it('a reader of few among many reads only what is shown; finding it by name reads keys only', async () => {
    const { rules, ids, reader } = many;
    await rules.rights(reader.role, { columns: { view: false }, rules: [{ rule: ids[9_000], view: true }] });
    await reader.ok('listRules', { query: { limit: '1' } });
    const inOrder = await spent(() => reader.ok('listRules', { query: { limit: '5' } }));
    expect(inOrder).toMatchObject({ roundTrips: 2, requests: 2, readUnits: 3 });
    expect(await rules.names(reader, { sort: 'name' })).toEqual(['Seeded 09000']);
    await rules.rights(reader.role, { columns: { view: true } });
  });

  it('a column for 9,884 rules is one small transaction, as for 9 (CT-91)', async () => {
    const tick = ({ rules, reader }: Sized, value: boolean) =>
      spent(() => rules.rights(reader.role, { columns: { delete: value } }));
    await tick(few, true);
    await tick(many, true);
    const [small, large] = [await tick(few, false), await tick(many, false)];
    expect(large).toEqual(small);
    expect(large).toMatchObject({ roundTrips: 2, requests: 2 });
    expect(large.writeUnits).toBeLessThan(15);
  });

  it('passing 9,884 rules on with the role that owns them is one small transaction', async () => {
    const remove = async ({ rules, reader }: Sized) => {
      const clone = await rules.tenant.ok('cloneRole', { params: { roleId: rules.owner }, body: { name: 'Heir' } });
      await rules.names();
      const params = { roleId: rules.owner };
      const cost = await spent(() => rules.tenant.ok('deleteRole', { params, query: { newOwner: clone.body.id } }));
      const owner = await rules.tenant.ok('getRuleOwner', { params: { ruleId: (await one(reader)) as string } });
      expect(owner.body.owner).toBe(clone.body.id);
      return cost;
    };
    const one = async (reader: Person) => (await reader.ok('listRules', { query: { limit: '1' } })).body.items[0].id;
    const extra = await sized(9);
    const [small, large] = [await remove(extra), await remove(many)];
    expect(large).toEqual(small);
    expect(large.requests).toBe(2);
  });

  it('a check on one of 9,884 is one round trip when warm', async () => {
    const { rules, ids, reader } = many;
    await rules.tenant.ok('updateTenant', { body: { enforced: true } });
    const ask = (question: object) => () =>
      harness.ok('check', { as: service(rules.tenant.id), body: { user: reader.id, rule: ids[4_000], ...question } });
    await ask({ right: 'view' })();
    for (const question of [{ right: 'edit' }, { permission: 'manageConditions' }, { ability: 'editOptions' }]) {
      const cost = await spent(ask(question));
      expect(cost).toMatchObject({ roundTrips: 1, requests: 1, readUnits: 2, writeUnits: 0 });
    }
  });

  it('moving an action reads no rule but its own', async () => {
    const { rules } = few;
    const { id, actions } = await rules.create({ actions: [{ type: 'insertBanner' }, { type: 'setHeader' }] });
    const params = { ruleId: id, actionId: actions[1].id };
    const cost = await spent(() => rules.author.ok('moveAction', { params, body: { to: 'first' } }));
    expect(cost).toMatchObject({ roundTrips: 2, requests: 2, readUnits: 3 });
  });
});
