// POST /v1/roles/{roleId}/members
import { addMembers, membersOf, roleOf } from '../../shared/domain/plan/roles.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { membersOwn, undelegated } from '../../shared/http/operations/members.ts';
import { keys } from '../../shared/store/keys.ts';

export const definition = define('addRoleMembers', {
  // Reads the users along with the head, to know whether they exist and in which incarnation.
  alsoRead: ({ input, tenant }) => membersOf(input.body.members).users.map((id) => keys.access(tenant, id)),
  current: ({ book, input }) => membersOwn(roleOf(book, input.params.roleId)),
  plan: ({ world, input }) => addMembers(world, input.params.roleId, input.body.members),
  answer: (counts, { book, input }) => {
    const role = roleOf(book, input.params.roleId);
    return { body: { ...counts, ...undelegated(book, role) }, own: membersOwn(role) };
  },
});

export const handler = mutation(definition);
