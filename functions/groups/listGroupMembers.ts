// GET /v1/groups/{groupId}/members
import { groupOf, groupRef } from '../../shared/domain/base/ids.ts';
import { originsIn } from '../../shared/domain/book/origins.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { groupIn } from '../../shared/http/operations/groups.ts';
import { groupMember, usersAsMembers } from '../../shared/http/operations/members.ts';
import { listOfStreams, streamsOf } from '../../shared/store/candidates.ts';
import { type Placed, readAlong } from '../../shared/store/lists.ts';

/** Sorts groups before users, because the names of user streams start with 1 to 3. */
const groupPosition = '0 ';

export const handler = query('listGroupMembers', {
  run: async (context) => {
    const { book, input, tenant, runtime } = context;
    const { db } = runtime.store;
    const group = groupIn(book, input.params.groupId);
    const asked = pageInput(context, { ...input.query, group: group.id });
    const ref = groupRef(group.id, group.life);
    const all = input.query.effective === 'true';
    const within = all ? [...book.descendants([ref])] : [ref];
    const { limit, after = groupPosition } = asked;
    const amongGroups = after.startsWith(groupPosition);
    const members = async function* (): AsyncGenerator<Placed<object>> {
      const ids = (all ? within.filter((one) => one !== ref) : book.children(ref)).map(groupOf).sort();
      for (const id of amongGroups ? ids : []) {
        const at = `${groupPosition}${id}`;
        if (at > after) yield { item: groupMember(book, id), at, more: true };
      }
      const streams = streamsOf(book, [], within, []);
      const users = listOfStreams(db, tenant, streams, () => true, limit, amongGroups ? undefined : after);
      yield* readAlong(users, limit, (some) => {
        const named = some.map(({ id }) => id);
        return usersAsMembers(db, book, tenant, named, undefined, (access) => {
          const origins = originsIn(access, ref, group.source);
          return origins.length > 0 ? { origins } : {};
        });
      });
    };
    return pageAnswer(context, asked, members());
  },
});
