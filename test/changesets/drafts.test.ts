// Drafts: operations that several people gather over days. Nothing takes effect before the submit; what others changed
// meanwhile is named, item by item.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../shared/store/db.ts';
import { type As, boot, type Harness, person, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';
import type { Listed } from './moves.ts';
import { expectSame, itemsOf } from './worlds.ts';

let harness: Harness;
let close: () => Promise<void>;
let skew = 0;
beforeAll(async () => {
  const booted = await boot({ clock: { ...systemClock, now: () => Date.now() + skew } });
  harness = booted.harness;
  close = () => booted.engine.close();
});
afterAll(() => close());

type Named = Listed & { readonly as?: string };

/** Two who manage access rights, somebody who manages users only, and a role. */
const scene = async (catalogue = 'complete') => {
  const tenant = await harness.tenant(catalogue);
  const second = await tenant.user('Second', 'second');
  await tenant.setGrants(second, [{ permission: 'manageAccessRights' }]);
  const helper = await tenant.user('Helper', 'helper');
  await tenant.setGrants(helper, [{ permission: 'manageUsers' }]);
  const role = await tenant.role('Readers', [{ permission: 'billing' }]);
  return {
    tenant,
    role,
    helper,
    asSecond: person(tenant.id, 'second'),
    asHelper: person(tenant.id, 'helper'),
    rename: (name: string): Named => ({ operation: 'updateRole', params: { roleId: role }, body: { name } }),
  };
};
const create = async (tenant: Tenant, operations: readonly Named[], as = tenant.admin) => {
  const { body, etag = '' } = await tenant.ok('createDraft', { body: { name: 'For Monday', operations }, as });
  return { id: body.id as string, params: { draftId: body.id as string }, etag, body };
};
const rebase = async (tenant: Tenant, params: { draftId: string }, refresh = false, as: As = tenant.admin) => {
  const { headers } = await lookedAt(tenant, params);
  return (await tenant.ok('rebaseDraft', { params, body: { refresh }, as, ...(refresh && { headers }) })).body;
};
/** A request to submit a draft as it stands now, seen by a keeper; as of none when it is gone. */
const lookedAt = async (tenant: Tenant, params: { draftId: string }) => {
  const { etag = '"gone"' } = await tenant.call('getDraft', { params });
  return { params, body: {}, headers: { 'if-match': etag } };
};

describe('before the submit', () => {
  it('CT-04: the switch flipped in a draft enforces nothing until it is submitted', async () => {
    const tenant = await harness.tenant('exchange-rules');
    const user = await tenant.user('User');
    const { params } = await create(tenant, [{ operation: 'updateTenant', body: { enforced: true } }]);
    expect((await tenant.ok('getTenant')).body.enforced).toBe(false);
    expect(await tenant.check(user, { permission: 'createRules' })).toBe(true);
    await tenant.ok('submitDraft', await lookedAt(tenant, params));
    expect((await tenant.ok('getTenant')).body.enforced).toBe(true);
    expect(await tenant.check(user, { permission: 'createRules' })).toBe(false);
  });

  it("CT-25 CT-26: no user's check changes, the editor's included, while a draft is made, edited and looked at", async () => {
    const { tenant, role, asSecond } = await scene();
    const user = await tenant.user('User');
    const add = (member: string): Named => ({
      operation: 'addRoleMembers',
      params: { roleId: role },
      body: { members: [member] },
    });
    const everybody = [tenant.firstUser, user];
    const checks = async () => Promise.all(everybody.map((one) => tenant.check(one, { permission: 'billing' })));
    const before = await checks();
    const { params, etag } = await create(tenant, [add(user)]);
    expect(await checks()).toEqual(before);
    const edited = await tenant.ok('putDraft', {
      params,
      body: {
        name: 'For Monday',
        operations: [
          add(user),
          {
            operation: 'putUserGrants',
            params: { userId: tenant.firstUser },
            body: { grants: [{ permission: 'manageAccessRights' }] },
          },
        ],
      },
      headers: { 'if-match': etag },
      as: asSecond,
    });
    expect(edited.body.updatedBy).not.toBe(edited.body.author);
    const looked = await tenant.ok('previewDraft', { params });
    expect(looked.body).toMatchObject({ dryRun: true, outcome: 'done' });
    await rebase(tenant, params);
    expect(await checks()).toEqual(before);
    await tenant.ok('submitDraft', { ...(await lookedAt(tenant, params)), as: asSecond });
    expect(before).toEqual([true, false]);
    expect(await checks()).toEqual([false, true]);
  });

  it('a preview writes nothing, and a submit with its digest does what it showed', async () => {
    const { tenant, rename } = await scene();
    const { params } = await create(tenant, [rename('Writers'), { operation: 'createRole', body: { name: 'New' } }]);
    const before = await itemsOf(harness, tenant.id);
    const { body } = await tenant.ok('previewDraft', { params });
    expectSame(before, await itemsOf(harness, tenant.id));
    const done = await tenant.ok('submitDraft', { params, body: { digest: body.digest } });
    expect(done.body.results.map(({ status }: { status: number }) => status)).toEqual([200, 201]);
    expect(done.body.results[0]).toEqual(body.answer.results[0]);
  });
});

describe('the submit', () => {
  it('CT-27: applies all as one unit and takes the draft away', async () => {
    const { tenant, role, rename } = await scene();
    const { params, id } = await create(tenant, [rename('Writers'), rename('Authors')]);
    await tenant.ok('submitDraft', await lookedAt(tenant, params));
    expect((await tenant.ok('getRole', { params: { roleId: role } })).body.name).toBe('Authors');
    expect((await tenant.call('getDraft', { params })).status).toBe(404);
    expect((await tenant.ok('listDrafts')).body.items).toEqual([]);
    expect((await tenant.call('submitDraft', await lookedAt(tenant, params))).status).toBe(404);
    const events = (await tenant.ok('listEvents', { query: { limit: '4' } })).body.items;
    const [last, first, closed, whole] = events;
    expect([last, first, closed, whole].map(({ action }) => action)).toEqual([
      'role.updated',
      'role.updated',
      'draft.submitted',
      'changes.submitted',
    ]);
    expect(closed.target).toBe(id);
    expect(whole.after.events).toEqual([closed.id, first.id, last.id]);
  });

  it('a draft that would lock everybody out is named in the event of its refusal', async () => {
    const { tenant } = await scene();
    const alone = (await tenant.ok('getTenant')).body.accessManagers.users.filter(
      (user: string) => user !== tenant.firstUser,
    );
    for (const userId of alone) await tenant.ok('deleteUser', { params: { userId } });
    const { params, id } = await create(tenant, [{ operation: 'deleteUser', params: { userId: tenant.firstUser } }]);
    expectProblem(await tenant.call('submitDraft', await lookedAt(tenant, params)), 'last-access-manager');
    const [event] = (await tenant.ok('listEvents', { query: { outcome: 'refused', limit: '1' } })).body.items;
    expect(event).toMatchObject({ action: 'draft.submitted', target: id, code: 'last-access-manager' });
  });

  it('CT-27: if it is refused none applies, and the draft stays', async () => {
    const { tenant, rename } = await scene();
    const { params } = await create(tenant, [
      rename('Writers'),
      { operation: 'deleteUser', params: { userId: tenant.firstUser } },
      { operation: 'createRole', body: { name: 'Writers' } },
    ]);
    const before = await harness.facts(tenant.id);
    const refused = await tenant.call('submitDraft', await lookedAt(tenant, params));
    expect(refused.body).toMatchObject({ code: 'name-taken', operation: 2 });
    expect(await harness.facts(tenant.id)).toEqual(before);
    expect((await tenant.call('getDraft', { params })).status).toBe(200);
  });

  it('Idempotency-Key: sent again after the draft is gone, it is answered the same', async () => {
    const { tenant, rename } = await scene();
    const { params } = await create(tenant, [rename('Writers')]);
    const { headers, ...request } = await lookedAt(tenant, params);
    const keyed = { ...request, headers: { ...headers, 'idempotency-key': 'monday' } };
    const first = await tenant.ok('submitDraft', keyed);
    expect((await tenant.ok('submitDraft', keyed)).body).toEqual(first.body);
  });

  it('names the draft that was looked at: what its author makes of it meanwhile is not carried out', async () => {
    const { tenant, helper, asHelper, rename } = await scene();
    const { params, etag } = await create(tenant, [rename('Writers')], asHelper);
    const { digest } = (await tenant.ok('previewDraft', { params })).body;
    const grants = [{ permission: '*' }];
    const climb: Named = { operation: 'putUserGrants', params: { userId: helper }, body: { grants }, ifMatch: '*' };
    const body = { name: 'For Monday', operations: [climb] };
    await tenant.ok('putDraft', { params, body, headers: { 'if-match': etag }, as: asHelper });
    const before = await harness.facts(tenant.id);
    const blind = [{}, { headers: { 'if-match': '*' } }, { headers: { 'if-match': ' * ' } }];
    for (const request of [...blind, ...blind.map((one) => ({ ...one, query: { dryRun: 'true' } }))])
      expectProblem(await tenant.call('submitDraft', { params, body: {}, ...request }), 'precondition-required');
    const headers = { 'if-match': etag };
    expectProblem(await tenant.call('submitDraft', { params, body: {}, headers }), 'precondition-failed');
    expectProblem(await tenant.call('submitDraft', { params, body: { digest } }), 'preview-changed');
    expectProblem(
      await tenant.call('submitDraft', { params, body: { digest }, headers: { 'if-match': '*' } }),
      'preview-changed',
    );
    expect(await harness.facts(tenant.id)).toEqual(before);
    expect((await tenant.call('submitDraft', await lookedAt(tenant, params))).status).toBe(200);
  });

  it('is authorised as whoever submits, not as who gathered', async () => {
    const { tenant, asHelper, helper, role } = await scene();
    const join: Named = { operation: 'addRoleMembers', params: { roleId: role }, body: { members: [helper] } };
    const { params } = await create(tenant, [join], asHelper);
    const refused = await tenant.call('submitDraft', { ...(await lookedAt(tenant, params)), as: asHelper });
    expect(refused.body).toMatchObject({ code: 'forbidden', operation: 0 });
    // Somebody who may takes it over.
    expect((await tenant.call('submitDraft', await lookedAt(tenant, params))).status).toBe(200);
    expect(await tenant.check(helper, { permission: 'billing' })).toBe(true);
  });
});

describe('who may', () => {
  it('the author and who manages access rights; for others it is not there', async () => {
    const { tenant, asHelper, asSecond, rename } = await scene();
    const { params, etag } = await create(tenant, [rename('Writers')]);
    const own = await create(tenant, [], asHelper);
    const body = { name: 'Other', operations: [] };
    const headers = { 'if-match': etag };
    for (const [id, request] of [
      ['getDraft', {}],
      ['putDraft', { body, headers }],
      ['deleteDraft', {}],
      ['previewDraft', {}],
      ['rebaseDraft', { body: {} }],
      ['submitDraft', { body: {}, headers }],
    ] as const) {
      const hidden = await tenant.call(id, { ...request, params, as: asHelper });
      const unknown = await tenant.call(id, { ...request, params: { draftId: 'd000000000000' }, as: asHelper });
      expect([hidden.status, hidden.body.detail]).toEqual([404, unknown.body.detail]);
    }
    const ids = async (as: As) =>
      (await tenant.ok('listDrafts', { as })).body.items.map((one: { id: string }) => one.id);
    expect(await ids(asHelper)).toEqual([own.id]);
    expect(await ids(asSecond)).toEqual([params.draftId, own.id].sort());
    expect((await tenant.call('getDraft', { params, as: asSecond })).status).toBe(200);
  });

  it('a page and its cursor tell nothing of drafts that are hidden', async () => {
    const { tenant, asHelper } = await scene();
    const list = async (query = {}) =>
      (await tenant.ok('listDrafts', { as: asHelper, query: { limit: '1', ...query } })).body;
    const none = await list();
    for (let n = 0; n < 15; n += 1) await create(tenant, []);
    expect(await list()).toEqual(none);
    const own = [(await create(tenant, [], asHelper)).id, (await create(tenant, [], asHelper)).id].sort();
    const first = await list();
    expect(first.items.map(({ id }: { id: string }) => id)).toEqual([own[0]]);
    expect(Buffer.from(first.cursor, 'base64url').toString()).toContain(own[0]);
    const second = await list({ cursor: first.cursor });
    expect(second).toEqual({ items: [expect.objectContaining({ id: own[1] })] });
  });

  it('two at once: who is slower is told', async () => {
    const { tenant, asSecond, rename } = await scene();
    const { params, etag } = await create(tenant, [rename('Writers')]);
    const put = (name: string, as: As) =>
      tenant.call('putDraft', {
        params,
        body: { name, operations: [rename(name)] },
        headers: { 'if-match': etag },
        as,
      });
    expect((await put('Mine', tenant.admin)).status).toBe(200);
    expect((await put('Theirs', asSecond)).status).toBe(412);
    expect((await tenant.call('putDraft', { params, body: { name: 'None', operations: [] } })).status).toBe(428);
  });
});

describe('conflicts', () => {
  it('what others changed since stands in the way of the submit, and is named', async () => {
    const { tenant, role, rename, asSecond } = await scene();
    const other = await tenant.role('Other');
    const gone = await tenant.role('Gone');
    const update = (roleId: string): Named => ({
      operation: 'updateRole',
      params: { roleId },
      body: { description: 'D' },
    });
    const { params } = await create(tenant, [rename('Writers'), update(other), update(gone), rename('Authors')]);
    expect(await rebase(tenant, params)).toMatchObject({ conflicts: [] });
    await tenant.ok('updateRole', { params: { roleId: role }, body: { description: 'By another' }, as: asSecond });
    await tenant.ok('deleteRole', { params: { roleId: gone }, as: asSecond });
    const refused = await tenant.call('submitDraft', await lookedAt(tenant, params));
    expect(refused.body).toMatchObject({ code: 'precondition-failed', operation: 0 });
    const { conflicts } = await rebase(tenant, params);
    expect(conflicts).toEqual([
      { operation: 0, why: 'changed' },
      { operation: 2, why: 'gone' },
      { operation: 3, why: 'changed' },
    ]);
  });

  it('each operation that would now be refused is named with why, the others are not held up by it', async () => {
    const { tenant, rename, asSecond } = await scene();
    const { params } = await create(tenant, [
      { operation: 'createRole', body: { name: 'Night' }, as: 'night' },
      { operation: 'addRoleGrant', params: { roleId: '$night' }, body: { permission: 'billing' } },
      rename('Writers'),
    ]);
    await tenant.ok('createRole', { body: { name: 'night' }, as: asSecond });
    const { conflicts } = await rebase(tenant, params);
    expect(conflicts).toEqual([
      { operation: 0, why: 'refused', problem: expect.objectContaining({ code: 'name-taken' }) },
      { operation: 1, why: 'refused', problem: expect.objectContaining({ code: 'not-found' }) },
    ]);
  });

  it('refresh settles for the present state: then the submit goes through', async () => {
    const { tenant, role, rename, asSecond } = await scene();
    const { etag: tag = '' } = await tenant.ok('getRole', { params: { roleId: role } });
    const { params } = await create(tenant, [rename('Writers'), { ...rename('Authors'), ifMatch: tag }]);
    await tenant.ok('updateRole', { params: { roleId: role }, body: { description: 'By another' }, as: asSecond });
    expect((await tenant.call('submitDraft', await lookedAt(tenant, params))).status).toBe(412);
    expect((await rebase(tenant, params, true)).conflicts).toHaveLength(2);
    expect((await rebase(tenant, params)).conflicts).toEqual([]);
    expect((await tenant.call('submitDraft', await lookedAt(tenant, params))).status).toBe(200);
    const { body } = await tenant.ok('getRole', { params: { roleId: role } });
    expect(body).toMatchObject({ name: 'Authors', description: 'By another' });
  });

  it('refresh names the draft that was looked at: nobody settles for operations that came meanwhile', async () => {
    const { tenant, rename, asHelper } = await scene();
    const { params, etag } = await create(tenant, [rename('Writers')], asHelper);
    const body = { name: 'For Monday', operations: [rename('Authors')] };
    await tenant.ok('putDraft', { params, body, headers: { 'if-match': etag }, as: asHelper });
    const before = await itemsOf(harness, tenant.id);
    const settle = (headers: Record<string, string>) =>
      tenant.call('rebaseDraft', { params, body: { refresh: true }, headers });
    for (const blind of [{}, { 'if-match': '*' }]) expectProblem(await settle(blind), 'precondition-required');
    expectProblem(await settle({ 'if-match': etag }), 'precondition-failed');
    expectSame(before, await itemsOf(harness, tenant.id));
  });

  it('an operation keeps the tag of the day when it was added; a new one has that of today', async () => {
    const { tenant, role, rename, asSecond } = await scene();
    const { params, etag } = await create(tenant, [rename('Writers')]);
    await tenant.ok('updateRole', { params: { roleId: role }, body: { description: 'By another' }, as: asSecond });
    await tenant.ok('putDraft', {
      params,
      body: { name: 'For Monday', operations: [rename('Writers'), rename('Authors')] },
      headers: { 'if-match': etag },
    });
    expect((await rebase(tenant, params)).conflicts).toEqual([{ operation: 0, why: 'changed' }]);
  });

  /** Grants that a user's helper may change, and others that are hidden from the helper. */
  const partly = async () => {
    const { tenant, asHelper, helper } = await scene();
    await tenant.setGrants(helper, [{ permission: 'manageUsers' }, { permission: 'viewConfiguration' }]);
    const user = await tenant.user('User');
    const grants = (...ids: string[]) => ids.map((permission) => ({ permission }));
    await tenant.setGrants(user, grants('viewConfiguration', 'viewQuarantine'));
    const put: Named = { operation: 'putUserGrants', params: { userId: user }, body: { grants: [] } };
    const seen = async (as: As) => (await tenant.ok('getUserGrants', { params: { userId: user }, as })).body.grants;
    expect(await seen(asHelper)).not.toEqual(await seen(tenant.admin));
    return { tenant, asHelper, user, grants, put };
  };

  it('do not depend on who looks, where one sees a part of it and another all', async () => {
    for (const submitter of ['author', 'keeper'] as const) {
      const { tenant, asHelper, put } = await partly();
      const as = submitter === 'author' ? asHelper : tenant.admin;
      const { params, etag } = await create(tenant, [put], asHelper);
      expect((await rebase(tenant, params, false, asHelper)).conflicts).toEqual([]);
      expect((await rebase(tenant, params)).conflicts).toEqual([]);
      // Whoever of them adds it, or settles for the present state.
      const twice = { name: 'For Monday', operations: [put, { ...put, as: undefined }] };
      await tenant.ok('putDraft', { params, body: twice, headers: { 'if-match': etag } });
      await rebase(tenant, params, true);
      expect((await rebase(tenant, params, true, asHelper)).conflicts).toEqual([]);
      expect((await tenant.call('submitDraft', { ...(await lookedAt(tenant, params)), as })).status).toBe(200);
    }
  });

  it('do not tell of what is hidden, and are told to those who see it', async () => {
    const { tenant, asHelper, user, grants, put } = await partly();
    const { params, body } = await create(tenant, [put], asHelper);
    await tenant.setGrants(user, grants('viewConfiguration', 'viewAllReports'));
    expect((await rebase(tenant, params, false, asHelper)).conflicts).toEqual([]);
    expect((await rebase(tenant, params)).conflicts).toEqual([{ operation: 0, why: 'changed' }]);
    expect((await tenant.call('submitDraft', await lookedAt(tenant, params))).status).toBe(412);
    expect(body.operations).toEqual([put]);
    expect((await tenant.call('submitDraft', { ...(await lookedAt(tenant, params)), as: asHelper })).status).toBe(200);
  });

  it('are found also where the author may not do it; who may not do it settles for nothing', async () => {
    const { tenant, role, asHelper } = await scene();
    const put: Named = {
      operation: 'putRoleGrants',
      params: { roleId: role },
      body: { grants: [{ permission: 'purchase' }] },
    };
    const { params } = await create(tenant, [put], asHelper);
    await tenant.roleGrants(role, [{ permission: 'billing' }, { permission: 'logExport' }]);
    const changed = [{ operation: 0, why: 'changed' }];
    const forbidden = [{ operation: 0, why: 'refused', problem: expect.objectContaining({ code: 'forbidden' }) }];
    expect((await rebase(tenant, params)).conflicts).toEqual(changed);
    expect((await tenant.call('submitDraft', await lookedAt(tenant, params))).status).toBe(412);
    expect((await rebase(tenant, params, true, asHelper)).conflicts).toEqual(forbidden);
    expect((await rebase(tenant, params)).conflicts).toEqual(changed);
    await rebase(tenant, params, true);
    expect((await rebase(tenant, params)).conflicts).toEqual([]);
    expect((await tenant.call('submitDraft', await lookedAt(tenant, params))).status).toBe(200);
  });

  it('are of content: saved again with its fields in another order, an operation is no other', async () => {
    const { tenant, role, asSecond } = await scene();
    const params = { roleId: role };
    const one: Named = { operation: 'updateRole', params, body: { name: 'Writers', description: 'D' } };
    const again: Named = { body: { description: 'D', name: 'Writers' }, params, operation: 'updateRole' };
    const draft = await create(tenant, [one]);
    await tenant.ok('updateRole', { params, body: { description: 'By another' }, as: asSecond });
    const saved = { params: draft.params, headers: { 'if-match': draft.etag } };
    await tenant.ok('putDraft', { ...saved, body: { name: 'For Monday', operations: [again] } });
    expect((await rebase(tenant, draft.params)).conflicts).toEqual([{ operation: 0, why: 'changed' }]);
  });

  it('an operation that says on what it was made is held to that', async () => {
    const { tenant, role, rename, asSecond } = await scene();
    const { etag: tag = '' } = await tenant.ok('getRole', { params: { roleId: role } });
    await tenant.ok('updateRole', { params: { roleId: role }, body: { description: 'By another' }, as: asSecond });
    const { params } = await create(tenant, [{ ...rename('Writers'), ifMatch: tag }]);
    expect((await rebase(tenant, params)).conflicts).toEqual([{ operation: 0, why: 'changed' }]);
    expect((await tenant.call('submitDraft', await lookedAt(tenant, params))).status).toBe(412);
  });

  it('says when all of it together would be refused', async () => {
    const { tenant } = await scene();
    const second = (await tenant.ok('listUsers', { query: { name: 'Second' } })).body.items[0].id;
    const { params } = await create(tenant, [
      { operation: 'deleteUser', params: { userId: second } },
      { operation: 'deleteUser', params: { userId: tenant.firstUser } },
    ]);
    const found = await rebase(tenant, params);
    expect(found.conflicts).toEqual([]);
    expect(found.refused).toMatchObject({ code: 'last-access-manager' });
  });

  it('says when it is too much for one transaction, which counts the events of its operations', async () => {
    const { tenant } = await scene();
    const roles = (count: number): Named[] =>
      Array.from({ length: count }, (_, n) => ({ operation: 'createRole', body: { name: `Role ${n}` } }));
    const { params } = await create(tenant, roles(50));
    const { conflicts, refused } = await rebase(tenant, params);
    const preview = (await tenant.ok('previewDraft', { params })).body;
    expect([conflicts, refused.code, refused.detail]).toEqual([[], 'quota-exceeded', preview.problem.detail]);
    const { params: fewer } = await create(tenant, roles(40));
    expect(await rebase(tenant, fewer)).not.toHaveProperty('refused');
  });
});

describe('what is kept', () => {
  it('operations are checked as they are saved, and named where they are wrong', async () => {
    const { tenant, rename } = await scene();
    const faulty = await tenant.call('createDraft', {
      body: { name: 'Faulty', operations: [rename('Fine'), { operation: 'createRole', body: { name: 5 } }] },
    });
    expect(faulty.body).toMatchObject({
      operation: 1,
      errors: [expect.objectContaining({ field: '/operations/1/body/name' })],
    });
    expect((await tenant.ok('listDrafts')).body.items).toEqual([]);
  });

  it('at most 300,000 bytes, and 20 drafts of one author who does not manage access rights', async () => {
    const { tenant, asHelper } = await scene();
    const operations = Array.from({ length: 50 }, (_, i) => ({
      operation: 'addRoleMembers',
      params: { roleId: 'r000000000000' },
      body: { members: Array.from({ length: 300 }, (__, j) => `u${String(i * 300 + j).padStart(20, '0')}`) },
    }));
    const large = await tenant.call('createDraft', { body: { name: 'Large', operations } });
    expect(large.body.code).toBe('payload-too-large');
    for (let n = 0; n < 20; n += 1) await create(tenant, [], asHelper);
    const full = await tenant.call('createDraft', { body: { name: 'One more', operations: [] }, as: asHelper });
    expect(full.body).toMatchObject({ code: 'quota-exceeded', quota: 'draftsPerAuthor' });
    expect((await tenant.call('createDraft', { body: { name: 'A keeper', operations: [] } })).status).toBe(201);
  });

  it('90 days after the last edit it is gone, whether or not the table has removed it', async () => {
    const { tenant, rename } = await scene();
    const { params, etag } = await create(tenant, [rename('Writers')]);
    try {
      skew = 80 * 86_400_000;
      const edited = {
        params,
        body: { name: 'Later', operations: [rename('Authors')] },
        headers: { 'if-match': etag },
      };
      expect((await tenant.call('putDraft', edited)).status).toBe(200);
      skew = 169 * 86_400_000;
      expect((await tenant.call('getDraft', { params })).status).toBe(200);
      skew = 171 * 86_400_000;
      expect((await tenant.call('getDraft', { params })).status).toBe(404);
      expect((await tenant.call('submitDraft', await lookedAt(tenant, params))).status).toBe(404);
      expect((await tenant.ok('listDrafts')).body.items).toEqual([]);
    } finally {
      skew = 0;
    }
  });
});
