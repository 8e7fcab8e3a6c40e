// What the audit tells, and to whom: names of actions, refusals that are counted, and differences as their reader may see
// them now.
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actions, changeActions, readActions } from '../../shared/domain/base/actions.ts';
import { type Life, type RoleId, type UserId, userRef } from '../../shared/domain/base/ids.ts';
import { Rights, ruleRightsOf } from '../../shared/domain/deciding/decide.ts';
import { visibleEvent } from '../../shared/domain/deciding/visible.ts';
import { auditActionOf } from '../../shared/routes/actions.ts';
import { operation, operationIds } from '../../shared/routes/operations.ts';
import { keys } from '../../shared/store/keys.ts';
import { putRecords } from '../support/facts.ts';
import { bootEngine, Harness, operator, person, type Tenant } from '../support/harness.ts';
import { momentOf } from '../support/problems.ts';
import { Rules } from '../support/rules.ts';
import { samples, Targets } from '../support/samples.ts';
import { SleepingClock } from '../support/wrapped.ts';

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());
const clock = new SleepingClock(Date.UTC(2026, 2, 1, 12, 0, 5));
const harness = new Harness(client, table, { clock });

const events = async (tenant: Tenant, query: Record<string, string> = {}, as = tenant.admin) =>
  (await tenant.ok('listEvents', { query, as })).body.items;
const madeUp = (n: number) => `r${String(n).padStart(12, '0')}`;

describe('names of actions', () => {
  it('are one list: no name twice, and a name for every operation that somebody can be refused', () => {
    expect(new Set(actions).size).toBe(actions.length);
    const told = operationIds.filter((id) => operation(id).callers.length > 0);
    expect(told.filter((id) => !auditActionOf(id))).toEqual([]);
    for (const id of told) {
      const list: readonly string[] = operation(id).data === 'write' ? changeActions : readActions;
      expect(list, id).toContain(auditActionOf(id));
    }
  });

  it('find what was done and what was refused with one filter', async () => {
    const tenant = await harness.tenant();
    const role = await tenant.role('Old');
    const user = await tenant.user('Plain', 'plain');
    await tenant.call('deleteRole', { params: { roleId: role }, as: person(tenant.id, 'plain') });
    await tenant.ok('deleteRole', { params: { roleId: role }, headers: { 'if-match': '*' } });
    const found = await events(tenant, { action: 'role.deleted', target: role });
    expect(found.map((event: Record<string, unknown>) => event.outcome).sort()).toEqual(['done', 'refused']);
    expect(found.find((one: { outcome: string }) => one.outcome === 'refused').actor.id).toBe(user);
  });
});

describe('refusals', () => {
  let tenant: Tenant;
  beforeAll(async () => {
    tenant = await harness.tenant();
    await tenant.user('Plain', 'plain');
  });

  it.each([
    ['bound to nobody', 'stranger', 'unknown-user'],
    ['without the permission', 'plain', 'forbidden'],
  ])('for 150 made-up ids by a caller %s are one event with a count', async (_, subject, code) => {
    const before = await momentOf(harness, tenant.id);
    const as = person(tenant.id, subject);
    for (let n = 0; n < 150; n += 1) {
      const reply = await tenant.call('getRole', { params: { roleId: madeUp(n) }, as });
      expect(reply.body.code).toBe(code);
    }
    const after = await momentOf(harness, tenant.id);
    const fresh = [...after.refused].filter(([id]) => !before.refused.has(id)).map(([, event]) => event);
    expect(fresh.map(({ action, target, count }) => [action, target, count])).toEqual([['role.read', 'unknown', 150]]);
    expect(JSON.stringify(fresh)).not.toContain(subject === 'stranger' ? subject : madeUp(1));
  });

  it('of two callers who are bound to nobody are two events', async () => {
    for (const subject of ['one', 'other', 'one'])
      await tenant.call('getUser', { params: { userId: tenant.firstUser }, as: person(tenant.id, subject) });
    const found = await events(tenant, { action: 'user.read' });
    expect(found.map((one: { count: number; target: string }) => [one.count, one.target]).sort()).toEqual([
      [1, 'unknown'],
      [2, 'unknown'],
    ]);
    expect(new Set(found.map((one: { actor: { id: string } }) => one.actor.id)).size).toBe(2);
  });
});

describe('newest first', () => {
  it('a counted refusal stands where it last happened, on every page size and by target', async () => {
    const tenant = await harness.tenant();
    const role = await tenant.role('Counted');
    await tenant.user('Plain', 'plain');
    const refuse = () => tenant.call('getRole', { params: { roleId: role }, as: person(tenant.id, 'plain') });
    const rename = (name: string) =>
      tenant.ok('updateRole', { params: { roleId: role }, body: { name }, headers: { 'if-match': '*' } });
    clock.time = Date.UTC(2026, 2, 1, 13, 0, 1);
    for (const name of ['a', 'b', 'c']) {
      clock.time += 1_000;
      await refuse();
      clock.time += 1_000;
      await rename(name);
    }
    clock.time = Date.UTC(2026, 2, 1, 13, 0, 20);
    await refuse();
    clock.time += 1_000;
    await rename('d');
    clock.time += 60_000;
    await rename('e');
    for (const target of [undefined, role])
      for (const limit of ['1', '2', '3', '50']) {
        const told: string[][] = [];
        let cursor: string | undefined;
        do {
          const query: Record<string, string> = { limit, ...(target && { target }), ...(cursor && { cursor }) };
          const { body } = await tenant.ok('listEvents', { query });
          told.push(...body.items.map((one: Record<string, string>) => [one.action, one.at]));
          cursor = body.cursor;
        } while (cursor);
        expect(told.map(([, at]) => at)).toEqual(
          told
            .map(([, at]) => at)
            .sort()
            .reverse(),
        );
        const last = told
          .filter(([action]) => action !== 'events.listed')
          .slice(0, 6)
          .map(([action]) => action);
        expect(last, `${target} ${limit}`).toEqual([
          'role.updated',
          'role.updated',
          'role.read',
          'role.updated',
          'role.updated',
          'role.updated',
        ]);
        expect(told.filter(([action]) => action === 'role.read').length).toBe(1);
      }
    const [refused] = await events(tenant, { action: 'role.read' });
    expect(refused).toMatchObject({ count: 4, at: '2026-03-01T13:00:20.000Z', firstAt: '2026-03-01T13:00:02.000Z' });
    const until = await events(tenant, { target: role, to: '2026-03-01T13:00:20.000Z', limit: '1' });
    expect(until[0].action).toBe('role.read');
    expect(await events(tenant, { action: 'role.read', from: '2026-03-01T13:00:21.000Z' })).toEqual([]);
  });
});

describe('what a reader sees (Q-20)', () => {
  it('of a rule only with View on it; a rule that is gone is for who manages access rights (CT-86)', async () => {
    const rules = await Rules.of(harness, 'complete');
    const { tenant } = rules;
    const reader = await tenant.user('Reader', 'reader');
    await tenant.setGrants(reader, [{ permission: 'viewConfigurationAuditTrail' }]);
    const as = person(tenant.id, 'reader');
    const rule = (await rules.create({ name: 'Secret' })).id;
    const seen = async () => (await events(tenant, { target: rule }, as)).length;
    expect((await events(tenant, { target: rule })).length).toBeGreaterThan(0);
    expect(await seen()).toBe(0);
    const role = await tenant.role('Readers', [], [reader]);
    expect(await seen()).toBe(1);
    await tenant.ok('putRuleRights', {
      params: { roleId: role },
      headers: { 'if-match': '*' },
      body: { rules: [{ rule, view: false }] },
    });
    expect(await seen()).toBe(0);
  });

  it('and no page after the last one that is there for them, whatever is hidden behind it', async () => {
    const tenant = await harness.tenant('complete');
    await tenant.setGrants(await tenant.user('Reader', 'reader'), [{ permission: 'administratorLogs' }]);
    const as = person(tenant.id, 'reader');
    for (const name of ['One', 'Two']) {
      clock.time += 1_000;
      await tenant.ok('updateTenant', { body: { name }, headers: { 'if-match': '*' } });
      await tenant.role(`Hidden ${name}`);
    }
    for (const [limit, count, more] of [
      ['1', 1, true],
      ['2', 2, true],
      ['3', 3, false],
    ] as const) {
      const { body } = await tenant.ok('listEvents', { query: { limit }, as });
      // The last is the reader's own: they have accepted an invitation.
      const told = ['tenant.updated', 'tenant.updated', 'user.bound'].slice(0, count);
      expect(body.items.map((event: { action: string }) => event.action)).toEqual(told);
      expect([limit, 'cursor' in body]).toEqual([limit, more]);
    }
  });

  it('nothing of an action without a row that is for them, and nothing of one that a later release adds', async () => {
    const tenant = await harness.tenant('complete');
    const view = await harness.store.view(tenant.id);
    if (!view) throw new Error('no tenant');
    const rights = new Rights(view.book, [{ origin: 'personal', grants: [{ permission: 'administratorLogs' }] }]);
    const nobody = { keeper: false, id: 'u1', rights, onRules: ruleRightsOf(view.book, undefined) };
    const all = [...actions, 'later.added'];
    const shown = all.filter((action) => {
      const difference = { before: { grants: [{ permission: 'billing' }] }, after: { secret: 1 } };
      const event = { action, target: 'r1', outcome: 'done', actor: { kind: 'person', id: 'u2' }, difference } as const;
      expect(visibleEvent(event, { ...nobody, keeper: true }, view.book)).toEqual(event);
      const seen = visibleEvent(event, nobody, view.book);
      return seen !== undefined && action !== 'rule.categories.replaced' && JSON.stringify(seen).includes('secret');
    });
    // Those that everybody may read: refused only, and so without a difference.
    expect(shown).toEqual(['tenant.read', 'catalogue.read', 'policies.listed', 'rules.listed', 'rule.categories.read']);
  });
});

describe('a user as the target', () => {
  it('finds the roles joined, left and deleted with them; others are not named in what it finds', async () => {
    const tenant = await harness.tenant();
    const [one, other] = [await tenant.user('One'), await tenant.user('Other')];
    const role = await tenant.role('Few');
    const params = { roleId: role };
    clock.time += 1_000;
    await tenant.ok('addRoleMembers', { params, body: { members: [one, other] } });
    clock.time += 1_000;
    await tenant.ok('removeRoleMembers', { params, body: { members: [one] } });
    clock.time += 1_000;
    await tenant.ok('addRoleMembers', { params, body: { members: [one] } });
    clock.time += 1_000;
    await tenant.ok('deleteRole', { params, headers: { 'if-match': '*' } });
    const found = await events(tenant, { target: one });
    expect(found.map((event: Record<string, unknown>) => [event.action, event.target])).toEqual([
      ['role.deleted', role],
      ['role.members.added', role],
      ['role.members.removed', role],
      ['role.members.added', role],
      ['user.created', one],
    ]);
    expect(JSON.stringify(found)).not.toContain(other);
  });

  it('finds them among more than are told one by one, on every page size, at the price of one item', async () => {
    const tenant = await harness.tenant();
    const all = await Promise.all(Array.from({ length: 25 }, (_, n) => tenant.user(`User ${n}`)));
    const role = await tenant.role('Many');
    const params = { roleId: role };
    const count = async () => (await harness.items(tenant.id)).filter(({ PK }) => String(PK).includes('#OF')).length;
    clock.time += 1_000;
    await tenant.ok('addRoleMembers', { params, body: { members: all } });
    expect(await count()).toBe(1);
    clock.time += 1_000;
    const operations = all.slice(0, 3).map((id) => ({
      operation: 'removeRoleMembers',
      params,
      body: { members: [id] },
    }));
    await tenant.ok('submitChangeSet', { body: { operations } });
    expect(await count()).toBe(4);
    clock.time += 1_000;
    await tenant.ok('deleteRole', { params, headers: { 'if-match': '*' } });
    const told = async (user: string, limit: string) => {
      const list: string[] = [];
      let cursor: string | undefined;
      do {
        const query = { target: user, limit, ...(cursor && { cursor }) };
        const { body } = await tenant.ok('listEvents', { query });
        list.push(...body.items.map((event: { action: string }) => event.action));
        cursor = body.cursor;
      } while (cursor);
      return list;
    };
    for (const limit of ['1', '2', '50']) {
      const [gone, stayed] = [all[1] as string, all[20] as string];
      expect(await told(gone, limit)).toEqual(['role.members.removed', 'role.members.added', 'user.created']);
      expect(await told(stayed, limit)).toEqual(['role.deleted', 'role.members.added', 'user.created']);
    }
  });
});

describe('texts of a person', () => {
  it('are told before and after, and an erased one leaves the event whole', async () => {
    const tenant = await harness.tenant();
    const user = await tenant.user('Before');
    const params = { userId: user };
    await tenant.ok('updateUser', { params, body: { name: 'After', mail: 'after@example.org' } });
    const told = async () => (await events(tenant, { target: user, action: 'user.updated' }))[0];
    const event = await told();
    const ref = event.id;
    expect(event.before).toEqual({ state: 'active', name: { ref, value: 'Before' } });
    expect(event.after).toMatchObject({ name: { ref, value: 'After' }, mail: { ref, value: 'after@example.org' } });
    const items = await harness.items(tenant.id);
    const named = items.filter((item) => JSON.stringify(item).includes('after@example.org'));
    expect(named.map(({ PK }) => String(PK).split('#')[2]).sort()).toEqual(['U', 'V']);
    const Key = keys.personalOf(tenant.id, user, ref);
    await client.send(new DeleteCommand({ TableName: table, Key }));
    const gone = { ref, erased: true };
    expect((await told()).after).toMatchObject({ changed: ['name', 'mail'], name: gone, mail: gone });
    expect(JSON.stringify(await told())).not.toContain('After');
  });
});

describe('no event without a change, no change without an event', () => {
  // These numbers move with every write, so a difference in them says nothing.
  const bare = (text: string) => text.replace(/"(rev|epoch|stamp|version|sum|guard|expires)":\d+,?/g, '');
  const facts = async (tenant: Tenant) => {
    const { facts: all, changes } = await momentOf(harness, tenant.id);
    const kept = [...all].filter(([key]) => !key.includes('#LOG ')).map(([key, text]) => `${key} ${bare(text)}`);
    return { changes, kept: kept.sort().join('\n') };
  };
  const writing = operationIds.filter((id) => operation(id).data === 'write' && id !== 'createTenant');

  it.each(writing)('%s, once and again', async (id) => {
    const tenant = await harness.tenant();
    const request = await samples[id](Targets.fresh(tenant));
    const { callers } = operation(id) as { callers: readonly string[] };
    const as = callers.includes('operator')
      ? operator
      : callers.includes('guest')
        ? person(tenant.id, 'new')
        : undefined;
    const dry = 'dryRun' in (operation(id).query?.shape ?? {});
    for (let n = 0; n < 2; n += 1) {
      const query = { ...request.query, dryRun: 'true' };
      const told = dry ? (await tenant.call(id, { ...request, query, ...(as && { as }) })).body.outcome : undefined;
      const before = await facts(tenant);
      const { status } = await tenant.call(id, { ...request, ...(as && { as }) });
      const after = await facts(tenant);
      const changed = after.kept !== before.kept;
      expect([n, after.changes > before.changes], `${status}`).toEqual([n, changed]);
      if (dry && status < 300) expect([n, told]).toEqual([n, changed ? 'done' : 'nothing']);
    }
  });

  it('ending the sessions of somebody who has none is no event, and its dry run says so', async () => {
    const tenant = await harness.tenant();
    const params = { userId: await tenant.user('None') };
    const before = await facts(tenant);
    const { body } = await tenant.ok('endSessions', { params, query: { dryRun: 'true' } });
    expect(body.outcome).toBe('nothing');
    await tenant.ok('endSessions', { params });
    // Only the epoch moves: a log-on that is under way ends with it.
    expect(await facts(tenant)).toEqual(before);
    expect(await events(tenant, { action: 'sessions.ended' })).toEqual([]);
  });
});

it('deletes a role whose member came back under another life, and tells the member once', async () => {
  const tenant = await harness.tenant();
  const role = (await tenant.role('Old')) as RoleId;
  const user = (await tenant.user('Twice')) as UserId;
  const users = new Set(['aaaaaa', 'bbbbbb'].map((life) => userRef(user, life as Life)));
  await putRecords(tenant, [{ kind: 'members', rev: 0, role, chunk: 0, users }]);
  await tenant.ok('deleteRole', { params: { roleId: role }, headers: { 'if-match': '*' } });
  const told = (await tenant.ok('listEvents', { query: { target: user } })).body.items;
  expect(told.filter(({ action }: { action: string }) => action === 'role.deleted')).toHaveLength(1);
});
