// The guards of a directory source: a run that would take away more than its source's thresholds allow is held until a
// keeper has looked at its plan. They count one run, and what the runs of the last 24 hours took away together with it.
import type { GroupId } from '../base/ids.ts';
import type { Guards, Threshold } from '../book/sources.ts';
import type { Numbers, Sync } from '../directory.ts';
import { noNumbers, plus } from './losses.ts';

type Losses = Sync['losses'][number];

/** Losses up to this number of a kind never count by percentage, unless they are all there is and more than one. */
const fewOfAll = 3;
const fewOfGroup = 10;
/** People who may lose access management in one run, and in the runs of 24 hours. */
const mostManagers = 1;

/** A number of things that are there. With `more` it was counted no further. */
export interface Total {
  readonly count: number;
  readonly more?: boolean | undefined;
}

export interface Lost extends Numbers {
  /** Members that single groups lose while they go on: users and groups. */
  readonly byGroup: ReadonlyMap<GroupId, number>;
  /** People who lost access management. */
  readonly managers?: number;
}

/** What is there to be lost: users, enabled ones among them, groups and memberships of the source. */
export interface Totals {
  readonly users: Total;
  readonly enabled: Total;
  readonly groups: Total;
  readonly memberships: Total;
  readonly byGroup: ReadonlyMap<GroupId, Total>;
}

/** A guard that holds a run. */
interface Trip {
  readonly guard: keyof Guards | 'accessManagers';
  /** What would be lost. */
  readonly what: 'users' | 'groups' | 'enabled' | 'memberships' | 'members' | 'managers';
  /** The group that would lose members. */
  readonly group?: GroupId | undefined;
  /** True when it takes the runs of the last 24 hours to reach the threshold. */
  readonly day?: boolean | undefined;
  /** Lost, with the earlier runs' losses where `day` is true, and how many there were. */
  readonly lost: number;
  readonly of?: Total | undefined;
  /** The threshold that is passed: a number, a percentage, or all that there are. */
  readonly over: { readonly number: number } | { readonly percent: number } | { readonly all: true };
}

/**
 * How far what is there must be counted before it is known whether the losses pass the percentage.
 * @param few the number up to which losses count only if they are all
 */
const enough = (lost: number, { percent }: Threshold, few: number): number => {
  if (percent >= 100 || lost < 2) return 0;
  return lost > few && percent > 0 ? Math.floor((100 * lost) / percent) + 1 : lost + 1;
};

/** True when losses pass the threshold, with what they pass. */
const passed = (lost: number, of: Total, { number, percent }: Threshold, few: number): Trip['over'] | undefined => {
  if (lost > number) return { number };
  // Nothing exceeds 100 %, so that percentage switches the guard by percentage off.
  if (percent >= 100 || of.more === true) return undefined;
  if (lost > few) return 100 * lost > percent * of.count ? { percent } : undefined;
  return lost > 1 && lost >= of.count ? { all: true } : undefined;
};

/** A kind of loss with the guard that watches it. */
interface Watched {
  readonly guard: keyof Guards;
  readonly what: Trip['what'];
  readonly group?: GroupId;
  readonly few: number;
  readonly now: number;
  readonly before: number;
}

const watched = (lost: Lost, recent: Lost): Watched[] => [
  { guard: 'deletions', what: 'users', few: fewOfAll, now: lost.users, before: recent.users },
  { guard: 'deletions', what: 'groups', few: fewOfAll, now: lost.groups, before: recent.groups },
  { guard: 'disablings', what: 'enabled', few: fewOfAll, now: lost.enabled, before: recent.enabled },
  {
    guard: 'removals',
    what: 'memberships',
    few: fewOfAll,
    now: lost.memberships + lost.nestings,
    before: recent.memberships + recent.nestings,
  },
  ...[...lost.byGroup].map(
    ([group, now]): Watched => ({
      guard: 'groupRemovals',
      what: 'members',
      group,
      few: fewOfGroup,
      now,
      before: recent.byGroup.get(group) ?? 0,
    }),
  ),
];

/** How far each kind must be counted for `trips` to be exact; 0 where nothing need be counted. */
export interface Needed {
  readonly users: number;
  readonly enabled: number;
  readonly groups: number;
  readonly memberships: number;
  readonly byGroup: ReadonlyMap<GroupId, number>;
}
export const neededFor = (guards: Guards, lost: Lost, recent: Lost): Needed => {
  const needed = { users: 0, enabled: 0, groups: 0, memberships: 0 };
  const byGroup = new Map<GroupId, number>();
  for (const { guard, what, group, few, now, before } of watched(lost, recent)) {
    if (now === 0) continue;
    // What is lost already is not counted any more.
    const day = enough(now + before, guards[guard], few) - before;
    const most = Math.max(enough(now, guards[guard], few), day);
    if (group !== undefined) byGroup.set(group, most);
    else needed[what as keyof typeof needed] = most;
  }
  return { ...needed, byGroup };
};

const nothing: Total = { count: 0 };

/**
 * The guards that a run trips, by its own losses or with those of the last 24 hours. What the run itself does not lose
 * trips nothing.
 * @param lost what the run takes away
 * @param of what is there before the run
 * @param recent what earlier runs have taken away in the last 24 hours
 * @param managers people who lose access management
 */
export const trips = (guards: Guards, lost: Lost, of: Totals, recent: Lost, managers: number): Trip[] => {
  const found: Trip[] = [];
  for (const { guard, what, group, few, now, before } of watched(lost, recent)) {
    if (now === 0) continue;
    const total = (group ? of.byGroup.get(group) : of[what as keyof Totals]) as Total | undefined;
    const there = total ?? nothing;
    const was = { ...there, count: there.count + before };
    const alone = passed(now, there, guards[guard], few);
    const over = alone ?? passed(now + before, was, guards[guard], few);
    if (!over) continue;
    const about = { guard, what, ...(group !== undefined && { group }) };
    found.push(
      alone ? { ...about, lost: now, of: there, over } : { ...about, day: true, lost: now + before, of: was, over },
    );
  }
  const inDay = managers + (recent.managers ?? 0);
  if (managers > 0 && inDay > mostManagers) {
    const about = { guard: 'accessManagers', what: 'managers', over: { number: mostManagers } } as const;
    found.push(managers > mostManagers ? { ...about, lost: managers } : { ...about, day: true, lost: inDay });
  }
  return found;
};

const dayMs = 86_400_000;
const hourMs = 3_600_000;
/** Most groups of which an hour's losses are kept by group: those that have lost most. */
const mostGroups = 200;

const isRecent = ({ at }: Losses, now: number): boolean => Date.parse(at) > now - dayMs;

/** What the runs of a source have taken away in the last 24 hours. @param now milliseconds since 1970 */
export const recentLosses = (losses: readonly Losses[], now: number): Lost => {
  const byGroup = new Map<GroupId, number>();
  let numbers = noNumbers;
  let managers = 0;
  for (const one of losses.filter((some) => isRecent(some, now))) {
    const { deletions, groupDeletions = 0, disablings, removals, groups = {} } = one;
    const more = { users: deletions, groups: groupDeletions, enabled: disablings, memberships: removals, nestings: 0 };
    numbers = plus(numbers, more);
    managers += one.managers ?? 0;
    for (const [group, lost] of Object.entries(groups) as [GroupId, number][])
      byGroup.set(group, (byGroup.get(group) ?? 0) + lost);
  }
  return { ...numbers, byGroup, managers };
};

/**
 * The losses to be kept after a run. Those of one hour are kept as one, with the time of the last run, so a loss counts
 * for 24 hours at least and 25 at most.
 */
export const withLosses = (losses: readonly Losses[], lost: Lost, now: number): Losses[] => {
  const kept = losses.filter((one) => isRecent(one, now));
  const any = lost.users + lost.groups + lost.enabled + lost.memberships + lost.nestings > 0;
  if (!any) return kept;
  const last = kept.at(-1);
  const isSameHour = last !== undefined && Math.floor(Date.parse(last.at) / hourMs) === Math.floor(now / hourMs);
  const before = recentLosses(isSameHour ? [last] : [], now);
  const all = plus(before, lost);
  const groups = new Map(before.byGroup);
  for (const [group, more] of lost.byGroup) groups.set(group, (groups.get(group) ?? 0) + more);
  const managers = (before.managers ?? 0) + (lost.managers ?? 0);
  const largest = [...groups].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, mostGroups);
  const entry: Losses = {
    at: new Date(now).toISOString(),
    deletions: all.users,
    groupDeletions: all.groups,
    disablings: all.enabled,
    removals: all.memberships + all.nestings,
    ...(managers > 0 && { managers }),
    groups: Object.fromEntries(largest),
  };
  return [...(isSameHour ? kept.slice(0, -1) : kept), entry];
};

/** Of several, and of one alone. */
const deeds: Record<Trip['what'], readonly [many: string, one: string]> = {
  users: ['delete {} users', 'delete {} user'],
  groups: ['delete {} groups', 'delete {} group'],
  enabled: ['disable {} enabled users', 'disable {} enabled user'],
  memberships: ['end {} memberships', 'end {} membership'],
  members: ['take {} members from the group', 'take {} member from the group'],
  managers: [
    'take the management of access rights from {} people',
    'take the management of access rights from {} person',
  ],
};

/** A tripped guard as a sentence. It names a group by its id only. */
export const inWords = ({ what, group, day, lost, of, over }: Trip): string => {
  const number = (n: number) => n.toLocaleString('en');
  const counted = of === undefined || of.more ? number(lost) : `${number(lost)} of ${number(of.count)}`;
  const [many, one] = deeds[what];
  const deed =
    (counted === '1' || counted === '1 of 1' ? one : many).replace('{}', counted) +
    (group === undefined ? '' : ` ${group}`);
  const limit =
    'number' in over
      ? `more than ${number(over.number)}`
      : 'percent' in over
        ? `more than ${over.percent} %`
        : 'all there are';
  const who = day ? 'With the runs of the last 24 hours, the run would' : 'The run would';
  return `${who} ${deed}: ${limit}.`;
};
