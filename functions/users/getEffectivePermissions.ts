// GET /v1/users/{userId}/effective-permissions
import { effective } from '../../shared/domain/explain.ts';
import { invalid, Refusal } from '../../shared/domain/refusal.ts';
import { query } from '../../shared/http/operation.ts';
import { loadUser, userKeys } from '../../shared/http/users.ts';
import { pathView } from '../../shared/http/views.ts';

export const handler = query('getEffectivePermissions', {
  along: userKeys,
  run: async ({ unit, book, by, input }) => {
    // One's own, or anybody's for a keeper: paths name roles and groups that others may not see.
    const own = by.access?.id === input.params.userId;
    if (!own && !by.keeper) throw new Refusal('forbidden', 'Only your own permissions are yours to see.');
    const { access } = await loadUser(unit, input.params.userId);
    const only = input.query.explain;
    if (only !== undefined && !book.catalogue.permission.has(only))
      throw invalid('query.explain', 'is not in the catalogue: see GET /v1/catalogue');
    const lines = effective(book, access, only).map(({ paths, ...line }) => ({ ...line, paths: paths.map(pathView) }));
    return { body: { user: access.id, state: access.state, enforced: book.tenant.enforced, permissions: lines } };
  },
});
