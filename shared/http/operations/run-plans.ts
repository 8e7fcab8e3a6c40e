// The plan of a run as callers see it: numbers and sentences for who delivers, and each loss with names for keepers.
import type { GroupId, TenantId, UserId } from '../../domain/base/ids.ts';
import type { Book } from '../../domain/book/book.ts';
import type { PlannedLoss, RunPlan } from '../../domain/directory.ts';
import type { Total } from '../../domain/plan/guards.ts';
import { whyHeld } from '../../domain/plan/rulings.ts';
import type { Db } from '../../store/db.ts';
import { toProfile } from '../../store/items.ts';
import { keys } from '../../store/keys.ts';

/** Losses beside what there is, as far as it was counted. */
const counted = (count: number, of?: Total) => {
  const known = of !== undefined && count > 0 && of.count > 0;
  return {
    count,
    ...(known && { of: of.count, percent: Math.round((1_000 * count) / of.count) / 10 }),
    ...(known && of.more && { more: true as const }),
  };
};

/** The numbers of a plan, and why it is held, without saying whom it concerns. */
export const planSummary = (plan: RunPlan) => {
  const { digest, at, lost, managers, gained, of } = plan;
  const why = whyHeld(plan);
  return {
    digest,
    plannedAt: at,
    losses: {
      users: counted(lost.users, of.users),
      groups: counted(lost.groups, of.groups),
      disabled: counted(lost.enabled, of.enabled),
      memberships: counted(lost.memberships + lost.nestings, of.memberships),
      accessManagers: counted(managers),
    },
    gains: gained,
    ...(why.length > 0 && { tripped: why }),
  };
};

/** Losses with the names of those whom they concern, for somebody who may see all users and groups. */
export const namedLosses = async (db: Db, tenant: TenantId, book: Book, losses: readonly PlannedLoss[]) => {
  const users = [...new Set(losses.flatMap(({ user }) => user ?? []))];
  const items = await db.read(users.map((id) => keys.profile(tenant, id)));
  const names = new Map(users.map((id, i) => [id, toProfile(items[i])?.name]));
  const user = (id: UserId) => ({ id, ...(names.get(id) !== undefined && { name: names.get(id) }) });
  const group = (id: GroupId) => {
    const name = book.groups.get(id)?.name;
    return { id, ...(name !== undefined && { name }) };
  };
  return losses.map(({ loss, line, cause, members, ...who }) => ({
    loss,
    ...(who.user && { user: user(who.user) }),
    ...(who.group && { group: group(who.group) }),
    ...(who.from && { from: group(who.from) }),
    ...(members !== undefined && { members }),
    ...(line !== undefined && { line }),
    ...(cause && { cause }),
  }));
};
