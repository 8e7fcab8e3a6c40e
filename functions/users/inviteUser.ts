// POST /v1/users/{userId}/invitation
import { inviteUser } from '../../shared/domain/plan/sign-ins.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { invitationOf } from '../../shared/http/operations/invitations.ts';
import { userKeys } from '../../shared/http/operations/users.ts';

export const definition = define('inviteUser', {
  alsoRead: userKeys,
  plan: ({ world, input, by, tools }) => {
    const { text, digest } = invitationOf(input.params.userId, tools.ids.secret());
    const change = inviteUser(world, input.params.userId, digest, by, tools);
    return { ...change, result: { ...change.result, text } };
  },
  answer: ({ text, expires }) => ({ body: { invitation: text, expiresAt: new Date(expires).toISOString() } }),
});

export const handler = mutation(definition);
