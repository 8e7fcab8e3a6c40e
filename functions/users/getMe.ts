// GET /v1/me
import type { Access } from '../../shared/domain/book/records.ts';
import { effectiveLines } from '../../shared/domain/deciding/explain.ts';
import { query } from '../../shared/http/operation.ts';
import { openTo } from '../../shared/http/operations/me.ts';
import { loadUser } from '../../shared/http/operations/users.ts';
import { userView } from '../../shared/http/operations/views.ts';

export const handler = query('getMe', {
  run: async ({ view, book, by, token }) => {
    const { access } = by as { readonly access: Access };
    const { id, name, enforced, changesTakeEffect } = { id: view.tenant, ...book.tenant };
    const { data, appliesChanges } = book.catalogue;
    return {
      body: {
        user: userView(book, await loadUser(view, access.id)),
        tenant: { id, name },
        catalogue: { id: data.id, version: data.version, title: data.title },
        accessManager: by.keeper,
        enforced,
        changesTakeEffect,
        appliesChanges,
        permissions: effectiveLines(book, access).map(({ line }) => line),
        operations: await openTo(view, token),
      },
    };
  },
});
