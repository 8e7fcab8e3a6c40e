// GET /v1/users/{userId}/groups
import { groupOf } from '../../shared/domain/base/ids.ts';
import { originsIn } from '../../shared/domain/book/origins.ts';
import type { GroupRecord } from '../../shared/domain/book/records.ts';
import { groupWays } from '../../shared/domain/deciding/memberships.ts';
import { namedAnswer, query } from '../../shared/http/operation.ts';
import { needSelfOr, userKeys } from '../../shared/http/operations/users.ts';

export const handler = query('listUserGroups', {
  alsoRead: userKeys,
  run: async (context) => {
    const { book, input } = context;
    const { access } = await needSelfOr('users', context);
    const groups = [...groupWays(book, access)].map(([ref, below]) => ({
      ref,
      direct: below === undefined,
      record: book.groups.get(groupOf(ref)) as GroupRecord,
    }));
    return namedAnswer(context, { ...input.query, ...input.params }, groups, {
      named: ({ record }) => record,
      show: ({ ref, direct, record: { id, name, source } }) => ({
        id,
        name,
        direct,
        ...(direct && { origins: originsIn(access, ref, source) }),
      }),
    });
  },
});
