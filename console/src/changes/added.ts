// What a further change adds to what waits already: the difference between the effect of both and that of what waits. Pure.
import type { PreviewOf } from '../../../clients/typescript/index.ts';

type Effect = PreviewOf<'submitChangeSet'>['effect'];
type UserEffect = Effect['users'][number];
type Difference = UserEffect['lost'][number];
/** What one user gains and loses of one permission. */
interface Moved {
  readonly gained: readonly Difference[];
  readonly lost: readonly Difference[];
}

const none: Moved = { gained: [], lost: [] };
const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Policies with what becomes of them; undefined where a part is of another form. */
const byPolicy = ({ gained, lost }: Moved): Map<string, number> | undefined => {
  const all = new Map<string, number>();
  for (const [list, sign] of [
    [gained, 1],
    [lost, -1],
  ] as const)
    for (const { scope, limits, except } of list) {
      if (scope === 'account' || limits || except) return undefined;
      for (const policy of scope) all.set(policy, sign);
    }
  return all;
};

/** What is left of an account, types or policies that were excepted, once nothing of it is. */
const rest = (before: readonly Difference[], both: readonly Difference[]): Difference[] | undefined => {
  const [was, is] = [before[0], both[0]];
  if (before.length !== 1 || both.length !== 1 || !was?.except || !is) return undefined;
  const { except, ...whole } = was;
  return same(whole, is) ? except.map((span) => ({ permission: was.permission, ...span })) : undefined;
};

/** What of one permission is added; undefined where it has no simple form. */
const added = (permission: string, before: Moved, both: Moved): Moved | undefined => {
  if (same(before, both)) return none;
  if (same(before, none)) return both;
  const back: Moved = { gained: before.lost, lost: before.gained };
  if (same(both, none) || same(both, back)) return back;
  const [was, is] = [byPolicy(before), byPolicy(both)];
  if (was && is) {
    const towards = (sign: number): Difference[] => {
      const scope = [...new Set([...was.keys(), ...is.keys()])].filter(
        (policy) => Math.sign((is.get(policy) ?? 0) - (was.get(policy) ?? 0)) === sign,
      );
      return scope.length > 0 ? [{ permission, scope } as Difference] : [];
    };
    return { gained: towards(1), lost: towards(-1) };
  }
  const [gained, lost] = [rest(before.gained, both.gained), rest(before.lost, both.lost)];
  if (lost && before.gained.length + both.gained.length === 0) return { gained: [], lost };
  if (gained && before.lost.length + both.lost.length === 0) return { gained, lost: [] };
  return undefined;
};

const userAdded = (user: UserEffect['user'], before: Moved, both: Moved): UserEffect | undefined => {
  const lists = [before.gained, before.lost, both.gained, both.lost];
  const parts = [...new Set(lists.flatMap((list) => list.map(({ permission }) => permission)))].map((permission) => {
    const of = ({ gained, lost }: Moved): Moved => {
      const own = (list: readonly Difference[]) => list.filter((one) => one.permission === permission);
      return { gained: own(gained), lost: own(lost) };
    };
    return added(permission, of(before), of(both));
  });
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  return { user, gained: known.flatMap(({ gained }) => gained), lost: known.flatMap(({ lost }) => lost) };
};

/** Undefined where it cannot be told, because not all is named or a difference has no simple form. */
export const addedTo = (before: Effect, both: Effect): Effect | undefined => {
  const isCut = ({ more, moreThings, users }: Effect) => more || moreThings || users.some((user) => user.more);
  if (isCut(before) || isCut(both)) return undefined;
  const had = new Map(before.users.map((one) => [one.user, one]));
  const has = new Map(both.users.map((one) => [one.user, one]));
  const ids = [...new Set([...had.keys(), ...has.keys()])];
  const users = ids.flatMap((id) => userAdded(id, had.get(id) ?? none, has.get(id) ?? none) ?? []);
  if (users.length < ids.length) return undefined;
  const waits = new Set(before.things.map((thing) => JSON.stringify(thing)));
  return {
    users: users.filter(({ gained, lost }) => gained.length + lost.length > 0),
    more: false,
    things: both.things.filter((thing) => !waits.has(JSON.stringify(thing))),
  };
};
