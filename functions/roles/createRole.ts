// POST /v1/roles
import { createRole } from '../../shared/domain/plan/roles.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { roleAnswer } from '../../shared/http/operations/views.ts';

export const definition = define('createRole', {
  plan: ({ world, input, tools }) => createRole(world, input.body, tools),
  answer: (role, { book }) => roleAnswer(book, role),
});

export const handler = mutation(definition);
