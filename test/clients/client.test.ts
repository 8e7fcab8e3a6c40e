// The typed client against the real handlers over HTTP.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  createClient,
  HoldfastProblem,
  type PreviewOf,
  type RehearsalOf,
} from '../../clients/typescript/index.ts';
import type { LocalServer } from '../../infra/local/adapter.ts';
import { boot, issuer, operator, service, type Tenant } from '../support/harness.ts';
import { startServer, tokenFor } from '../support/server.ts';

let closeEngine: () => Promise<void>;
let server: LocalServer;
let tenant: Tenant;
let client: Client;
const clientOf = (as: Tenant['admin'], go?: typeof fetch) =>
  createClient({ url: server.url, token: async () => tokenFor(as), fetch: go });

beforeAll(async () => {
  const { engine, harness } = await boot();
  closeEngine = engine.close;
  tenant = await harness.tenant('complete');
  server = await startServer();
  client = clientOf(tenant.admin);
});
afterAll(async () => {
  await server.close();
  await closeEngine();
});

describe('methods', () => {
  it('carry a tenant from its creation to a check', async () => {
    const created = await clientOf(operator).createTenant({
      body: { name: 'Lighthouse', firstUser: { name: 'Ada', identity: { issuer, subject: 'ada' } } },
    });
    const ada = clientOf({ tenant: created.id, subject: 'ada', scope: 'holdfast/admin' });
    const { id: userId } = await ada.createUser({ body: { kind: 'person', name: 'Otto', externalId: 'otto#1' } });
    const { id: roleId } = await ada.createRole({ body: { name: 'Editors' } });
    const { grants } = await ada.addRoleGrant({ params: { roleId }, body: { permission: 'billing' } });
    expect(grants).toEqual([{ permission: 'billing' }]);
    await ada.addRoleMembers({ params: { roleId }, body: { members: [userId] } });
    const product = clientOf(service(created.id));
    const { allowed, paths } = await product.check({ body: { externalId: 'otto#1', permission: 'billing' } });
    expect([allowed, paths]).toEqual([true, [{ permission: 'billing', via: roleId }]]);
    expect(await ada.removeRoleGrant({ params: { roleId, permission: 'billing' } })).toEqual({ grants: [] });
    expect(await ada.deleteRole({ params: { roleId } })).toBeUndefined();
  });

  it('rehearse what they would do, and answer a preview', async () => {
    const made = await client.createRole({ body: { name: 'Rehearsed' }, dryRun: true });
    expect(made).toMatchObject({ dryRun: true, outcome: 'done', status: 201, answer: { name: 'Rehearsed' } });
    expect(made.answer?.users).toBe(0);
    const params = { userId: tenant.firstUser };
    const refused = await client.deleteUser({ params, dryRun: true });
    expect([refused.outcome, refused.problem?.code]).toEqual(['refused', 'last-access-manager']);
    expect(refused.effect.users.map(({ user }) => user)).toEqual([tenant.firstUser]);
    const reply = await client.call('createRole', { body: { name: 'Rehearsed' }, dryRun: true });
    expect([reply.status, reply.body.outcome]).toEqual([200, 'done']);
    const names: string[] = [];
    for await (const { name } of client.items('listRoles')) names.push(name);
    expect(names).not.toContain('Rehearsed');
  });

  it('can be rehearsed wherever something would be changed, and nowhere else, as types say, too', async () => {
    const typed = async () => {
      // @ts-expect-error: reads are not rehearsed
      await client.getTenant({ dryRun: true });
      // @ts-expect-error: a preview is no role
      (await client.createRole({ body: { name: 'x' }, dryRun: true })).description;
      // @ts-expect-error: a role is no preview
      (await client.createRole({ body: { name: 'x' } })).outcome;
      const preview: PreviewOf<'createRole'> = await client.createRole({ body: { name: 'x' }, dryRun: true });
      const request: RehearsalOf<'deleteRole'> = { params: { roleId: 'x' }, dryRun: true };
      return [preview, request];
    };
    expect(typed).toBeTypeOf('function');
    // Whoever takes a way around the types is told by the service.
    const read = client.getTenant as unknown as (request: object) => Promise<unknown>;
    await expect(read({ dryRun: true })).rejects.toMatchObject({ code: 'invalid-request' });
  });

  it('need no token where the operation needs none', async () => {
    const anybody = createClient({ url: `${server.url}/` });
    expect(await anybody.getHealth()).toEqual({ status: 'up' });
    expect(await anybody.getDocs()).toMatch(/^<!doctype html>/);
  });

  it('fail with the problem, typed', async () => {
    const params = { userId: tenant.firstUser };
    const problem = await client.deleteUser({ params }).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(HoldfastProblem);
    expect(problem).toMatchObject({ code: 'last-access-manager', status: 409, document: { wouldNotCount: [] } });
    const faulty = await client.createRole({ body: { name: '' } }).catch((error: unknown) => error);
    expect(faulty).toMatchObject({ code: 'invalid-request', errors: [{ field: '/name' }] });
    expect((faulty as HoldfastProblem).requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('know who is refused before any handler runs', async () => {
    const stranger = createClient({ url: server.url });
    await expect(stranger.getTenant()).rejects.toMatchObject({ code: 'unauthenticated', status: 401 });
  });

  it('refuse a request that would go to another path', async () => {
    await expect(client.getRole({ params: { roleId: '' } })).rejects.toThrow('params.roleId is missing');
    await expect(client.getRole({ params: { roleId: '../tenant' } })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('are typed by the schemas', () => {
    const typed = async () => {
      // @ts-expect-error: a role has a name
      await client.createRole({ body: {} });
      // @ts-expect-error: what is replaced as a whole needs the ETag
      await client.putRoleGrants({ params: { roleId: 'r' }, body: { grants: [] } });
      // @ts-expect-error: that is no field of a role
      (await client.getRole({ params: { roleId: 'r' } })).colour;
      // @ts-expect-error: one role is not answered in pages
      client.items('getRole', { params: { roleId: 'r' } });
      // @ts-expect-error: a state is one of two
      await client.listUsers({ query: { state: 'asleep' } });
      const id: string = (await client.getRole({ params: { roleId: 'r' } })).id;
      return id;
    };
    expect(typed).toBeTypeOf('function');
  });
});

describe('pages', () => {
  it('follow each other to the end, each item once', async () => {
    const names = Array.from({ length: 23 }, (_, i) => `Paged ${String(i).padStart(2, '0')}`);
    for (const name of names) await client.createPolicy({ body: { name } });
    const seen: string[] = [];
    for await (const { name } of client.items('listPolicies', { query: { limit: 4 } })) seen.push(name);
    expect(seen.filter((name) => name.startsWith('Paged'))).toEqual(names);
    const sizes: number[] = [];
    for await (const { items } of client.pages('listPolicies', { query: { limit: 10 } })) sizes.push(items.length);
    expect(sizes).toEqual([10, 10, 3]);
  });

  it('ask for no more once their reader has enough', async () => {
    let requests = 0;
    const counting = clientOf(tenant.admin, (...args) => {
      requests += 1;
      return fetch(...args);
    });
    for await (const _ of counting.items('listPolicies', { query: { limit: 2 } })) break;
    expect(requests).toBe(1);
  });

  it('take their cursor in the body where the operation has it there', async () => {
    const users = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => tenant.user(`Holder ${name}`)));
    await tenant.role('Purchasers', [{ permission: 'purchase' }], users);
    const product = clientOf(service(tenant.id));
    const found: string[] = [];
    for await (const { user } of product.items('listHolders', { body: { permission: 'purchase', limit: 2 } }))
      found.push(user);
    expect(found.sort()).toEqual([...users, tenant.firstUser].sort());
  });
});

describe('update', () => {
  it('adds to what is there, again when somebody else was faster', async () => {
    const roleId = await tenant.role('Updated');
    const other = clientOf(tenant.admin);
    let reads = 0;
    const after = await client.update('putRoleGrants', { params: { roleId } }, async ({ grants }) => {
      reads += 1;
      if (reads === 1) await other.addRoleGrant({ params: { roleId }, body: { permission: 'billing' } });
      return { grants: [...grants, { permission: 'purchase' }] };
    });
    expect(reads).toBe(2);
    expect(after.grants.map((grant) => grant.permission).sort()).toEqual(['billing', 'purchase']);
  });

  it('loses nothing when many do it at once', async () => {
    const roleId = await tenant.role('Contended');
    const add = (permission: string): Promise<unknown> =>
      client
        .update('putRoleGrants', { params: { roleId } }, ({ grants }) => ({ grants: [...grants, { permission }] }))
        // Five attempts can be too few for so many at once; a caller that loses all five gets an error and tries again.
        .catch((error) => (error.code === 'precondition-failed' ? add(permission) : Promise.reject(error)));
    const permissions = ['billing', 'purchase', 'viewConfiguration', 'viewAllReports'];
    await Promise.all(permissions.map(add));
    const { grants } = await client.getRoleGrants({ params: { roleId } });
    expect(grants.map((grant) => grant.permission).sort()).toEqual(permissions.sort());
  });

  it('gives up after five attempts', async () => {
    const roleId = await tenant.role('Never still');
    let reads = 0;
    const update = client.update('updateRole', { params: { roleId } }, async ({ description }) => {
      reads += 1;
      await client.updateRole({ params: { roleId }, body: { description: `moved ${reads}` } });
      return { description: `${description}!` };
    });
    await expect(update).rejects.toMatchObject({ code: 'precondition-failed' });
    expect(reads).toBe(5);
  });

  it('takes one out of a list', async () => {
    const users = await Promise.all(Array.from({ length: 5 }, (_, i) => tenant.user(`Listed ${i}`)));
    const roleId = await tenant.role('Listed', [], users);
    const counts = await client.update('replaceRoleMembers', { params: { roleId } }, ({ items }) => ({
      members: items.map(({ id }) => id).filter((id) => id !== users[2]),
    }));
    expect(counts.users).toBe(4);
  });
});

describe('a lost answer', () => {
  /** Does what it is told, and keeps the answer to itself the first time. */
  const losingFirst = () => {
    const keys: (string | null)[] = [];
    const go: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      keys.push(new Headers(init?.headers).get('idempotency-key'));
      if (keys.length > 1) return response;
      await response.arrayBuffer();
      throw new TypeError('fetch failed');
    };
    return { go, keys };
  };

  it('is fetched by the same key, and nothing is done twice', async () => {
    const { go, keys } = losingFirst();
    const role = await clientOf(tenant.admin, go).createRole({ body: { name: 'Made once' } });
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), keys[0]]);
    const made: string[] = [];
    for await (const { id, name } of client.items('listRoles')) if (name === 'Made once') made.push(id);
    expect(made).toEqual([role.id]);
  });

  it('of a change without a key is told, not repeated', async () => {
    const { go, keys } = losingFirst();
    const lossy = clientOf(tenant.admin, go);
    await expect(lossy.updateTenant({ body: { name: 'Renamed' } })).rejects.toMatchObject({
      name: 'HoldfastUnreachable',
    });
    expect(keys).toEqual([null]);
    expect((await client.getTenant()).name).toBe('Renamed');
  });
});
