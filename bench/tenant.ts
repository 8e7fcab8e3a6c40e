// A tenant of any size for benchmarks: the records of its book, as the commit path stores them, without the commits.
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { chunked } from '../shared/domain/base/collections.ts';
import {
  type GroupRef,
  groupRef,
  type Ids,
  idsFrom,
  type RoleId,
  type TenantId,
  type UserRef,
  userOf,
  userRef,
} from '../shared/domain/base/ids.ts';
import { type BookRecord, recordName } from '../shared/domain/book/records.ts';
import { rulesPerChunk } from '../shared/domain/rules/rule-index.ts';
import { bookBytes } from '../shared/store/bytes.ts';
import type { DocumentClient, Item } from '../shared/store/db.ts';
import { stored } from '../shared/store/items.ts';
import { keys } from '../shared/store/keys.ts';

export interface Sizes {
  readonly users: number;
  readonly roles: number;
  readonly groups: number;
  readonly memberships: number;
  readonly rules: number;
  readonly policies: number;
}

export const largeTenant: Sizes = {
  users: 100_000,
  roles: 2_000,
  groups: 50_000,
  memberships: 200_000,
  rules: 10_000,
  policies: 1_000,
};

/** Random bytes that are the same at every run. */
const repeatable = (): ((n: number) => Uint8Array) => {
  let state = 0x9e3779b9;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 255;
  };
  return (n) => Uint8Array.from({ length: n }, next);
};

const chunkSize = 500;
const onRules = { view: true, edit: false, delete: false };

export interface Made {
  readonly records: readonly BookRecord[];
  readonly users: readonly UserRef[];
  readonly roles: readonly RoleId[];
  readonly ids: Ids;
}

/** The records of a tenant of these sizes, each at another version up to their number. */
export const tenantOf = (sizes: Sizes): Made => {
  const ids = idsFrom(repeatable());
  const users = Array.from({ length: sizes.users }, () => userRef(ids.next('user'), ids.life()));
  const source = ids.next('source');
  const policies = Array.from({ length: sizes.policies }, () => ids.next('policy'));
  const roles = Array.from({ length: sizes.roles }, () => ids.next('role'));
  const groups = Array.from({ length: sizes.groups }, () => ({ id: ids.next('group'), life: ids.life() }));
  const refs = groups.map(({ id, life }): GroupRef => groupRef(id, life));
  const records: BookRecord[] = [
    {
      kind: 'tenant',
      rev: 0,
      name: 'A tenant of some size',
      catalogue: 'complete',
      catalogueVersion: 1,
      enforced: true,
      enabledBefore: true,
      changesTakeEffect: 'immediately',
      features: new Set(),
      createdAt: '2026-01-01T00:00:00.000Z',
    },
    { kind: 'source', rev: 0, id: source, name: 'Office', deleted: false },
  ];
  for (const [i, id] of policies.entries())
    records.push({ kind: 'policy', rev: 0, id, name: `Policy ${i}`, description: 'What it is for', deleted: false });
  const each = (i: number, n: number, of: number): boolean => Math.floor(((i + 1) * n) / of) > Math.floor((i * n) / of);
  for (const [i, id] of roles.entries()) {
    const policy = policies[i % policies.length];
    records.push({
      kind: 'role',
      rev: 0,
      id,
      name: `Role ${i}`,
      description: `What people of department ${i} do`,
      grants:
        i === 0 || !policy
          ? [{ permission: '*' }]
          : [{ permission: 'billing' }, { permission: 'viewQuarantine', policies: [policy] }],
      newRules: onRules,
      born: 0,
      groups: new Set(refs.length > 0 ? [refs[(i * 17) % refs.length] as GroupRef] : []),
      deleted: false,
    });
    // Members lie evenly over the roles.
    const first = Math.floor((i * sizes.memberships) / roles.length);
    const last = Math.floor(((i + 1) * sizes.memberships) / roles.length);
    const members = Array.from({ length: last - first }, (_, n) => users[(first + n) % users.length] as UserRef);
    for (let at = 0; at < members.length; at += chunkSize)
      records.push({
        kind: 'members',
        rev: 0,
        role: id,
        chunk: at / chunkSize,
        users: new Set(members.slice(at, at + chunkSize)),
      });
  }
  for (const [i, { id, life }] of groups.entries())
    records.push({
      kind: 'group',
      rev: 0,
      id,
      life,
      name: `Group ${i} of the directory`,
      source,
      // A tree in which each group has ten below it.
      parents: new Set(i > 0 ? [refs[Math.floor((i - 1) / 10)] as GroupRef] : []),
      confersAccessManagement: false,
      deleted: false,
    });
  for (let at = 0; at < sizes.rules; at += rulesPerChunk) {
    const entries = Array.from({ length: Math.min(rulesPerChunk, sizes.rules - at) }, (_, n) => [
      ids.next('rule'),
      {
        order: String(at + n).padStart(8, '0'),
        type: 'disclaimer',
        categories: [],
        owner: roles[(at + n) % roles.length] as RoleId,
        ownedAt: at + n + 1,
        born: at + n + 1,
      },
    ]);
    records.push({ kind: 'rules', rev: 0, chunk: at / rulesPerChunk, entries: Object.fromEntries(entries) });
  }
  for (const [i, role] of roles.entries())
    if (each(i, Math.min(roles.length, 50), roles.length))
      records.push({ kind: 'rights', rev: 0, role, newRules: [{ ...onRules, at: 0 }], columns: {}, edits: 1 });
  return { records: records.map((record, i) => ({ ...record, rev: i + 1 }) as BookRecord), users, roles, ids };
};

/** A user of a benchmark as the table has it, in these groups. */
export const userOfBench = (ref: UserRef, n: number, groups: readonly string[] = []) => ({
  id: userOf(ref),
  life: ref.split('.')[1] as string,
  rev: 1,
  kind: 'person',
  state: 'active',
  source: 'local',
  identity: `bench-${n}`,
  ...(groups.length > 0 && { groups: new Set(groups) }),
  personal: [],
  stamp: 0,
});

interface Written {
  readonly records: readonly BookRecord[];
  readonly users: readonly ReturnType<typeof userOfBench>[];
  /** Who manages access rights, by the first role. */
  readonly witness: UserRef;
}

/** Puts a tenant into the table as it stands after as many commits as it has records. Returns its book's bytes. */
export const writeTenant = async (
  client: DocumentClient,
  table: string,
  tenant: TenantId,
  { records, users, witness }: Written,
): Promise<number> => {
  const role = records.find((record) => record.kind === 'role');
  const bytes = bookBytes(records);
  const head = {
    version: records.length,
    sum: records.reduce((sum, { rev }) => sum + rev, 0),
    records: records.length,
    bytes,
    weighed: records.length,
    guard: 1,
    witness: { user: witness, entry: `role:${role?.id}` },
    keeperless: false,
  };
  const items: Item[] = [
    ...records.map((record) => stored(keys.record(tenant, recordName(record)), record)),
    ...users.map((user) => stored(keys.access(tenant, user.id), user)),
    stored(keys.head(tenant), head),
  ];
  for (const some of chunked(items, 25))
    await client.send(
      new BatchWriteCommand({ RequestItems: { [table]: some.map((Item) => ({ PutRequest: { Item } })) } }),
    );
  return bytes;
};
