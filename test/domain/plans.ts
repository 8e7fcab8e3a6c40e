// Random changes: every planner with random arguments, and raw changes of access such as a directory makes, so that what
// judges a change meets more than what the planners of today can do.
import fc from 'fast-check';
import type { Catalogue } from '../../shared/catalogues/schema.ts';
import { type GroupRef, groupRef, idsFrom, type Life, type UserId } from '../../shared/domain/base/ids.ts';
import type { Access, BookRecord, GroupRecord, SourceRecord } from '../../shared/domain/book/records.ts';
import {
  type AccessChange,
  type Change,
  type IdsAndTime,
  noChange,
  type Profile,
  type World,
} from '../../shared/domain/change.ts';
import { Rights } from '../../shared/domain/deciding/decide.ts';
import * as policies from '../../shared/domain/plan/policies.ts';
import * as roles from '../../shared/domain/plan/roles.ts';
import * as signIns from '../../shared/domain/plan/sign-ins.ts';
import * as sources from '../../shared/domain/plan/sources.ts';
import * as tenant from '../../shared/domain/plan/tenant.ts';
import * as users from '../../shared/domain/plan/users.ts';
import { grantOf, groupId, lives, policyId, roleId, sourceId, userId } from './arbitraries.ts';

/** Ids that no random tenant has, the same ones in every run. */
export const toolsOf = (start = 1): IdsAndTime => {
  let drawn = start;
  return {
    now: 5_000,
    ids: idsFrom((n) => {
      drawn += 1;
      return Uint8Array.from({ length: n }, (_, i) => (i === 0 ? 31 : (drawn >> (5 * ((i - 1) % 6))) & 31));
    }),
  };
};

/** Random numbers that a step makes its arguments of. */
export interface Step {
  readonly kind: keyof typeof steps;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly flag: boolean;
  readonly grants: Access['personal'];
}

interface At extends Step {
  readonly world: World;
  readonly tools: IdsAndTime;
  /** Drawn from the numbers: a user that is there, and ids of which some name nothing. */
  readonly user: Access;
  readonly role: ReturnType<typeof roleId>;
  readonly group: ReturnType<typeof groupId>;
  readonly members: string[];
  readonly profile: Profile;
  readonly texts: { name: string; description: string };
}

const bookChange = (...book: BookRecord[]): Change<unknown> => ({ ...noChange(undefined), book });
const userChange = (before: Access, more: Partial<Access>, drop: readonly (keyof Access)[] = []): Change<unknown> => {
  const after = Object.fromEntries(
    Object.entries({ ...before, ...more, rev: before.rev + 1 }).filter(([key]) => !drop.includes(key as keyof Access)),
  ) as unknown as Access;
  return { ...noChange(undefined), users: [{ before, after } satisfies AccessChange] };
};
const record = <K extends BookRecord['kind']>({ world }: At, kind: K, id: string) =>
  world.book.records.get(`${kind}#${id}`) as Extract<BookRecord, { kind: K }> | undefined;
const refOf = (at: At, n: number): GroupRef => {
  const group = record(at, 'group', groupId(n % 7));
  return groupRef(groupId(n % 7), group?.life ?? (lives[1] as Life));
};
const groupChange = (at: At, change: (group: GroupRecord) => GroupRecord): Change<unknown> => {
  const group = record(at, 'group', at.group);
  return group ? bookChange(change(group)) : noChange(undefined);
};
const sourceChange = (at: At, change: (source: SourceRecord) => SourceRecord): Change<unknown> => {
  const source = record(at, 'source', sourceId(at.a % 2));
  return source ? bookChange(change(source)) : noChange(undefined);
};
const without = <T>(set: ReadonlySet<T>, n: number) =>
  new Set([...set].filter((_, i) => i !== n % Math.max(1, set.size)));

const steps = {
  createRole: (at: At) => roles.createRole(at.world, at.texts, at.tools),
  cloneRole: (at: At) => roles.cloneRole(at.world, at.role, at.texts, at.tools),
  updateRole: (at: At) => roles.updateRole(at.world, at.role, at.texts),
  deleteRole: (at: At) => roles.deleteRole(at.world, at.role),
  putRoleGrants: (at: At) => roles.putRoleGrants(at.world, at.role, at.grants),
  addRoleGrant: (at: At) => roles.addRoleGrant(at.world, at.role, at.grants[0] ?? { permission: '*' }),
  removeRoleGrant: (at: At) => {
    const grants = at.world.book.roles.get(at.role)?.record.grants ?? [];
    const grant = grants[at.b % Math.max(1, grants.length)];
    const permission = grant?.permission ?? '*';
    const policy = at.flag ? grant?.policies?.[0] : undefined;
    return roles.removeRoleGrant(at.world, at.role, { permission, policy }, at.flag);
  },
  addMembers: (at: At) => roles.addMembers(at.world, at.role, at.members),
  removeMembers: (at: At) => roles.removeMembers(at.world, at.role, at.members),
  replaceMembers: (at: At) => roles.replaceMembers(at.world, at.role, at.members),
  updateTenant: (at: At) =>
    tenant.updateTenant(at.world, { enforced: at.flag, administratorsGroup: at.b % 3 === 0 ? null : at.group }),
  putFeatures: (at: At) => {
    const features = at.world.book.catalogue.data.features.map((f) => f.id);
    return tenant.putFeatures(at.world, at.flag ? features : []);
  },
  createPolicy: (at: At) => policies.createPolicy(at.world, at.texts, at.tools),
  updatePolicy: (at: At) => policies.updatePolicy(at.world, policyId(at.a % 5), at.texts),
  deletePolicy: (at: At) => policies.deletePolicy(at.world, policyId(at.a % 5)),
  createSource: (at: At) =>
    sources.createSource(
      at.world,
      { ...at.texts, signIn: at.flag ? { issuer: 'i', claim: 'c' } : undefined },
      at.tools,
    ),
  updateGroup: (at: At) => sources.updateGroup(at.world, at.group, { confersAccessManagement: at.flag }),
  createUser: (at: At) =>
    users.createUser(
      at.world,
      { ...at.texts, kind: at.flag ? 'machine' : 'person', source: 'local' },
      // Whether one is free, handlers look up.
      { identity: at.b % 2 === 0 ? `new ${at.tools.ids.life()}` : undefined },
      at.tools,
    ),
  updateUser: (at: At) =>
    users.updateUser(at.world, at.user.id, at.profile, { state: at.flag ? 'active' : 'disabled' }),
  changeExternalId: (at: At) => {
    const [externalId, external] = at.flag ? ['x', `outside ${at.tools.ids.life()}`] : [null, undefined];
    return users.updateUser(at.world, at.user.id, at.profile, { externalId }, { external });
  },
  deleteUser: (at: At) => users.deleteUser(at.world, at.user.id, at.profile, 0),
  inviteUser: (at: At) => signIns.inviteUser(at.world, at.user.id, 'another secret', { keeper: at.flag }, at.tools),
  acceptInvitation: (at: At) =>
    signIns.acceptInvitation(
      at.world,
      at.user.id,
      at.user.invitation?.digest ?? 'none',
      { digest: `mine ${at.tools.ids.life()}`, issuer: 'i', subject: 's' },
      at.profile,
      at.tools,
    ),
  unbindUser: (at: At) => signIns.unbindUser(at.world, at.user.id, at.profile),
  removePersonalGrant: (at: At) => {
    const grant = at.user.personal[at.b % Math.max(1, at.user.personal.length)];
    const policy = at.flag ? grant?.policies?.[0] : undefined;
    return users.removePersonalGrant(
      at.world,
      at.user.id,
      'keeper',
      { permission: grant?.permission ?? '*', policy },
      at.flag,
    );
  },
  putPersonalGrants: (at: At) => {
    const actor = at.flag ? 'keeper' : Rights.of(at.world.book, at.world.users.get(userId(at.b % 6)));
    return users.putPersonalGrants(at.world, at.user.id, actor, at.grants);
  },

  joinGroup: (at: At) => userChange(at.user, { groups: new Set([...at.user.groups, refOf(at, at.b)]) }),
  leaveGroup: (at: At) => userChange(at.user, { groups: without(at.user.groups, at.b) }),
  replaceGroups: (at: At) => userChange(at.user, { groups: new Set([refOf(at, at.b), refOf(at, at.c)]) }),
  nest: (at: At) => groupChange(at, (g) => ({ ...g, parents: new Set([...g.parents, refOf(at, at.b)]) })),
  unnest: (at: At) => groupChange(at, (g) => ({ ...g, parents: without(g.parents, at.b) })),
  deleteGroup: (at: At) => groupChange(at, (g) => ({ ...g, deleted: true, parents: new Set() })),
  reviveGroup: (at: At) => groupChange(at, (g) => ({ ...g, deleted: false, life: lives[at.b % 2] as Life })),
  markGroup: (at: At) => groupChange(at, (g) => ({ ...g, confersAccessManagement: at.flag })),
  handGroupOver: (at: At) => groupChange(at, (g) => ({ ...g, source: sourceId(at.b % 2) })),
  groupOfRole: (at: At) => {
    const role = record(at, 'role', at.role);
    return role ? bookChange({ ...role, groups: new Set([...role.groups, refOf(at, at.b)]) }) : noChange(undefined);
  },
  reviveRole: (at: At) => {
    const role = record(at, 'role', at.role);
    return role ? bookChange({ ...role, deleted: false }) : noChange(undefined);
  },
  signIn: (at: At) =>
    sourceChange(at, ({ signIn, ...rest }) =>
      at.flag ? { ...rest, signIn: { issuer: at.b % 2 ? 'i' : 'https://idp.example', claim: 'oid' } } : rest,
    ),
  deleteSource: (at: At) => sourceChange(at, (source) => ({ ...source, deleted: true })),
  reviveSource: (at: At) => sourceChange(at, (source) => ({ ...source, deleted: false })),
  state: (at: At) =>
    userChange(at.user, { state: (['active', 'disabled', 'deleted'] as const)[at.b % 3] as Access['state'] }),
  kind: (at: At) => userChange(at.user, { kind: at.flag ? 'person' : 'machine' }),
  source: (at: At) =>
    userChange(at.user, { source: ([sourceId(0), sourceId(1), 'local'] as const)[at.b % 3] as Access['source'] }),
  identity: (at: At) => userChange(at.user, { identity: `identity${at.b % 7}` }),
  noIdentity: (at: At) => userChange(at.user, {}, ['identity']),
  invitation: (at: At) => {
    const old = at.user.invitation ?? { digest: 'x', expires: 1, byKeeper: false };
    return userChange(at.user, { invitation: { ...old, ...(at.flag ? { byKeeper: true } : { expires: 20_000 }) } });
  },
  retire: (at: At) => {
    const more = ([{}, { identity: 'another' }, { invitation: { digest: 'x', expires: 1, byKeeper: true } }] as const)[
      at.b % 3
    ];
    return userChange(at.user, { state: at.flag ? 'disabled' : 'deleted', ...more }, at.c % 2 ? ['invitation'] : []);
  },
  noInvitation: (at: At) => userChange(at.user, {}, ['invitation']),
  personal: (at: At) => userChange(at.user, { personal: at.grants }),
  life: (at: At) => userChange(at.user, { life: lives[at.b % 2] as Life, state: 'active' }),
};

export const stepKinds = Object.keys(steps) as Step['kind'][];

/** A step of one of these kinds. */
export const stepOf = (catalogue: Catalogue, kinds: readonly Step['kind'][] = stepKinds): fc.Arbitrary<Step> =>
  fc.record({
    kind: fc.constantFrom(...kinds),
    a: fc.nat({ max: 999 }),
    b: fc.nat({ max: 999 }),
    c: fc.nat({ max: 999 }),
    flag: fc.boolean(),
    // Few at a time, so that most sets are ones that may be granted.
    grants: fc.array(grantOf(catalogue, false), { maxLength: 2 }),
  });

/** The change that a step comes to in a world. @throws Refusal as the planner does */
export const planned = (world: World, step: Step, tools: IdsAndTime): Change<unknown> => {
  const ids = [...world.users.keys()];
  const user = world.users.get(ids[step.a % ids.length] as UserId) as Access;
  // Often enough the keeper permission itself, which is what all this is about.
  const keeper = step.c % 4 === 0 ? [{ permission: world.book.catalogue.data.keeper }] : [];
  const at: At = {
    ...step,
    grants: [...step.grants, ...keeper],
    world,
    tools,
    user,
    role: roleId(step.a % 4),
    group: groupId(step.c % 7),
    members: [userId(step.b % 7), groupId(step.c % 7)].slice(step.flag ? 0 : 1),
    profile: { id: user.id, rev: 1, name: 'Name', createdAt: '2026-01-01T00:00:00.000Z' },
    texts: { name: `Named ${step.b}`, description: '' },
  };
  return steps[step.kind](at);
};
