// If-Match and Idempotency-Key over the table of operations: lost updates are refused, repeated requests are answered
// once, and neither lets somebody do what they may not.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type OperationId, operation, operationIds } from '../../shared/routes/operations.ts';
import { implemented } from '../support/facts.ts';
import {
  type As,
  boot,
  type Harness,
  issuer,
  onNewTable,
  operator,
  person,
  type Request,
  type Tenant,
} from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { differing, expectProblem, expectUntouched, momentOf } from '../support/problems.ts';
import { samples, Targets } from '../support/samples.ts';

vi.setConfig(longSuite);

let harness: Harness;
let tenant: Tenant;
let second: As;
let others: string[];
let booted: Awaited<ReturnType<typeof boot>>;

beforeAll(async () => {
  booted = await boot();
});
/** A tenant per operation, in a table of its own, so that little is compared each time. */
const newTenant = async () => {
  harness = await onNewTable(booted.engine, booted.harness.client);
  tenant = await harness.tenant();
  const other = await tenant.user('Second keeper', 'second');
  await tenant.setGrants(other, [{ permission: '*' }]);
  second = person(tenant.id, 'second');
  others = [other];
};
afterAll(() => booted.engine.close());

const built = operationIds.filter(implemented);
const asOf = (id: OperationId): As =>
  (operation(id).callers as string[]).includes('operator') ? operator : tenant.admin;
const guarded = built.filter((id) => ['accepted', 'required'].includes(operation(id).etag ?? ''));
const required = built.filter((id) => operation(id).etag === 'required');
/** Operations that carry out a stored draft, which others can edit meanwhile. */
const kept = built.filter((id) => operation(id).etag === 'spent');
// The samples of operators are about a tenant each, and a key is of one tenant: see the tests of recovery.
const idempotent = built.filter((id) => operation(id).idempotent && operation(id).area !== 'operators');

const without = (request: Request, header: string): Request => {
  const { [header]: _, ...headers } = request.headers ?? {};
  return { ...request, headers };
};

beforeAll(newTenant);

describe.each(required)('%s', (id) => {
  it('needs an If-Match', async () => {
    const request = without(await samples[id](Targets.fresh(tenant)), 'if-match');
    const before = await momentOf(harness, tenant.id);
    expectProblem(await harness.call(id, { ...request, as: asOf(id) }), 'precondition-required', id);
    expectUntouched(before, await momentOf(harness, tenant.id), 'precondition-required', id);
  });
});

describe.each(kept)('%s', (id) => {
  it('needs an If-Match that names a state, or the digest of a preview; a stale one is refused', async () => {
    const { body, ...request } = await samples[id](Targets.fresh(tenant));
    const { digest: _, ...rest } = body as { readonly digest?: string };
    const before = await momentOf(harness, tenant.id);
    const refuses = async (code: 'precondition-required' | 'precondition-failed', tag?: string) => {
      const headers = { ...request.headers, ...(tag !== undefined && { 'if-match': tag }) };
      expectProblem(await harness.call(id, { ...request, body: rest, headers, as: asOf(id) }), code, id);
      expectUntouched(before, await momentOf(harness, tenant.id), code, id);
    };
    for (const tag of [undefined, '*', ' * ']) await refuses('precondition-required', tag);
    for (const tag of ['"stale"', '', '*, "stale"']) await refuses('precondition-failed', tag);
  });
});

/** Where the resource that an operation changes is read with its ETag. */
const readers: Partial<Record<OperationId, OperationId>> = {
  updateTenant: 'getTenant',
  updateTenantById: 'getTenantById',
  putFeatures: 'getFeatures',
  updateUser: 'getUser',
  deleteUser: 'getUser',
  putUserGrants: 'getUserGrants',
  removeUserGrant: 'getUserGrants',
  updateGroup: 'getGroup',
  deleteGroup: 'getGroup',
  updatePolicy: 'getPolicy',
  deletePolicy: 'getPolicy',
  updateRole: 'getRole',
  deleteRole: 'getRole',
  putRoleGrants: 'getRoleGrants',
  addRoleGrant: 'getRoleGrants',
  removeRoleGrant: 'getRoleGrants',
  addRoleMembers: 'listRoleMembers',
  removeRoleMembers: 'listRoleMembers',
  replaceRoleMembers: 'listRoleMembers',
  putDraft: 'getDraft',
  deleteDraft: 'getDraft',
  rebaseDraft: 'getDraft',
  updateRule: 'getRule',
  deleteRule: 'getRule',
  moveRule: 'getRule',
  addAction: 'getRule',
  updateAction: 'getRule',
  deleteAction: 'getRule',
  moveAction: 'getRule',
  putRuleOwner: 'getRuleOwner',
  updateSource: 'getSource',
  deleteSource: 'getSource',
  putCategories: 'getCategories',
  putRuleRights: 'getRuleRights',
  putAuditSettings: 'getAuditSettings',
};
/** A keeper's empty list is tested elsewhere; the place of a rule is not its own; a draft that is up to date stays so. */
const unchanged: readonly OperationId[] = ['putUserGrants', 'moveRule', 'rebaseDraft'];

describe.each(guarded)('%s', (id) => {
  beforeAll(newTenant);

  it('refuses an ETag that is out of date, from every caller', async () => {
    const request = await samples[id](Targets.fresh(tenant));
    const before = await momentOf(harness, tenant.id);
    for (const tag of ['"stale"', '', '"', 'W/"stale"', '"a", "b"', 'x'.repeat(5_000)]) {
      const headers = { ...request.headers, 'if-match': tag };
      expectProblem(
        await harness.call(id, { ...request, headers, as: asOf(id) }),
        'precondition-failed',
        `${id} ${tag}`,
      );
    }
    expectUntouched(before, await momentOf(harness, tenant.id), 'precondition-failed', id);
  });

  it('says of an ETag without its quotes, and of a weak one, what is wrong with it, and not to read again', async () => {
    const request = await samples[id](Targets.fresh(tenant));
    for (const tag of ['OpTKVxOL1pEBsSH1hOtqT2', 'W/"OpTKVxOL1pEBsSH1hOtqT2"', '"one", two']) {
      const headers = { ...request.headers, 'if-match': tag };
      const { body } = await harness.call(id, { ...request, headers, as: asOf(id) });
      expect(body.detail, tag).toMatch(/no ETag as it was answered: send it with its quotes, and without W\/\.$/);
    }
    const headers = { ...request.headers, 'if-match': '"one", "two"' };
    const { body } = await harness.call(id, { ...request, headers, as: asOf(id) });
    expect(body.detail).toMatch(/read it again/);
  });

  it('takes the ETag that reading gives, and not after the change', async () => {
    const reader = readers[id];
    if (!reader) throw new Error(`name in this test what reads the resource of ${id}`);
    const request = await samples[id](Targets.fresh(tenant));
    const { permission: _, actionId: __, ...params } = request.params ?? {};
    const read = () => harness.ok(reader, { params, as: asOf(id) });
    const { etag = '' } = await read();
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    const headers = { ...request.headers, 'if-match': `"other", ${etag}` };
    const reply = await harness.ok(id, { ...request, headers, as: asOf(id) });
    if (reply.status === 204) return;
    const after = await read();
    expect(reply.etag, 'the answer has the ETag that reading has').toBe(after.etag);
    if (unchanged.includes(id)) return;
    expect(after.etag).not.toBe(etag);
    expectProblem(await harness.call(id, { ...request, headers, as: asOf(id) }), 'precondition-failed', id);
  });
});

describe.each(idempotent)('%s', (id) => {
  beforeAll(newTenant);

  const keyed = async (key: string = randomUUID()): Promise<Request> => {
    const request = await samples[id](Targets.fresh(tenant, others));
    return { ...request, headers: { ...request.headers, 'idempotency-key': key } };
  };

  it('answers a repeated request as it did, and does it once', async () => {
    const request = { ...(await keyed()), as: asOf(id) };
    const first = await harness.ok(id, request);
    const before = await momentOf(harness, tenant.id);
    const again = await harness.ok(id, request);
    expect([again.status, again.body, again.etag]).toEqual([first.status, first.body, first.etag]);
    const after = await momentOf(harness, tenant.id);
    expect(differing(before, after)).toEqual([]);
    expect([after.changes, after.once]).toEqual([before.changes, before.once]);
  });

  it('refuses the same key for another request', async () => {
    const key = randomUUID();
    await harness.ok(id, { ...(await keyed(key)), as: asOf(id) });
    const other = { ...(await keyed(key)), as: asOf(id) };
    const before = await momentOf(harness, tenant.id);
    expectProblem(await harness.call(id, other), 'idempotency-mismatch', id);
    expectUntouched(before, await momentOf(harness, tenant.id), 'idempotency-mismatch', id);
  });

  it("knows nothing of another caller's key", async () => {
    const key = randomUUID();
    const [one, named] = [await keyed(key), await keyed(key)];
    // One logs on as oneself only.
    const two = id === 'createSession' ? { ...named, body: {} } : named;
    const mine = await harness.ok(id, { ...one, as: asOf(id) });
    const theirs = await harness.ok(id, {
      ...two,
      as: asOf(id) === operator ? { ...operator, subject: 'op2' } : second,
    });
    expect(theirs.status).toBe(mine.status);
    if (mine.body.id) expect(theirs.body.id).not.toBe(mine.body.id);
  });

  it('refuses keys that are none', async () => {
    const request = await keyed('');
    const before = await momentOf(harness, tenant.id);
    for (const key of ['', ' ', 'with space', 'ключ', '\u0000', 'x'.repeat(201)]) {
      const headers = { ...request.headers, 'idempotency-key': key };
      expectProblem(await harness.call(id, { ...request, headers, as: asOf(id) }), 'invalid-request', `${id} ${key}`);
    }
    expectUntouched(before, await momentOf(harness, tenant.id), 'invalid-request', id);
  });
});

/**
 * Operations of a tenant's users whose right can be taken between a request and its repetition. The tests of rules cover
 * rights on rules, which come by roles. Drafts and log-ons are left out, because they need no permission.
 */
const lasting: readonly OperationId[] = ['createTenant', 'createDraft', 'createSession'];
describe.each(idempotent.filter((id) => !lasting.includes(id) && operation(id).area !== 'rules'))('%s', (id) => {
  beforeAll(newTenant);

  it('authorises a repeated request anew', async () => {
    const subject = randomUUID();
    const user = await tenant.user('Soon without', subject);
    await tenant.setGrants(user, [{ permission: '*' }]);
    const request = await samples[id](Targets.fresh(tenant));
    const again = { ...request, headers: { 'idempotency-key': 'k' }, as: person(tenant.id, subject) };
    await harness.ok(id, again);
    await tenant.setGrants(user, [{ permission: 'viewAllReports' }]);
    const before = await momentOf(harness, tenant.id);
    // Another user's draft is hidden from callers who do not manage access rights.
    const code = id === 'submitDraft' ? 'not-found' : 'forbidden';
    expectProblem(await harness.call(id, again), code, id);
    expectUntouched(before, await momentOf(harness, tenant.id), code, id);
    await tenant.ok('updateUser', { params: { userId: user }, body: { state: 'disabled' } });
    expectProblem(await harness.call(id, again), 'user-disabled', id);
  });
});

it('binds a key to its operation: the same key and body elsewhere is another request', async () => {
  const headers = { 'idempotency-key': 'shared' };
  const role = await tenant.ok('createRole', { headers, body: { name: 'Twice', description: '' } });
  const policy = await tenant.ok('createPolicy', { headers, body: { name: 'Twice', description: '' } });
  expect([role.body.id[0], policy.body.id[0]]).toEqual(['r', 'p']);
});

it('binds a key to the tenant', async () => {
  const other = await harness.tenant();
  const request = { headers: { 'idempotency-key': 'tenants' }, body: { name: 'Same' } };
  const here = await tenant.ok('createRole', request);
  const there = await other.ok('createRole', request);
  expect(here.body.id).not.toBe(there.body.id);
});

it('makes one tenant of a repeated request for one, and keeps the first answer', async () => {
  const body = { name: 'Once', firstUser: { name: 'Ada', identity: { issuer, subject: 'once' } } };
  const headers = { 'idempotency-key': 'tenant' };
  const [one, two] = await Promise.all([1, 2].map(() => harness.ok('createTenant', { as: operator, body, headers })));
  expect(one?.body).toEqual(two?.body);
});
