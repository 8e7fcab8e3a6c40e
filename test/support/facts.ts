// Facts that only a directory run writes in production, put into a tenant directly: groups, memberships, sources and
// the users that they own. They pass the one commit path, so pins, proofs and the book's sum are correct.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { handlerFile } from '../../functions/index.ts';
import { type GroupId, groupRef, idsFrom, type SourceId, type UserId } from '../../shared/domain/base/ids.ts';
import type { Access, BookRecord, GroupRecord } from '../../shared/domain/book/records.ts';
import type { Audit, Change } from '../../shared/domain/change.ts';
import { directoryUserId } from '../../shared/domain/directory.ts';
import { type OperationId, operationIds } from '../../shared/routes/operations.ts';
import type { View } from '../../shared/store/view.ts';
import type { Tenant } from './harness.ts';

/** False for an operation of the table without a handler file, whose tests are visibly skipped. */
export const implemented = (id: OperationId): boolean =>
  existsSync(new URL(`../../${handlerFile(id)}`, import.meta.url));

export const builtOperations = operationIds.filter(implemented);

/** Bytes that are the same for the same seed, for tenants that must get equal ids. */
export const seededBytes = (seed: number): ((n: number) => Uint8Array) => {
  let state = (seed * 2654435761) >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state & 255;
  };
  return (n) => Uint8Array.from({ length: n }, next);
};

const ids = idsFrom((n) => crypto.getRandomValues(new Uint8Array(n)));
export const freshIds = ids;

/** Commits a change that no operation makes. */
export const put = async (
  { harness, id: tenant }: Tenant,
  plan: (view: View) => Promise<Partial<Change>> | Partial<Change>,
): Promise<void> => {
  await harness.store.mutate({
    tenant,
    operation: 'test.put',
    requestId: randomUUID(),
    authorise: () => ({ actor: { kind: 'system' }, keeper: true }),
    plan: async (view) => {
      const part = await plan(view);
      const audit: Audit = { action: 'swept', target: 'tenant' };
      return { change: { book: [], users: [], side: [], audit, result: undefined, ...part }, body: undefined };
    },
  });
};

export const putRecords = (tenant: Tenant, records: readonly BookRecord[]): Promise<void> =>
  put(tenant, () => ({ book: records }));

/** A directory source. If a claim is given, its users sign in by that claim. */
export const putSource = async (tenant: Tenant, signIn?: { issuer: string; claim: string }): Promise<SourceId> => {
  const id = ids.next('source');
  await putRecords(tenant, [
    { kind: 'source', rev: 0, id, name: `Directory ${id}`, ...(signIn && { signIn }), deleted: false },
  ]);
  return id;
};

export const groupRecordOf = (name: string, parents: readonly GroupRecord[] = [], source?: SourceId): GroupRecord => ({
  kind: 'group',
  rev: 0,
  id: ids.next('group'),
  life: ids.life(),
  name,
  source: source ?? ids.next('source'),
  parents: new Set(parents.map((parent) => groupRef(parent.id, parent.life))),
  confersAccessManagement: false,
  deleted: false,
});

/** A group, with the groups that it is in. */
export const putGroup = async (
  tenant: Tenant,
  name: string,
  parents: readonly GroupRecord[] = [],
): Promise<GroupRecord> => {
  const record = groupRecordOf(name, parents);
  await putRecords(tenant, [record]);
  return record;
};

/** Makes users members of a group. */
export const join = async (tenant: Tenant, group: GroupRecord, users: readonly UserId[]): Promise<void> => {
  for (const id of users)
    await put(tenant, async (view) => {
      const [before] = await view.users([id]);
      if (!before) throw new Error(`no user ${id}`);
      const groups = new Set([...before.groups, groupRef(group.id, group.life)]);
      return { users: [{ before, after: { ...before, rev: before.rev + 1, groups } }] };
    });
};

/** A user that a directory source owns. A sign-in by claim finds this user by the immutable id. */
export const putDirectoryUser = async (
  tenant: Tenant,
  source: SourceId,
  name: string,
  groups: readonly GroupRecord[] = [],
  immutableId?: string,
): Promise<UserId> => {
  const id = immutableId === undefined ? ids.next('user') : directoryUserId(source, immutableId);
  const after: Access = {
    id,
    life: ids.life(),
    rev: 1,
    kind: 'person',
    state: 'active',
    source,
    groups: new Set(groups.map((group) => groupRef(group.id, group.life))),
    personal: [],
    stamp: 0,
  };
  const profile = { id, rev: 1, name, createdAt: new Date(tenant.harness.store.now).toISOString() };
  await put(tenant, () => ({
    users: [{ before: undefined, after }],
    side: [{ kind: 'profile', before: undefined, after: profile }],
  }));
  return id;
};

export const groupIdOf = (group: GroupRecord): GroupId => group.id;
