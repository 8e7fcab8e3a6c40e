// What a further change adds to what waits already: the difference between the effect of both and that of what waits. Pure.
import type { PreviewOf } from '../../../clients/typescript/index.ts';

type Effect = PreviewOf<'submitChangeSet'>['effect'];
type UserEffect = Effect['users'][number];
type Difference = UserEffect['lost'][number];

const account = 'account';

/** What one user gains (1) and loses (-1), by permission with its types, and there by policy. Undefined: not that simply. */
const balance = (user: UserEffect | undefined): Map<string, Map<string, number>> | undefined => {
  const all = new Map<string, Map<string, number>>();
  const count = (list: readonly Difference[], by: number): boolean =>
    list.every(({ permission, scope, limits, except }) => {
      const key = JSON.stringify({ permission, ...(limits && { limits }) });
      const scopes = all.get(key) ?? new Map<string, number>();
      all.set(key, scopes);
      for (const one of scope === account ? [account] : scope) scopes.set(one, by);
      return except === undefined;
    });
  if (!user) return all;
  return !user.more && count(user.gained, 1) && count(user.lost, -1) ? all : undefined;
};

const userAdded = (id: UserEffect['user'], before: UserEffect | undefined, both: UserEffect | undefined) => {
  const [had, has] = [balance(before), balance(both)];
  if (!had || !has) return undefined;
  const effect: { user: UserEffect['user']; gained: Difference[]; lost: Difference[] } = {
    user: id,
    gained: [],
    lost: [],
  };
  const keys = new Set([...had.keys(), ...has.keys()]);
  // Nor can some types be taken from all or from others.
  if (new Set([...keys].map((key) => JSON.parse(key).permission)).size < keys.size) return undefined;
  for (const key of keys) {
    const [was, is] = [had.get(key), has.get(key)];
    const scopes = [...new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])];
    // The whole account and single policies cannot be taken from each other.
    if (scopes.includes(account) && scopes.length > 1) return undefined;
    for (const [list, sign] of [
      [effect.gained, 1],
      [effect.lost, -1],
    ] as const) {
      const moved = scopes.filter((one) => Math.sign((is?.get(one) ?? 0) - (was?.get(one) ?? 0)) === sign);
      if (moved.length > 0)
        list.push({ ...JSON.parse(key), scope: moved.includes(account) ? account : (moved as string[]) } as Difference);
    }
  }
  return effect;
};

/** Undefined where it cannot be told, because not all is named or a difference has no simple form. */
export const addedTo = (before: Effect, both: Effect): Effect | undefined => {
  if (before.more || both.more || before.moreThings || both.moreThings) return undefined;
  const [had, has] = [before, both].map(({ users }) => new Map(users.map((one) => [one.user, one])));
  const users: UserEffect[] = [];
  for (const id of new Set([...(had?.keys() ?? []), ...(has?.keys() ?? [])])) {
    const one = userAdded(id, had?.get(id), has?.get(id));
    if (!one) return undefined;
    if (one.gained.length + one.lost.length > 0) users.push(one);
  }
  const waits = new Set(before.things.map((thing) => JSON.stringify(thing)));
  return { users, more: false, things: both.things.filter((thing) => !waits.has(JSON.stringify(thing))) };
};
