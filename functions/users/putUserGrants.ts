// PUT /v1/users/{userId}/grants
import { putPersonalGrants } from '../../shared/domain/plan/users.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { grantingActor, visibleGrants } from '../../shared/http/operations/personal.ts';
import { loadUser, userKeys } from '../../shared/http/operations/users.ts';
import { grantsAnswer } from '../../shared/http/operations/views.ts';
import { stillGranted } from '../../shared/http/operations/warnings.ts';

export const definition = define('putUserGrants', {
  alsoRead: userKeys,
  current: async (context) => {
    const { access } = await loadUser(context.view, context.input.params.userId);
    return { grants: visibleGrants(context, access) };
  },
  plan: ({ world, input, by }) => putPersonalGrants(world, input.params.userId, grantingActor(by), input.body.grants),
  answer: (access, context) => {
    const grants = visibleGrants(context, access);
    const before = context.view.world.users.get(access.id);
    const had = before ? visibleGrants(context, before) : [];
    return grantsAnswer(grants, stillGranted(context.book, had, grants));
  },
});

export const handler = mutation(definition);
