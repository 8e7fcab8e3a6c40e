// GET /v1/roles/{roleId}/grants
import { roleOf } from '../../shared/domain/plan/roles.ts';
import { query } from '../../shared/http/operation.ts';
import { grantsAnswer } from '../../shared/http/operations/views.ts';

export const handler = query('getRoleGrants', {
  run: ({ book, input }) => grantsAnswer(roleOf(book, input.params.roleId).record.grants),
});
