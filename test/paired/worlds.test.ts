// Answers do not betray what is hidden: whatever a caller reads, tries, rehearses or is refused, two worlds that differ
// only in what the caller may not see answer the same, byte for byte.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { UserId } from '../../shared/domain/base/ids.ts';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import { type OperationId, operation, operationIds } from '../../shared/routes/operations.ts';
import { implemented, join, putGroup } from '../support/facts.ts';
import { type As, issuer, machine, person, type Request } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { samples } from '../support/samples.ts';
import { closeWorlds, each, inBoth, pair, reseed, type World } from './worlds.ts';

vi.setConfig(longSuite);

const granted = (...permissions: string[]) => permissions.map((permission) => ({ permission }));
const hidden = 'Hidden';

/** What both worlds have. */
const furnish = (callers: Record<string, object[]>) => async (world: World) => {
  const { tenant, targets, ids } = world;
  ids.P = (await tenant.ok('createPolicy', { body: { name: 'Visible' } })).body.id;
  for (const [subject, grants] of Object.entries(callers)) {
    ids[subject] = await tenant.user(subject, subject);
    const own = JSON.parse(JSON.stringify(grants).replaceAll('"P"', JSON.stringify(ids.P)));
    await tenant.setGrants(ids[subject] as string, own);
  }
  const identity = { issuer, subject: 'client' };
  ids.client = (await tenant.ok('createUser', { body: { kind: 'machine', name: 'Client', identity } })).body.id;
  await tenant.setGrants(ids.client as string, granted('directorySynchronization'));
  ids.T = await targets.user();
  const bound = await targets.bound();
  for (const user of [ids.T, bound]) await tenant.setGrants(user as string, granted('logExport'));
  // Whose sign-in it is tells that they hold more than the caller (0018), and must not tell what: in both they hold more.
  await tenant.role('Beyond the caller', granted('manageEdgeDevices'), [ids.T, bound]);
  ids.R = await tenant.role('Visible role', granted('logExport'));
  const group = await putGroup(tenant, 'Visible group');
  ids.G = group.id;
  await join(tenant, group, [ids.T as UserId]);
};

/** What only the fuller one has: a policy, grants, a role with members, a role's other grants, an event for each. */
const hide = async ({ tenant, targets, ids }: World) => {
  ids.H = (await tenant.ok('createPolicy', { body: { name: hidden } })).body.id;
  const quarantine = { permission: 'viewQuarantine', policies: [ids.H] };
  for (const user of [ids.T, await targets.bound()])
    await tenant.setGrants(user as string, [
      ...granted('logExport', 'manageEdgeDevices', 'viewAllReports'),
      quarantine,
    ]);
  await tenant.roleGrants(ids.R as string, granted('blockAndAllowLists'));
  ids.HR = await tenant.role(
    'Hidden role',
    [...granted('manageEdgeDevices'), quarantine],
    [ids.T as string, ids.G as string],
  );
};

/** More that only who manages users may see. */
const hideUsers = async ({ tenant, ids }: World) => {
  const user = await tenant.user('Hidden user', 'hidden-subject');
  ids.HU = user;
  await tenant.ok('inviteUser', { params: { userId: await tenant.user('Invited') } });
  const group = await putGroup(tenant, 'Hidden group');
  ids.HG = group.id;
  await join(tenant, group, [user]);
};

interface Scenario {
  readonly name: string;
  readonly catalogue: string;
  readonly as: (world: World) => As;
  readonly hideMore?: (world: World) => Promise<void>;
}

/** Who reads the audit by a permission that opens no policy: the other one is held for the account, and shows them all. */
const callersIn = (catalogue: string): Record<string, object[]> => {
  const audit = catalogue === 'complete' ? ['administratorLogs'] : [];
  return {
    manager: granted('manageUsers', 'logExport', ...audit),
    ofPolicy: [{ permission: 'modifyConfiguration', policies: ['P'] }, ...granted('logExport', ...audit)],
    plain: granted('viewAllReports'),
    nobody: [],
  };
};

const scenarios: Scenario[] = [
  { name: 'who manages users', catalogue: 'email-security', as: ({ tenant }) => person(tenant.id, 'manager') },
  {
    name: 'who manages users, with everything',
    catalogue: 'complete',
    as: ({ tenant }) => person(tenant.id, 'manager'),
  },
  {
    name: 'the administrator of one policy',
    catalogue: 'complete',
    as: ({ tenant }) => person(tenant.id, 'ofPolicy'),
    hideMore: hideUsers,
  },
  {
    name: 'a plain user',
    catalogue: 'email-security',
    as: ({ tenant }) => person(tenant.id, 'plain'),
    hideMore: hideUsers,
  },
  {
    name: 'a user with nothing',
    catalogue: 'complete',
    as: ({ tenant }) => person(tenant.id, 'nobody'),
    hideMore: hideUsers,
  },
  {
    name: 'the synchronisation client',
    catalogue: 'complete',
    as: ({ tenant }) => machine(tenant.id, 'client', 'admin holdfast/directory'),
    hideMore: hideUsers,
  },
];

const anyTag = { 'if-match': '*' };

/** Questions that go where something is hidden, by operation; `H` is there in the fuller world only. */
const probes = (ids: Record<string, string>): Partial<Record<OperationId, Request[]>> => {
  const { T = '', G = '', R = '', P = '', H = '' } = ids;
  const lists = [T, ids.HU ?? T, ...['manager', 'plain', 'nobody'].map((who) => ids[who] ?? T)].map((userId) => ({
    params: { userId },
  }));
  const grants = (...list: object[]): Request => ({ params: { userId: T }, headers: anyTag, body: { grants: list } });
  const questions = [
    { permission: 'viewQuarantine', policy: H },
    { permission: 'viewAllReports', policy: H },
    { permission: 'logExport', policy: H },
    { permission: 'modifyConfiguration', policy: H },
    { permission: 'modifyConfiguration', policy: P },
    { ability: 'logOn', policy: H },
    { ability: 'runFilteredReports', policy: H },
    { permission: 'manageEdgeDevices' },
  ];
  return {
    getPolicy: [{ params: { policyId: H } }, { params: { policyId: P } }],
    updatePolicy: [
      { params: { policyId: H }, body: { name: 'Mine now' } },
      { params: { policyId: P }, body: { name: hidden } },
      { params: { policyId: P }, body: { name: ' hidDEN ' } },
      { params: { policyId: P }, body: { description: 'Mine' } },
    ],
    deletePolicy: [{ params: { policyId: H } }],
    createPolicy: [{ body: { name: hidden } }],
    createRole: [{ body: { name: 'Hidden role' } }],
    getRole: [{ params: { roleId: R } }],
    getRoleGrants: [{ params: { roleId: R } }],
    listRoleMembers: [{ params: { roleId: R } }],
    getGroup: [{ params: { groupId: G } }],
    listGroupMembers: [{ params: { groupId: G }, query: { effective: 'true' } }],
    getUser: [{ params: { userId: T } }],
    getUserGrants: [{ params: { userId: T } }],
    getEffectivePermissions: [
      { params: { userId: T } },
      ...['manager', 'plain'].map((who) => ({ params: { userId: ids[who] ?? '' } })),
    ],
    putUserGrants: [
      grants({ permission: 'viewQuarantine', policies: [H] }),
      grants({ permission: 'logExport' }, { permission: 'viewQuarantine', policies: [H] }),
      grants({ permission: 'manageEdgeDevices' }),
      grants({ permission: 'viewFilteredReports' }),
      grants({ permission: 'viewFilteredReports', policies: [H] }),
      grants({ permission: 'viewQuarantinedImages', policies: [H] }),
      grants({ permission: 'viewQuarantinedImages' }),
      grants({ permission: 'unknown' }),
      grants({ permission: 'logExport', policies: [H] }),
      grants({ permission: 'manageUsers' }),
      grants(),
      grants({ permission: 'logExport' }),
    ],
    removeUserGrant: [
      { permission: 'viewQuarantine', query: { policy: H } },
      { permission: 'viewQuarantine', query: { policy: H, expand: 'true' } },
      { permission: 'viewQuarantine', query: { expand: 'true' } },
      { permission: 'viewQuarantinedImages' },
      { permission: 'viewFilteredReports' },
      { permission: 'manageEdgeDevices' },
      { permission: '*' },
      { permission: 'manageUsers', query: { expand: 'true' } },
      { permission: 'unknown' },
      { permission: 'logExport' },
    ].map(({ permission, query }) => ({ params: { userId: T, permission }, ...(query && { query }) })),
    check: questions.map((body) => ({ body })),
    checkBatch: [{ body: { checks: questions } }],
    listUsers: [{}, { query: { limit: '1' } }, { query: { name: 'hidden' } }, { query: { search: 'hidden' } }],
    listUserRoles: lists,
    listUserGroups: lists,
    getNames: [{ body: { ids: Object.values(ids) } }],
    getMe: [{}],
    listPolicies: [{}, { query: { limit: '1' } }, { query: { search: 'I' } }],
    listGroups: [{}, { query: { search: 'I' } }],
    listHolders: [{ body: { permission: 'viewQuarantine', policy: H } }],
    getCatalogue: [{}],
    getTenant: [{}],
    listEvents: [
      {},
      ...['1', '2', '3', '200'].map((limit) => ({ query: { limit } })),
      ...[H, T, G, R, P, 'tenant'].map((target) => ({ query: { target } })),
      { query: { target: T, limit: '1' } },
      { query: { action: 'user.grants.replaced', limit: '1' } },
      { query: { action: 'user.grant.removed' } },
      { query: { action: 'role.members.added' } },
      ...[H, T, G, R, P, 'tenant'].map((target) => ({ query: { target, order: 'oldest', limit: '2' } })),
      ...['manager', 'plain', 'nobody'].map((who) => ({ query: { actor: ids[who] ?? '', order: 'oldest' } })),
      { query: { order: 'oldest' } },
      { query: { outcome: 'refused' } },
      ...['1', '200'].map((limit) => ({ query: { outcome: 'done', limit } })),
    ],
    countEvents: [{}, { outcome: 'refused' }, { outcome: 'done' }, { action: 'role.members.added' }].map((query) => ({
      query: { from: '2025-12-01', to: '2026-06-30', ...query },
    })),
    createUser: [{ body: { kind: 'person', name: 'New' } }],
    inviteUser: [{ params: { userId: T } }],
  };
};

/** Reading first, then what changes little, deletions last: nothing is gone before it has been asked for. */
const order = (id: OperationId): number =>
  operation(id).data !== 'write' ? 0 : /^(delete|unbind)/.test(id) ? 2 : /^(updateUser|replace)/.test(id) ? 1.5 : 1;
/**
 * Answers that differ by design. Who may export is shown the whole trail, hidden events included, and its size is in every
 * checkpoint and proof (decisions 0058 and 0060). The keys are random for each table.
 */
const differs = (id: OperationId): boolean => operation(id).needs === 'export' || id === 'getAuditKeys';
const inOrder = operationIds.filter((id) => implemented(id) && operation(id).callers.length > 0 && !differs(id));
inOrder.sort((a, b) => order(a) - order(b));

const rehearsed = (request: Request): Request => ({ ...request, query: { ...request.query, dryRun: 'true' } });
const rehearses = (id: OperationId) => operation(id).data === 'write' && 'dryRun' in (operation(id).query?.shape ?? {});

afterAll(() => closeWorlds());

describe.each(scenarios)('to $name', ({ catalogue, as, hideMore }) => {
  let worlds: readonly [World, World];
  let requests: Map<OperationId, Request[]>;
  beforeAll(async () => {
    worlds = await pair(catalogue, furnish(callersIn(catalogue)), async (world) => {
      await hide(world);
      await hideMore?.(world);
    });
    const [plain, fuller] = worlds;
    requests = new Map();
    const extra = probes(fuller.ids);
    // Every event there is, hidden ones among them, asked for by its id.
    setRuntime(fuller.harness.runtime);
    const told = (await fuller.tenant.ok('listEvents', { query: { limit: '200' } })).body.items;
    const every = told.map(({ id: eventId }: { id: string }) => ({ params: { eventId } }));
    extra.getEvent = every;
    extra.getEventDifference = every;
    const some = told.slice(0, 60).map(({ id }: { id: string }) => id);
    extra.listEvents?.push(...[...some, 'a request'].map((correlation) => ({ query: { correlation } })));
    for (const id of inOrder) {
      const found: Request[] = [];
      await each(worlds, async (world) => {
        // Samples may lay out more that both worlds have; some need what this catalogue lacks.
        const sample = await Promise.resolve(samples[id](world.targets)).catch(() => undefined);
        if (sample && world === plain) found.push(sample);
      });
      requests.set(id, [...found, ...(extra[id] ?? [])]);
    }
    const inBothOf = ({ ids }: World) => Object.entries(ids).filter(([name]) => !name.startsWith('H'));
    expect(inBothOf(plain)).toEqual(inBothOf(fuller));
  });

  it.each(inOrder)('%s answers the same in both worlds', async (id) => {
    const caller = as(worlds[0]);
    for (const request of requests.get(id) ?? []) {
      const tries = rehearses(id) ? [rehearsed(request), request] : [request];
      for (const one of tries) {
        const [plain, fuller] = await inBoth(worlds, id, one, caller);
        expect(fuller, `${id} ${JSON.stringify(one)}`).toBe(plain);
      }
    }
  });
});

it('differs to those who may see it: the comparison is not blind', async () => {
  const worlds = await pair('complete', furnish(callersIn('complete')), hide);
  const admin = worlds[0].tenant.admin;
  const ids = worlds[1].ids;
  reseed(3);
  for (const [id, request] of [
    ['listPolicies', {}],
    ['listRoles', {}],
    ['listUserRoles', { params: { userId: ids.T ?? '' } }],
    ['getNames', { body: { ids: Object.values(ids) } }],
    ['getUserGrants', { params: { userId: ids.T ?? '' } }],
    ['getGroup', { params: { groupId: ids.G ?? '' } }],
    ['getRoleGrants', { params: { roleId: ids.R ?? '' } }],
    ['getEffectivePermissions', { params: { userId: ids.T ?? '' } }],
    ['listEvents', {}],
  ] as const) {
    const [plain, fuller] = await inBoth(worlds, id, request, admin);
    expect(fuller, id).not.toBe(plain);
  }
});
