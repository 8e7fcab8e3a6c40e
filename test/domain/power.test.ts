// Power over a sign-in, held against the naive reference in any tenant: refused exactly when the user holds something,
// somewhere, that the actor does not hold there.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { userRef } from '../../shared/domain/base/ids.ts';
import type { Refusal } from '../../shared/domain/base/refusal.ts';
import type { Access } from '../../shared/domain/book/records.ts';
import { applied, noChange, type World } from '../../shared/domain/change.ts';
import { refuseBorrowedPower, signInMoves } from '../../shared/domain/keeper/power.ts';
import { perCatalogue, runs, tenantOf, worldOf } from './arbitraries.ts';
import * as naive from './naive.ts';
import { grantsOf, names, worldFrom } from './scenarios/language.ts';

const scene = perCatalogue((catalogue) => fc.record({ raw: tenantOf(catalogue), a: fc.nat(), b: fc.nat() }));

/** Rights on rules are told apart elsewhere: here no role has any. */
const withoutRules = (raw: naive.Raw): naive.Raw => ({
  ...raw,
  records: raw.records
    .filter(({ kind }) => kind !== 'rights' && kind !== 'exceptions')
    .map((record) =>
      record.kind === 'role' ? { ...record, newRules: { view: false, edit: false, delete: false } } : record,
    ),
});

const everyScope = (raw: naive.Raw): naive.Asked[] => {
  const { actionTypes, ruleTypes } = naive.catalogueOf(raw);
  const policies = raw.records.flatMap((record) => (record.kind === 'policy' ? [record.id] : []));
  return [undefined, ...policies].flatMap((policy) =>
    [undefined, ...actionTypes.map(({ id }) => id)].flatMap((actionType) =>
      [undefined, ...ruleTypes.map(({ id }) => id)].map(
        (ruleType) => ({ policy, actionType, ruleType }) as naive.Asked,
      ),
    ),
  );
};

/** What stands in the way of an actor who invites a user; nothing where the invitation may be issued. */
const refusalOf = (world: World, actor: Access, before: Access, after: Partial<Access> = {}): Refusal | undefined => {
  const invitation = { digest: 'd', expires: 1, byKeeper: false, by: userRef(actor.id, actor.life) };
  const change = { ...noChange(undefined), users: [{ before, after: { ...before, invitation, ...after } }] };
  try {
    refuseBorrowedPower(world, applied(world, change), signInMoves(world, change, actor));
    return undefined;
  } catch (error) {
    return error as Refusal;
  }
};

test('Q-21: agrees with the naive reference', () => {
  const seen = { refused: 0, allowed: 0 };
  fc.assert(
    fc.property(scene, ({ raw: drawn, a, b }) => {
      const raw = withoutRules(drawn);
      const [actor, user] = [a, b].map((pick) => raw.users[pick % raw.users.length] as Access) as [Access, Access];
      if (actor.state !== 'active' || user.state === 'deleted' || actor === user) return;
      const { keeper, permissions, newUser } = naive.catalogueOf(raw);
      const minimum = { ...actor, personal: [...actor.personal, ...newUser.personal] } as Access;
      const active: Access = { ...user, state: 'active' };
      const expected =
        !naive.holds(raw, actor, keeper, {}) &&
        permissions.some(({ id }) =>
          everyScope(raw).some((scope) => naive.holds(raw, active, id, scope) && !naive.holds(raw, minimum, id, scope)),
        );
      const refusal = refusalOf(worldOf(raw), actor, user);
      expect(refusal?.code).toBe(expected ? 'not-held' : undefined);
      seen[expected ? 'refused' : 'allowed'] += 1;
    }),
    runs(150),
  );
  // Chance must have produced both.
  expect(Math.min(seen.refused, seen.allowed)).toBeGreaterThan(15);
});

describe('a change that also changes what the user holds', () => {
  const world = worldFrom({
    catalogue: 'email-security',
    users: { manager: { personal: ['manageUsers'] }, user: { unbound: true, personal: ['logExport'] } },
  });
  const access = (name: string) => world.users.get(names.user(name)) as Access;
  const [manager, user] = [access('manager'), access('user')];
  const bare = { ...user, personal: [] };

  test.each([
    ['less afterwards', user, { personal: [] }],
    ['more afterwards', bare, { personal: grantsOf(['logExport']) }],
    ['the same', user, {}],
  ])('is measured by before and after: %s', (_, before, after) => {
    expect(refusalOf(world, manager, before, after)?.code).toBe('not-held');
  });

  test('passes where neither is more than the actor holds', () => {
    expect(refusalOf(world, manager, bare)).toBeUndefined();
  });
});

test('an external id counts of a user who is there, and not of one who begins, comes back or goes', () => {
  const world = worldFrom({ catalogue: 'email-security', users: { manager: {}, user: {} } });
  const [manager, user] = ['manager', 'user'].map((name) => world.users.get(names.user(name))) as [Access, Access];
  const named: Access = { ...user, external: 'one' };
  const gone: Access = { ...user, state: 'deleted' };
  const moves = (before: Access | undefined, after: Access) =>
    signInMoves(world, { ...noChange(undefined), users: [{ before, after }] }, manager).length;
  expect([moves(user, named), moves(named, { ...user, external: 'two' }), moves(named, user)]).toEqual([1, 1, 1]);
  expect([moves(named, { ...named, rev: 9 }), moves(named, gone)]).toEqual([0, 0]);
  const { identity: _, ...unbound } = named;
  const { identity: __, ...ended } = gone;
  expect([moves(undefined, unbound), moves(ended, unbound)]).toEqual([0, 0]);
});

test('names what is missing where the actor may read it, and nothing of what roles give', () => {
  // A catalogue in which all own grants are there to be read.
  const world = worldFrom({
    catalogue: 'email-security',
    users: { manager: { personal: ['manageUsers'] }, user: { unbound: true, personal: ['logExport'] } },
    roles: { role: { grants: ['quarantineAdministration'], members: ['user'] } },
  });
  const { data } = world.book.catalogue;
  const access = (name: string) => world.users.get(names.user(name)) as Access;
  const ask = () => refusalOf(world, access('manager'), access('user'));
  expect(ask()?.details.more).toBeUndefined();
  const { grantOnlyWhatYouHold } = data;
  try {
    Object.assign(data, { grantOnlyWhatYouHold: false });
    expect(ask()?.details.more).toEqual({ missing: [{ permission: 'logExport' }] });
    expect(ask()?.details.detail).toMatch(/You lack Log Export\.$/);
  } finally {
    Object.assign(data, { grantOnlyWhatYouHold });
  }
});
