// No way up, and what keeps a tenant from being locked out: random changes, judged by the code and by the naive reference.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import type { Access, BookRecord, Witness } from '../../shared/domain/book/records.ts';
import { applied, type Change, changes as hasChanges, merged, type World } from '../../shared/domain/change.ts';
import {
  destroys,
  type Exemption,
  holderEntries,
  refuseWayUp,
  touchesKeepers,
  witnessOf,
  witnessSurvives,
} from '../../shared/domain/keeper/keeper.ts';
import { perCatalogue, rawOf, runs, sourceId, tenantOf, worldOf } from './arbitraries.ts';
import * as naive from './naive.ts';
import { planned, type Step, stepKinds, stepOf, toolsOf } from './plans.ts';

/** What each exemption is about, so that chance meets the edges of it often enough. */
const about: readonly [Exemption, readonly Step['kind'][], number][] = [
  [{}, stepKinds, 3],
  [{}, ['putPersonalGrants', 'personal', 'putRoleGrants', 'cloneRole', 'groupOfRole', 'nest'], 1],
  [{}, ['source', 'kind', 'life', 'noIdentity', 'leaveGroup', 'personal', 'replaceMembers', 'addMembers'], 2],
  [{ source: sourceId(0) }, stepKinds, 2],
  [{ source: sourceId(0) }, ['retire', 'state', 'deleteUser', 'joinGroup', 'nest'], 1],
  [{ invited: true }, ['acceptInvitation', 'identity', 'noInvitation'], 1],
];

const scene = perCatalogue((catalogue) =>
  fc.oneof(
    ...about.map(([exempt, kinds, weight]) => ({
      weight,
      arbitrary: fc.record({
        raw: tenantOf(catalogue),
        steps: fc.oneof(
          { weight: 3, arbitrary: fc.array(stepOf(catalogue, kinds), { minLength: 1, maxLength: 1 }) },
          { weight: 2, arbitrary: fc.array(stepOf(catalogue, kinds), { minLength: 2, maxLength: 3 }) },
        ),
        exempt: fc.constant(exempt),
      }),
    })),
  ),
);

/** Plans the steps one after the other, those left out that are refused. */
const carriedOut = (world: World, steps: readonly Step[]) => {
  const tools = toolsOf();
  const changes: Change<unknown>[] = [];
  const kinds: Step['kind'][] = [];
  let after = world;
  for (const step of steps) {
    try {
      const change = planned(after, step, tools);
      after = applied(after, change);
      changes.push(change);
      if (hasChanges(change)) kinds.push(step.kind);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
  return { changes, after, kinds };
};

const userOf = (raw: naive.Raw, id: string) => raw.users.find((user) => user.id === id) as Access;
const replacing = (raw: naive.Raw, user: Access): naive.Raw => ({
  ...raw,
  users: [...raw.users.filter((one) => one.id !== user.id), user],
});

/** The tenant without the groups that a keeper had marked for this source: what they give is the directory's to decide. */
const withoutMarked = (raw: naive.Raw, before: naive.Raw, source: string | undefined): naive.Raw => {
  const marked = before.records.flatMap((record) =>
    record.kind === 'group' && !record.deleted && record.confersAccessManagement && record.source === source
      ? [`${record.id}.${record.life}`]
      : [],
  );
  const records = raw.records.map(
    (record): BookRecord =>
      record.kind === 'group' && marked.includes(`${record.id}.${record.life}`) ? { ...record, deleted: true } : record,
  );
  return { ...raw, records };
};

const signInOf = (raw: naive.Raw, id: string) =>
  raw.records.flatMap((record) =>
    record.kind === 'source' && record.id === id && !record.deleted ? [record.signIn ?? null] : [],
  )[0] ?? null;

/** What of a potential holder must not be touched, and is; with what the two exemptions excuse. */
const touched = (before: naive.Raw, after: naive.Raw, was: Access, is: Access, exempt: Exemption): string[] => {
  const found: string[] = [];
  const retired = exempt.source === was.source && was.state === 'active' && is.state !== 'active';
  const accepted = exempt.invited && was.invitation?.byKeeper && !was.identity && is.identity && !is.invitation;
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  if (was.state !== is.state && !retired) found.push('state');
  if (was.kind !== is.kind) found.push('kind');
  if (was.life !== is.life) found.push('life');
  if (was.source !== is.source) found.push('source');
  if (!same(signInOf(before, was.source), signInOf(after, was.source))) found.push('sign-in of the source');
  if (was.identity !== is.identity && !accepted && !(retired && !is.identity)) found.push('identity');
  if (was.external !== is.external && !(retired && !is.external)) found.push('external id');
  if (!same(was.invitation, is.invitation) && !accepted && !(retired && !is.invitation)) found.push('invitation');
  return found;
};

describe('no way up', () => {
  test('what passes makes nobody a potential holder, and leaves potential holders as they are', () => {
    const passed = new Map<string, number>();
    const refused = new Map<string, number>();
    fc.assert(
      fc.property(scene, ({ raw, steps, exempt }) => {
        const world = worldOf(raw);
        const { changes, kinds } = carriedOut(world, steps);
        const change = merged(changes);
        const after = applied(world, change);
        // What is to blame is clear only where one step alone came to something.
        const kind = kinds.length === 1 ? (kinds[0] as string) : 'several';
        try {
          refuseWayUp(world, after, change, exempt);
        } catch (error) {
          expect(error).toMatchObject({ code: 'keeper-needed' });
          refused.set(kind, (refused.get(kind) ?? 0) + 1);
          return;
        }
        passed.set(kind, (passed.get(kind) ?? 0) + 1);
        const then = rawOf(after);
        const before = naive.potentialHolders(raw);
        const now = naive.potentialHolders(exempt.source ? withoutMarked(then, raw, exempt.source) : then);
        expect(now.filter((id) => !before.includes(id))).toEqual([]);
        for (const id of before) expect(touched(raw, then, userOf(raw, id), userOf(then, id), exempt)).toEqual([]);
      }),
      runs(3_500),
    );
    // Chance must have tried every planner, and found both answers where both are possible.
    for (const kind of stepKinds) expect(passed.get(kind) ?? 0, `${kind} never passed`).toBeGreaterThan(0);
    const upward = [
      'putRoleGrants',
      'addMembers',
      'updateUser',
      'changeExternalId',
      'deleteUser',
      'inviteUser',
      'unbindUser',
      'joinGroup',
      'nest',
    ];
    for (const kind of [...upward, 'updateGroup', 'personal', 'putPersonalGrants', 'cloneRole', 'groupOfRole'] as const)
      expect(refused.get(kind) ?? 0, `${kind} never refused`).toBeGreaterThan(0);
  });

  test('a change that concerns no keeper passes: it is not the rule that refuses everything', () => {
    const kinds = ['createPolicy', 'updatePolicy', 'createRole', 'createUser', 'removeMembers', 'leaveGroup', 'unnest'];
    fc.assert(
      fc.property(scene, ({ raw, steps }) => {
        const world = worldOf(raw);
        const harmless = steps.filter((step) => kinds.includes(step.kind));
        const { changes } = carriedOut(world, harmless);
        const change = merged(changes);
        expect(() => refuseWayUp(world, applied(world, change), change)).not.toThrow();
      }),
      runs(500),
    );
  });
});

/** The witnesses that would be true in a tenant, written down from the raw records. */
const witnesses = (raw: naive.Raw): Witness[] =>
  raw.users.flatMap((user) =>
    naive.entriesOf(raw, user).map((entry): Witness => ({ user: `${user.id}.${user.life}` as Witness['user'], entry })),
  );

describe('the witness', () => {
  test('survives a change exactly when what it says is true afterwards', () => {
    let survived = 0;
    const former = { survived: 0, fell: 0 };
    let fell = 0;
    fc.assert(
      fc.property(scene, ({ raw, steps }) => {
        const world = worldOf(raw);
        const { changes } = carriedOut(world, steps);
        const change = merged(changes);
        const after = applied(world, change);
        const then = rawOf(after);
        for (const witness of witnesses(raw)) {
          const says = witnessSurvives(after, change, witness);
          expect(says, JSON.stringify(witness)).toBe(naive.witnessIsTrue(then, witness));
          if (says) survived += 1;
          else fell += 1;
        }
        for (const witness of naive.formerWitnesses(raw)) {
          const says = witnessSurvives(after, change, witness);
          expect(says, JSON.stringify(witness)).toBe(naive.witnessIsTrue(then, witness, raw));
          former[says ? 'survived' : 'fell'] += 1;
        }
      }),
      runs(1_800, 7),
    );
    expect(survived).toBeGreaterThan(300);
    expect(fell).toBeGreaterThan(50);
    expect(former.survived).toBeGreaterThan(50);
    expect(former.fell).toBeGreaterThan(5);
  });

  test('is made of a holder and an entry of that holder, and of no other', () => {
    fc.assert(
      fc.property(scene, ({ raw }) => {
        const { book } = worldOf(raw);
        for (const user of raw.users) {
          const entries = holderEntries(book, user);
          expect([...entries].sort()).toEqual(naive.entriesOf(raw, user).sort());
          for (const entry of entries) expect(witnesses(raw)).toContainEqual(witnessOf(user, entry));
        }
      }),
      runs(500),
    );
  });

  test('destroys() names every entry that a change to the access item takes away', () => {
    let losses = 0;
    fc.assert(
      fc.property(scene, ({ raw, steps }) => {
        const { changes } = carriedOut(worldOf(raw), steps);
        for (const { before, after } of merged(changes).users) {
          if (!before) continue;
          const kept = naive.entriesOf(replacing(raw, after), after);
          const lost = naive.entriesOf(replacing(raw, before), before).filter((entry) => !kept.includes(entry));
          const gone = destroys(before, after);
          losses += lost.length;
          if (gone !== 'everything') expect(gone).toEqual(expect.arrayContaining(lost));
        }
      }),
      runs(1_800, 11),
    );
    expect(losses).toBeGreaterThan(40);
  });

  test('touchesKeepers() is true whenever potential holders change', () => {
    let changed = 0;
    fc.assert(
      fc.property(scene, ({ raw, steps }) => {
        const world = worldOf(raw);
        const { changes } = carriedOut(world, steps);
        const change = merged(changes);
        const after = applied(world, change);
        const differ = naive.potentialHolders(raw).join() !== naive.potentialHolders(rawOf(after)).join();
        if (!differ) return;
        changed += 1;
        expect(touchesKeepers(world, after, change)).toBe(true);
      }),
      runs(1_500, 13),
    );
    expect(changed).toBeGreaterThan(50);
  });
});

describe('merged changes', () => {
  test('come to the same as the changes one after the other, each item once', () => {
    fc.assert(
      fc.property(scene, ({ raw, steps }) => {
        const world = worldOf(raw);
        const { changes, after } = carriedOut(world, steps);
        const change = merged(changes);
        expect(rawOf(applied(world, change))).toEqual(rawOf(after));
        for (const { before, after: is } of change.users) expect(before).toBe(world.users.get(is.id));
        const names = change.side.map((side) => JSON.stringify(side.kind === 'alias' ? side.digest : side));
        expect(new Set(names).size).toBe(names.length);
      }),
      runs(800, 17),
    );
  });
});
