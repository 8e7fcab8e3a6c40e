// PATCH /v1/users/{userId}
import { updateUser } from '../../shared/domain/plan/users.ts';
import { externalDigest } from '../../shared/http/gateway/find-user.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import type { Call } from '../../shared/http/operation.ts';
import { aliasKeys, currentUser, loadUser, needFree, objectOf, userKeys } from '../../shared/http/operations/users.ts';
import { userAnswer } from '../../shared/http/operations/views.ts';

/** The digest of the external id that the request gives; `undefined` when it gives none, or takes it away. */
const externalGiven = ({ input: { body } }: Pick<Call<'updateUser'>, 'input'>): string | undefined =>
  typeof body.externalId === 'string' ? externalDigest(body.externalId) : undefined;

export const definition = define('updateUser', {
  alsoRead: (call) => [...userKeys(call), ...aliasKeys(call.tenant, { external: externalGiven(call) })],
  current: currentUser,
  plan: async (context) => {
    const { view, world } = context;
    const { params, body } = context.input;
    const { access, profile } = await loadUser(view, params.userId);
    const enables = body.state === 'active' && access.state === 'disabled';
    const external = externalGiven(context);
    if (external !== access.external) await needFree(context, { external });
    return updateUser(world, params.userId, profile, body, {
      object: enables ? await objectOf(view, access) : undefined,
      external,
    });
  },
  answer: (user, { book, input }) => {
    const { body, own } = userAnswer(user, { book });
    const isOff = input.body.state === 'active' && user.access.state === 'disabled';
    return { body: { ...body, ...(isOff && { warnings: ['disabled-by-directory'] }) }, own };
  },
});

export const handler = mutation(definition);
