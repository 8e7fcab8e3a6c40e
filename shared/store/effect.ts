// The effect of a change on users, for previews. Only users whose grant sets the change can reach are read: the members
// that differ, and the users that the streams of a changed role, group, policy or feature name.

import { type GroupRef, groupRef, type RoleId, type RuleId, type UserId } from '../domain/base/ids.ts';
import type { Book } from '../domain/book/book.ts';
import { type Access, type RoleRecord, recordName } from '../domain/book/records.ts';
import { applied, type Change, type World } from '../domain/change.ts';
import { memberMoves, type SeesRule, type ThingEffect, thingsOf } from '../domain/previews/effect-on-things.ts';
import { type Effect, effectOn, Holdings, type Seen, type UserEffect } from '../domain/previews/effect-on-users.ts';
import { candidates, type Stream, streamsOf } from './candidates.ts';
import type { Db } from './db.ts';
import { keys } from './keys.ts';
import { toRule } from './rules.ts';
import type { View } from './view.ts';

/** Most affected users that an effect names; beyond them it says that there are more. */
const mostNamed = 1_000;
/** Most users examined; a change that may concern more is not followed to its end. */
const mostLooked = 20_000;

/** The part of an effect that the caller may see. */
export interface Visibility {
  /** The visible grant sets of a user. */
  readonly seen: Seen;
  /** The only users that the caller may see: no others are read. Absent when all are visible. */
  readonly only?: readonly UserId[];
  /** The visible rules, given the world after the change. */
  readonly rules: (after: World) => SeesRule;
}

/** An effect, and the part of it that is not named. */
export interface WholeEffect {
  readonly effect: Effect;
  /** Effects on users beyond the named ones. */
  readonly beyond: readonly UserEffect[];
  /** True when further users have not been examined. */
  readonly cut: boolean;
}

/**
 * The effect of a change, as far as the caller may see it.
 * @param thorough true when unnamed users matter, too: then all are examined, up to a limit
 */
export const effectOf = async (
  db: Db,
  view: View,
  change: Change,
  visibility: Visibility,
  thorough: boolean,
): Promise<WholeEffect> => {
  const { seen, only } = visibility;
  const world = applied(view.world, change);
  const after = world.book;
  const things = await withNames(view, thingsOf(view.book, after, change, visibility.rules(world)));
  if (change.book.length + change.users.length === 0)
    return { effect: { users: [], more: false, things }, beyond: [], cut: false };
  const was = new Holdings(view.book, seen);
  const is = new Holdings(after, seen);
  const known = new Map(view.world.users);
  for (const { before, after: access } of change.users) known.set(access.id, before);
  const changed = new Map(change.users.map((user) => [user.after.id, user.after] as const));
  const found: UserEffect[] = [];
  const done = new Set<UserId>();
  let cut = false;
  for await (const access of affected(db, view, after, change, known, only)) {
    const id = access.id;
    if (done.has(id)) continue;
    done.add(id);
    const before = changed.has(id) ? known.get(id) : access;
    const effect = effectOn(id, was.of(before), is.of(changed.get(id) ?? access));
    if (effect) found.push(effect);
    cut = done.size >= mostLooked;
    if (cut || (found.length > mostNamed && !thorough)) break;
  }
  const beyond = found.splice(mostNamed);
  const users = found.sort((a, b) => (a.user < b.user ? -1 : 1));
  return { effect: { users, more: cut || beyond.length > 0, things }, beyond, cut };
};

/** Adds the names of rules whose content the change leaves alone, since the book does not contain them. */
const withNames = async (view: View, things: readonly ThingEffect[]): Promise<ThingEffect[]> => {
  const nameless = things.filter(({ kind, name }) => kind === 'rule' && name === undefined);
  const items = await view.items(nameless.map(({ id }) => keys.rule(view.tenant, id as RuleId)));
  const names = new Map(nameless.map(({ id }, i) => [id, toRule(items[i])?.name]));
  return things.map((thing) => {
    const name = names.get(thing.id);
    return name === undefined ? thing : { ...thing, name };
  });
};

/** Every user who may gain or lose something, first those that the change itself touches. */
async function* affected(
  db: Db,
  view: View,
  after: Book,
  change: Change,
  known: ReadonlyMap<UserId, Access | undefined>,
  only: readonly UserId[] | undefined,
): AsyncGenerator<Access> {
  const named = (id: UserId) => only === undefined || only.includes(id);
  for (const user of change.users) if (named(user.after.id)) yield user.after;
  if (change.book.length === 0) return;
  if (only) {
    for (const access of await view.users(only)) if (access) yield access;
    return;
  }
  yield* membersMoved(view, change);
  const streams = [...streamsTouched(view.book, after, change), ...streamsTouched(after, view.book, change)];
  yield* candidates(db, view.tenant, streams, known);
}

/** Users who become direct members of a role, or cease to be, read 100 at a time. */
async function* membersMoved(view: View, change: Change): AsyncGenerator<Access> {
  const chunks = Map.groupBy(
    change.book.filter((record) => record.kind === 'members'),
    (chunk) => chunk.role,
  );
  for (const list of chunks.values()) {
    const { joined, left } = memberMoves(view.book, list);
    const ids = [...joined, ...left];
    for (let at = 0; at < ids.length; at += 100)
      for (const access of await view.users(ids.slice(at, at + 100))) if (access) yield access;
  }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The streams, in one of the two books, that name the users concerned by the difference to the other. */
const streamsTouched = (book: Book, other: Book, change: Change): Stream[] => {
  const roles = new Set<RoleId>();
  const groups = new Set<GroupRef>();
  const permissions = new Set<string>();
  const granting = (ids: ReadonlySet<string>, ofPolicies: boolean) => {
    for (const { record } of book.roles.values())
      if (record.grants.some((g) => ids.has(g.permission) && (!ofPolicies || g.policies))) roles.add(record.id);
    for (const id of ids) permissions.add(id);
  };
  const { catalogue } = book;
  const grantersOf = (ids: readonly string[]) => new Set(ids.flatMap((id) => [...(catalogue.granters.get(id) ?? [])]));
  for (const record of change.book) {
    const one = book.records.get(recordName(record));
    const two = other.records.get(recordName(record));
    if (record.kind === 'role') {
      const [a, b] = [one, two] as (RoleRecord | undefined)[];
      const alive = (role: RoleRecord | undefined) => role !== undefined && !role.deleted;
      if (alive(a) !== alive(b) || !same(a?.grants, b?.grants)) roles.add(record.id);
      else for (const ref of a?.groups ?? []) if (!b?.groups.has(ref)) groups.add(ref);
    } else if (record.kind === 'group') {
      const group = book.groups.get(record.id);
      const there = other.groups.get(record.id);
      const stays = group?.life === there?.life && same([...(group?.parents ?? [])], [...(there?.parents ?? [])]);
      if (group && !stays) groups.add(groupRef(group.id, group.life));
    } else if (record.kind === 'policy') {
      if (book.policies.has(record.id) !== other.policies.has(record.id))
        granting(grantersOf(catalogue.policyPermissions), true);
    } else if (record.kind === 'tenant') {
      const on = (feature: string | undefined) =>
        feature && book.tenant.features.has(feature) !== other.tenant.features.has(feature);
      const moved = [...catalogue.permission.values()].filter((permission) => on(permission.feature));
      if (moved.length > 0) granting(grantersOf(moved.map((permission) => permission.id)), false);
    }
  }
  const live = [...roles].flatMap((id) => book.roles.get(id) ?? []);
  const within = book.descendants([...groups, ...live.flatMap((role) => [...role.record.groups])]);
  return streamsOf(book, live, within, permissions);
};
