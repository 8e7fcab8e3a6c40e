// PATCH /v1/groups/{groupId}
import { updateGroup } from '../../shared/domain/plan/sources.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { groupAnswer, groupIn } from '../../shared/http/operations/groups.ts';
import { groupOwn } from '../../shared/http/operations/views.ts';

export const definition = define('updateGroup', {
  current: ({ book, input }) => groupOwn(groupIn(book, input.params.groupId)),
  plan: ({ world, input }) => updateGroup(world, input.params.groupId, input.body),
  answer: (group, { book, by }) => groupAnswer(book, group, by),
});

export const handler = mutation(definition);
