// Whose grants and which rules somebody may see of what a change does.
import { heldBy, Rights, ruleRightsOf } from '../../domain/deciding/decide.ts';
import { visiblePart } from '../../domain/deciding/grants.ts';
import type { Authorised } from '../../store/authorised.ts';
import type { View } from '../../store/effect.ts';
import type { Unit } from '../../store/unit.ts';

/**
 * Whose grants the caller may see: a keeper everybody's; who governs users their own grants, as far as the catalogue shows
 * them; everybody what concerns oneself. And the rules that one sees.
 */
export const seenBy = ({ unit, by }: { readonly unit: Unit; readonly by: Authorised }): View => {
  // Who manages access rights manages those on rules, too, and knows of all of them.
  if (by.keeper) return { seen: heldBy, rules: () => () => true };
  const { rights, access: self } = by;
  const { data } = unit.book.catalogue;
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
      const before = ruleRightsOf(unit.book, self);
      const later = ruleRightsOf(after.book, (self && after.users.get(self.id)) ?? self);
      return (was, is) => (was !== undefined && before.sees(was)) || (is !== undefined && later.sees(is));
    },
  };
};
