// DELETE /v1/roles/{roleId}/grants/{permission}
import { removeRoleGrant, roleOf } from '../../shared/domain/plan/roles.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { grantsAnswer } from '../../shared/http/operations/views.ts';

export const definition = define('removeRoleGrant', {
  current: ({ book, input }) => ({ grants: roleOf(book, input.params.roleId).record.grants }),
  plan: ({ world, input: { params, query } }) => {
    const { expand, ...limits } = query;
    return removeRoleGrant(world, params.roleId, { permission: params.permission, ...limits }, expand === 'true');
  },
  answer: (role) => grantsAnswer(role.grants),
});

export const handler = mutation(definition);
