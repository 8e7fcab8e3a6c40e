// POST /v1/users/{userId}/restore
import { restoreUser } from '../../shared/domain/plan/restore.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { grantingActor } from '../../shared/http/operations/personal.ts';
import { userKeys } from '../../shared/http/operations/users.ts';
import { userAnswer } from '../../shared/http/operations/views.ts';
import { keys } from '../../shared/store/keys.ts';
import { restorationOf } from '../../shared/store/restoring.ts';

const definition = define('restoreUser', {
  alsoRead: (call) => [...userKeys(call), keys.deleted(call.tenant, call.input.params.userId)],
  plan: async ({ view, world, input, by, tools, runtime }) => {
    const restoration = await restorationOf(view, input.params.userId, grantingActor(by), runtime.token.issuers);
    return restoreUser(world, restoration, tools);
  },
  answer: (restored, context) => {
    const { body, own } = userAnswer(restored, context);
    return { body: { ...body, ...(restored.warnings.length > 0 && { warnings: restored.warnings }) }, own };
  },
});

export const handler = mutation(definition);
