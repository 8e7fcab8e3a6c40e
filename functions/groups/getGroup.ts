// GET /v1/groups/{groupId}
import { groupAnswer, groupIn } from '../../shared/http/groups.ts';
import { query } from '../../shared/http/operation.ts';

export const handler = query('getGroup', {
  run: ({ book, by, input }) => groupAnswer(book, groupIn(book, input.params.groupId), by),
});
