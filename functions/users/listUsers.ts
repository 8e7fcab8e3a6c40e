// GET /v1/users
import { sortForm } from '../../shared/domain/base/names.ts';
import { allBegin, soughtIn, wordsOf } from '../../shared/domain/base/words.ts';
import type { Access } from '../../shared/domain/book/records.ts';
import { originOf } from '../../shared/domain/book/sources.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { deletedView, userView } from '../../shared/http/operations/views.ts';
import { listDeleted, type Restorable } from '../../shared/store/deleted.ts';
import { type ListedUser, listUsers } from '../../shared/store/lists.ts';
import { searchUsers } from '../../shared/store/words.ts';

export const handler = query('listUsers', {
  run: async (context) => {
    const { deleted, ...rest } = context.input.query;
    // A list of users who are there has the cursors that earlier releases give it, because both share a table.
    const asked = pageInput(context, deleted === 'true' ? context.input.query : rest);
    const { name, search, state, source, kind } = rest;
    const words = search === undefined ? undefined : soughtIn(search);
    const prefix = name && sortForm(name.trim());
    const keeps = (user: Pick<Access, 'state' | 'source' | 'kind'>) =>
      (state ?? user.state) === user.state &&
      (source === undefined || source === originOf(context.book, user)) &&
      (kind ?? user.kind) === user.kind;
    const { db } = context.runtime.store;
    if (deleted === 'true') {
      const isFound = ({ profile }: Restorable['deleted']) => !words || allBegin(words, wordsOf(profile));
      const filter = { prefix, keep: (one: Restorable) => keeps(one.deleted) && isFound(one.deleted) };
      const users = listDeleted(db, context.tenant, filter, asked.limit, asked.after);
      return pageAnswer(context, asked, users, { show: (one) => deletedView(context.book, one) });
    }
    const begins = ({ profile }: ListedUser) => !prefix || sortForm(profile.name).startsWith(prefix);
    const keep = (user: ListedUser) => keeps(user.access) && begins(user);
    const users = words
      ? searchUsers(db, context.tenant, { words, keep }, asked.limit, asked.after)
      : listUsers(db, context.tenant, { prefix, keep }, asked.limit, asked.after);
    return pageAnswer(context, asked, users, { show: (user) => userView(context.book, user) });
  },
});
