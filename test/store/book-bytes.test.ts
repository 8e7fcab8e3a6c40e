// The book is bounded by its weight: the head counts the bytes with every commit, and what would make the book too large is
// refused, whatever it consists of. What makes it smaller is always done.
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import { quotas } from '../../shared/domain/base/quotas.ts';
import type { BookRecord } from '../../shared/domain/book/records.ts';
import { rulesPerChunk } from '../../shared/domain/rules/rule-index.ts';
import { bookBytes, largestItem } from '../../shared/store/bytes.ts';
import { toHead, toRecord } from '../../shared/store/items.ts';
import { keys, partitions } from '../../shared/store/keys.ts';
import { repair, verify } from '../../shared/store/repair.ts';
import { Directory, group, groupDn } from '../support/directory.ts';
import { freshIds, groupRecordOf, put, putRecords } from '../support/facts.ts';
import { boot, type Harness, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';

let engine: Engine;
let h: Harness;
let t: Tenant;

beforeAll(async () => {
  ({ engine, harness: h } = await boot());
});
afterAll(() => engine.close());
beforeEach(async () => {
  t = await h.tenant();
});

const headOf = async () => toHead((await h.store.db.read([keys.head(t.id)]))[0]);
const scanned = async () =>
  bookBytes((await h.store.db.all({ partition: partitions.book(t.id) })).map((item) => toRecord(item)));
const [limit] = quotas.bookBytes;

/** Moves the count of the head, so that the quota is near without so large a book. */
const saying = (bytes: number | undefined, weighed?: number) =>
  h.client.send(
    new UpdateCommand({
      TableName: h.table,
      Key: keys.head(t.id),
      ...(bytes === undefined
        ? { UpdateExpression: 'REMOVE #bytes, weighed' }
        : {
            UpdateExpression: `SET #bytes = :bytes${weighed === undefined ? '' : ', weighed = :weighed'}`,
            ExpressionAttributeValues: { ':bytes': bytes, ...(weighed !== undefined && { ':weighed': weighed }) },
          }),
      ExpressionAttributeNames: { '#bytes': 'bytes' },
    }),
  );

const used = async (): Promise<number> => {
  const { body } = await t.ok('getTenant');
  return body.quotas.find(({ quota }: { quota: string }) => quota === 'bookBytes').used;
};

describe('the bytes of the book', () => {
  it('are counted by the head with every commit, and told to keepers', async () => {
    const check = async () => {
      const head = await headOf();
      expect([head?.bytes, head?.weighed]).toEqual([await scanned(), head?.version]);
      expect(await used()).toBe(head?.bytes);
    };
    await check();
    const role = await t.role('Counted', [{ permission: 'billing' }], [t.firstUser]);
    await check();
    const { body: policy } = await t.ok('createPolicy', { body: { name: 'Counted', description: 'ä'.repeat(500) } });
    await t.roleGrants(role, [{ permission: 'viewQuarantine', policies: [policy.id] }]);
    await check();
    const owner = await t.role('Owner', [{ permission: '*' }], [t.firstUser]);
    await t.ok('createRule', { body: { type: 'signatureRule', name: 'Counted', owner } });
    await check();
    await t.ok('deletePolicy', { params: { policyId: policy.id } });
    await t.ok('deleteRole', { params: { roleId: role } });
    await check();
    expect((await verify(h.store.db, t.id))?.findings).toEqual([]);
  });

  it('are counted anew where the head does not know them, and after a release that does not count them', async () => {
    const told = await used();
    await saying(undefined);
    expect(await used()).toBe(told);
    await t.ok('createPolicy', { body: { name: 'After none' } });
    expect((await headOf())?.bytes).toBe(await scanned());
    // As an earlier release leaves it: the version moves on, and the bytes stay behind.
    await saying(17, ((await headOf())?.version ?? 0) - 1);
    expect(await used()).toBe(await scanned());
    expect((await verify(h.store.db, t.id))?.findings).toEqual([]);
    await t.ok('createPolicy', { body: { name: 'After another' } });
    expect((await headOf())?.bytes).toBe(await scanned());
    await saying(undefined);
    await repair(h.store.db, t.id);
    const head = await headOf();
    expect([head?.bytes, head?.weighed]).toEqual([await scanned(), head?.version]);
  });

  it('refuse what would make the book too large, and change nothing', async () => {
    const role = await t.role('Full');
    const { body: policy } = await t.ok('createPolicy', { body: { name: 'P', description: 'x'.repeat(100) } });
    await saying(limit - 10);
    const before = await h.facts(t.id);
    const { body } = await t.call('createRole', { body: { name: 'One more' } });
    expect(body).toMatchObject({ code: 'quota-exceeded', quota: 'bookBytes', limit });
    expect(body.detail).toMatch(/47,999,990 now.*more: delete/);
    const refused = [
      t.call('addRoleGrant', { params: { roleId: role }, body: { permission: 'billing' } }),
      t.call('addRoleMembers', { params: { roleId: role }, body: { members: [t.firstUser] } }),
      t.call('cloneRole', { params: { roleId: role }, body: { name: 'Copy' } }),
    ];
    for (const reply of await Promise.all(refused)) expectProblem(reply, 'quota-exceeded');
    const dry = await t.ok('createPolicy', { query: { dryRun: 'true' }, body: { name: 'Dry' } });
    expect(dry.body).toMatchObject({ outcome: 'refused', problem: { code: 'quota-exceeded', quota: 'bookBytes' } });
    expect(await h.facts(t.id)).toEqual(before);
    // What does not touch the book is not concerned.
    await t.user('Somebody');
    // As much less makes room for as much more, in one change set.
    const operations = [
      { operation: 'deletePolicy', params: { policyId: policy.id } },
      { operation: 'addRoleGrant', params: { roleId: role }, body: { permission: 'billing' } },
    ];
    await t.ok('submitChangeSet', { body: { operations } });
    expect((await headOf())?.bytes).toBeLessThan(limit);
  });

  it('never refuse what makes the book smaller, or deletes, above the quota too', async () => {
    const role = await t.role('R', [{ permission: 'billing' }], [t.firstUser]);
    const heir = await t.role('Heir');
    const { body: policy } = await t.ok('createPolicy', { body: { name: 'P' } });
    await saying(limit + 1_000);
    await t.ok('removeRoleMembers', { params: { roleId: role }, body: { members: [t.firstUser] } });
    await t.ok('removeRoleGrant', { params: { roleId: role, permission: 'billing' } });
    await t.ok('deletePolicy', { params: { policyId: policy.id } });
    await t.ok('deleteRole', { params: { roleId: role }, query: { newOwner: heir } });
    expectProblem(await t.call('createPolicy', { body: { name: 'Q' } }), 'quota-exceeded');
  });

  it('refuse groups of a directory alone, and the rest of the file is done', async () => {
    const d = await Directory.of(t);
    await d.take(group('Here', 11));
    await saying(limit - 400);
    const many = Array.from({ length: 5 }, (_, i) => group(`More ${i}`, 20 + i));
    const { counts, items } = await d.take(...many);
    expect(counts.applied).toBeGreaterThan(0);
    expect(counts.rejected).toBeGreaterThan(0);
    expect(counts.applied + counts.rejected).toBe(5);
    const codes = items.flatMap(({ code }: { code?: string }) => code ?? []);
    expect(new Set(codes)).toEqual(new Set(['quota-exceeded']));
    expect((await headOf())?.bytes).toBeLessThanOrEqual(limit);
    expect((await d.take(`dn: ${groupDn('Here')}\nchangetype: delete`)).counts.applied).toBe(1);
  });
});

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

describe('a large tenant', () => {
  const has = { groups: 50_000, roles: 2_000, memberships: 200_000, rules: 10_000, policies: 1_000 } as const;

  it('fits, with exceptions of 50 roles on all rules', () => {
    for (const quota of Object.keys(has) as (keyof typeof has)[])
      expect([quota, has[quota] <= quotas[quota][0]]).toEqual([quota, true]);
    const [role, name] = [freshIds.next('role'), 'A name as administrators give'];
    const ref = (kind: 'user' | 'group') => `${freshIds.next(kind)}.${freshIds.life()}`;
    const rules = (of: () => object) => Object.fromEntries(times(rulesPerChunk, () => [freshIds.next('rule'), of()]));
    const chunks = has.rules / rulesPerChunk;
    const policies = times(10, () => freshIds.next('policy'));
    const records = {
      group: [has.groups, { ...groupRecordOf(name), parents: new Set([ref('group')]) }],
      role: [
        has.roles,
        {
          ...{ kind: 'role', rev: 1, id: role, name, description: name, newRules: { view: 1, edit: 1, delete: 1 } },
          ...{ groups: new Set(times(5, () => ref('group'))), deleted: false },
          grants: times(8, () => ({ permission: 'viewQuarantine', policies })),
        },
      ],
      members: [has.roles, { kind: 'members', rev: 1, role, chunk: 0, users: new Set(times(100, () => ref('user'))) }],
      policy: [has.policies, { kind: 'policy', rev: 1, id: role, name, description: name, deleted: false }],
      rules: [
        chunks,
        {
          kind: 'rules',
          rev: 1,
          chunk: 0,
          entries: rules(() => ({ order: 'a000', type: 'signatureRule', owner: role, ownedAt: 1, born: 1 })),
        },
      ],
      exceptions: [
        50 * chunks,
        { kind: 'exceptions', rev: 1, role, chunk: 0, rules: rules(() => ({ view: 1, edit: 1 })) },
      ],
    } as unknown as Record<string, [number, BookRecord]>;
    const bytes = Object.values(records).reduce((sum, [n, record]) => sum + n * bookBytes([record]), 0);
    expect(bytes).toBeGreaterThan(35_000_000);
    expect(bytes).toBeLessThan(limit);
  });
});

describe('a record', () => {
  const wide = '\u{10348}';

  it('is never larger than an item, at the largest that every quota allows', () => {
    const role = freshIds.next('role');
    const policies = times(quotas.policies[0], () => freshIds.next('policy'));
    const each = quotas.grantsPerSet[0] / quotas.policies[0];
    const rules = (of: () => object) => Object.fromEntries(times(rulesPerChunk, () => [freshIds.next('rule'), of()]));
    const categories = times(quotas.categoriesPerRule[0], () => freshIds.next('category'));
    const marks = { view: 1, edit: 1, delete: 1 };
    const rights = { view: true, edit: true, delete: true };
    const groups = (n: number) => new Set(times(n, () => `${freshIds.next('group')}.${freshIds.life()}`));
    const records = [
      {
        ...{ kind: 'role', rev: 1, id: role, name: wide.repeat(100), description: wide.repeat(1_000) },
        ...{ grants: times(each, (i) => ({ permission: 'p'.repeat(40 + i), policies })), newRules: rights },
        ...{ groups: groups(quotas.groupsPerRole[0]), deleted: false },
      },
      { kind: 'group', rev: 1, name: wide.repeat(100), parents: groups(quotas.parentsPerGroup[0]), deleted: false },
      { kind: 'members', rev: 1, role, chunk: 1, users: groups(500) },
      { kind: 'policy', rev: 1, name: wide.repeat(100), description: wide.repeat(1_000), deleted: false },
      {
        ...{ kind: 'rules', rev: 1, chunk: 1 },
        entries: rules(() => ({
          ...{ order: 'x'.repeat(200), type: 'x'.repeat(40), categories, owner: role, ownedAt: 1, born: 1 },
        })),
      },
      { kind: 'exceptions', rev: 1, role, chunk: 1, rules: rules(() => marks) },
      {
        ...{ kind: 'rights', rev: 1, role, columns: marks, edits: 1 },
        newRules: times(quotas.newRulesChanges[0], () => ({ ...rights, at: 1 })),
      },
      {
        ...{ kind: 'categories', rev: 1 },
        list: times(quotas.categories[0], () => ({ id: freshIds.next('category'), name: wide.repeat(100) })),
      },
    ] as unknown as BookRecord[];
    for (const record of records) expect([record.kind, bookBytes([record]) < largestItem]).toEqual([record.kind, true]);
  });

  it('that would be is refused, by growth too', async () => {
    const one = groupRecordOf('Grows');
    await putRecords(t, [one]);
    const before = await h.facts(t.id);
    const parents = new Set(times(15_000, () => `${freshIds.next('group')}.${freshIds.life()}` as never));
    const grown = put(t, ({ book }) => ({ book: [{ ...(book.groups.get(one.id) as typeof one), parents }] }));
    await expect(grown).rejects.toThrow(`group#${one.id} would have 4`);
    expect(await h.facts(t.id)).toEqual(before);
  });
});
