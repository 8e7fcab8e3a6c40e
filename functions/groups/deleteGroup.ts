// DELETE /v1/groups/{groupId}
import { deleteGroup } from '../../shared/domain/plan/sources.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { groupIn } from '../../shared/http/operations/groups.ts';
import { groupOwn } from '../../shared/http/operations/views.ts';

export const definition = define('deleteGroup', {
  current: ({ book, input }) => groupOwn(groupIn(book, input.params.groupId)),
  plan: ({ world, input }) => deleteGroup(world, input.params.groupId),
});

export const handler = mutation(definition);
