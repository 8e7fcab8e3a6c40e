// The permissions of a user in a replayed state, decided by the service's own code, each with its ways.
import type { Book } from '../../../shared/domain/book/book.ts';
import type { Held } from '../../../shared/domain/deciding/decide.ts';
import { Rights } from '../../../shared/domain/deciding/decide.ts';
import { linesOf } from '../../../shared/domain/deciding/explain.ts';
import type { Cause, DatedGrant, State, UserState } from './replay/state.ts';
import { accessOf } from './replay/world.ts';
import { later, type Way, type Ways } from './ways.ts';

/** Where a permission is held: in the account or for policies by id, perhaps for some types only. */
interface Reach {
  readonly scope: 'account' | readonly string[];
  readonly actionTypes?: readonly string[] | undefined;
  readonly ruleTypes?: readonly string[] | undefined;
}

/** A permission in one scope. */
export interface Line extends Reach {
  readonly permission: string;
  /** The oldest first. */
  readonly ways: readonly Way[];
}

/** The scope of a line as a text. */
export const scopeText = (line: Reach): string =>
  [
    ...(line.scope === 'account' ? ['account'] : [`policies ${line.scope.join(' ')}`]),
    ...(line.actionTypes ? [`action types ${line.actionTypes.join(' ')}`] : []),
    ...(line.ruleTypes ? [`rule types ${line.ruleTypes.join(' ')}`] : []),
  ].join(', ');

/** The oldest of the grants that give a permission by a set. */
const grantedAt = (state: State, user: UserState, rights: Rights, set: Held, permission: string): Cause | undefined => {
  const giving = new Set(rights.grantsGiving(set, permission, 'anywhere').map((grant) => JSON.stringify(grant)));
  const dated: readonly DatedGrant[] =
    set.origin === 'personal' ? user.grants : (state.roles.get(set.origin)?.grants ?? []);
  return dated
    .filter(({ grant }) => giving.has(JSON.stringify(grant)))
    .map(({ cause }) => cause)
    .sort((a, b) => a.place - b.place)[0];
};

/** Whatever must be so besides the way: the user is active, and the feature of the permission is on. */
const besides = (state: State, book: Book, user: UserState, permission: string): Cause => {
  const feature = book.catalogue.permission.get(permission)?.feature;
  const on = feature === undefined ? undefined : state.tenant?.features.get(feature);
  return on ? later(user.stateCause, on) : user.stateCause;
};

/** The permissions of a user, or one of them, with all ways. */
export const heldIn = (state: State, book: Book, ways: Ways, user: UserState, only?: string): Line[] => {
  const rights = Rights.of(book, accessOf(user));
  return linesOf(book, rights, only).map((line): Line => {
    const { givers, ...reach } = line;
    const { permission } = reach;
    const all = givers().flatMap((set) => {
      const granted = grantedAt(state, user, rights, set, permission) ?? user.cause;
      const also = later(granted, besides(state, book, user, permission));
      return ways.to(user, set.origin).map((way) => ({ ...way, since: later(way.since, also) }));
    });
    return { ...reach, ways: all.sort((a, b) => a.since.place - b.since.place) };
  });
};
