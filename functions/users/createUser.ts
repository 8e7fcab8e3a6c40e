// POST /v1/users

import { Refusal } from '../../shared/domain/base/refusal.ts';
import { needTrusted } from '../../shared/domain/plan/sources.ts';
import { createUser, type Digests, type NewUser } from '../../shared/domain/plan/users.ts';
import { identityDigest } from '../../shared/http/gateway/authorise.ts';
import { externalDigest } from '../../shared/http/gateway/find-user.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import type { Call } from '../../shared/http/operation.ts';
import { aliasKeys, needFree, needUnclaimed } from '../../shared/http/operations/users.ts';
import { userAnswer } from '../../shared/http/operations/views.ts';

const wanted = ({ input: { body } }: Pick<Call<'createUser'>, 'input'>): { user: NewUser; digests: Digests } => {
  const user: NewUser = body.kind === 'machine' ? { ...body, source: 'local' } : body;
  const digests = {
    identity: user.identity && identityDigest(user.identity.issuer, user.identity.subject),
    external: user.externalId === undefined ? undefined : externalDigest(user.externalId),
  };
  return { user, digests };
};

export const definition = define('createUser', {
  alsoRead: (call) => aliasKeys(call.tenant, wanted(call).digests),
  plan: async (context) => {
    const { user, digests } = wanted(context);
    // Refused before the identity is looked up, because the caller may neither claim another person's sign-in nor learn
    // whether it is taken.
    if (user.identity && !context.by.keeper)
      throw new Refusal(
        'keeper-needed',
        'Leave the identity out: invite the client, which accepts with its own token.',
      );
    if (user.identity) {
      const { issuer, subject } = user.identity;
      needTrusted(context.runtime.token.issuers, issuer, '/identity/issuer');
      // The subject is the only claim that is known before the first sign-in.
      await needUnclaimed(context, { issuer, subject, claims: { sub: subject } });
    }
    await needFree(context, digests);
    return createUser(context.world, user, digests, context.tools);
  },
  answer: userAnswer,
});

export const handler = mutation(definition);
