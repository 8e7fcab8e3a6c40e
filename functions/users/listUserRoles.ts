// GET /v1/users/{userId}/roles
import { groupOf } from '../../shared/domain/base/ids.ts';
import { roleWays } from '../../shared/domain/deciding/memberships.ts';
import { namedAnswer, query } from '../../shared/http/operation.ts';
import { needSelfOr, userKeys } from '../../shared/http/operations/users.ts';

export const handler = query('listUserRoles', {
  alsoRead: userKeys,
  run: async (context) => {
    const { book, input } = context;
    const { access } = await needSelfOr('keeper', context);
    return namedAnswer(context, { ...input.query, ...input.params }, roleWays(book, access), {
      named: ({ role }) => role.record,
      show: ({ role: { record }, direct, through }) => ({
        id: record.id,
        name: record.name,
        direct,
        ...(!direct && { groups: through().map(groupOf) }),
      }),
    });
  },
});
