// POST /v1/users
import { createUser, type NewUser } from '../../shared/domain/plan/users.ts';
import { externalDigest, identityDigest } from '../../shared/http/authorise.ts';
import { mutation } from '../../shared/http/operation.ts';
import { userAnswer } from '../../shared/http/views.ts';

export const handler = mutation('createUser', {
  plan: ({ world, input: { body }, tools }) => {
    const user: NewUser = body.kind === 'machine' ? { ...body, source: 'local' } : body;
    const digests = {
      identity: user.identity && identityDigest(user.identity.issuer, user.identity.subject),
      external: user.externalId === undefined ? undefined : externalDigest(user.externalId),
    };
    return createUser(world, user, digests, tools);
  },
  answer: (user, { book }) => userAnswer(book, user),
});
