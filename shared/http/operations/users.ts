// Reads users with their profiles, and checks that a sign-in or an external id is free.
import type { TenantId, UserId } from '../../domain/base/ids.ts';
import { Refusal } from '../../domain/base/refusal.ts';
import type { Access } from '../../domain/book/records.ts';
import { directoryOf } from '../../domain/book/sources.ts';
import type { DirectoryUser, Pointer } from '../../domain/directory.ts';
import { externalIdTaken, identityTaken } from '../../domain/plan/sign-ins.ts';
import type { Digests } from '../../domain/plan/users.ts';
import type { Need } from '../../routes/entry.ts';
import type { Authorised } from '../../store/authorised.ts';
import { toObject, toPointer } from '../../store/directory.ts';
import { toProfile } from '../../store/items.ts';
import { type Key, keys } from '../../store/keys.ts';
import type { ListedUser } from '../../store/lists.ts';
import type { View } from '../../store/view.ts';
import { needAuthority } from '../gateway/authorise.ts';
import { type SignIn, userByClaim } from '../gateway/find-user.ts';
import { userOwn } from './views.ts';

interface UserNamed {
  readonly input: { readonly params: { readonly userId: UserId } };
}

/** The keys of a user's two items, which are read along with the head. */
export const userKeys = ({ tenant, input }: { readonly tenant: TenantId } & UserNamed): Key[] => [
  keys.access(tenant, input.params.userId),
  keys.profile(tenant, input.params.userId),
];

/** The keys of the records that say which user has a sign-in or an external id. */
export const aliasKeys = (tenant: TenantId, digests: Digests): Key[] =>
  [digests.identity, digests.external].flatMap((digest) => (digest === undefined ? [] : [keys.alias(tenant, digest)]));

/**
 * Checks that a sign-in and an external id are free. The plan calls this, so that a dry run is refused too, and so is
 * an operation of a set when an earlier one has given the sign-in or id to a user.
 * @throws Refusal identity-taken, external-id-taken
 */
export const needFree = async ({ view }: { readonly view: View }, { identity, external }: Digests): Promise<void> => {
  const isTaken = async (digests: Digests) =>
    (await view.items(aliasKeys(view.tenant, digests))).some((alias) => alias !== undefined);
  if (await isTaken({ identity })) throw identityTaken();
  if (await isTaken({ external })) throw externalIdTaken();
};

/**
 * Checks that no directory's claim gives a sign-in to another user, because such a sign-in belongs to that user even
 * before its first use.
 * @throws Refusal identity-taken
 */
export const needUnclaimed = async (
  { view }: { readonly view: View },
  signIn: SignIn,
  user?: UserId,
): Promise<void> => {
  const claimed = await userByClaim(view, signIn);
  if (claimed && claimed.id !== user) throw identityTaken();
};

/** A user with profile. @throws Refusal not-found */
export const loadUser = async (view: View, id: UserId): Promise<ListedUser> => {
  const [, profile] = await view.items([keys.access(view.tenant, id), keys.profile(view.tenant, id)]);
  const access = view.world.users.get(id);
  const known = toProfile(profile);
  if (!access || access.state === 'deleted' || !known) throw new Refusal('not-found', 'There is no such user.');
  return { access, profile: known };
};

/** A user whom the caller asks about by a permission, or who is the caller. @throws Refusal forbidden, not-found */
export const needSelfOr = async (
  need: Need,
  { view, by, input }: { readonly view: View; readonly by: Authorised } & UserNamed,
): Promise<ListedUser> => {
  const { userId } = input.params;
  if (by.access?.id !== userId) needAuthority(view, by, need);
  return loadUser(view, userId);
};

/** What a directory said last of its user; `undefined` for a user of another kind, and for one that is not stored. */
export const objectOf = async (view: View, access: Access): Promise<DirectoryUser | undefined> => {
  const source = directoryOf(view.book, access);
  if (!source) return undefined;
  const [item] = await view.items([keys.object(view.tenant, source, access.id)]);
  const object = toObject(item);
  return object?.kind === 'user' ? object : undefined;
};

/** The pointers of names in the directory of a user, by digest. */
export const pointersOf = async (
  view: View,
  access: Access | undefined,
  digests: readonly string[],
): Promise<ReadonlyMap<string, Pointer | undefined>> => {
  const source = access && directoryOf(view.book, access);
  const items = source ? await view.items(digests.map((digest) => keys.directory(view.tenant, source, digest))) : [];
  return new Map(digests.map((digest, i) => [digest, toPointer(items[i])]));
};

/** The fields with which If-Match is compared. */
export const currentUser = async (context: { readonly view: View } & UserNamed) =>
  userOwn(await loadUser(context.view, context.input.params.userId));
