// Reads what the restoration of a user is planned on.

import type { UserId } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import { directoryOf } from '../domain/book/sources.ts';
import type { Rights } from '../domain/deciding/decide.ts';
import type { DeletedUser } from '../domain/deleted.ts';
import { directoryUserId } from '../domain/directory.ts';
import { isBound } from '../domain/keeper/keeper.ts';
import { namesBack, type Restoration } from '../domain/plan/restore.ts';
import { toDeleted } from './deleted.ts';
import { toObject, toPointer } from './directory.ts';
import { toProfile } from './items.ts';
import { keys } from './keys.ts';
import type { View } from './view.ts';

/**
 * The user who was deleted, with what it would come back to.
 * @param issuers those whose tokens the deployment takes: a sign-in of another one would bind nobody
 * @throws Refusal not-found, not-restorable
 */
export const restorationOf = async (
  view: View,
  id: UserId,
  actor: Rights | 'keeper',
  issuers: readonly string[],
): Promise<Restoration> => {
  const { tenant, tools } = view;
  const own = [keys.access(tenant, id), keys.profile(tenant, id), keys.deleted(tenant, id)];
  const [, profile, item] = await view.items(own);
  const { deleted } = toDeleted(item, tools.now) ?? {};
  if (!deleted) {
    const { state = 'deleted', life, erased } = view.world.users.get(id) ?? {};
    if (erased && erased.life === life) throw new Refusal('not-restorable', 'The user is erased: nothing is left.');
    if (state !== 'deleted') throw new Refusal('not-restorable', 'The user is not deleted.');
    throw new Refusal('not-found', 'No such user was deleted in the last 30 days.');
  }
  const source = directoryOf(view.book, deleted);
  const [objectItem] = source ? await view.items([keys.object(tenant, source, id)]) : [];
  const stored = toObject(objectItem);
  const object = stored?.kind === 'user' ? stored : undefined;
  const names = source ? namesBack(deleted, object) : [];
  const items = source ? await view.items(names.map((digest) => keys.directory(tenant, source, digest))) : [];
  return {
    deleted,
    actor,
    free: await freeOf(view, deleted, issuers),
    object,
    pointers: new Map(names.map((digest, i) => [digest, toPointer(items[i])])),
    profile: toProfile(profile),
  };
};

/** Those of the user's sign-in and external id that nobody else has. */
const freeOf = async (view: View, { id, identity, external, profile }: DeletedUser, issuers: readonly string[]) => {
  const isFree = async (digest: string | undefined) =>
    digest !== undefined && (await view.items([keys.alias(view.tenant, digest)]))[0] === undefined;
  const { issuer, subject } = profile;
  const signs = issuer !== undefined && subject !== undefined && issuers.includes(issuer);
  return {
    identity: signs && (await isFree(identity)) && !(await isClaimed(view, id, issuer, subject)) ? identity : undefined,
    external: (await isFree(external)) ? external : undefined,
  };
};

/** True when a directory's claim will give the sign-in to another user. The subject is the only claim that is known. */
const isClaimed = async (view: View, id: UserId, issuer: string, subject: string): Promise<boolean> => {
  const sources = [...view.book.sources.values()].filter(
    ({ signIn }) => signIn?.issuer === issuer && signIn.claim === 'sub',
  );
  const users = await view.users(sources.map((source) => directoryUserId(source.id, subject)));
  return users.some((one) => one && one.id !== id && one.state !== 'deleted' && !isBound(one));
};
