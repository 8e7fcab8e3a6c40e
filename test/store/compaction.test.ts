// What was deleted leaves the book for good once its log is over, and no reader misses the deletion, whatever it has read
// before.
import { randomUUID } from 'node:crypto';
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { handler as work } from '../../functions/work/work.ts';
import type { RoleId } from '../../shared/domain/base/ids.ts';
import { type BookRecord, type PolicyRecord, tombstone } from '../../shared/domain/book/records.ts';
import { toHead } from '../../shared/store/items.ts';
import { keys, partitions } from '../../shared/store/keys.ts';
import { verify } from '../../shared/store/repair.ts';
import { Store } from '../../shared/store/store.ts';
import { needsSweep, sweepSlice, workLeft } from '../../shared/store/sweep.ts';
import { Directory, deleted, drain, group, groupDn } from '../support/directory.ts';
import { freshIds, putRecords } from '../support/facts.ts';
import { bootEngine, Harness, type Tenant } from '../support/harness.ts';
import { SleepingClock } from '../support/wrapped.ts';

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());

const day = 86_400_000;
let clock: SleepingClock;
let h: Harness;
let t: Tenant;
beforeEach(async () => {
  clock = new SleepingClock(Date.now());
  h = new Harness(client, table, { clock });
  t = await h.tenant();
});

const headOf = async () => toHead((await h.store.db.read([keys.head(t.id)]))[0]);
const book = async (store = new Store({ client, table, clock })) => {
  const view = await store.view(t.id);
  if (!view) throw new Error('no such tenant');
  return view.book;
};
const names = async () => [...(await book()).records.keys()].sort();
const swept = async () => {
  for (let more = true; more; ) more = await sweepSlice(h.store, t.id);
};
const policy = async (name: string) => (await t.ok('createPolicy', { body: { name } })).body.id as string;
const goes = (policyId: string) => t.ok('deletePolicy', { params: { policyId } });

/** Everything of the book but the versions that its changes have moved. */
const content = async () => {
  const { version: _, ...head } = (await headOf()) ?? {};
  const records = [...(await book()).records.values()].map(({ rev: __, ...record }) => record);
  return { head: { ...head, weighed: undefined }, records };
};

describe('compaction', () => {
  it('leaves the book as it was before 10,000 policies came and went', async () => {
    const before = await content();
    const [first, last] = [await policy('First'), await policy('Last')];
    const many = Array.from(
      { length: 9_998 },
      (_, i): PolicyRecord => ({
        ...{ kind: 'policy', rev: 0, id: freshIds.next('policy'), name: `Policy ${i}`, deleted: false },
        description: 'x'.repeat(300),
      }),
    );
    const inForce: BookRecord[] = [];
    for (let at = 0; at < many.length; at += 90) {
      await putRecords(t, many.slice(at, at + 90));
      const { records } = await book(h.store);
      inForce.push(...many.slice(at, at + 90).map((one) => records.get(`policy#${one.id}`) as BookRecord));
    }
    const full = (await headOf())?.bytes as number;
    expect(full).toBeGreaterThan(3_500_000);
    for (let at = 0; at < inForce.length; at += 90)
      await putRecords(
        t,
        inForce.slice(at, at + 90).map((one) => tombstone(one as PolicyRecord)),
      );
    await goes(first);
    await goes(last);
    // A tombstone has neither name nor description.
    expect((await headOf())?.bytes).toBeLessThan(full - 3_000_000);
    clock.time += 6 * day;
    await swept();
    expect((await headOf())?.records).toBe(before.records.length + 10_000);
    clock.time += 2 * day;
    expect(await needsSweep(h.store, t.id)).toBe(true);
    await swept();
    expect(await content()).toEqual(before);
    expect(await needsSweep(h.store, t.id)).toBe(false);
    expect((await verify(h.store.db, t.id))?.findings).toEqual([]);
  });

  it('waits for the log of each deletion', async () => {
    const [one, two] = [await policy('One'), await policy('Two')];
    await goes(one);
    clock.time += 5 * day;
    await goes(two);
    clock.time += 3 * day;
    await swept();
    expect(await names()).toContain(`policy#${two}`);
    expect(await names()).not.toContain(`policy#${one}`);
    // Something is left, so that it goes on being due.
    expect((await headOf())?.deletedSince).toBeDefined();
    clock.time += 5 * day;
    await swept();
    expect(await names()).not.toContain(`policy#${two}`);
    expect((await headOf())?.deletedSince).toBeUndefined();
  });

  it('takes groups, roles and all parts of roles, and a group comes again as a new one', async () => {
    const d = await Directory.of(t);
    await d.take(group('Here', 11));
    const before = await names();
    await d.take(group('Gone', 12));
    const owner = await t.role('Creators', [{ permission: '*' }], [t.firstUser]);
    const made = await t.ok('createRule', { body: { type: 'signatureRule', name: 'Kept', owner } });
    const role = await t.role('Gone', [], [t.firstUser]);
    const rights = {
      rules: [{ rule: made.body.id, view: false }],
      newRules: { view: true, edit: false, delete: false },
    };
    await t.ok('putRuleRights', { params: { roleId: role }, body: rights, headers: { 'if-match': '*' } });
    expect((await names()).filter((name) => name.includes(role))).toHaveLength(4);
    // A later date than the role's, so that the clock of the rules does not rest on what goes.
    await t.ok('deleteRole', { params: { roleId: role } });
    await t.ok('createRule', { body: { type: 'signatureRule', name: 'Later', owner } });
    await d.take(deleted(groupDn('Gone')));
    await drain(h);
    clock.time += 8 * day;
    await swept();
    const after = await names();
    expect(after.filter((name) => name.includes(role) || name === `group#${d.group(12)}`)).toEqual([]);
    expect(after).toEqual(expect.arrayContaining(before));
    expect((await d.take(group('Gone', 12))).counts.applied).toBe(1);
    expect((await book()).groups.has(d.group(12))).toBe(true);
    expect((await verify(h.store.db, t.id))?.findings).toEqual([]);
  });

  it('keeps a deleted role while the owner of a rule follows from it', async () => {
    const grants = [{ permission: '*' }];
    const [one, two, heir] = [
      await t.role('One', grants, [t.firstUser]),
      await t.role('Two', grants),
      await t.role('Heir', grants),
    ] as [RoleId, RoleId, RoleId];
    const rule = (await t.ok('createRule', { body: { type: 'signatureRule', name: 'Inherited', owner: one } })).body.id;
    await t.ok('deleteRole', { params: { roleId: one }, query: { newOwner: two } });
    await t.ok('deleteRole', { params: { roleId: two }, query: { newOwner: heir } });
    clock.time += 8 * day;
    await swept();
    expect((await book()).rules.byId.get(rule)?.owner).toBe(heir);
    expect((await names()).filter((name) => name === `role#${one}` || name === `role#${two}`)).toHaveLength(2);
    const other = await t.role('Other', grants);
    await t.ok('putRuleOwner', { params: { ruleId: rule }, body: { owner: other }, headers: { 'if-match': '*' } });
    await swept();
    expect((await names()).filter((name) => name === `role#${one}` || name === `role#${two}`)).toEqual([]);
    expect((await book()).rules.byId.get(rule)?.owner).toBe(other);
  });

  it('keeps what bears the newest date of the rules, so that no date comes twice', async () => {
    const owner = await t.role('Creators', [{ permission: '*' }], [t.firstUser]);
    await t.ok('createRule', { body: { type: 'signatureRule', name: 'Old', owner } });
    const youngest = await t.role('Youngest');
    const { clock: date } = (await book()).rules;
    await t.ok('deleteRole', { params: { roleId: youngest } });
    clock.time += 8 * day;
    await swept();
    expect((await book()).rules.clock).toBe(date);
    await t.ok('createRule', { body: { type: 'signatureRule', name: 'New', owner } });
    await swept();
    expect(await names()).not.toContain(`role#${youngest}`);
  });
});

describe('a reader', () => {
  /** Readers of other processes that have the book as it is now. */
  const readers = async (n: number) => {
    const stores = Array.from({ length: n }, () => new Store({ client, table, clock }));
    for (const store of stores) await book(store);
    return stores;
  };

  it.each([
    ['within the log', false],
    ['older than the log', true],
  ])('%s never misses a deletion', async (_, over) => {
    const id = await policy('Seen');
    const before = await readers(1);
    await goes(id);
    const between = await readers(1);
    clock.time += 8 * day;
    await swept();
    if (over)
      for (const { PK, SK } of await h.store.db.all({ partition: partitions.log(t.id) }))
        await client.send(new DeleteCommand({ TableName: table, Key: { PK, SK } }));
    for (const store of [...before, ...between, h.store]) {
      const read = await book(store);
      expect(read.policies.has(id as never)).toBe(false);
      expect([...read.records.keys()].sort()).toEqual(await names());
    }
  });

  it('never misses one in 200 random moments of deletions, compactions and reads', async () => {
    let state = 7;
    const roll = (sides: number) => {
      state = (state * 48_271) % 2_147_483_647;
      return state % sides;
    };
    const stores = await readers(5);
    const there: string[] = [];
    for (let n = 0; n < 200; n += 1) {
      const what = roll(6);
      if (what < 2) there.push(await policy(`Policy ${n}`));
      else if (what === 2 && there.length > 0) await goes(there.splice(roll(there.length), 1)[0] as string);
      else if (what === 3) {
        clock.time += roll(5) * day;
        await sweepSlice(h.store, t.id);
      } else {
        const read = await book(stores[roll(5)]);
        expect([...read.policies.keys()].sort()).toEqual([...there].sort());
      }
    }
    expect((await verify(h.store.db, t.id))?.findings).toEqual([]);
  });
});

describe('the worker', () => {
  it('is told by a deletion of what earlier ones have left, and by a start', async () => {
    const [one, two] = [await policy('One'), await policy('Two')];
    await goes(one);
    expect(h.work).toEqual([]);
    clock.time += 8 * day;
    const left: string[] = [];
    for await (const { tenant, kind } of workLeft(h.store.db)) if (tenant === t.id) left.push(kind);
    expect(left).toEqual(['sweep']);
    await goes(two);
    expect(h.work).toMatchObject([{ tenant: t.id, kind: 'sweep' }]);
    await work({ Records: [{ body: JSON.stringify(h.work.pop()), messageId: randomUUID() }] });
    expect((await names()).filter((name) => name.startsWith('policy#'))).toEqual([`policy#${two}`]);
  });
});
