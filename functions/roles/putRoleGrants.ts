// PUT /v1/roles/{roleId}/grants
import { putRoleGrants, roleOf } from '../../shared/domain/plan/roles.ts';
import { mutation } from '../../shared/http/operation.ts';
import { grantsAnswer } from '../../shared/http/views.ts';
import { crowdedPermissions } from '../../shared/http/warnings.ts';

export const handler = mutation('putRoleGrants', {
  current: ({ book, input }) => ({ grants: roleOf(book, input.params.roleId).record.grants }),
  plan: ({ world, input }) => putRoleGrants(world, input.params.roleId, input.body.grants),
  answer: async (role, context) => grantsAnswer(role.grants, await crowdedPermissions(context, role.grants)),
});
