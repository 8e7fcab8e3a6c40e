// The guards of a source, by numbers alone: each trips above its threshold and not at it.
import { describe, expect, it } from 'vitest';
import type { GroupId } from '../../shared/domain/base/ids.ts';
import type { Guards } from '../../shared/domain/book/sources.ts';
import { inWords, type Lost, neededFor, recentLosses, trips, withLosses } from '../../shared/domain/plan/guards.ts';
import { noNumbers } from '../../shared/domain/plan/losses.ts';

const guards: Guards = {
  deletions: { number: 500, percent: 20 },
  disablings: { number: 500, percent: 20 },
  removals: { number: 500, percent: 20 },
  groupRemovals: { number: 500, percent: 50 },
};
const team = 'gteam' as GroupId;
interface Case {
  readonly users?: number;
  readonly groups?: number;
  readonly enabled?: number;
  readonly memberships?: number;
  readonly nestings?: number;
  readonly team?: number;
}
const lostOf = ({ team: members, ...numbers }: Case): Lost => ({
  ...noNumbers,
  ...numbers,
  byGroup: new Map(members === undefined ? [] : [[team, members]]),
});
const none: Case = {};

/** The guards that trip where this is lost, of this, after these losses of the day. */
const tripped = (lost: Case, of: Case, recent: Case = none, own: Guards = guards, managers = 0) => {
  const total = (count = 100_000) => ({ count });
  const totals = {
    users: total(of.users),
    enabled: total(of.enabled),
    groups: total(of.groups),
    memberships: total(of.memberships),
    byGroup: new Map([[team, total(of.team)]]),
  };
  return trips(own, lostOf(lost), totals, lostOf(recent), managers);
};
const names = (...args: Parameters<typeof tripped>) =>
  tripped(...args).map(({ guard, day, over }) => `${guard}${day ? ' a day' : ''} ${Object.keys(over)[0]}`);

/** Rows: what, the losses that pass, the losses that trip, how many there are, and by what. */
const edges: [keyof Case, number, number, number | undefined, string][] = [
  ['users', 500, 501, undefined, 'deletions number'],
  ['groups', 500, 501, undefined, 'deletions number'],
  ['enabled', 500, 501, undefined, 'disablings number'],
  ['memberships', 500, 501, undefined, 'removals number'],
  ['nestings', 500, 501, undefined, 'removals number'],
  ['team', 500, 501, undefined, 'groupRemovals number'],
  ['users', 20, 21, 100, 'deletions percent'],
  ['groups', 20, 21, 100, 'deletions percent'],
  ['enabled', 20, 21, 100, 'disablings percent'],
  ['memberships', 20, 21, 100, 'removals percent'],
  ['team', 50, 51, 100, 'groupRemovals percent'],
  // Small tenants: up to three of a kind, and ten members of a group, pass whatever the percentage,
  ['users', 3, 4, 5, 'deletions percent'],
  ['team', 10, 11, 12, 'groupRemovals percent'],
  // unless they are all there are and more than one.
  ['users', 1, 2, 2, 'deletions all'],
  ['groups', 2, 3, 3, 'deletions all'],
  ['enabled', 1, 3, 3, 'disablings all'],
  ['memberships', 1, 2, 2, 'removals all'],
  ['team', 1, 10, 10, 'groupRemovals all'],
];

describe('a guard', () => {
  it.each(edges)('on %s lets %i pass and stops %i of %s (%s)', (what, passes, stops, of, by) => {
    const there = of === undefined ? none : { [what]: of };
    expect(names({ [what]: passes }, there)).toEqual([]);
    expect(names({ [what]: stops }, there)).toEqual([by]);
  });

  it('lets one of one pass', () => {
    for (const what of ['users', 'groups', 'enabled', 'memberships', 'team'])
      expect(names({ [what]: 1 }, { [what]: 1 })).toEqual([]);
  });

  it('counts users and groups together as what a group loses, and memberships with nestings', () => {
    expect(names({ memberships: 15, nestings: 6 }, { memberships: 100 })).toEqual(['removals percent']);
    expect(names({ memberships: 15, nestings: 5 }, { memberships: 100 })).toEqual([]);
  });

  it('counts the day with the run, of what there was before both', () => {
    expect(names({ users: 10 }, { users: 90 }, { users: 10 })).toEqual([]);
    expect(names({ users: 11 }, { users: 90 }, { users: 10 })).toEqual(['deletions a day percent']);
    expect(names({ users: 1 }, none, { users: 499 })).toEqual([]);
    expect(names({ users: 1 }, none, { users: 500 })).toEqual(['deletions a day number']);
    expect(names({ team: 40 }, { team: 90 }, { team: 10 })).toEqual([]);
    expect(names({ team: 41 }, { team: 90 }, { team: 10 })).toEqual(['groupRemovals a day percent']);
    expect(names({ users: 1 }, { users: 1 }, { users: 1 })).toEqual(['deletions a day all']);
  });

  it('is not tripped by what the day has lost alone', () => {
    expect(names({ enabled: 1 }, none, { users: 501 })).toEqual([]);
  });

  it('does not count percentages at 100, and nothing passes 0', () => {
    const own = { ...guards, deletions: { number: 500, percent: 100 }, disablings: { number: 0, percent: 0 } };
    expect(names({ users: 5 }, { users: 5 }, none, own)).toEqual([]);
    expect(names({ enabled: 1 }, none, none, own)).toEqual(['disablings number']);
    const share = { ...guards, removals: { number: 500, percent: 0 } };
    expect(names({ memberships: 4 }, none, none, share)).toEqual(['removals percent']);
  });

  it('stops a run that takes the management of access rights from two, whatever the thresholds', () => {
    const open = Object.fromEntries(
      Object.keys(guards).map((kind) => [kind, { number: 1_000_000, percent: 100 }]),
    ) as unknown as Guards;
    expect(names({ users: 1 }, none, none, open, 1)).toEqual([]);
    expect(names({ users: 2 }, none, none, open, 2)).toEqual(['accessManagers number']);
  });

  it('needs no more counted than decides it', () => {
    for (const [what, passes, stops, of] of edges)
      for (const lost of [passes, stops])
        for (const before of [0, 1, 7]) {
          const [now, recent] = [{ [what]: lost }, { [what]: before }];
          const needed = neededFor(guards, lostOf(now), lostOf(recent));
          const most =
            what === 'team' ? (needed.byGroup.get(team) ?? 0) : (needed[what as 'users'] ?? needed.memberships);
          const there = of ?? 100_000;
          const total = there >= most ? { count: most, more: true } : { count: there };
          const counted = trips(
            guards,
            lostOf(now),
            {
              users: total,
              enabled: total,
              groups: total,
              memberships: total,
              byGroup: new Map([[team, total]]),
            },
            lostOf(recent),
            0,
          ).map(({ guard }) => guard);
          const whole = tripped(now, { [what === 'nestings' ? 'memberships' : what]: there }, recent);
          expect([what, lost, before, counted]).toEqual([what, lost, before, whole.map(({ guard }) => guard)]);
        }
  });

  it('says what it stops in a sentence', () => {
    const words = (...args: Parameters<typeof tripped>) => tripped(...args).map(inWords);
    expect(words({ users: 1_200 }, { users: 3_000 })).toEqual([
      'The run would delete 1,200 of 3,000 users: more than 500.',
    ]);
    expect(words({ team: 12 }, { team: 20 })).toEqual([
      'The run would take 12 of 20 members from the group gteam: more than 50 %.',
    ]);
    expect(words({ enabled: 2 }, { enabled: 2 })).toEqual([
      'The run would disable 2 of 2 enabled users: all there are.',
    ]);
    expect(words({ memberships: 4 }, { memberships: 80 }, { memberships: 20 })).toEqual([
      'With the runs of the last 24 hours, the run would end 24 of 100 memberships: more than 20 %.',
    ]);
    expect(words({ users: 2 }, none, none, guards, 3)).toEqual([
      'The run would take the management of access rights from 3 people: more than 1.',
    ]);
  });
});

describe('the losses of a day', () => {
  const start = Date.parse('2026-03-02T12:00:00.000Z');
  const hour = 3_600_000;

  it('are kept by the hour, count for a day and then go', () => {
    let losses = withLosses([], lostOf({ users: 3, team: 2 }), start);
    losses = withLosses(losses, { ...lostOf({ users: 4, groups: 1, team: 1 }), managers: 1 }, start + hour / 2);
    losses = withLosses(losses, lostOf({ memberships: 5, nestings: 1 }), start + 2 * hour);
    expect(losses).toHaveLength(2);
    expect(recentLosses(losses, start + 3 * hour)).toEqual({
      ...lostOf({ users: 7, groups: 1, memberships: 6, team: 3 }),
      managers: 1,
    });
    expect(recentLosses(losses, start + hour / 2 + 24 * hour)).toEqual({ ...lostOf({ memberships: 6 }), managers: 0 });
    expect(withLosses(losses, lostOf(none), start + 27 * hour)).toEqual([]);
  });

  it('never lose an hour by many runs in a row', () => {
    let losses: ReturnType<typeof withLosses> = [];
    for (let minute = 0; minute < 26 * 60; minute += 5)
      losses = withLosses(losses, lostOf({ users: 1 }), start + minute * 60_000);
    expect(losses.length).toBeLessThanOrEqual(26);
    expect(recentLosses(losses, start + 26 * hour).users).toBeGreaterThanOrEqual(24 * 12);
    expect(recentLosses(losses, start + 26 * hour).users).toBeLessThanOrEqual(25 * 12);
  });

  it('keep the groups that have lost most', () => {
    const byGroup = new Map(Array.from({ length: 300 }, (_, n) => [`g${n}` as GroupId, n]));
    const [entry] = withLosses([], { ...noNumbers, memberships: 1, byGroup }, start);
    expect(Object.keys(entry?.groups ?? {})).toHaveLength(200);
    expect(entry?.groups?.g299).toBe(299);
    expect(entry?.groups?.g99).toBeUndefined();
  });
});
