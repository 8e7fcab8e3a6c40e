// The origins of memberships in groups: a membership is given by hand, by the source of the group, or by both, and ends with
// the last of them. Decisions read the groups of the access item alone.
import { without } from '../base/collections.ts';
import type { GroupRef, SourceId } from '../base/ids.ts';
import type { Access } from './records.ts';

export type Origin = 'hand' | SourceId;

/** The noted origins of the user's present life; a membership without a note is by the group's source alone. */
const noted = ({ origins, life }: Access): Readonly<Record<string, Origin[]>> =>
  origins?.life === life ? origins.of : {};

/** The origins of the user's membership in a group; none when the user is no member. @param source that of the group */
export const originsIn = (access: Access, ref: GroupRef, source: SourceId): readonly Origin[] =>
  access.groups.has(ref) ? (noted(access)[ref] ?? [source]) : [];

const withOrigins = (access: Access, ref: GroupRef, list: readonly Origin[], source?: SourceId): Access => {
  const { origins: _, ...rest } = access;
  const { [ref]: __, ...others } = noted(access);
  const isPlain = list.length === 0 || (list.length === 1 && list[0] === source);
  const of = isPlain ? others : { ...others, [ref]: [...list].sort() };
  const groups = list.length === 0 ? without(access.groups, ref) : new Set([...access.groups, ref]);
  return { ...rest, groups, ...(Object.keys(of).length > 0 && { origins: { life: access.life, of } }) };
};

/** The user in the group also by this origin; the same user when that is so already. */
export const joinedBy = (access: Access, ref: GroupRef, source: SourceId, origin: Origin): Access => {
  const had = originsIn(access, ref, source);
  return had.includes(origin) ? access : withOrigins(access, ref, [...had, origin], source);
};

/** The user in the group no longer by this origin; the same user when that was not so. */
export const partedBy = (access: Access, ref: GroupRef, source: SourceId, origin: Origin): Access => {
  const had = originsIn(access, ref, source);
  if (!had.includes(origin)) return access;
  const left = had.filter((one) => one !== origin);
  return withOrigins(access, ref, left, source);
};

/** The user out of a group whatever the origin is. */
export const outOf = (access: Access, ref: GroupRef): Access =>
  access.groups.has(ref) ? withOrigins(access, ref, []) : access;
