// GET /v1/roles
import { namedAnswer, query } from '../../shared/http/operation.ts';
import { roleView } from '../../shared/http/operations/views.ts';

export const handler = query('listRoles', {
  run: (context) =>
    namedAnswer(context, context.input.query, context.book.roles.values(), {
      named: ({ record }) => record,
      show: roleView,
    }),
});
