// GET /v1/users/{userId}/effective-permissions

import { invalid, Refusal } from '../../shared/domain/base/refusal.ts';
import { Room } from '../../shared/domain/base/weight.ts';
import { effectiveLines } from '../../shared/domain/deciding/explain.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { placedAfter } from '../../shared/http/operations/pages.ts';
import { loadUser, userKeys } from '../../shared/http/operations/users.ts';
import { pathView } from '../../shared/http/operations/views.ts';

/** Bytes of the paths of one permission: enough for one path through all groups of a tenant. */
const mostWays = 300_000;

export const handler = query('getEffectivePermissions', {
  alsoRead: userKeys,
  run: async (context) => {
    const { view, book, by, input } = context;
    const { userId } = input.params;
    // Paths name roles and groups, so a caller other than a keeper sees only their own.
    if (by.access?.id !== userId && !by.keeper)
      throw new Refusal('forbidden', 'You can see your own permissions only.');
    const { explain: only, limit = Number.POSITIVE_INFINITY } = input.query;
    const asked = pageInput(context, { ...input.query, limit, userId });
    const { access } = await loadUser(view, userId);
    if (only !== undefined && !book.catalogue.permission.has(only))
      throw invalid('query.explain', 'is not in the catalogue: see GET /v1/catalogue');
    const lines = placedAfter(effectiveLines(book, access, only), ({ line }) => line.permission, asked.after);
    const { body } = await pageAnswer(context, asked, lines, {
      show: ({ line, paths }) => {
        const ways = paths().map(pathView);
        const shown = new Room(mostWays).first(ways);
        return { ...line, paths: shown, ...(shown !== ways && { more: true }) };
      },
    });
    const { items: permissions, ...rest } = body;
    return { body: { user: access.id, state: access.state, enforced: book.tenant.enforced, permissions, ...rest } };
  },
});
