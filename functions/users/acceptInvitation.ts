// POST /v1/invitations/accept
import { userOf } from '../../shared/domain/base/ids.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { acceptInvitation } from '../../shared/domain/plan/sign-ins.ts';
import { identityDigest } from '../../shared/http/gateway/authorise.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { readInvitation } from '../../shared/http/operations/invitations.ts';
import { aliasKeys, needFree, needUnclaimed } from '../../shared/http/operations/users.ts';
import { userAnswer } from '../../shared/http/operations/views.ts';
import { toProfile } from '../../shared/store/items.ts';
import { keys } from '../../shared/store/keys.ts';

const definition = define('acceptInvitation', {
  alsoRead: ({ tenant, token, input }) => {
    const { user } = readInvitation(input.body.invitation) ?? {};
    const identity = identityDigest(token.issuer, token.subject);
    return user ? [keys.access(tenant, user), keys.profile(tenant, user), ...aliasKeys(tenant, { identity })] : [];
  },
  by: (by, { view, call }) => {
    const { user } = readInvitation(call.input.body.invitation) ?? {};
    const kind = user && view.world.users.get(user)?.kind === 'machine' ? 'client' : 'person';
    return { ...by, actor: { kind, id: user }, exempt: { invited: true } };
  },
  plan: async ({ view, world, input, token, tenant, tools }) => {
    const invitation = readInvitation(input.body.invitation);
    if (!invitation)
      throw new Refusal('not-found', 'The text is not an invitation: send the whole text that was handed to you.');
    const { user, digest } = invitation;
    const [, profile] = await view.items([keys.access(tenant, user), keys.profile(tenant, user)]);
    const { issuer, subject } = token;
    const identity = { digest: identityDigest(issuer, subject), issuer, subject };
    const change = acceptInvitation(world, user, digest, identity, toProfile(profile), tools);
    if (change.result.access.kind === 'person' && !token.scopes.has('admin'))
      throw new Refusal('insufficient-scope', 'The token needs the scope admin.');
    await needFree({ view }, { identity: identity.digest });
    await needUnclaimed({ view }, token, user);
    // Reads the inviter, because the binding is judged by what the inviter may do now.
    const { by } = world.users.get(user)?.invitation ?? {};
    if (by) await view.users([userOf(by)]);
    return change;
  },
  answer: (user, { book }) => {
    const { body, own } = userAnswer(user, { book });
    // A disabled user is bound too, and has no access until somebody enables the user.
    return { body: user.access.state === 'active' ? body : { ...body, warnings: ['user-disabled'] }, own };
  },
});

export const handler = mutation(definition);
