// Random small tenants: few enough roles, groups and users that everything meets everything, with all that can be odd
// about stored records (cycles, dead references, deleted things, machines, unbound people).
import fc from 'fast-check';
import { catalogues } from '../../shared/catalogues/index.ts';
import type { Catalogue } from '../../shared/catalogues/schema.ts';
import type {
  GroupId,
  GroupRef,
  Life,
  PolicyId,
  RoleId,
  SourceId,
  UserId,
  UserRef,
} from '../../shared/domain/base/ids.ts';
import { Book } from '../../shared/domain/book/book.ts';
import { type Access, type BookRecord, type Grant, recordName } from '../../shared/domain/book/records.ts';
import type { World } from '../../shared/domain/change.ts';
import type { Raw } from './naive.ts';

const pad = (letter: string, length: number, i: number) => `${letter}${String(i).padStart(length, '0')}`;
export const roleId = (i: number) => pad('r', 12, i) as RoleId;
export const groupId = (i: number) => pad('g', 20, i) as GroupId;
export const userId = (i: number) => pad('u', 20, i) as UserId;
export const policyId = (i: number) => pad('p', 12, i) as PolicyId;
export const sourceId = (i: number) => pad('s', 12, i) as SourceId;
export const lives = ['00000a', '00000b'] as Life[];

const users = 6;
const groups = 6;
const roles = 4;
const policies = 4;
const sources = 2;

/** References to groups and users: mostly to the present life, now and then to another or to nobody. */
const life = fc.oneof({ weight: 8, arbitrary: fc.constant('00000a') }, { weight: 1, arbitrary: fc.constant('00000b') });
const anyGroup = fc.nat({ max: groups }).map(groupId);
const anyUser = fc.nat({ max: users }).map(userId);
const anyPolicy = fc.nat({ max: policies }).map(policyId);
export const anyGroupRef = fc.tuple(anyGroup, life).map(([id, of]) => `${id}.${of}` as GroupRef);
const anyUserRef = fc.tuple(anyUser, life).map(([id, of]) => `${id}.${of}` as UserRef);
const few = <T>(item: fc.Arbitrary<T>, most: number) =>
  fc.array(item, { maxLength: most }).map((list) => new Set(list));
const rarely = (often = 8) => fc.nat({ max: often }).map((n) => n === 0);

/** Permissions that mean something special, so that chance draws them often enough. */
const special = (catalogue: Catalogue) => {
  const wanted = new Set([
    catalogue.keeper,
    ...[
      'manageUsers',
      'viewQuarantine',
      'viewQuarantinedImages',
      'viewFilteredReports',
      'viewAllReports',
      'manageActions',
    ],
    ...['editActions', 'addActions', 'deleteActions', 'createRules', 'billing', 'logExport'],
  ]);
  return catalogue.permissions.filter((p) => wanted.has(p.id)).map((p) => p.id);
};

const subset = (ids: readonly string[], least = 0) =>
  fc.uniqueArray(fc.constantFrom(...ids), { minLength: least, maxLength: 3 });

const pool: string[] = Array.from({ length: policies + 1 }, (_, i) => policyId(i));

/** A grant in a scope that its permission can have; `odd` ones too, which only old data could hold. */
export const grantOf = (catalogue: Catalogue, odd = true): fc.Arbitrary<Grant> => {
  const actionTypes = catalogue.actionTypes.slice(0, 4).map((t) => t.id);
  const ruleTypes = catalogue.ruleTypes.slice(0, 3).map((t) => t.id);
  const one = (id: string): fc.Arbitrary<Grant> => {
    const permission = catalogue.permissions.find((p) => p.id === id);
    const limits = permission?.limits ?? [];
    return fc
      .record({
        policies: permission?.levels.includes('policy')
          ? fc.option(subset(pool, 1), { nil: undefined })
          : fc.constant(undefined),
        actionTypes: limits.includes('actionTypes')
          ? fc.option(subset(actionTypes), { nil: undefined })
          : fc.constant(undefined),
        ruleTypes: limits.includes('ruleTypes')
          ? fc.option(subset(ruleTypes, 1), { nil: undefined })
          : fc.constant(undefined),
      })
      .map((scope) => ({
        permission: id,
        ...(scope.policies && { policies: scope.policies as PolicyId[] }),
        ...(scope.actionTypes && { actionTypes: scope.actionTypes }),
        ...(scope.ruleTypes && { ruleTypes: scope.ruleTypes }),
      }));
  };
  const built = new Map(catalogue.permissions.map(({ id }) => [id, one(id)]));
  const some = (ids: readonly string[]) => fc.oneof(...ids.map((id) => built.get(id) as fc.Arbitrary<Grant>));
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant({ permission: '*' }) },
    { weight: 10, arbitrary: some(special(catalogue)) },
    { weight: 5, arbitrary: some(catalogue.permissions.map((p) => p.id)) },
    ...(odd ? [{ weight: 1, arbitrary: fc.constant({ permission: 'ofALaterRelease' }) }] : []),
  );
};

export const grantSetOf = (catalogue: Catalogue, odd = true) => fc.array(grantOf(catalogue, odd), { maxLength: 4 });

const roleOf = (catalogue: Catalogue, i: number) =>
  fc.record({
    kind: fc.constant('role' as const),
    rev: fc.constant(1),
    id: fc.constant(roleId(i)),
    name: fc.constant(`Role ${i}`),
    description: fc.constant(''),
    grants: grantSetOf(catalogue),
    newRules: fc.constant({ view: true, edit: true, delete: false }),
    groups: few(anyGroupRef, 3),
    deleted: rarely(),
  });

/** Chunks of members are numbered without gaps; the first may be empty. */
const chunksOf = (i: number) =>
  fc
    .array(few(anyUserRef, 3), { maxLength: 2 })
    .map((chunks) =>
      chunks.map((members, chunk) => ({ kind: 'members' as const, rev: 1, role: roleId(i), chunk, users: members })),
    );

const groupOf = (i: number) =>
  fc.record({
    kind: fc.constant('group' as const),
    rev: fc.constant(1),
    id: fc.constant(groupId(i)),
    life: fc.constant(lives[0] as Life),
    name: fc.constant(`Group ${i}`),
    source: fc.nat({ max: sources - 1 }).map(sourceId),
    parents: few(anyGroupRef, 2),
    confersAccessManagement: rarely(2),
    deleted: rarely(),
  });

const policyOf = (i: number) =>
  rarely(4).map((deleted) => ({
    kind: 'policy' as const,
    rev: 1,
    id: policyId(i),
    name: `Policy ${i}`,
    description: '',
    deleted,
  }));

const sourceOf = (i: number) =>
  fc.record({ signs: fc.boolean(), deleted: rarely() }).map(({ signs, deleted }) => ({
    kind: 'source' as const,
    rev: 1,
    id: sourceId(i),
    name: `Source ${i}`,
    ...(signs && { signIn: { issuer: 'https://idp.example', claim: 'oid' } }),
    deleted,
  }));

const userOf = (catalogue: Catalogue, i: number): fc.Arbitrary<Access> =>
  fc
    .record({
      kind: rarely(5).map((machine) => (machine ? ('machine' as const) : ('person' as const))),
      state: fc.constantFrom('active', 'active', 'active', 'active', 'disabled', 'deleted'),
      source: fc.constantFrom<Access['source']>('local', 'external', sourceId(0), sourceId(1)),
      bound: fc.boolean(),
      invitation: fc.option(
        fc.record({ digest: fc.constant(`secret${i}`), expires: fc.constant(10_000), byKeeper: fc.boolean() }),
        {
          nil: undefined,
        },
      ),
      groups: few(anyGroupRef, 3),
      personal: grantSetOf(catalogue),
    })
    .map(({ bound, invitation, state, ...rest }) => ({
      ...rest,
      id: userId(i),
      life: lives[0] as Life,
      rev: 1,
      state: state as Access['state'],
      stamp: 0,
      ...(state === 'deleted' && { groups: new Set<GroupRef>(), personal: [] }),
      ...(state !== 'deleted' && bound && { identity: `identity${i}` }),
      ...(state !== 'deleted' && invitation && { invitation }),
    }));

const times = <T>(n: number, make: (i: number) => fc.Arbitrary<T>) =>
  fc.tuple(...Array.from({ length: n }, (_, i) => make(i)));

/** Something for each catalogue, built once: an arbitrary that is made anew at every draw costs more than the draw. */
export const perCatalogue = <T>(
  build: (catalogue: Catalogue) => fc.Arbitrary<T>,
  which: (catalogue: Catalogue) => boolean = () => true,
): fc.Arbitrary<T> =>
  fc.oneof(
    ...[...catalogues.values()]
      .map((c) => c.data)
      .filter(which)
      .map(build),
  );

/** A tenant of a catalogue. Group and user with the highest number exist nowhere: references to them are dead. */
export const tenantOf = (catalogue: Catalogue): fc.Arbitrary<Raw> =>
  fc
    .record({
      enforced: rarely(6).map((off) => !off),
      features: subset(catalogue.features.length > 0 ? catalogue.features.map((f) => f.id) : ['none']),
      roles: times(roles, (i) => roleOf(catalogue, i)),
      chunks: times(roles, chunksOf),
      groups: times(groups, groupOf),
      policies: times(policies, policyOf),
      sources: times(sources, sourceOf),
      users: times(users, (i) => userOf(catalogue, i)),
    })
    .map((drawn) => ({
      users: drawn.users,
      records: [
        {
          kind: 'tenant',
          rev: 1,
          name: 'Tenant',
          catalogue: catalogue.id,
          catalogueVersion: catalogue.version,
          enforced: drawn.enforced,
          enabledBefore: drawn.enforced,
          changesTakeEffect: catalogue.changesTakeEffect,
          features: new Set(drawn.features),
          createdAt: '2026-01-01T00:00:00.000Z',
        },
        ...drawn.roles,
        ...drawn.chunks.flat(),
        ...drawn.groups,
        ...drawn.policies,
        ...drawn.sources,
        { kind: 'unknown', rev: 1, name: 'later#1', bytes: 7 },
      ] satisfies BookRecord[],
    }));

/** The tenant in the shape that the code under test reads. */
export const bookOf = (raw: Raw): Book =>
  new Book(1, new Map(raw.records.map((record) => [recordName(record), record])));
export const worldOf = (raw: Raw): World => ({
  book: bookOf(raw),
  users: new Map(raw.users.map((user) => [user.id, user])),
});
export const rawOf = (world: World): Raw => ({
  records: [...world.book.records.values()],
  users: [...world.users.values()].filter((user) => user !== undefined),
});

/** Any question that the catalogue knows, in any scope, dead policies included. */
export const questionOf = (catalogue: Catalogue) =>
  fc
    .record({
      what: fc.oneof(
        fc.constantFrom(...special(catalogue)).map((permission) => ({ permission })),
        fc.constantFrom(...catalogue.permissions.map((p) => p.id)).map((permission) => ({ permission })),
        fc.constantFrom(...catalogue.abilities.map((a) => a.id)).map((ability) => ({ ability })),
      ),
      policy: fc.option(anyPolicy, { nil: undefined }),
      actionType: fc.option(fc.constantFrom(...catalogue.actionTypes.slice(0, 4).map((t) => t.id), 'none'), {
        nil: undefined,
      }),
      ruleType: fc.option(fc.constantFrom(...catalogue.ruleTypes.slice(0, 3).map((t) => t.id), 'none'), {
        nil: undefined,
      }),
    })
    .map(({ what, ...scope }) => ({ permission: undefined, ability: undefined, ...what, ...scope }));

/** A fixed seed, so that a run can be repeated; fast-check prints it with the counterexample. */
export const runs = (numRuns: number, seed = 20_260_101) => ({ numRuns, seed });
