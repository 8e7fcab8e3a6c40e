// Plans that put people into groups by hand, and take them out again. What the directory says of the same membership stands
// beside it.
import { type GroupId, groupRef, type UserId } from '../base/ids.ts';
import { withinQuota } from '../base/quotas.ts';
import { invalid, Refusal } from '../base/refusal.ts';
import { joinedBy, type Origin, originsIn, outOf, partedBy } from '../book/origins.ts';
import type { Access, GroupRecord } from '../book/records.ts';
import { directoryOf } from '../book/sources.ts';
import { type AccessChange, type Change, noChange, type World } from '../change.ts';

/** A user whom the request names, with the origins of the membership afterwards: none for somebody who is no member. */
interface NamedMember {
  readonly id: UserId;
  readonly origins: readonly Origin[];
}

const groupIn = ({ book }: World, id: GroupId): GroupRecord => {
  const group = book.groups.get(id);
  if (!group) throw new Refusal('not-found', 'There is no such group.');
  return group;
};

const memberChange = (
  world: World,
  group: GroupRecord,
  ids: readonly UserId[],
  action: 'group.members.added' | 'group.members.removed',
  moved: (access: Access) => Access,
): Change<readonly NamedMember[]> => {
  const ref = groupRef(group.id, group.life);
  const users: AccessChange[] = [];
  const members = [...new Set(ids)].map((id): NamedMember => {
    const before = world.users.get(id);
    if (!before || before.state === 'deleted') {
      if (action === 'group.members.removed') return { id, origins: [] };
      throw invalid(`/members/${ids.indexOf(id)}`, 'there is no such user');
    }
    const after = moved(before);
    if (after !== before) users.push({ before, after: { ...after, rev: before.rev + 1 } });
    return { id, origins: originsIn(after, ref, group.source) };
  });
  if (users.length === 0) return noChange(members);
  const told = { members: users.map(({ after }) => after.id), revs: users.map(({ after }) => after.rev) };
  // Whoever is a member by the directory as well stays one.
  const stay = users.flatMap(({ after }) => (after.groups.has(ref) ? [after.id] : []));
  return {
    book: [],
    users,
    side: [],
    audit: {
      action,
      target: group.id,
      also: told.members,
      ...(action === 'group.members.added'
        ? { after: told }
        : { before: told, ...(stay.length > 0 && { after: { stay } }) }),
    },
    result: members,
  };
};

/** Puts users of any source into a group. Who is a member by the directory is one by hand, too, from then on. */
export const addGroupMembers = (world: World, id: GroupId, ids: readonly UserId[]): Change<readonly NamedMember[]> => {
  const group = groupIn(world, id);
  const ref = groupRef(id, group.life);
  return memberChange(world, group, ids, 'group.members.added', (access) => {
    const after = joinedBy(access, ref, group.source, 'hand');
    if (!access.groups.has(ref))
      withinQuota('groupsPerUser', [...after.groups].filter((one) => world.book.isLive(one)).length);
    return after;
  });
};

/**
 * Ends memberships by hand; who is a member by the directory as well stays one. Of a group whose source is deleted nobody
 * else keeps the members, so there every membership ends.
 * @returns with a warning when somebody stays, because who looks at the status alone takes them for removed
 */
export const removeGroupMembers = (
  world: World,
  id: GroupId,
  ids: readonly UserId[],
): Change<{ readonly members: readonly NamedMember[]; readonly warnings: readonly string[] }> => {
  const group = groupIn(world, id);
  const ref = groupRef(id, group.life);
  const directory = directoryOf(world.book, group);
  const change = memberChange(world, group, ids, 'group.members.removed', (access) =>
    directory === undefined ? outOf(access, ref) : partedBy(access, ref, group.source, 'hand'),
  );
  const members = change.result;
  const stays = members.some(({ origins }) => origins.length > 0);
  return { ...change, result: { members, warnings: stays ? [`still-in-group:${directory}`] : [] } };
};
