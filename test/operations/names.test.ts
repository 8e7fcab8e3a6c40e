// Names at the API: no operation takes one that deceives the eye, directories are mended rather than refused, and names that
// an earlier release took keep working until somebody changes them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyId, RoleId } from '../../shared/domain/base/ids.ts';
import type { BookRecord } from '../../shared/domain/book/records.ts';
import { type OperationId, operation, operationIds } from '../../shared/routes/operations.ts';
import { Directory, group, person as personEntry, userDn } from '../support/directory.ts';
import { freshIds, implemented, putRecords } from '../support/facts.ts';
import { boot, type Harness, operator, type Tenant } from '../support/harness.ts';
import { differing, expectProblem, momentOf } from '../support/problems.ts';
import { otherBodies, samples, Targets } from '../support/samples.ts';

let harness: Harness;
let close: () => Promise<void>;
beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = () => booted.engine.close();
});
afterAll(() => close());

type Path = readonly (string | number)[];
type Holder = Record<string | number, unknown>;
/** Where a body has names and logins, what operations of a change set or a draft have in them apart. */
const namesIn = (value: unknown, path: Path = []): Path[] => {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'operations' || key === 'properties') return [];
    const at = [...path, key];
    return typeof inner === 'string' && (key === 'name' || key === 'login') ? [at] : namesIn(inner, at);
  });
};
const changedAt = (body: unknown, path: Path, value: string): unknown => {
  const copy = structuredClone(body);
  const holder = path.slice(0, -1).reduce((inner, key) => (inner as Holder)[key], copy) as Holder;
  holder[path.at(-1) as string] = value;
  return copy;
};

it('Q-13: no operation takes a name that turns, or hides, what is read', async () => {
  const tenant = await harness.tenant('complete');
  const targets = Targets.shared(tenant);
  const tried = new Set<string>();
  // A purge repeats the name that there is, whatever it looks like.
  const naming = operationIds.filter((one) => implemented(one) && operation(one).body && one !== 'purgeTenant');
  for (const id of naming) {
    const requests = [await samples[id](targets), ...(otherBodies[id] ? [await otherBodies[id](targets)] : [])];
    for (const request of requests)
      for (const path of namesIn(request.body)) {
        const field = `/${path.join('/')}`;
        const before = await momentOf(harness, tenant.id);
        for (const [bad, code] of [
          ['Adm\u202eni', 'U+202E'],
          ['Ad\u200bmin', 'U+200B'],
          ['Ad\u00admin', 'U+00AD'],
          ['Ad\u3164min', 'U+3164'],
        ] as const) {
          const as = (operation(id).callers as string[]).includes('operator') ? operator : tenant.admin;
          const reply = await harness.call(id, { ...request, as, body: changedAt(request.body, path, bad) });
          expectProblem(reply, 'invalid-request', `${id} ${field}`);
          expect(reply.body.errors, `${id} ${field}`).toEqual([
            { field, message: expect.stringMatching(`${code.replace('+', '\\+')}, at character [34]: remove it`) },
          ]);
        }
        expect(differing(before, await momentOf(harness, tenant.id)), `${id} ${field}`).toEqual([]);
        tried.add(id);
      }
  }
  const named: OperationId[] = ['createTenant', 'updateTenant', 'createUser', 'updateUser', 'createRole', 'updateRole'];
  named.push('cloneRole', 'createPolicy', 'updatePolicy', 'createSource', 'createRule', 'updateRule', 'putCategories');
  named.push('createDraft', 'putDraft');
  expect([...tried].sort()).toEqual(expect.arrayContaining(named.sort()));
});

it('Q-13: a directory loses nobody for a name: what cannot be seen is taken out of it', async () => {
  const d = await Directory.of(await harness.tenant());
  const run = await d.take(
    personEntry('ada', 1, 'displayName: Ada\u202e \u200bAdmin'),
    personEntry('bo', 2, 'displayName: \u3164\u00ad'),
    personEntry('mina', 3, 'displayName: می\u200cنا'),
    group('Te\u00adam', 11, userDn('ada')),
  );
  expect(run.counts.rejected).toBe(0);
  expect(
    Object.values(await d.seen())
      .map((one) => (one as { name: string }).name)
      .sort(),
  ).toEqual(['?', 'Ada Admin', 'Team', 'می\u200cنا'].sort());
});

describe('names that an earlier release took', () => {
  const legacyRole = (id: RoleId, name: string): BookRecord => ({
    ...{ kind: 'role', rev: 1, id, name, description: '', grants: [], groups: new Set(), deleted: false },
    newRules: { view: true, edit: true, delete: false },
  });
  const legacyPolicy = (id: PolicyId, name: string): BookRecord => ({
    ...{ kind: 'policy', rev: 1, id, name, description: '', deleted: false },
  });
  const patch = async (tenant: Tenant, kind: 'Role' | 'Policy', id: string, body: object) => {
    const params = kind === 'Role' ? { roleId: id } : { policyId: id };
    const { etag = '' } = await tenant.ok(`get${kind}`, { params });
    return tenant.call(`update${kind}`, { params, body, headers: { 'if-match': etag } });
  };

  it.each(['Role', 'Policy'] as const)(
    'Q-13: %s: collide, work, and are free of it by the next change',
    async (kind) => {
      const tenant = await harness.tenant(kind === 'Role' ? 'exchange-rules' : 'email-security');
      const ids = [
        freshIds.next(kind === 'Role' ? 'role' : 'policy'),
        freshIds.next(kind === 'Role' ? 'role' : 'policy'),
      ];
      const [one, two] = ids.map(String) as [string, string];
      const record = (id: string, name: string) =>
        kind === 'Role' ? legacyRole(id as RoleId, name) : legacyPolicy(id as PolicyId, name);
      await putRecords(tenant, [record(one, 'Straßen\u00adteam'), record(two, 'STRAẞENTEAM')]);

      // Everything but the name can be changed, the name sent along or not.
      expect((await patch(tenant, kind, one, { description: 'a' })).status).toBe(200);
      expect((await patch(tenant, kind, one, { name: 'Straßen\u00adteam', description: 'b' })).status).toBe(200);
      expect((await patch(tenant, kind, two, { name: 'STRAẞENTEAM', description: 'c' })).status).toBe(200);
      // A change of the name must end it, and nobody else gets into it.
      expectProblem(await patch(tenant, kind, one, { name: 'Straßenteam' }), 'name-taken');
      expectProblem(await patch(tenant, kind, one, { name: 'Strassen\u00adteam' }), 'invalid-request');
      expectProblem(await tenant.call(`create${kind}`, { body: { name: 'strassenteam' } }), 'name-taken');
      expect((await patch(tenant, kind, one, { name: 'Gassenteam' })).status).toBe(200);
      expect((await patch(tenant, kind, two, { name: 'Straßenteam' })).status).toBe(200);
      expectProblem(await patch(tenant, kind, one, { name: 'STRAẞENTEAM' }), 'name-taken');
    },
  );

  it('Q-13: categories likewise, whichever of them is changed', async () => {
    const tenant = await harness.tenant('exchange-rules');
    const ids = [freshIds.next('category'), freshIds.next('category')] as const;
    const old = [
      { id: ids[0], name: 'Te\u00adam' },
      { id: ids[1], name: 'TEAM' },
    ];
    await putRecords(tenant, [{ kind: 'categories', rev: 1, list: old }]);
    const replace = async (categories: object[]) => {
      const { etag = '' } = await tenant.ok('getCategories');
      return tenant.call('putCategories', { body: { categories }, headers: { 'if-match': etag } });
    };
    expectProblem(await replace([...old, { name: 'team' }]), 'name-taken');
    expectProblem(await replace([{ name: 'team' }, ...old]), 'name-taken');
    expectProblem(await replace([old[0] as object, { id: ids[1], name: 'Team' }]), 'name-taken');
    expectProblem(await replace([...old, { name: '' }]), 'invalid-request');
    expect((await replace([...old, { name: 'More' }])).status).toBe(200);
    expect((await replace([old[0] as object, { id: ids[1], name: 'Others' }])).status).toBe(200);
    expectProblem(await replace([old[0] as object, { id: ids[1], name: 'TEAM' }]), 'name-taken');
  });
});
