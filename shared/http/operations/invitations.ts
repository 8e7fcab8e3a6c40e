// The text of an invitation names the user and carries a secret. Only a digest of the secret is stored.
import { isId, type UserId } from '../../domain/base/ids.ts';
import { digestOf } from '../../store/keys.ts';

const digest = (user: UserId, secret: string): string => digestOf('invitation', user, secret);

export const invitationOf = (user: UserId, secret: string) => ({
  text: `${user}.${secret}`,
  digest: digest(user, secret),
});

/** The user and digest of an invitation's text; undefined for a malformed text. */
export const readInvitation = (text: string): { user: UserId; digest: string } | undefined => {
  const [user, secret, ...rest] = text.split('.');
  if (!user || !secret || rest.length > 0 || !isId('user', user)) return undefined;
  return { user, digest: digest(user, secret) };
};
