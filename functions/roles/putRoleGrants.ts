// PUT /v1/roles/{roleId}/grants
import { putRoleGrants, roleOf } from '../../shared/domain/plan/roles.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { grantsAnswer } from '../../shared/http/operations/views.ts';
import { stillGranted } from '../../shared/http/operations/warnings.ts';

export const definition = define('putRoleGrants', {
  current: ({ book, input }) => ({ grants: roleOf(book, input.params.roleId).record.grants }),
  plan: ({ world, input }) => putRoleGrants(world, input.params.roleId, input.body.grants),
  answer: (role, { view, book }) =>
    grantsAnswer(role.grants, stillGranted(book, roleOf(view.book, role.id).record.grants, role.grants)),
});

export const handler = mutation(definition);
