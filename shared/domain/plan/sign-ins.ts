// Plans for how a user signs in: invitations, the binding of a sign-in and its end.
import { type UserId, userOf, userRef } from '../base/ids.ts';
import { Refusal } from '../base/refusal.ts';
import type { Access } from '../book/records.ts';
import { type Change, type IdsAndTime, noChange, type Profile, type SideWrite, type World } from '../change.ts';

/** The user with this id. @throws Refusal not-found */
export const userIn = (world: World, id: UserId): Access => {
  const access = world.users.get(id);
  if (!access || access.state === 'deleted') throw new Refusal('not-found', 'There is no such user.');
  return access;
};

export const identityTaken = (): Refusal =>
  new Refusal('identity-taken', 'Another user of this tenant is bound to this sign-in identity.');
export const externalIdTaken = (): Refusal =>
  new Refusal('external-id-taken', 'Another user of this tenant has this external id: use another.');

/** A user's access item and profile after a plan. */
export interface UserResult {
  readonly access: Access;
  readonly profile: Profile;
}

/** Days until an invitation expires. */
export const invitationDays = 7;

/** Invites a user by a single-use secret that binds a sign-in; an earlier invitation no longer counts. */
export const inviteUser = (
  world: World,
  id: UserId,
  digest: string,
  inviter: { readonly keeper: boolean; readonly access?: Access | undefined },
  tools: IdsAndTime,
): Change<{ expires: number }> => {
  const before = userIn(world, id);
  if (before.identity) throw new Refusal('not-invitable', 'This user is bound already: unbind first.');
  const expires = tools.now + invitationDays * 86_400_000;
  const { keeper: byKeeper, access } = inviter;
  const invitation = { digest, expires, byKeeper, ...(access && { by: userRef(access.id, access.life) }) };
  return {
    book: [],
    users: [{ before, after: { ...before, rev: before.rev + 1, invitation } }],
    side: [],
    audit: { action: 'user.invited', target: id, after: { expires: new Date(expires).toISOString() } },
    result: { expires },
  };
};

/** A sign-in as recorded: the digest leads to the user, issuer and subject are for people to read. */
interface Identity {
  readonly digest: string;
  readonly issuer: string;
  readonly subject: string;
}

/**
 * Binds a sign-in to a user: its one record, the user's access item, the profile. A pending invitation becomes void.
 * @param told how it came, for the audit
 */
const bound = (
  before: Access,
  profile: Profile | undefined,
  { digest, issuer, subject }: Identity,
  told: object,
  invitedBy?: UserId,
) => {
  const { invitation: _, ...rest } = before;
  const access: Access = { ...rest, rev: before.rev + 1, identity: digest };
  const after = profile && { ...profile, rev: profile.rev + 1, issuer, subject, invitedBy };
  const side: SideWrite[] = [
    { kind: 'alias', digest, after: before.id },
    ...(after ? [{ kind: 'profile', before: profile, after } as const] : []),
  ];
  const audit = { target: before.id, before: { identity: null }, after: { ...told, identity: digest } };
  return {
    book: [],
    users: [{ before, after: access }],
    side,
    audit: { action: 'user.bound', ...audit },
    result: { access, profile: after },
  } satisfies Change<object>;
};

/** Binds the caller's sign-in to the user that the invitation names. */
export const acceptInvitation = (
  world: World,
  id: UserId,
  secretDigest: string,
  identity: Identity,
  profile: Profile | undefined,
  tools: IdsAndTime,
): Change<UserResult> => {
  const before = world.users.get(id);
  const { invitation } = before ?? {};
  const valid = before && profile && invitation?.digest === secretDigest && invitation.expires > tools.now;
  if (!valid || before.state === 'deleted')
    throw new Refusal('not-found', 'The invitation is unknown, used, replaced or expired: ask for a new one.');
  const invitedBy = invitation?.by && userOf(invitation.by);
  const change = bound(before, profile, identity, { by: 'invitation', ...(invitedBy && { invitedBy }) }, invitedBy);
  const { access, profile: after = profile } = change.result;
  return { ...change, result: { access, profile: after } };
};

/** Binds a sign-in by a directory's claim at its first use. */
export const bindByClaim = (
  world: World,
  id: UserId,
  identity: Identity,
  profile: Profile | undefined,
): Change<undefined> => {
  const before = userIn(world, id);
  return { ...bound(before, profile, identity, { by: 'claim', source: before.source }), result: undefined };
};

/** Removes the sign-in: the user cannot sign in until invited again. */
export const unbindUser = (world: World, id: UserId, profile: Profile | undefined): Change<undefined> => {
  const before = userIn(world, id);
  if (!before.identity) return noChange(undefined);
  const { identity, invitation: _, ...rest } = before;
  return {
    book: [],
    users: [{ before, after: { ...rest, rev: before.rev + 1 } }],
    side: [
      { kind: 'alias', digest: identity, before: id },
      ...(profile
        ? [
            {
              kind: 'profile',
              before: profile,
              after: { ...profile, rev: profile.rev + 1, issuer: undefined, subject: undefined, invitedBy: undefined },
            } as const,
          ]
        : []),
    ],
    audit: {
      action: 'user.unbound',
      target: id,
      before: { identity, ...(profile?.invitedBy && { invitedBy: profile.invitedBy }) },
      after: { identity: null },
    },
    result: undefined,
  };
};
