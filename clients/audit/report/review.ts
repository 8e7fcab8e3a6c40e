// An access review: a row for each way by which somebody has a role, own grants or a permission.
import type { Book } from '../../../shared/domain/book/book.ts';
import { heldIn, scopeText } from './held.ts';
import type { State, UserState } from './replay/state.ts';
import type { Way, Ways } from './ways.ts';

export interface Row {
  readonly user: UserState;
  readonly subject: 'role' | 'permission' | 'own grant';
  /** The id of the role or the permission. */
  readonly id: string;
  /** Of a permission: where it holds. */
  readonly scope: string;
  readonly way: Way;
}

const people = (state: State): UserState[] =>
  [...state.users.values()].filter(({ state: is }) => is !== 'deleted').sort((a, b) => (a.id < b.id ? -1 : 1));

/**
 * The rows, in the order of users. Of a permission only those of whom it was effective; of roles and own grants also those
 * of disabled users, who would have them again when enabled.
 */
export function* reviewed(
  state: State,
  book: Book,
  ways: Ways,
  { role, permission }: { readonly role?: string | undefined; readonly permission?: string | undefined },
): Generator<Row> {
  const roles = [...state.roles.values()].filter(({ id, deleted }) => !deleted && (role === undefined || id === role));
  for (const user of people(state)) {
    if (permission !== undefined) {
      for (const line of heldIn(state, book, ways, user, permission))
        for (const way of line.ways) yield { user, subject: 'permission', id: permission, scope: scopeText(line), way };
      continue;
    }
    for (const { id } of roles)
      for (const way of ways.to(user, id as Way['origin'])) yield { user, subject: 'role', id, scope: '', way };
    if (role !== undefined || !book.catalogue.data.personalGrants) continue;
    for (const { grant, cause } of user.grants)
      yield {
        user,
        subject: 'own grant',
        id: grant.permission,
        scope: scopeText({ scope: 'account', ...grant, ...(grant.policies && { scope: grant.policies }) }),
        way: { origin: 'personal', groups: [], since: cause },
      };
  }
}
