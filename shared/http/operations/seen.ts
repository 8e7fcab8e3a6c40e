// The grants and rules in the effect of a change that the caller may see.
import { heldBy, Rights, ruleRightsOf } from '../../domain/deciding/decide.ts';
import { visiblePart } from '../../domain/deciding/grants.ts';
import type { Authorised } from '../../store/authorised.ts';
import type { Visibility } from '../../store/effect.ts';
import type { View } from '../../store/view.ts';

/**
 * The caller's view of an effect. A keeper sees the grants of all users. A caller who governs users sees the part of
 * users' own grants that the caller holds, if the catalogue has own grants. Every caller sees their own grants, and the
 * rules that they may see before or after the change.
 */
export const seenBy = ({ view, by }: { readonly view: View; readonly by: Authorised }): Visibility => {
  // A keeper also manages the rights on rules, and so may know of every rule.
  if (by.keeper) return { seen: heldBy, rules: () => () => true };
  const { rights, access: self } = by;
  const { data } = view.book.catalogue;
  const governs = rights !== undefined && data.governs.users.some((permission) => rights.holds(permission));
  return {
    seen: (book, access) => {
      if (access.id === self?.id) return heldBy(book, access);
      if (!governs || access.state !== 'active' || !data.personalGrants) return [];
      const grants = visiblePart(book, new Rights(book, rights.sets), access.personal);
      return grants.length > 0 ? [{ origin: 'personal', grants }] : [];
    },
    ...(!governs && { only: self ? [self.id] : [] }),
    rules: (after) => {
      const before = ruleRightsOf(view.book, self);
      const later = ruleRightsOf(after.book, (self && after.users.get(self.id)) ?? self);
      return (was, is) => (was !== undefined && before.sees(was)) || (is !== undefined && later.sees(is));
    },
  };
};
