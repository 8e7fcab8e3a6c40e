// What somebody may see of what is there: policies, and the catalogue.
import type { Book } from './book.ts';
import type { PolicyId } from './ids.ts';
import { type HeldRights, holdsFor } from './judge.ts';
import type { PolicyRecord } from './records.ts';

export interface Viewer {
  readonly keeper: boolean;
  readonly rights?: HeldRights | undefined;
}

/** Somebody sees the policies for which they hold something (FP-15); a keeper sees them all. */
export const seesPolicy = (book: Book, { keeper, rights }: Viewer, policy: PolicyId): boolean =>
  keeper || (rights !== undefined && holdsFor(book, rights, policy));

export const visiblePolicies = (book: Book, viewer: Viewer): PolicyRecord[] =>
  [...book.policies.values()].filter((policy) => seesPolicy(book, viewer, policy.id));

/** The catalogue; where one grants only what one holds, without the permissions that one does not hold (FP-14). */
export const visibleCatalogue = (book: Book, { keeper, rights }: Viewer) => {
  const { data } = book.catalogue;
  const { firstUser: _, newUser: __, governs: ___, permissions, features, predefinedRoles, ...rest } = data;
  const all = keeper || !data.grantOnlyWhatYouHold;
  const held = new Set(all ? [] : rights?.heldAnywhere());
  const shown = all ? permissions : permissions.filter(({ id }) => held.has(id));
  const on = features.filter((feature) => all || book.tenant.features.has(feature.id));
  return { ...rest, permissions: shown, features: on, ...(all && { predefinedRoles }) };
};
