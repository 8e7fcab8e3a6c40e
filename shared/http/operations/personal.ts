// A user's own grants, as far as the caller may see and change them.

import type { Access, Grant } from '../../domain/book/records.ts';
import type { World } from '../../domain/change.ts';
import type { Rights } from '../../domain/deciding/decide.ts';
import { visiblePart } from '../../domain/deciding/grants.ts';
import { needPersonalGrants } from '../../domain/plan/users.ts';
import type { Authorised } from '../../store/authorised.ts';

/** The rights by which the caller changes a user's own grants. */
export const grantingActor = (by: Authorised): Rights | 'keeper' => (by.keeper || !by.rights ? 'keeper' : by.rights);

/**
 * All own grants of a user for a keeper; for other callers the part that they hold themselves (FP-14, Q-17).
 * @throws Refusal when the catalogue has no own grants
 */
export const visibleGrants = (
  { world, book, by }: { readonly world: World; readonly book: World['book']; readonly by: Authorised },
  access: Access,
): readonly Grant[] => {
  needPersonalGrants(world);
  const actor = grantingActor(by);
  return actor === 'keeper' ? access.personal : visiblePart(book, actor, access.personal);
};
