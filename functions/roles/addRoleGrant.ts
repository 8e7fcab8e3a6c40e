// POST /v1/roles/{roleId}/grants
import { addRoleGrant, roleOf } from '../../shared/domain/plan/roles.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { grantsAnswer } from '../../shared/http/operations/views.ts';

export const definition = define('addRoleGrant', {
  current: ({ book, input }) => ({ grants: roleOf(book, input.params.roleId).record.grants }),
  plan: ({ world, input }) => addRoleGrant(world, input.params.roleId, input.body),
  answer: (role) => grantsAnswer(role.grants),
});

export const handler = mutation(definition);
