// The names of things by their ids, of those that the caller may see: each kind by the rule of the operation that reads it.
import { type GroupId, groupOf, isId, type RoleId, type TenantId } from '../../domain/base/ids.ts';
import { lazy } from '../../domain/base/lazy.ts';
import { originOf } from '../../domain/book/sources.ts';
import { ruleRightsOf } from '../../domain/deciding/decide.ts';
import { groupWays, roleWays } from '../../domain/deciding/memberships.ts';
import { seesPolicy } from '../../domain/deciding/visible.ts';
import type { Authorised } from '../../store/authorised.ts';
import { toProfile } from '../../store/items.ts';
import { type Key, keys } from '../../store/keys.ts';
import { toRule } from '../../store/rules.ts';
import type { View } from '../../store/view.ts';
import { authorityFor } from '../gateway/authorise.ts';

/** The keys of what is not in the book, users and rules, which are read along with the head. */
export const nameKeys = (tenant: TenantId, ids: readonly string[]): Key[] =>
  ids.flatMap((id) => {
    if (isId('user', id)) return [keys.access(tenant, id), keys.profile(tenant, id)];
    return isId('rule', id) ? [keys.rule(tenant, id)] : [];
  });

/**
 * What things are called, in the order of the ids. A caller who may not read roles or groups sees those that the caller has,
 * as in the lists of the own ones. What is unknown, deleted or hidden is left out alike.
 */
export const namesSeen = async (view: View, by: Authorised, ids: readonly string[]) => {
  const { book, tenant, world } = view;
  const { keeper, access } = by;
  const manages = (area: 'users' | 'directory') => authorityFor(view, by, area) !== undefined;
  const ownRoles = lazy(() => new Set<RoleId>(access && roleWays(book, access).map(({ role }) => role.record.id)));
  const ownGroups = lazy(() => new Set<GroupId>(access && [...groupWays(book, access).keys()].map(groupOf)));
  const onRules = lazy(() => ruleRightsOf(book, access));

  const named = async (id: string) => {
    if (isId('user', id)) {
      if (id !== access?.id && !manages('users')) return undefined;
      const [, profile] = await view.items(nameKeys(tenant, [id]));
      const [user, known] = [world.users.get(id), toProfile(profile)];
      return user && known && user.state !== 'deleted'
        ? { kind: 'user', name: known.name, state: user.state, source: originOf(book, user) }
        : undefined;
    }
    if (isId('role', id)) {
      const role = keeper || ownRoles().has(id) ? book.roles.get(id) : undefined;
      return role && { kind: 'role', name: role.record.name };
    }
    if (isId('group', id)) {
      const group = manages('users') || ownGroups().has(id) ? book.groups.get(id) : undefined;
      return group && { kind: 'group', name: group.name };
    }
    if (isId('policy', id)) {
      const policy = seesPolicy(book, by, id) ? book.policies.get(id) : undefined;
      return policy && { kind: 'policy', name: policy.name };
    }
    if (isId('source', id)) {
      const source = manages('directory') ? book.sources.get(id) : undefined;
      return source && { kind: 'source', name: source.name };
    }
    if (isId('rule', id)) {
      const rule = book.rules.byId.get(id);
      // Who manages access rights reads the name of any rule with its owner.
      if (!rule || !(keeper || onRules().sees(rule))) return undefined;
      const [item] = await view.items(nameKeys(tenant, [id]));
      const content = toRule(item);
      return content && { kind: 'rule', name: content.name };
    }
    const category = book.categories.find((one) => one.id === id);
    return category && { kind: 'category', name: category.name };
  };

  const all = await Promise.all([...new Set(ids)].map(async (id) => ({ id, found: await named(id) })));
  return all.flatMap(({ id, found }) => (found ? [{ id, ...found }] : []));
};
