// GET /v1/roles/{roleId}
import { roleOf } from '../../shared/domain/plan/roles.ts';
import { query } from '../../shared/http/operation.ts';
import { roleAnswer } from '../../shared/http/operations/views.ts';

export const handler = query('getRole', {
  run: ({ book, input }) => roleAnswer(book, roleOf(book, input.params.roleId).record),
});
