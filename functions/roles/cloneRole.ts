// POST /v1/roles/{roleId}/clone
import { cloneRole } from '../../shared/domain/plan/roles.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { roleAnswer } from '../../shared/http/operations/views.ts';

export const definition = define('cloneRole', {
  plan: ({ world, input, tools }) => cloneRole(world, input.params.roleId, input.body, tools),
  answer: (role, { book }) => roleAnswer(book, role),
});

export const handler = mutation(definition);
