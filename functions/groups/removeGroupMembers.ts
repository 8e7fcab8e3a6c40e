// POST /v1/groups/{groupId}/members/remove
import { removeGroupMembers } from '../../shared/domain/plan/group-members.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { keys } from '../../shared/store/keys.ts';

export const definition = define('removeGroupMembers', {
  alsoRead: ({ input, tenant }) => input.body.members.map((id) => keys.access(tenant, id)),
  plan: ({ world, input }) => removeGroupMembers(world, input.params.groupId, input.body.members),
  answer: ({ members, warnings }) => ({ body: { members, ...(warnings.length > 0 && { warnings }) } }),
});

export const handler = mutation(definition);
