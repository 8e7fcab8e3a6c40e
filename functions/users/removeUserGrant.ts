// DELETE /v1/users/{userId}/grants/{permission}
import { removePersonalGrant } from '../../shared/domain/plan/users.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { grantingActor, visibleGrants } from '../../shared/http/operations/personal.ts';
import { loadUser, userKeys } from '../../shared/http/operations/users.ts';
import { grantsAnswer } from '../../shared/http/operations/views.ts';

export const definition = define('removeUserGrant', {
  alsoRead: userKeys,
  current: async (context) => {
    const { access } = await loadUser(context.view, context.input.params.userId);
    return { grants: visibleGrants(context, access) };
  },
  plan: ({ world, input: { params, query }, by }) => {
    const { expand, ...limits } = query;
    const taken = { permission: params.permission, ...limits };
    return removePersonalGrant(world, params.userId, grantingActor(by), taken, expand === 'true');
  },
  answer: (access, context) => grantsAnswer(visibleGrants(context, access)),
});

export const handler = mutation(definition);
