// POST /v1/roles/{roleId}/members/remove
import { removeMembers, roleOf } from '../../shared/domain/plan/roles.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { membersOwn } from '../../shared/http/operations/members.ts';

export const definition = define('removeRoleMembers', {
  current: ({ book, input }) => membersOwn(roleOf(book, input.params.roleId)),
  plan: ({ world, input }) => removeMembers(world, input.params.roleId, input.body.members),
  answer: (counts, { book, input }) => ({ body: counts, own: membersOwn(roleOf(book, input.params.roleId)) }),
});

export const handler = mutation(definition);
