// GET /v1/groups/{groupId}

import { query } from '../../shared/http/operation.ts';
import { groupAnswer, groupIn } from '../../shared/http/operations/groups.ts';

export const handler = query('getGroup', {
  run: ({ book, by, input }) => groupAnswer(book, groupIn(book, input.params.groupId), by),
});
