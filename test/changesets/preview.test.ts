// dryRun=true: answers what would be, writes nothing, and does not differ from what the submit then does.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import { type OperationId, operation } from '../../shared/routes/operations.ts';
import { builtOperations } from '../support/facts.ts';
import { type As, boot, type Harness, onNewTable, operator, person, type Tenant } from '../support/harness.ts';
import { long } from '../support/patience.ts';
import { samples, Targets } from '../support/samples.ts';
import { moveOf, numbers, requestOf, smallTenant, steady } from './moves.ts';
import { expectEffect, expectSame, itemsOf, rawOf } from './worlds.ts';

let harness: Harness;
let booted: Awaited<ReturnType<typeof boot>>;
beforeAll(async () => {
  booted = await boot();
  harness = booted.harness;
});
afterAll(() => booted.engine.close());

const dryRun = { dryRun: 'true' };
const everything = (tenant: string) => itemsOf(harness, tenant);

describe('on every operation that writes', () => {
  let tenant: Tenant;
  beforeAll(async () => {
    tenant = await harness.tenant();
  });
  const writing = builtOperations.filter((id) => operation(id).data === 'write');
  const callerOf = (id: OperationId): As => {
    if (operation(id).callers.includes('operator')) return operator;
    return operation(id).callers.includes('guest') ? person(tenant.id, `guest ${id}`) : tenant.admin;
  };

  it.each(writing)('%s answers what it then does, and writes nothing', async (id) => {
    const request = { ...(await samples[id](Targets.fresh(tenant))), as: callerOf(id) };
    const before = await everything(tenant.id);
    const rehearsed = await harness.call(id, { ...request, query: { ...request.query, ...dryRun } });
    expect(rehearsed.status, JSON.stringify(rehearsed.body)).toBe(200);
    expectSame(before, await everything(tenant.id), id);
    const done = await harness.ok(id, request);
    // A draft that is up to date stays as it is.
    const outcome = id === 'rebaseDraft' ? 'nothing' : 'done';
    expect(rehearsed.body).toMatchObject({ dryRun: true, outcome, status: done.status });
    expect(steady(rehearsed.body.answer ?? null)).toEqual(steady(done.body ?? null));
    expect(rehearsed.body.effect).toMatchObject({ more: false });
  });

  it.each(writing)('%s takes no other word for it', async (id) => {
    const request = { ...(await samples[id](Targets.fresh(tenant))), as: callerOf(id) };
    const before = await everything(tenant.id);
    for (const query of [{ dryRun: 'yes' }, { dryRun: '' }, { dryrun: 'true' }]) {
      const refused = await harness.call(id, { ...request, query: { ...request.query, ...query } });
      expect(refused.body.errors).toEqual([expect.objectContaining({ field: `query.${Object.keys(query)[0]}` })]);
    }
    expectSame(before, await everything(tenant.id), id);
  });

  it('reading operations know no dry run', async () => {
    const refused = await tenant.call('getTenant', { query: dryRun });
    expect(refused.status).toBe(400);
  });

  it('leaves no idempotency record: the key is free for the real thing', async () => {
    const request = { body: { name: 'Once' }, headers: { 'idempotency-key': 'rehearsed' } };
    await tenant.ok('createRole', { ...request, query: dryRun });
    expect((await tenant.call('createRole', request)).status).toBe(201);
  });
});

describe('random operations', () => {
  it('do what their preview says, to whom it says', { timeout: long }, async () => {
    const outcomes = new Set<string>();
    const operations = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(numbers, { minLength: 8, maxLength: 8 }), async (drawn) => {
        const own = await onNewTable(booted.engine, booted.harness.client);
        const all = () => itemsOf(own, tenant.id);
        const small = await smallTenant(own);
        const { tenant } = small;
        const known = [...small.users, ...small.roles, ...small.policies, ...small.rules, tenant.firstUser];
        for (const [turn, move] of drawn.entries()) {
          const { operation: id, ...listed } = moveOf(small, move, `${turn}`);
          const request = requestOf({ operation: id, ...listed });
          const before = await rawOf(own, tenant.id);
          const items = await all();
          const rehearsed = await tenant.call(id, { ...request, query: { ...listed.query, ...dryRun } });
          // Who may not is refused as ever, and that is recorded.
          if (rehearsed.status === 200) expectSame(items, await all(), id);
          const done = await tenant.call(id, request);
          const about = `${id} ${JSON.stringify(request)}: ${JSON.stringify(rehearsed.body)} then ${JSON.stringify(done.body)}`;
          if (rehearsed.status !== 200) {
            expect(done.status, about).toBe(rehearsed.status);
            return;
          }
          const { outcome, status, answer, problem, effect, etag } = rehearsed.body;
          outcomes.add(outcome);
          if (outcome === 'done') operations.add(id);
          expect(done.status, about).toBe(status);
          expect(steady(done.body ?? null, known), about).toEqual(steady(answer ?? problem ?? null, known));
          // What is made has another id when it really is, and so have new actions.
          const creates = ['createRole', 'cloneRole', 'createPolicy', 'createUser', 'createRule', 'addAction'].includes(
            id,
          );
          const newActions = 'actions' in ((request.body ?? {}) as object);
          if (!creates && !newActions) expect(done.etag, about).toBe(etag);
          const after = await rawOf(own, tenant.id);
          if (outcome === 'refused') expect(after, about).toEqual(before);
          else {
            // What is created has another id when it really is.
            const real = JSON.stringify(effect.users).replaceAll(answer?.id ?? 'none', done.body?.id);
            expectEffect(before, after, JSON.parse(real));
          }
          if (outcome === 'nothing') expect(effect).toEqual({ users: [], more: false, things: [] });
        }
      }),
      { numRuns: 12, seed: 7, endOnFailure: true },
    );
    // The handlers go on with the table that the rest of this file is about.
    setRuntime(harness.runtime);
    expect([...outcomes].sort()).toEqual(['done', 'nothing', 'refused']);
    expect([...operations].filter((id) => /Rule|Action|Categories/.test(id)).length).toBeGreaterThan(6);
  });
});

describe('who sees what of an effect', () => {
  const grants = (...permissions: string[]) => permissions.map((permission) => ({ permission }));
  /** Somebody who manages users and holds little else; and a user in a role, with grants of its own. */
  const scene = async (catalogue: string) => {
    const tenant = await harness.tenant(catalogue);
    const helper = await tenant.user('Helper', 'helper');
    await tenant.setGrants(helper, grants('manageUsers', 'viewConfiguration'));
    const user = await tenant.user('User');
    await tenant.setGrants(user, grants('viewConfiguration', 'viewAllReports'));
    await tenant.role('Readers', grants('viewQuarantine'), [user]);
    return { tenant, user, helper: person(tenant.id, 'helper') };
  };
  const lostBy = (effect: { users: { user: string; lost: { permission: string }[] }[] }, user: string) =>
    effect.users.find((one) => one.user === user)?.lost.map(({ permission }) => permission);

  it('a keeper sees all of it', async () => {
    const { tenant, user } = await scene('complete');
    const { body } = await tenant.ok('deleteUser', { params: { userId: user }, query: dryRun });
    expect(lostBy(body.effect, user)).toEqual(
      expect.arrayContaining(['viewAllReports', 'viewConfiguration', 'viewQuarantine']),
    );
  });

  it('others see what they may read of it: own grants that they hold themselves, and no roles', async () => {
    const { tenant, user, helper } = await scene('complete');
    const { body } = await tenant.ok('deleteUser', { params: { userId: user }, query: dryRun, as: helper });
    const seen = (await tenant.ok('getUserGrants', { params: { userId: user }, as: helper })).body.grants;
    expect(lostBy(body.effect, user)?.sort()).toEqual(
      seen.map((grant: { permission: string }) => grant.permission).sort(),
    );
    expect(JSON.stringify(body)).not.toContain('viewQuarantine');
  });

  it('is the same whatever is hidden', async () => {
    const { tenant, user, helper } = await scene('complete');
    const ask = async () =>
      (await tenant.ok('deleteUser', { params: { userId: user }, query: dryRun, as: helper })).body;
    const before = await ask();
    await tenant.role('Secret', grants('billing', 'logExport'), [user]);
    expect(await ask()).toEqual(before);
  });

  it('authorisation failures stay errors, other refusals are told', async () => {
    const { tenant, helper } = await scene('complete');
    const role = await tenant.role('Some');
    const forbidden = await tenant.call('deleteRole', { params: { roleId: role }, query: dryRun, as: helper });
    expect(forbidden.status).toBe(403);
    const climbing = await tenant.ok('deleteUser', { params: { userId: tenant.firstUser }, query: dryRun, as: helper });
    expect(climbing.body).toMatchObject({ outcome: 'refused', status: 403, problem: { code: 'keeper-needed' } });
    const last = await tenant.ok('deleteUser', { params: { userId: tenant.firstUser }, query: dryRun });
    expect(last.body).toMatchObject({ outcome: 'refused', status: 409, problem: { code: 'last-access-manager' } });
    expect(JSON.stringify(last.body)).not.toContain('witness');
    const stale = {
      params: { roleId: role },
      body: { name: 'Other' },
      headers: { 'if-match': '"old"' },
      query: dryRun,
    };
    expect((await tenant.ok('updateRole', stale)).body).toMatchObject({ outcome: 'refused', status: 412 });
  });
});

it('names a thousand affected users, and says when there are more', { timeout: long }, async () => {
  const tenant = await harness.tenant();
  const role = await tenant.role('Crowd', [{ permission: 'billing' }]);
  const made: Promise<string>[] = [];
  for (let n = 0; n < 1_001; n += 1) {
    made.push(tenant.user(`User ${n}`));
    if (n % 50 === 0) await Promise.all(made);
  }
  const members = await Promise.all(made);
  await tenant.ok('addRoleMembers', { params: { roleId: role }, body: { members: members.slice(1) } });
  const ask = async () => (await tenant.ok('deleteRole', { params: { roleId: role }, query: dryRun })).body.effect;
  const exact = await ask();
  expect([exact.users.length, exact.more]).toEqual([1_000, false]);
  await tenant.ok('addRoleMembers', { params: { roleId: role }, body: { members: members.slice(0, 1) } });
  const more = await ask();
  expect([more.users.length, more.more]).toEqual([1_000, true]);
  // Those that are not named are agreed to as well: the last of them is put in place of another.
  const everybody = [...members, await tenant.user('One more')].sort();
  const [inside, outside] = everybody.slice(-2) as [string, string];
  const change = async (id: 'addRoleMembers' | 'removeRoleMembers', ...list: string[]) =>
    tenant.ok(id, { params: { roleId: role }, body: { members: list } });
  await change('addRoleMembers', ...everybody);
  await change('removeRoleMembers', outside);
  const operations = [{ operation: 'addRoleGrant', params: { roleId: role }, body: { permission: 'purchase' } }];
  const { digest, effect } = (await tenant.ok('submitChangeSet', { body: { operations }, query: dryRun })).body;
  await change('removeRoleMembers', inside);
  await change('addRoleMembers', outside);
  const { effect: same } = (await tenant.ok('submitChangeSet', { body: { operations }, query: dryRun })).body;
  expect(same).toEqual(effect);
  const refused = await tenant.call('submitChangeSet', { body: { operations, digest } });
  expect(refused.body.code).toBe('preview-changed');
});
