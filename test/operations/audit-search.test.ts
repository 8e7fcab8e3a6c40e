// Searching the audit: what is listed, read one by one and counted is the same; correlation; following; whose doings.
import { afterAll, describe, expect, it } from 'vitest';
import { bootEngine, Harness, person, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';
import { sealAll } from '../support/sealed.ts';
import { SleepingClock } from '../support/wrapped.ts';

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());
const clock = new SleepingClock(Date.UTC(2026, 2, 1, 23, 50));
const harness = new Harness(client, table, { clock });

interface Told {
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly outcome: string;
  readonly count: number;
  readonly requestId: string;
}
/** Reading page after page is an event of its own, whose count grows while the lists are compared. */
const isSteady = ({ action }: { action: string }): boolean => action !== 'events.listed';
const all = async (t: Tenant, query: Record<string, string> = {}, as = t.admin): Promise<Told[]> => {
  const items: Told[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const { body } = await t.ok('listEvents', { query: { limit: '7', ...query, ...(cursor && { cursor }) }, as });
    items.push(...body.items.filter(isSteady));
    cursor = body.cursor;
  }
  return items;
};
const range = { from: '2026-02-20', to: '2026-03-20' };
const counted = async (t: Tenant, as = t.admin, query = {}) =>
  (await t.ok('countEvents', { query: { ...range, ...query }, as })).body.items.filter(isSteady);
const countsOf = (events: readonly Told[]) => {
  const counts = new Map<string, [number, number]>();
  for (const { at, action, outcome, count } of events) {
    const name = `${at.slice(0, 10)} ${action} ${outcome}`;
    const [n, times] = counts.get(name) ?? [0, 0];
    counts.set(name, [n + 1, times + count]);
  }
  return [...counts].sort().map(([name, [events_, times]]) => {
    const [day, action, outcome] = name.split(' ');
    return { day, action, outcome, events: events_, times };
  });
};

/** A tenant with two days of changes and refusals, of an administrator, a manager, an auditor of one policy and a plain user. */
const furnished = async () => {
  const t = await harness.tenant('complete');
  const policy = (await t.ok('createPolicy', { body: { name: 'Sales' } })).body.id;
  const other = (await t.ok('createPolicy', { body: { name: 'Other' } })).body.id;
  for (const [subject, grants] of Object.entries({
    manager: [{ permission: 'manageUsers' }, { permission: 'administratorLogs' }],
    ofPolicy: [{ permission: 'viewConfigurationAuditTrail', policies: [policy] }],
    logs: [{ permission: 'userLogs' }],
    center: [{ permission: 'viewAdministratorAuditTrail' }],
    plain: [],
  }))
    await t.setGrants(await t.user(subject, subject), grants);
  for (let n = 0; n < 12; n += 1) {
    clock.time += 90_000;
    await t.user(`Person ${n}`);
    await t.ok('updatePolicy', { params: { policyId: n % 2 ? policy : other }, body: { description: `${n}` } });
    for (let m = 0; m <= n % 3; m += 1) await t.call('listRoles', { as: person(t.id, n % 2 ? 'plain' : 'manager') });
    await t.call('createUser', { body: { kind: 'person', name: 'No' }, as: person(t.id, 'plain') });
  }
  await t.ok('createSession', { body: {}, as: person(t.id, 'manager') });
  return t;
};

describe('what is listed, read one by one and counted', () => {
  it('is the same for everybody, in both directions, sealed or not', async () => {
    const t = await furnished();
    const hidden = await all(t);
    for (const sealed of [false, true]) {
      if (sealed) {
        clock.time += 3_600_000;
        await sealAll(harness.store.db, t.id, 60_000);
        clock.time += 1_000;
        await t.user('After the seal');
      }
      const everything = await all(t);
      for (const subject of ['admin', 'manager', 'ofPolicy', 'logs', 'center', 'plain']) {
        const as = subject === 'admin' ? t.admin : person(t.id, subject);
        const list = await all(t, {}, as);
        const oldest = await all(t, { order: 'oldest' }, as);
        expect(
          oldest.map(({ id }) => id),
          subject,
        ).toEqual(list.map(({ id }) => id).reverse());
        expect(await counted(t, as), `${subject} ${sealed}`).toEqual(countsOf(list));
        const refused = list.filter(({ outcome }) => outcome === 'refused');
        expect(await all(t, { outcome: 'refused' }, as)).toEqual(refused);
        expect(await counted(t, as, { outcome: 'refused' })).toEqual(countsOf(refused));
        if (sealed) continue;
        const seen = new Set(list.map(({ id }) => id));
        for (const { id } of everything) {
          const reply = await t.call('getEvent', { params: { eventId: id }, as });
          if (seen.has(id)) expect(reply.body).toEqual(list.find((one) => one.id === id));
          else expectProblem(reply, 'not-found');
        }
      }
    }
    expect(hidden.length).toBeGreaterThan(40);
  });

  it('is by whose permission it is (FP-39 for one policy, FP-44, SE-16, SE-17, SE-18)', async () => {
    const t = await furnished();
    const actionsOf = async (subject: string) =>
      new Set((await all(t, {}, person(t.id, subject))).map((one) => one.action));
    const ownOnly = async (subject: string) => (await t.ok('listEvents', { as: person(t.id, subject) })).body.ownOnly;
    expect([...(await actionsOf('ofPolicy'))].sort()).toEqual(['policy.created', 'policy.updated', 'user.bound']);
    const ofPolicy = await all(t, { action: 'policy.updated' }, person(t.id, 'ofPolicy'));
    expect(ofPolicy).toHaveLength(6);
    // Bindings and log-ons of others, and nothing that administrators do.
    expect([...(await actionsOf('logs'))].sort()).toEqual(['session.started', 'user.bound']);
    expect([...(await actionsOf('center'))]).toEqual(['user.bound']);
    expect((await actionsOf('manager')).has('user.created')).toBe(true);
    expect([...(await actionsOf('plain'))].sort()).toEqual(['roles.listed', 'user.bound', 'user.created']);
    expect(await Promise.all(['center', 'plain', 'logs', 'manager'].map(ownOnly))).toEqual([
      true,
      true,
      undefined,
      undefined,
    ]);
  });

  it('counts 366 days at most, and refuses a longer time by its field', async () => {
    const t = await harness.tenant();
    const query = { from: '2025-01-01', to: '2026-01-01' };
    expect((await t.call('countEvents', { query })).status).toBe(200);
    const reply = await t.call('countEvents', { query: { ...query, to: '2026-01-03' } });
    expectProblem(reply, 'invalid-request');
    expect(reply.body.errors[0].field).toBe('query.to');
    const none = await t.call('countEvents', { query: { to: '2026-01-03' } });
    expect(none.body.errors).toEqual([{ field: 'query.from', message: 'is missing: give a day, such as 2026-01-31' }]);
    const instant = await t.call('countEvents', { query: { ...query, from: '2025-01-01T00:00:00Z' } });
    expectProblem(instant, 'invalid-request');
    expect(instant.body.errors).toEqual([
      { field: 'query.from', message: 'must be a day in the form YYYY-MM-DD, such as 2026-01-31' },
    ]);
  });
});

describe('correlation', () => {
  it('of an event finds those of its request; of a request or run those that name it; of a hidden event nothing', async () => {
    const t = await harness.tenant();
    const operations = ['One', 'Two', 'Three'].map((name) => ({ operation: 'createPolicy', body: { name } }));
    await t.ok('submitChangeSet', { body: { operations } });
    await t.ok('createPolicy', { body: { name: 'Alone' } });
    const [set] = await all(t, { action: 'changes.submitted' });
    const { id = '', requestId = '' } = set ?? {};
    for (const order of ['newest', 'oldest'])
      for (const correlation of [id, requestId]) {
        const found = (await all(t, { correlation, order, limit: '1' })).map(({ action }) => action);
        const told = ['policy.created', 'policy.created', 'policy.created', 'changes.submitted'];
        expect(found).toEqual(order === 'newest' ? told : told.reverse());
      }
    await t.user('Plain', 'plain');
    expect(await all(t, { correlation: id }, person(t.id, 'plain'))).toEqual([]);
    expect(await all(t, { correlation: 'e00000000000000000000' })).toEqual([]);
  });
});

describe('oldest first', () => {
  it('is followed without a loss, though events are written late', async () => {
    const t = await harness.tenant();
    const seen = new Set<string>();
    let cursor: string | undefined;
    for (let n = 0; n < 8; n += 1) {
      await t.user(`Next ${n}`);
      // A request that had begun earlier commits now, under an id of its beginning.
      const now = clock.time;
      clock.time -= 15_000;
      await t.user(`Late ${n}`);
      clock.time = now;
      for (;;) {
        const query = { order: 'oldest', limit: '3', ...(cursor && { cursor }) };
        const { body } = await t.ok('listEvents', { query });
        for (const { id } of body.items) seen.add(id);
        cursor = body.cursor ?? body.resume;
        clock.time += 4_000;
        if (body.cursor === undefined) break;
      }
    }
    expect((await all(t)).filter(({ id }) => !seen.has(id))).toEqual([]);
  });
});
