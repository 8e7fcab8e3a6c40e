// Sets of grants: their one form, the rules within a set, what an actor sees of one, and that nothing hidden shows.
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Catalogue } from '../../shared/catalogues/schema.ts';
import { type FieldFault, Refusal } from '../../shared/domain/base/refusal.ts';
import type { Book } from '../../shared/domain/book/book.ts';
import type { Access, Grant, GrantSet } from '../../shared/domain/book/records.ts';
import { decide, Rights } from '../../shared/domain/deciding/decide.ts';
import {
  checkedGrants,
  normalised,
  replacedVisibly,
  sameGrants,
  visiblePart,
  withGrant,
} from '../../shared/domain/deciding/grants.ts';
import { taking } from '../../shared/domain/deciding/taking.ts';
import { putPersonalGrants } from '../../shared/domain/plan/users.ts';
import { longSuite } from '../support/patience.ts';
import { bookOf, grantSetOf, perCatalogue, policyId, questionOf, runs, tenantOf, worldOf } from './arbitraries.ts';
import * as naive from './naive.ts';

vi.setConfig(longSuite);

const sceneOf = (which?: (catalogue: Catalogue) => boolean) =>
  perCatalogue(
    (catalogue) =>
      fc.record({
        raw: tenantOf(catalogue),
        sets: fc.array(grantSetOf(catalogue, false), { minLength: 4, maxLength: 4 }),
        questions: fc.array(questionOf(catalogue), { minLength: 10, maxLength: 10 }),
      }),
    which,
  );
const scene = sceneOf();
const guarded = sceneOf((catalogue) => catalogue.grantOnlyWhatYouHold);

/** What a single set gives, by the naive reference, in every scope that the question could be asked in. */
const gives = (raw: naive.Raw, set: GrantSet, question: naive.Asked): boolean => {
  if (question.permission === undefined) return false;
  const user: Access = { ...(raw.users[0] as Access), state: 'active', groups: new Set(), personal: [] };
  const role = raw.records.find((record) => record.kind === 'role');
  if (role?.kind !== 'role') return false;
  const members = new Set([`${user.id}.${user.life}` as never]);
  const alone: naive.Raw = {
    users: [user],
    records: [
      ...raw.records.filter((record) => record.kind === 'tenant' || record.kind === 'policy'),
      { ...role, grants: [...set], groups: new Set(), deleted: false },
      { kind: 'members', rev: 1, role: role.id, chunk: 0, users: members },
    ],
  };
  return naive.holds(alone, user, question.permission, question);
};

/** Grants are compared as they are written, whichever features are on. */
const withAllFeatures = (raw: naive.Raw): naive.Raw['records'] =>
  raw.records.map((record) =>
    record.kind === 'tenant'
      ? { ...record, features: new Set(naive.catalogueOf(raw).features.map(({ id }) => id)) }
      : record,
  );

/** The code's answer or its refusal, as a caller would see either. */
const outcome = <T>(run: () => T): { value: T } | { code: string; details: unknown } => {
  try {
    return { value: run() };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { code: error.code, details: error.details };
  }
};

describe('the form of a set', () => {
  test('normalised says the same as the set, in any order of grants, and is its own normal form', () => {
    fc.assert(
      fc.property(scene, ({ raw, sets, questions }) => {
        const set = sets.flat();
        const normal = normalised(set);
        expect(normalised(normal)).toEqual(normal);
        expect(normalised([...set].reverse())).toEqual(normal);
        expect(sameGrants(set, normal)).toBe(true);
        expect(normal.length).toBeLessThanOrEqual(set.length);
        for (const question of questions) expect(gives(raw, normal, question)).toBe(gives(raw, set, question));
      }),
      runs(200),
    );
  });

  test('two grants of different action and rule types never come to their product', () => {
    const one: Grant = { permission: 'editActions', actionTypes: ['insertBanner'], ruleTypes: ['signatureRule'] };
    const other: Grant = { permission: 'editActions', actionTypes: ['blockMessage'], ruleTypes: ['complianceRule'] };
    expect(withGrant([one], other)).toHaveLength(2);
    expect(
      withGrant([{ permission: 'editActions', actionTypes: ['a'] }], { permission: 'editActions', ruleTypes: ['b'] }),
    ).toHaveLength(2);
    expect(withGrant([one], { ...other, ruleTypes: ['signatureRule'] })).toEqual([
      { permission: 'editActions', actionTypes: ['blockMessage', 'insertBanner'], ruleTypes: ['signatureRule'] },
    ]);
    expect(withGrant([one], { permission: 'editActions' })).toEqual([{ permission: 'editActions' }]);
  });

  test('a grant that is added gives what it says, and one that is taken out leaves the rest', () => {
    fc.assert(
      fc.property(scene, ({ raw, sets, questions }) => {
        const set = normalised(sets[0] as GrantSet);
        const [grant] = sets[1] as [Grant | undefined];
        if (!grant) return;
        const more = withGrant(set, grant);
        for (const question of questions)
          if (gives(raw, set, question) || gives(raw, [grant], question)) expect(gives(raw, more, question)).toBe(true);
      }),
      runs(200),
    );
  });
});

describe('taking a permission out of a set (CT-43, CT-83, Q-19)', () => {
  const takenIn = (raw: naive.Raw, set: GrantSet, { policies, actionTypes, ruleTypes }: Grant, permission: string) => {
    const { levels, limits = [] } = naive.catalogueOf(raw).permissions.find(({ id }) => id === permission) ?? {};
    const policy = policies?.find((id) => naive.livePolicy(raw, id));
    return {
      permission,
      ...(policy && levels?.includes('policy') && { policy }),
      ...(actionTypes?.[0] && limits.includes('actionTypes') && { actionType: actionTypes[0] }),
      ...(ruleTypes?.[0] && limits.includes('ruleTypes') && { ruleType: ruleTypes[0] }),
      set,
    };
  };

  test('is refused where a wider grant gives it, ends it otherwise, and never gives anything new', () => {
    const seen = { wider: 0, plain: 0, fits: 0 };
    fc.assert(
      fc.property(scene, fc.nat(), ({ raw, sets, questions }, pick) => {
        const book = bookOf(raw);
        const [shape] = sets[1] as [Grant | undefined];
        const { permissions } = naive.catalogueOf(raw);
        const { id } = permissions[pick % permissions.length] as { id: string };
        if (!shape) return;
        const { set, ...taken } = takenIn(raw, normalised(sets[0] as GrantSet), shape, id);
        const asked = { ...taken };
        const held = gives({ ...raw, records: withAllFeatures(raw) }, set, asked);
        const plain = outcome(() => taking(book, set, taken, false));
        const expanded = outcome(() => taking(book, set, taken, true) ?? set);
        // One policy is not taken where all count alike.
        if ('code' in expanded) {
          expect(expanded.code).toBe('policies-not-applicable');
          expect(gives(raw, set, { permission: 'manageUsers' })).toBe(true);
          return;
        }
        const rest = expanded.value;
        const all = { ...raw, records: withAllFeatures(raw) };
        if ('code' in plain) {
          expect(plain.code).toBe('granted-by-wider');
          seen.wider += 1;
        } else {
          expect(plain.value ?? set).toEqual(rest);
          if (held) seen.plain += 1;
        }
        expect(gives(all, rest, asked), JSON.stringify([set, taken, rest])).toBe(false);
        for (const question of questions)
          if (gives(all, rest, question))
            expect(gives(all, set, question), JSON.stringify([set, taken, rest])).toBe(true);
        // A valid set stays valid, unless a grant in it requires the permission that is taken.
        const valid = (one: GrantSet) => outcome(() => checkedGrants(book, one, [...set, ...one], ''));
        if ('value' in valid(set)) {
          const after = valid(rest);
          if ('code' in after) expect(after.code).toBe('permission-missing');
          else seen.fits += 1;
        }
      }),
      runs(1_500),
    );
    expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(30);
  });
});

describe('the rules within a set', () => {
  const requires = (set: GrantSet, id: string, needed: string): boolean =>
    set.every(
      (grant) =>
        grant.permission !== id ||
        (grant.policies ?? [undefined]).every((policy) =>
          set.some(
            (g) =>
              [needed, '*', 'superAdministrator', ...(needed === 'editActions' ? ['manageActions'] : [])].includes(
                g.permission,
              ) &&
              (!g.policies || (policy !== undefined && g.policies.includes(policy))),
          ),
        ),
    );

  test('what is accepted keeps requires and excludes, scope by scope; what keeps them is accepted (FP-47, FP-52, Q-12)', () => {
    let accepted = 0;
    let missing = 0;
    let excluded = 0;
    fc.assert(
      fc.property(scene, ({ raw, sets }) => {
        const book = bookOf(raw);
        const has = (set: GrantSet, id: string) => set.some((g) => g.permission === id);
        // Only policies that are there and features that are on, so that nothing else can be the reason.
        const wanted = [...(sets[0] as GrantSet), ...(sets[1] as GrantSet)].flatMap((grant): Grant[] => {
          if (grant.permission === 'viewFilteredReports' && !book.tenant.features.has('filteredReports')) return [];
          const policies = grant.policies?.filter((p) => book.policies.has(p));
          return policies?.length === 0 ? [] : [{ ...grant, ...(policies && { policies }) }];
        });
        const sound =
          requires(wanted, 'viewQuarantinedImages', 'viewQuarantine') &&
          requires(wanted, 'addActions', 'editActions') &&
          requires(wanted, 'deleteActions', 'editActions');
        const clash = has(wanted, 'viewAllReports') && has(wanted, 'viewFilteredReports');
        const result = outcome(() => checkedGrants(book, wanted, [], '/grants'));
        if ('value' in result) {
          accepted += 1;
          expect({ sound, clash }).toEqual({ sound: true, clash: false });
        } else if (result.code === 'permission-missing') {
          missing += 1;
          expect(sound).toBe(false);
        } else {
          excluded += 1;
          expect(result.code).toBe('permission-excluded');
          expect(clash).toBe(true);
        }
      }),
      runs(900),
    );
    expect(Math.min(accepted, missing, excluded)).toBeGreaterThan(10);
  });

  test('grants for policies count for every live policy while Manage Users is held, and are as before without it (FP-25, Q-10)', () => {
    fc.assert(
      fc.property(guarded, ({ raw, sets, questions }) => {
        const refined = (sets[0] as GrantSet).filter(
          (g) => g.policies && !['*', 'superAdministrator'].includes(g.permission),
        );
        const user: Access = {
          ...(raw.users[0] as Access),
          state: 'active',
          groups: new Set(),
          personal: [...refined],
        };
        const members = raw.records.filter((record) => record.kind !== 'members' && record.kind !== 'role');
        const book = bookOf({ records: members, users: [user] });
        if (!book.tenant.enforced) return;
        const widened = { ...user, personal: [...refined, { permission: 'manageUsers' }] };
        for (const { permission } of questions) {
          if (permission === undefined || permission === 'manageUsers') continue;
          const alive = refined.filter(
            (g) => g.permission === permission && g.policies?.some((p) => book.policies.has(p)),
          );
          const exists = permission !== 'viewFilteredReports' || book.tenant.features.has('filteredReports');
          for (const policy of [0, 1, 2, 3].map(policyId)) {
            const live = book.policies.has(policy) && exists;
            expect(decide(book, widened, { permission, policy }).allowed).toBe(live && alive.length > 0);
            expect(decide(book, user, { permission, policy }).allowed).toBe(
              live && alive.some((g) => g.policies?.includes(policy)),
            );
          }
          expect(decide(book, widened, { permission }).allowed).toBe(false);
        }
      }),
      runs(200),
    );
  });
});

/** What an actor may see of a set, said independently: of each grant the scopes that the actor holds. */
const visible = (raw: naive.Raw, actor: Access, set: GrantSet): Grant[] =>
  set.flatMap((grant): Grant[] => {
    if (grant.permission === '*') return [];
    if (naive.holds(raw, actor, grant.permission, {})) return [grant];
    const policies = grant.policies?.filter((policy) => naive.holds(raw, actor, grant.permission, { policy })) ?? [];
    return policies.length > 0 ? [{ ...grant, policies }] : [];
  });

describe('what an actor sees of a set (FP-14, Q-17)', () => {
  const actorOf = (raw: naive.Raw): Access => ({ ...(raw.users[0] as Access), state: 'active' });
  const withActor = (raw: naive.Raw): naive.Raw => ({ ...raw, users: [actorOf(raw), ...raw.users.slice(1)] });

  test('exactly the scopes that the actor holds', () => {
    fc.assert(
      fc.property(guarded, ({ raw: drawn, sets }) => {
        const raw = withActor(drawn);
        const book = bookOf(raw);
        const rights = Rights.of(book, actorOf(raw));
        for (const set of sets) expect(visiblePart(book, rights, set)).toEqual(visible(raw, actorOf(raw), set));
      }),
      runs(200),
    );
  });

  test('replacing never changes what the actor cannot see, and then shows what was asked for', () => {
    let done = 0;
    fc.assert(
      fc.property(guarded, ({ raw: drawn, sets }) => {
        const raw = withActor(drawn);
        const book = bookOf(raw);
        const actor = actorOf(raw);
        const rights = Rights.of(book, actor);
        const had = normalised(sets[0] as GrantSet);
        const wanted = normalised(visible(raw, actor, sets[1] as GrantSet));
        const result = outcome(() => replacedVisibly(book, rights, had, wanted, '/grants'));
        if (!('value' in result)) return;
        done += 1;
        expect(sameGrants(visible(raw, actor, result.value), wanted)).toBe(true);
        expect(hidden(book, raw, actor, result.value)).toEqual(hidden(book, raw, actor, had));
      }),
      runs(400),
    );
    expect(done).toBeGreaterThan(100);
  });

  /** The single scopes of a set that the actor cannot see. */
  const hidden = (book: Book, raw: naive.Raw, actor: Access, set: GrantSet): string[] => {
    const scopes = normalised(set).flatMap((g) =>
      g.policies ? g.policies.map((p) => ({ ...g, policies: [p] })) : [g],
    );
    expect(book.tenant.catalogue).toBe(naive.catalogueOf(raw).id);
    return scopes
      .filter((g) => visible(raw, actor, [g]).length === 0)
      .map((g) => JSON.stringify(g))
      .sort();
  };

  test('two worlds that differ only in hidden grants give the same answers and the same refusals', () => {
    let refused = 0;
    let done = 0;
    fc.assert(
      fc.property(guarded, fc.boolean(), ({ raw: drawn, sets }, within) => {
        const raw = withActor(drawn);
        const actor = actorOf(raw);
        const shown = visible(raw, actor, sets[0] as GrantSet);
        // What the actor asks for: mostly what may be granted, sometimes anything.
        const asked = within ? visible(raw, actor, sets[1] as GrantSet) : (sets[1] as GrantSet);
        const target = raw.users.find((user) => user.id !== actor.id && user.state !== 'deleted');
        if (!target) return;
        const [one, other] = [sets[2], sets[3]].map((secret) => {
          const unseen = (secret as GrantSet).filter((grant) => visible(raw, actor, [grant]).length === 0);
          const personal = normalised([...shown, ...unseen]);
          const world = worldOf({ ...raw, users: raw.users.map((u) => (u === target ? { ...target, personal } : u)) });
          const rights = Rights.of(world.book, actor);
          const before = normalised(visiblePart(world.book, rights, personal));
          const result = outcome(() => putPersonalGrants(world, target.id, rights, asked));
          if (!('value' in result)) return { before, ...result };
          const after = normalised(visiblePart(world.book, rights, result.value.result.personal));
          return { before, after, changed: result.value.users.length > 0 };
        });
        expect(one).toEqual(other);
        if (one && 'code' in one) refused += 1;
        else done += 1;
      }),
      runs(900),
    );
    expect(Math.min(refused, done)).toBeGreaterThan(100);
  });

  test('nobody passes on what they do not hold', () => {
    fc.assert(
      fc.property(guarded, ({ raw: drawn, sets, questions }) => {
        const raw = withActor(drawn);
        const actor = actorOf(raw);
        const target = raw.users[1] as Access;
        if (target.state === 'deleted') return;
        const world = worldOf(raw);
        const rights = Rights.of(world.book, actor);
        const result = outcome(() => putPersonalGrants(world, target.id, rights, sets[0] as GrantSet));
        if (!('value' in result)) {
          const faults = (result.details as { errors?: FieldFault[] }).errors ?? [];
          expect(faults.every(({ field }) => field.startsWith('/grants/'))).toBe(true);
          return;
        }
        for (const question of questions) {
          const gained = gives(raw, result.value.result.personal, question) && !gives(raw, target.personal, question);
          if (gained)
            expect(
              naive.may(raw, actor, question).allowed || naive.holds(raw, actor, question.permission ?? '', question),
            ).toBe(true);
        }
      }),
      runs(200),
    );
  });
});
