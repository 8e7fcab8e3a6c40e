// What must hold for deciding in any tenant: agreement with the naive reference, and the laws that make rights additive.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { catalogue as catalogueNamed } from '../../shared/catalogues/index.ts';
import type { GroupRef, Life } from '../../shared/domain/base/ids.ts';
import { Book } from '../../shared/domain/book/book.ts';
import {
  type Access,
  type BookRecord,
  type Grant,
  type RoleRecord,
  recordName,
} from '../../shared/domain/book/records.ts';
import { decide, subjectOf } from '../../shared/domain/deciding/decide.ts';
import { type Effective, effective, explain, type Path } from '../../shared/domain/deciding/explain.ts';
import { groupWays, roleWays } from '../../shared/domain/deciding/memberships.ts';
import { isHolder, isPotentialHolder } from '../../shared/domain/keeper/keeper.ts';
import type { Rule } from '../../shared/domain/rules/rule-index.ts';
import { RuleRights } from '../../shared/domain/rules/rule-rights.ts';
import { longSuite } from '../support/patience.ts';
import {
  anyGroupRef,
  bookOf,
  grantOf,
  groupId,
  lives,
  perCatalogue,
  questionOf,
  roleId,
  runs,
  sourceId,
  tenantOf,
} from './arbitraries.ts';
import * as naive from './naive.ts';

vi.setConfig(longSuite);

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

const scene = perCatalogue((catalogue) =>
  fc.record({
    catalogue: fc.constant(catalogue.id),
    raw: tenantOf(catalogue),
    questions: fc.array(questionOf(catalogue), { minLength: 8, maxLength: 8 }),
    grant: grantOf(catalogue),
    group: anyGroupRef,
    pick: fc.nat(),
  }),
);

const permissionsOf = (id: string) => catalogueNamed(id).data.permissions;

const replaced = (raw: naive.Raw, record: BookRecord): naive.Raw => ({
  ...raw,
  records: [...raw.records.filter((one) => recordName(one) !== recordName(record)), record],
});
/** What a way of an explanation is a way to. */
const permissionOf = (path: Path): string => ('permission' in path ? String(path.permission) : '');
const rolesOf = (raw: naive.Raw) => raw.records.filter((record) => record.kind === 'role');
const roleAt = (raw: naive.Raw, pick: number) => rolesOf(raw)[pick % rolesOf(raw).length] as RoleRecord;

/** What the code says about everybody and every question. */
const answers = (raw: naive.Raw, questions: readonly naive.Asked[]) => {
  const book = bookOf(raw);
  return raw.users.map((user) => questions.map((question) => decide(book, user, question as never)));
};

const lived = (i: number) => {
  const of = { source: sourceId(0), parents: new Set<GroupRef>(), confersAccessManagement: false };
  return {
    kind: 'group',
    rev: 1,
    id: groupId(i),
    life: lives[0] as Life,
    name: `Group ${i}`,
    ...of,
    deleted: false,
  } as const;
};

describe('what is known of a user', () => {
  test('a user who is asked about again, by this book or another, gets the answer of one who is asked about first', () => {
    fc.assert(
      fc.property(scene, ({ raw, questions, grant, pick }) => {
        const changed = roleAt(raw, pick) && replaced(raw, { ...roleAt(raw, pick), grants: [grant] });
        const books = [bookOf(raw), ...(changed ? [bookOf(changed)] : []), bookOf(raw)];
        // A text names a policy in one question and a rule in another, and exists as neither.
        const odd = { permission: questions[0]?.permission ?? permissionsOf(bookOf(raw).catalogue.data.id)[0]?.id };
        const [policy, rule] = [
          { ...odd, policy: 'odd' },
          { ...odd, rule: 'odd' },
        ];
        const all = [...questions, policy, rule, { ...policy, ...rule }, policy];
        for (const user of raw.users)
          for (const one of books)
            for (const question of [...all, ...all.toReversed()]) {
              expect(decide(one, user, question as never)).toEqual(decide(one, { ...user }, question as never));
              expect(explain(one, user, question as never)).toEqual(explain(one, { ...user }, question as never));
            }
      }),
      runs(60),
    );
  });

  test('ways are searched among the groups above the user, however many groups are below a role', () => {
    const below = vi.spyOn(Book.prototype, 'children');
    let ways = 0;
    fc.assert(
      fc.property(scene, ({ raw, questions }) => {
        const one = bookOf(raw);
        for (const user of raw.users)
          for (const question of questions) ways += explain(one, user, question as never).paths.length;
      }),
      runs(30),
    );
    expect(ways).toBeGreaterThan(100);
    expect(below).not.toHaveBeenCalled();
    below.mockRestore();
  });

  test('a few ways are kept with their decision, and many are searched again', () => {
    const { data } = catalogueNamed('email-security');
    const raw = fc.sample(tenantOf(data), { numRuns: 1, seed: 1 })[0] as naive.Raw;
    const explained = (count: number) => {
      const groups = Array.from({ length: count }, (_, i) => `${groupId(i)}.${lives[0]}` as GroupRef);
      const role = { ...(roleAt(raw, 0) as RoleRecord), deleted: false, groups: new Set(groups) };
      const tenant = raw.records.find(({ kind }) => kind === 'tenant') as BookRecord;
      const records = [
        { ...tenant, enforced: true },
        ...groups.map((_, i) => lived(i)),
        { ...role, grants: [{ permission: '*' }] },
      ];
      const one = bookOf({ ...raw, records: records as BookRecord[] });
      const user = { ...(raw.users[0] as Access), state: 'active' as const, groups: new Set(groups), personal: [] };
      return [1, 2].map(() => explain(one, user, { permission: 'superAdministrator' }));
    };
    // A way through one group counts two.
    for (const count of [1, 6, 7, 9]) {
      const [first, again] = explained(count);
      expect([first?.allowed, first?.paths.length]).toEqual([true, count]);
      expect(first === again, `${count} ways`).toBe(count <= 6);
      expect(again).toEqual(first);
    }
  });

  test('a user who is kept holds neither a book that nobody else has, nor hundreds of roles and groups', async () => {
    const raw = fc.sample(tenantOf(catalogueNamed('email-security').data), { numRuns: 1, seed: 1 })[0] as naive.Raw;
    const tenant = { ...raw.records.find(({ kind }) => kind === 'tenant'), enforced: true } as BookRecord;
    const question = { permission: 'superAdministrator' };
    /** A book with so many groups, each with a role of its own, and a user who is in all. */
    const world = (count: number) => {
      const groups = Array.from({ length: count }, (_, i) => `${groupId(i)}.${lives[0]}` as GroupRef);
      const { id: _, ...role } = { ...(roleAt(raw, 0) as RoleRecord), deleted: false, grants: [{ permission: '*' }] };
      const roles = groups.map((group, i) => ({ ...role, id: roleId(i), groups: new Set([group]) }));
      const one = bookOf({ ...raw, records: [tenant, ...groups.map((__, i) => lived(i)), ...roles] });
      const user = { ...(raw.users[0] as Access), state: 'active' as const, groups: new Set(groups), personal: [] };
      expect(decide(one, user, question).allowed).toBe(true);
      return { one, user };
    };
    const found = ({ one, user }: ReturnType<typeof world>): WeakRef<object>[] => {
      const of = vi.spyOn(RuleRights.prototype, 'grants');
      subjectOf(one, user).may({ entry: { born: 1 } } as Rule, 'view');
      const onRules = of.mock.contexts[0] as RuleRights;
      of.mockRestore();
      const { rights, groups } = subjectOf(one, user);
      return [rights, groups, onRules].map((one) => new WeakRef(one));
    };
    const [few, many, left] = [world(50), world(51), world(1) as { one?: Book; user: Access }];
    const stays = found(few);
    const goes = [...found(many), ...found(left as never), new WeakRef(left.one as Book)];
    delete left.one;
    // What a weak reference was made of lives until the end of the turn.
    await new Promise(setImmediate);
    collect();
    expect(stays.map((one) => one.deref() !== undefined)).toEqual(stays.map(() => true));
    expect(goes.map((one) => one.deref() !== undefined)).toEqual(goes.map(() => false));
    const again = [few, many].map(({ one, user }) => explain(one, user, question).paths.length);
    expect([...again, left.user.id]).toEqual([20, 20, raw.users[0]?.id]);
  });

  test('decisions about policies without end are made, and not kept', () => {
    const raw = fc.sample(tenantOf(catalogueNamed('email-security').data), { numRuns: 1, seed: 1 })[0] as naive.Raw;
    const [one, user] = [bookOf(raw), { ...(raw.users[0] as Access), state: 'active' as const }];
    const permission = permissionsOf('email-security')[0]?.id;
    const asked = (n: number) => decide(one, user, { permission, policy: `p${n}` as never });
    const first = asked(0);
    for (let n = 1; n < 5_000; n += 1) asked(n);
    expect(asked(0)).toBe(first);
    expect(asked(4_999)).not.toBe(asked(4_999));
  });
});

describe('agreement with the naive reference', () => {
  test('decide and explain: allowed, and by grants or not', () => {
    let granted = 0;
    fc.assert(
      fc.property(scene, ({ raw, questions }) => {
        const book = bookOf(raw);
        for (const user of [...raw.users, undefined]) {
          for (const question of questions) {
            const expected = naive.may(raw, user, question);
            const decision = decide(book, user, question as never);
            expect({ allowed: decision.allowed, byGrants: decision.reason === 'granted' }).toEqual(expected);
            if (expected.byGrants) granted += 1;
            expect(decision.enforced).toBe(book.tenant.enforced);
          }
        }
      }),
      runs(350),
    );
    // Chance must have produced what the test is about.
    expect(granted).toBeGreaterThan(500);
  });

  test('holders and potential holders', () => {
    fc.assert(
      fc.property(scene, ({ raw }) => {
        const book = bookOf(raw);
        const ids = (test: (user: Access) => boolean) =>
          raw.users
            .filter(test)
            .map((user) => user.id)
            .sort();
        expect(ids((user) => isHolder(book, user))).toEqual(naive.holders(raw));
        expect(ids((user) => isPotentialHolder(book, user))).toEqual(naive.potentialHolders(raw));
      }),
      runs(400),
    );
  });

  test('effective: the lines cover exactly what is held, scope by scope', () => {
    const covered = (lines: readonly Effective[], permission: string, scope: naive.Asked) =>
      lines.some(
        (line) =>
          line.permission === permission &&
          (line.scope === 'account' ||
            (scope.policy !== undefined && (line.scope as readonly string[]).includes(scope.policy))) &&
          (!line.actionTypes || line.actionTypes.includes(scope.actionType ?? '')) &&
          (!line.ruleTypes || line.ruleTypes.includes(scope.ruleType ?? '')),
      );
    fc.assert(
      fc.property(scene, ({ raw, catalogue, pick }) => {
        const user = raw.users[pick % raw.users.length] as Access;
        const lines = effective(bookOf(raw), user);
        for (const permission of permissionsOf(catalogue)) {
          for (const scope of naive.scopesOf(raw)) {
            // A policy that is gone is no scope: nobody is told anything about it.
            if (scope.policy !== undefined && !naive.livePolicy(raw, scope.policy)) continue;
            const says = covered(lines, permission.id, scope);
            if (says !== naive.holds(raw, user, permission.id, scope))
              expect.fail(
                `${user.id} ${permission.id} ${JSON.stringify(scope)}: effective says ${says}: ${JSON.stringify(lines)}`,
              );
          }
        }
        for (const line of lines) {
          if (line.scope !== 'account') expect(line.scope.every((policy) => naive.livePolicy(raw, policy))).toBe(true);
        }
      }),
      runs(80),
    );
  });

  test('effective: the ways of a permission lead from every role and own set that gives it, to no other (CT-81)', () => {
    fc.assert(
      fc.property(scene, ({ raw, catalogue, pick }) => {
        const user = raw.users[pick % raw.users.length] as Access;
        const lines = effective(bookOf(raw), user);
        for (const { id } of permissionsOf(catalogue)) {
          const ways = lines.filter((line) => line.permission === id).flatMap((line) => line.paths);
          const expected = new Set(naive.scopesOf(raw).flatMap((scope) => naive.originsOf(raw, user, id, scope)));
          expect(new Set(ways.map((way) => way.origin))).toEqual(expected);
        }
      }),
      runs(60),
    );
  });
});

/** Walks a way over the raw records; returns its fault in words. */
const fault = (raw: naive.Raw, user: Access, path: Path): string | undefined => {
  if (path.origin === 'personal') return path.groups.length === 0 ? undefined : 'own grants need no group';
  const role = rolesOf(raw).find((record) => record.id === path.origin && !record.deleted);
  if (!role) return 'no such role';
  if (path.groups.length === 0) return naive.isDirectMember(raw, role.id, user) ? undefined : 'not a member';
  if (new Set(path.groups).size < path.groups.length) return 'goes in a circle';
  const live = path.groups.map((ref) =>
    raw.records.find((record) => record.kind === 'group' && !record.deleted && `${record.id}.${record.life}` === ref),
  );
  for (const [i, group] of live.entries()) {
    const ref = path.groups[i] as Path['groups'][0];
    if (group?.kind !== 'group') return `${ref} is not alive`;
    if (i === 0 && !user.groups.has(ref)) return `the user is not in ${ref}`;
    const next = path.groups[i + 1];
    if (next === undefined ? !role.groups.has(ref) : !group.parents.has(next)) return `${ref} does not lead on`;
  }
  return undefined;
};

describe('explanations', () => {
  test('there are ways exactly when grants allow it; each is real and gives the permission; shortest first; at most 20', () => {
    fc.assert(
      fc.property(scene, ({ raw, questions }) => {
        const book = bookOf(raw);
        for (const user of raw.users) {
          for (const question of questions) {
            const decision = decide(book, user, question as never);
            const explanation = explain(book, user, question as never);
            expect(explanation).toMatchObject(decision);
            const { paths } = explanation;
            expect(paths.length > 0).toBe(naive.may(raw, user, question).byGrants);
            expect(paths.length).toBeLessThanOrEqual(20);
            expect(new Set(paths.map((path) => JSON.stringify(path))).size).toBe(paths.length);
            const lengths = paths.map((path) => path.groups.length);
            expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
            const asked = naive.abilityOf(raw, question);
            const anywhere = asked?.ability.anyPermission === true;
            for (const path of paths) {
              expect(fault(raw, user, path)).toBeUndefined();
              const scopes = anywhere ? naive.scopesOf(raw) : (asked?.scopes ?? [question]);
              expect(
                scopes.some((scope) => naive.originsOf(raw, user, permissionOf(path), scope).includes(path.origin)),
              ).toBe(true);
              expect(decision.by).toContain(permissionOf(path));
            }
            // Everything that was needed is explained, and by its nearest way.
            for (const id of asked?.ability.allOf ?? [])
              if (paths.length > 0) expect(paths.map(permissionOf)).toContain(id);
            if (question.permission !== undefined && paths.length > 0) {
              const distances = naive
                .originsOf(raw, user, question.permission, question)
                .map((at) =>
                  at === 'personal'
                    ? 0
                    : naive.distanceTo(raw, user, rolesOf(raw).find((r) => r.id === at) as RoleRecord),
                );
              expect(lengths[0]).toBe(Math.min(...distances.map((d) => d ?? Number.POSITIVE_INFINITY)));
            }
          }
        }
      }),
      runs(200),
    );
  });
});

describe('memberships', () => {
  test('CT-81: all groups and roles of a user are found, each by a real way that is as short as can be', () => {
    fc.assert(
      fc.property(scene, ({ raw }) => {
        const book = bookOf(raw);
        for (const user of raw.users) {
          expect([...groupWays(book, user).keys()].sort()).toEqual(
            [...naive.reachedFrom(raw, user.groups).keys()].sort(),
          );
          const ways = roleWays(book, user).map(({ role, through }) => ({ origin: role.record.id, groups: through() }));
          for (const way of ways) expect(fault(raw, user, way)).toBeUndefined();
          const near = rolesOf(raw).flatMap((role) => {
            const distance = role.deleted ? undefined : naive.distanceTo(raw, user, role);
            return distance === undefined ? [] : [[role.id, distance]];
          });
          expect(ways.map(({ origin, groups }) => [origin, groups.length]).sort()).toEqual(near.sort());
        }
      }),
      runs(200),
    );
  });
});

describe('additive rights', () => {
  test('neither the order of records nor of grants, members and groups matters (CT-17)', () => {
    fc.assert(
      fc.property(scene, fc.infiniteStream(fc.nat()), ({ raw, questions }, chance) => {
        const shuffled = <T>(list: Iterable<T>): T[] =>
          [...list]
            .map((item) => [chance.next().value as number, item] as const)
            .sort((a, b) => a[0] - b[0])
            .map(([, item]) => item);
        const other: naive.Raw = {
          users: raw.users.map((user) => ({
            ...user,
            groups: new Set(shuffled(user.groups)),
            personal: shuffled(user.personal),
          })),
          records: shuffled(raw.records).map((record) => {
            if (record.kind === 'role')
              return { ...record, grants: shuffled(record.grants), groups: new Set(shuffled(record.groups)) };
            if (record.kind === 'members') return { ...record, users: new Set(shuffled(record.users)) };
            if (record.kind === 'group') return { ...record, parents: new Set(shuffled(record.parents)) };
            return record;
          }),
        };
        expect(answers(other, questions)).toEqual(answers(raw, questions));
      }),
      runs(150),
    );
  });

  test('whatever is added (a role, a grant, a member, a nesting), nobody loses a right (CT-79, CT-11)', () => {
    fc.assert(
      fc.property(scene, ({ raw, questions, grant, group, pick }) => {
        const user = raw.users[pick % raw.users.length] as Access;
        const role = roleAt(raw, pick);
        const ref = `${user.id}.${user.life}` as never;
        const chunk = { kind: 'members', rev: 1, role: role.id, chunk: 7, users: new Set([ref]) } as BookRecord;
        const outer = raw.records.find((record) => record.kind === 'group');
        const bigger: naive.Raw[] = [
          replaced(raw, { ...role, id: roleId(77), grants: [grant], deleted: false }),
          replaced(raw, { ...role, grants: [...role.grants, grant] }),
          replaced(raw, { ...role, groups: new Set([...role.groups, group]) }),
          replaced(raw, chunk),
          ...(outer?.kind === 'group'
            ? [replaced(raw, { ...outer, parents: new Set([...outer.parents, group]) })]
            : []),
          {
            ...raw,
            users: raw.users.map((one) =>
              one === user
                ? { ...user, groups: new Set([...user.groups, group]), personal: [...user.personal, grant] }
                : one,
            ),
          },
        ];
        const before = answers(raw, questions);
        for (const more of bigger) {
          answers(more, questions).forEach((row, u) => {
            row.forEach((after, q) => {
              if (before[u]?.[q]?.allowed) expect(after.allowed).toBe(true);
            });
          });
        }
      }),
      runs(120),
    );
  });

  test('a clone with the same members decides as its original (CT-15)', () => {
    fc.assert(
      fc.property(scene, ({ raw, questions, pick }) => {
        const role = roleAt(raw, pick);
        const clone = { ...role, id: roleId(77), groups: new Set(role.groups) };
        const swapped: naive.Raw = {
          ...raw,
          records: raw.records.flatMap((record): BookRecord[] => {
            if (record === role) return [{ ...role, deleted: true }, clone];
            return record.kind === 'members' && record.role === role.id ? [{ ...record, role: clone.id }] : [record];
          }),
        };
        expect(answers(swapped, questions)).toEqual(answers(raw, questions));
      }),
      runs(120),
    );
  });

  test('nobody but an active user is ever allowed anything (Q-04)', () => {
    fc.assert(
      fc.property(scene, ({ raw, questions }) => {
        const book = bookOf(raw);
        for (const state of ['disabled', 'deleted'] as const)
          for (const user of raw.users)
            for (const question of questions)
              expect(decide(book, { ...user, state }, question as never).allowed).toBe(false);
      }),
      runs(60),
    );
  });
});

describe('limits of scope', () => {
  test('adding and deleting actions never reach beyond the editing selection of the same set (CT-73, CT-74, CT-77)', () => {
    const rules = fc.constantFrom('exchange-rules', 'complete');
    const types = fc.option(fc.subarray(['insertSignature', 'insertDisclaimer', 'insertBanner']), { nil: undefined });
    fc.assert(
      fc.property(scene, rules, types, fc.boolean(), ({ raw, pick }, id, selected, viaTwoRoles) => {
        const user = { ...(raw.users[0] as Access), state: 'active' as const, groups: new Set<never>(), personal: [] };
        const role = roleAt(raw, pick);
        const edit: Grant = { permission: 'editActions', ...(selected && { actionTypes: selected }) };
        const flags: Grant[] = [{ permission: 'addActions' }, { permission: 'deleteActions' }];
        const set = (grants: Grant[], n: number): BookRecord[] => [
          { ...role, id: roleId(n), grants, groups: new Set(), deleted: false },
          { kind: 'members', rev: 1, role: roleId(n), chunk: 0, users: new Set([`${user.id}.${user.life}` as never]) },
        ];
        const tenant = raw.records.find((record) => record.kind === 'tenant') as BookRecord;
        const records = [
          { ...tenant, catalogue: id, enforced: true } as BookRecord,
          ...(viaTwoRoles ? [...set([edit], 1), ...set(flags, 2)] : set([edit, ...flags], 1)),
        ];
        const book = bookOf({ records, users: [user] });
        for (const actionType of [undefined, 'insertSignature', 'insertDisclaimer', 'insertBanner', 'blockMessage']) {
          const edits = !selected || (actionType !== undefined && selected.includes(actionType));
          expect(decide(book, user, { permission: 'editActions', actionType }).allowed).toBe(edits);
          for (const permission of ['addActions', 'deleteActions'])
            expect(decide(book, user, { permission, actionType }).allowed).toBe(edits && !viaTwoRoles);
        }
      }),
      runs(60),
    );
  });
});
