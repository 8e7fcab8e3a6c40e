// Loading a user with profile, as several operations need it.
import type { UserId } from '../domain/ids.ts';
import { Refusal } from '../domain/refusal.ts';
import { toProfile } from '../store/items.ts';
import { type Key, keys } from '../store/keys.ts';
import type { Listed } from '../store/lists.ts';
import type { Unit } from '../store/mutate.ts';
import { userOwn } from './views.ts';

/** The two items of a user: read along with the head. */
export const userKeys = ({
  tenant,
  input,
}: {
  readonly tenant: Parameters<typeof keys.access>[0];
  readonly input: { readonly params: { readonly userId: UserId } };
}): Key[] => [keys.access(tenant, input.params.userId), keys.profile(tenant, input.params.userId)];

/** @throws Refusal not-found */
export const loadUser = async (unit: Unit, id: UserId): Promise<Listed> => {
  const [, profile] = await unit.items([keys.access(unit.tenant, id), keys.profile(unit.tenant, id)]);
  const access = unit.world.users.get(id);
  const known = toProfile(profile);
  if (!access || access.state === 'deleted' || !known) throw new Refusal('not-found', 'There is no such user.');
  return { access, profile: known };
};

/** What If-Match is compared with. */
export const currentUser = async (context: {
  readonly unit: Unit;
  readonly input: { readonly params: { readonly userId: UserId } };
}) => userOwn(await loadUser(context.unit, context.input.params.userId));
