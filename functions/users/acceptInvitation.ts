// POST /v1/invitations/accept
import { acceptInvitation } from '../../shared/domain/plan/users.ts';
import { Refusal } from '../../shared/domain/refusal.ts';
import { identityDigest } from '../../shared/http/authorise.ts';
import { readInvitation } from '../../shared/http/invitations.ts';
import { mutation } from '../../shared/http/operation.ts';
import { aliasKeys, needFree, needUnclaimed } from '../../shared/http/users.ts';
import { userAnswer } from '../../shared/http/views.ts';
import { toProfile } from '../../shared/store/items.ts';
import { keys } from '../../shared/store/keys.ts';

export const handler = mutation('acceptInvitation', {
  along: ({ tenant, token, input }) => {
    const { user } = readInvitation(input.body.invitation) ?? {};
    const identity = identityDigest(token.issuer, token.subject);
    return user ? [keys.access(tenant, user), keys.profile(tenant, user), ...aliasKeys(tenant, { identity })] : [];
  },
  by: (by, { call }) => {
    const invitation = readInvitation(call.input.body.invitation);
    return { ...by, actor: { kind: 'person', id: invitation?.user }, exempt: { invited: true } };
  },
  plan: async ({ unit, world, input, token, tenant, tools }) => {
    const invitation = readInvitation(input.body.invitation);
    if (!invitation) throw new Refusal('not-found', 'This is no invitation.');
    const { user, digest } = invitation;
    const [, profile] = await unit.items([keys.access(tenant, user), keys.profile(tenant, user)]);
    const { issuer, subject } = token;
    const identity = { digest: identityDigest(issuer, subject), issuer, subject };
    const change = acceptInvitation(world, user, digest, identity, toProfile(profile), tools);
    await needFree({ unit }, { identity: identity.digest });
    await needUnclaimed({ unit }, token, user);
    return change;
  },
  answer: userAnswer,
});
