// Every problem code there is, produced by a request that earns it. A new code needs a scenario here, or a reason why a
// request alone cannot produce it.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RoleId, userRef } from '../../shared/domain/base/ids.ts';
import { type ProblemCode, problems } from '../../shared/domain/base/refusal.ts';
import { operationIds } from '../../shared/routes/operations.ts';
import { problemCodesOf } from '../../shared/routes/problems.ts';
import {
  freshIds,
  heldDigest,
  markKeeperless,
  putDirectoryUser,
  putHeldRun,
  putRecords,
  putSource,
} from '../support/facts.ts';
import {
  boot,
  type Harness,
  issuer,
  machine,
  operator,
  person,
  type Reply,
  type Request,
  service,
  type Tenant,
} from '../support/harness.ts';
import { expectProblem, expectUntouched, momentOf } from '../support/problems.ts';
import { expireAll, sealNow } from '../support/sealed.ts';

let harness: Harness;
let close: () => Promise<void>;

beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = () => booted.engine.close();
});
afterAll(() => close());

/** Prepares a state, and returns a function that sends the request to be refused. */
type Scenario = (tenant: Tenant) => Promise<() => Promise<Reply>>;

const keyed = { 'idempotency-key': 'key' };
const manager = async (tenant: Tenant, ...more: object[]) => {
  const user = await tenant.user('Manages users', 'manager');
  await tenant.setGrants(user, [{ permission: 'manageUsers' }, ...more]);
  return person(tenant.id, 'manager');
};

const moveTenant = (t: Tenant, state: string) =>
  t.ok('updateTenantById', { as: operator, params: { tenantId: t.id }, body: { state, reason: 'For tests' } });
const recovery = (t: Tenant): Request => ({
  as: operator,
  params: { tenantId: t.id },
  body: { reason: 'For tests', person: { name: 'Rita' } },
});

/** A run that waits for its batches. */
const openedRun = async (t: Tenant): Promise<string> => {
  const params = { sourceId: await putSource(t) };
  return (await t.ok('openRun', { params, body: { kind: 'delta', epoch: 'e1', baseCursor: null } })).body.id;
};

const scenarios: Partial<Record<ProblemCode, Scenario>> = {
  'invalid-request': async (t) => () => t.call('createRole', { body: { name: '' } }),
  unauthenticated: async (t) => () => t.call('getTenant', { as: undefined }),
  forbidden: async (t) => {
    await t.user('Plain', 'plain');
    return () => t.call('listRoles', { as: person(t.id, 'plain') });
  },
  'insufficient-scope': async (t) => () => t.call('listRoles', { as: machine(t.id, 'admin', 'audit') }),
  'caller-kind': async (t) => () => t.call('listRoles', { as: service(t.id) }),
  'unknown-user': async (t) => () => t.call('listRoles', { as: person(t.id, 'stranger') }),
  'user-disabled': async (t) => {
    const userId = await t.user('Disabled', 'disabled');
    await t.ok('updateUser', { params: { userId }, body: { state: 'disabled' } });
    return () => t.call('getTenant', { as: person(t.id, 'disabled') });
  },
  'access-token-needed': async (t) => () => t.call('getTenant', { as: { ...t.admin, claims: { token_use: 'id' } } }),
  'keeper-needed': async (t) => {
    const as = await manager(t);
    return () => t.call('deleteUser', { as, params: { userId: t.firstUser } });
  },
  'not-held': async (t) => {
    const as = await manager(t);
    const userId = await t.user('Target');
    const headers = { 'if-match': '*' };
    return () =>
      t.call('putUserGrants', { as, headers, params: { userId }, body: { grants: [{ permission: 'billing' }] } });
  },
  'not-found': async (t) => () => t.call('getRole', { params: { roleId: freshIds.next('role') } }),
  'last-access-manager': async (t) => () => t.call('deleteUser', { params: { userId: t.firstUser } }),
  keeperless: async (t) => {
    await markKeeperless(harness, t.id);
    return () => t.call('createRole', { body: { name: 'Too late' } });
  },
  'name-taken': async (t) => {
    await t.role('Taken');
    return () => t.call('createRole', { body: { name: ' ｔaKEN ' } });
  },
  'identity-taken': async (t) => () =>
    t.call('createUser', { body: { kind: 'machine', name: 'Twin', identity: { issuer, subject: 'admin' } } }),
  'sign-in-taken': async (t) => {
    const signIn = { issuer, claim: 'employee' };
    await t.ok('createSource', { body: { name: 'First', signIn } });
    return () => t.call('createSource', { body: { name: 'Second', signIn } });
  },
  'external-id-taken': async (t) => {
    const body = { kind: 'person', name: 'One', externalId: 'e1' };
    await t.ok('createUser', { body });
    return () => t.call('createUser', { body });
  },
  'quota-exceeded': async (t) => {
    const role = (await t.role('Full')) as RoleId;
    const users = () => new Set(Array.from({ length: 500 }, () => userRef(freshIds.next('user'), freshIds.life())));
    const chunk = (n: number) => ({ kind: 'members' as const, rev: 0, role, chunk: n, users: users() });
    await putRecords(
      t,
      Array.from({ length: 40 }, (_, n) => chunk(n)),
    );
    const user = await t.user('One too many');
    return () => t.call('addRoleMembers', { params: { roleId: role }, body: { members: [user] } });
  },
  'feature-off': async (t) => {
    const roleId = await t.role('Reports');
    const tenantId = t.id;
    const as = { subject: 'operator', scope: 'holdfast/operator' };
    await t.ok('putFeatures', { as, params: { tenantId }, headers: { 'if-match': '*' }, body: { features: [] } });
    return () => t.call('addRoleGrant', { params: { roleId }, body: { permission: 'viewFilteredReports' } });
  },
  'tenant-suspended': async (t) => {
    await moveTenant(t, 'suspended');
    return () => t.call('getTenant');
  },
  'tenant-closed': async (t) => {
    await moveTenant(t, 'closed');
    return () => t.call('check', { as: service(t.id), body: { user: t.firstUser, permission: 'billing' } });
  },
  'too-early': async (t) => {
    const body = { name: (await t.ok('getTenant')).body.name, reason: 'For tests' };
    return () => t.call('purgeTenant', { as: operator, params: { tenantId: t.id }, body });
  },
  'has-access-manager': async (t) => () => t.call('requestRecovery', recovery(t)),
  'recovery-active': async (t) => {
    await markKeeperless(harness, t.id);
    await t.ok('requestRecovery', recovery(t));
    return () => t.call('requestRecovery', recovery(t));
  },
  'second-operator-needed': async (t) => {
    await markKeeperless(harness, t.id);
    const { requestedAt } = (await t.ok('requestRecovery', recovery(t))).body;
    return () => t.call('approveRecovery', { as: operator, params: { tenantId: t.id }, body: { requestedAt } });
  },
  'permission-missing': async (t) => {
    const roleId = await t.role('Images');
    return () => t.call('addRoleGrant', { params: { roleId }, body: { permission: 'viewQuarantinedImages' } });
  },
  'permission-excluded': async (t) => {
    const roleId = await t.role('Reports', [{ permission: 'viewAllReports' }]);
    return () => t.call('addRoleGrant', { params: { roleId }, body: { permission: 'viewFilteredReports' } });
  },
  'granted-by-wider': async (t) => {
    const roleId = await t.role('Everything', [{ permission: '*' }]);
    return () => t.call('removeRoleGrant', { params: { roleId, permission: 'billing' } });
  },
  'policies-not-applicable': async () => {
    const t = await harness.tenant('exchange-rules');
    return () => t.call('createPolicy', { body: { name: 'None here' } });
  },
  'personal-grants-off': async () => {
    const t = await harness.tenant('secure-exchanges');
    return () => t.call('getUserGrants', { params: { userId: t.firstUser } });
  },
  'rules-off': async () => {
    const t = await harness.tenant('secure-exchanges');
    return () => t.call('listRules');
  },
  'owner-needed': async (t) => {
    for (const name of ['One', 'Other']) await t.role(name, [{ permission: 'createRules' }], [t.firstUser]);
    return () => t.call('createRule', { body: { name: 'Whose?', type: 'routingRule' } });
  },
  'switch-fixed': async (t) => () => t.call('updateTenant', { body: { enforced: false } }),
  'not-invitable': async (t) => () => t.call('inviteUser', { params: { userId: t.firstUser } }),
  'not-restorable': async (t) => () => t.call('restoreUser', { params: { userId: t.firstUser } }),
  'not-sealed': async (t) => {
    const { body } = await t.ok('listEvents', { query: { limit: '1' } });
    return () => t.call('getEventProof', { params: { eventId: body.items[0].id } });
  },
  'events-expired': async (t) => {
    const { event } = await sealNow(t);
    await expireAll(t);
    return () => t.call('getEventProof', { params: { eventId: event } });
  },
  'not-erasable': async (t) => () => t.call('eraseUser', { params: { userId: t.firstUser } }),
  'legal-hold': async (t) => {
    const userId = await t.user('Held');
    await t.ok('deleteUser', { params: { userId } });
    const body = { retentionDays: null, legalHold: true, destination: null };
    await t.ok('putAuditSettings', { headers: { 'if-match': '*' }, body });
    return () => t.call('eraseUser', { params: { userId } });
  },
  'owned-by-directory': async (t) => {
    const userId = await putDirectoryUser(t, await putSource(t), 'Of a directory');
    return () => t.call('updateUser', { params: { userId }, body: { name: 'Of ours' } });
  },
  'run-active': async (t) => {
    const params = { sourceId: await putSource(t) };
    await t.ok('postDelta', { params, body: 'version: 1\n' });
    return () => t.call('postDelta', { params, body: 'version: 1\n# another\n' });
  },
  'run-held': async (t) => {
    const { source } = (await t.ok('getRun', { params: { runId: await putHeldRun(t) } })).body;
    return () => t.call('postDelta', { params: { sourceId: source }, body: 'version: 1\n' });
  },
  'run-not-held': async (t) => {
    const params = { runId: await putHeldRun(t) };
    await t.ok('rejectRun', { params });
    return () => t.call('approveRun', { params, body: { digest: heldDigest } });
  },
  'plan-differs': async (t) => {
    const params = { runId: await putHeldRun(t) };
    return () => t.call('approveRun', { params, body: { digest: '0'.repeat(64) } });
  },
  'source-off': async (t) => {
    const params = { sourceId: await putSource(t) };
    await t.ok('updateSource', { params, body: { enabled: false } });
    return () => t.call('postDelta', { params, body: 'version: 1\n' });
  },
  'full-run-needed': async (t) => {
    const params = { sourceId: await putSource(t) };
    for (const enabled of [false, true]) await t.ok('updateSource', { params, body: { enabled } });
    return () => t.call('postDelta', { params, body: 'version: 1\n' });
  },
  'cursor-differs': async (t) => {
    const params = { sourceId: await putSource(t) };
    return () => t.call('openRun', { params, body: { kind: 'delta', epoch: 'e1', baseCursor: 'c1' } });
  },
  'run-not-open': async (t) => {
    const params = { runId: await openedRun(t) };
    await t.ok('abandonRun', { params });
    return () => t.call('putBatch', { params: { ...params, number: '1' }, body: '' });
  },
  'batch-differs': async (t) => {
    const params = { runId: await openedRun(t), number: '1' };
    await t.ok('putBatch', { params, body: '' });
    return () => t.call('putBatch', { params, body: '\n' });
  },
  'batch-out-of-order': async (t) => {
    const params = { runId: await openedRun(t), number: '2' };
    return () => t.call('putBatch', { params, body: '' });
  },
  'content-differs': async (t) => {
    const params = { runId: await openedRun(t) };
    const body = { batches: 1, entries: 0, digest: '0'.repeat(64), cursor: 'c1' };
    return () => t.call('commitRun', { params, body });
  },
  'idempotency-mismatch': async (t) => {
    await t.ok('createRole', { headers: keyed, body: { name: 'One' } });
    return () => t.call('createRole', { headers: keyed, body: { name: 'Two' } });
  },
  'preview-changed': async (t) => {
    const params = { roleId: await t.role('Shown') };
    const operations = [{ operation: 'updateRole', params, body: { description: 'New' } }];
    const { body } = await t.ok('submitChangeSet', { body: { operations }, query: { dryRun: 'true' } });
    await t.ok('updateRole', { params, body: { name: 'Other' } });
    return () => t.call('submitChangeSet', { body: { operations, digest: body.digest } });
  },
  'cannot-log-on': async (t) => {
    const user = await t.user('Disabled');
    await t.ok('updateUser', { params: { userId: user }, body: { state: 'disabled' } });
    return () => t.call('createSession', { as: service(t.id), body: { user } });
  },
  'session-ended': async (t) => () =>
    t.call('check', { as: service(t.id), body: { session: 'x00000000000000000000', permission: 'billing' } }),
  'no-snapshot': async (t) => {
    await t.ok('updateTenant', { body: { changesTakeEffect: 'immediately' } });
    const { body } = await t.ok('createSession', { body: {} });
    return () => t.call('createSnapshotToken', { params: { sessionId: body.id } });
  },
  'precondition-failed': async (t) => () =>
    t.call('updateTenant', { headers: { 'if-match': '"x"' }, body: { name: 'New' } }),
  'payload-too-large': async (t) => {
    const params = { sourceId: await putSource(t) };
    return () => t.call('postDelta', { params, body: 'x'.repeat(5_000_001) });
  },
  'unsupported-media-type': async (t) => () =>
    t.call('createRole', { headers: { 'content-type': 'text/plain' }, body: { name: 'X' } }),
  'precondition-required': async (t) => {
    const roleId = await t.role('Guarded');
    return () => t.call('putRoleGrants', { params: { roleId }, body: { grants: [] } });
  },
};

/** Codes that no request produces by itself: faults.test.ts injects what they need, or the gateway answers them. */
const needFaults: readonly ProblemCode[] = ['internal', 'out-of-time', 'busy', 'too-many-requests'];

const codes = Object.keys(problems) as ProblemCode[];
const named = new Set<ProblemCode>(operationIds.flatMap(problemCodesOf));

it.each(codes.filter((code) => scenarios[code]))('%s is produced by a request, and writes nothing', async (code) => {
  const tenant = await harness.tenant();
  const refused = await (scenarios[code] as Scenario)(tenant);
  const before = await momentOf(harness, tenant.id);
  expectProblem(await refused(), code);
  const after = await momentOf(harness, tenant.id);
  // An ID token is not believed even as to the tenant that it names.
  if (code === 'access-token-needed') expect(after).toEqual(before);
  else expectUntouched(before, after, code);
});

it('has a scenario for every code that an operation may answer', () => {
  const missing = codes.filter((code) => !scenarios[code] && !needFaults.includes(code));
  expect(missing.filter((code) => named.has(code))).toEqual([]);
});

it('refuses for good: what is refused once is refused again, and counted', async () => {
  const tenant = await harness.tenant();
  const before = await momentOf(harness, tenant.id);
  const asked: string[] = [];
  for (let n = 0; n < 5; n += 1) {
    const reply = await tenant.call('deleteUser', { params: { userId: tenant.firstUser } });
    expectProblem(reply, 'last-access-manager');
    asked.push(reply.body.requestId);
  }
  const { refused } = await momentOf(harness, tenant.id);
  const events = [...refused.values()];
  expect(before.refused.size).toBe(0);
  // One event a minute, with a count: five refusals may fall into two minutes.
  expect(events.length).toBeLessThanOrEqual(2);
  expect(events.reduce((sum, event) => sum + event.count, 0)).toBe(5);
  const { body } = await tenant.ok('listEvents', { query: { target: tenant.firstUser, action: 'user.deleted' } });
  expect(body.items[0]).toMatchObject({ outcome: 'refused', code: 'last-access-manager', target: tenant.firstUser });
  expect(asked).toContain(body.items[0].requestId);
});
