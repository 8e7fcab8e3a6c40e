// DELETE /v1/roles/{roleId}
import { deleteRole, roleOf } from '../../shared/domain/plan/roles.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { roleOwn } from '../../shared/http/operations/views.ts';

export const definition = define('deleteRole', {
  current: ({ book, input }) => roleOwn(roleOf(book, input.params.roleId).record),
  plan: ({ world, input }) => deleteRole(world, input.params.roleId, input.query.newOwner),
});

export const handler = mutation(definition);
