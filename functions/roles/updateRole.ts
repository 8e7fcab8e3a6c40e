// PATCH /v1/roles/{roleId}
import { roleOf, updateRole } from '../../shared/domain/plan/roles.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { roleAnswer, roleOwn } from '../../shared/http/operations/views.ts';

export const definition = define('updateRole', {
  current: ({ book, input }) => roleOwn(roleOf(book, input.params.roleId).record),
  plan: ({ world, input }) => updateRole(world, input.params.roleId, input.body),
  answer: (role, { book }) => roleAnswer(book, role),
});

export const handler = mutation(definition);
