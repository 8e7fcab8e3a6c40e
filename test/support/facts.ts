// Facts that only a directory run writes in production, put into a tenant directly: groups, memberships, sources and
// the users that they own. They pass the one commit path, so pins, proofs and the book's sum are correct.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { handlerFile } from '../../functions/index.ts';
import {
  type GroupId,
  groupRef,
  idsFrom,
  type RunId,
  type SourceId,
  type TenantId,
  type UserId,
} from '../../shared/domain/base/ids.ts';
import type { Access, BookRecord, GroupRecord } from '../../shared/domain/book/records.ts';
import type { Audit, Change } from '../../shared/domain/change.ts';
import { directoryUserId, type Run } from '../../shared/domain/directory.ts';
import { type OperationId, operationIds } from '../../shared/routes/operations.ts';
import { stored } from '../../shared/store/items.ts';
import { keys } from '../../shared/store/keys.ts';
import type { View } from '../../shared/store/view.ts';
import { type Harness, operator, type Tenant } from './harness.ts';

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

const setHead = (harness: Harness, tenant: TenantId, set: string, values: Record<string, unknown>) =>
  harness.client.send(
    new UpdateCommand({
      TableName: harness.table,
      Key: keys.head(tenant),
      UpdateExpression: `SET ${set}`,
      ExpressionAttributeValues: values,
    }),
  );

/** Marks a tenant as repair does when nobody is a holder. Its holders stay, so the mark is not true. */
export const markKeeperless = (harness: Harness, tenant: TenantId) =>
  setHead(harness, tenant, 'keeperless = :is', { ':is': true });

/**
 * Takes the last holders of a tenant past all conditions, as a manual edit would, and marks it as repair does; or sets
 * both right again.
 */
export const loseHolders = async (harness: Harness, tenant: TenantId, lost = true): Promise<void> => {
  for (const { PK, SK, kind, identity } of await harness.items(tenant))
    if (SK === 'ACCESS' && kind === 'person' && identity !== undefined)
      await harness.client.send(
        new UpdateCommand({
          TableName: harness.table,
          Key: { PK, SK },
          UpdateExpression: 'SET #state = :state',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: { ':state': lost ? 'disabled' : 'active' },
        }),
      );
  await setHead(harness, tenant, 'keeperless = :is', { ':is': lost });
};

/** A keeperless tenant whose recovery has been asked for. */
export const recoveringTenant = async (harness: Harness): Promise<Tenant> => {
  const tenant = await harness.tenant();
  await loseHolders(harness, tenant.id);
  const body = { reason: 'For tests', person: { name: 'Rita Recovers' } };
  await harness.ok('requestRecovery', { as: operator, params: { tenantId: tenant.id }, body });
  return tenant;
};

/** Lets the delay of an approved recovery be over. */
export const dueRecovery = (harness: Harness, tenant: TenantId) =>
  harness.client.send(
    new UpdateCommand({
      TableName: harness.table,
      Key: keys.recovery(tenant),
      UpdateExpression: 'SET dueAt = :past',
      ExpressionAttributeValues: { ':past': '2020-01-01T00:00:00.000Z' },
    }),
  );

/** What is left of a recovery in a tenant that has found a holder meanwhile. */
export const putRecovery = ({ harness, id }: Tenant) => {
  const by = { id: 'operator', digest: 'operator' };
  const recovery = { rev: 1, reason: 'Lost', person: { name: 'Rita' }, requestedBy: by, requestedAt: '2026-01-01' };
  return harness.client.send(new PutCommand({ TableName: harness.table, Item: { ...keys.recovery(id), ...recovery } }));
};

/** A tenant that was closed long enough ago to be purged: only its date is set past the operations. */
export const leavingTenant = async (harness: Harness): Promise<{ readonly id: TenantId; readonly name: string }> => {
  const name = `Leaving ${randomUUID()}`;
  const { id } = await harness.tenant('complete', name);
  const body = { state: 'closed', reason: 'The contract has ended' };
  await harness.ok('updateTenantById', { as: operator, params: { tenantId: id }, body });
  await setHead(harness, id, 'lifecycle.purgeableFrom = :past', { ':past': '2020-01-01T00:00:00.000Z' });
  return { id, name };
};

/** A directory source. If a claim is given, its users sign in by that claim. */
export const putSource = async (tenant: Tenant, signIn?: { issuer: string; claim: string }): Promise<SourceId> => {
  const id = ids.next('source');
  await putRecords(tenant, [
    { kind: 'source', rev: 0, id, name: `Directory ${id}`, ...(signIn && { signIn }), deleted: false },
  ]);
  return id;
};

/** The digest of the plan of `putHeldRun`. */
export const heldDigest = '5f1d'.repeat(16);

/** A run that is held, because it would delete all users of its source. */
export const putHeldRun = async (tenant: Tenant, losses = 2, parts = 1): Promise<RunId> => {
  const { harness, id: at } = tenant;
  const source = await putSource(tenant);
  const id = ids.next('run');
  const total = { count: losses * parts };
  const none = { users: 0, groups: 0, enabled: 0, memberships: 0, nestings: 0 };
  const run = {
    id,
    source,
    // As stored: earlier releases see a run that has failed.
    state: 'failed',
    stage: 'held',
    actor: { kind: 'person', id: tenant.firstUser },
    requestId: 'request',
    file: 'file',
    bytes: 1,
    records: losses * parts,
    entries: losses * parts,
    createdAt: '2026-01-01T00:00:00.000Z',
    bodyParts: 1,
    planParts: 0,
    touched: 0,
    guarded: true,
    planStep: 1,
    plan: {
      digest: heldDigest,
      at: '2026-01-01T00:00:00.000Z',
      losses: losses * parts,
      lost: { ...none, users: losses * parts },
      endWithGroups: 0,
      managers: 0,
      gained: none,
      of: { users: total, enabled: total, groups: { count: 0 }, memberships: { count: 0 } },
      tripped: [{ guard: 'deletions', what: 'users', lost: losses * parts, of: total, over: { all: true } }],
    },
  } satisfies Partial<Run> & { readonly stage: string };
  const loss = () => ({ loss: 'user-deleted', user: ids.next('user'), line: 3 });
  const items = [
    stored(keys.run(at, id), run),
    stored(keys.activeRun(at, source), { run: id }),
    stored(keys.runPart(at, id, 'BODY', 0), { bytes: gzipSync('version: 1\n') }),
    ...Array.from({ length: parts }, (_, part) =>
      stored(keys.runPart(at, id, 'LOSS', part), { losses: Array.from({ length: losses }, loss) }),
    ),
  ];
  for (const Item of items) await harness.client.send(new PutCommand({ TableName: harness.table, Item }));
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
