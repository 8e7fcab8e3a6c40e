// Reads and shows groups, for several operations.

import { type GroupId, groupRef } from '../../domain/base/ids.ts';
import { Refusal } from '../../domain/base/refusal.ts';
import type { Book } from '../../domain/book/book.ts';
import type { GroupRecord } from '../../domain/book/records.ts';
import { groupOwn, groupView } from './views.ts';

/** The group with an id. @throws Refusal not-found */
export const groupIn = (book: Book, id: GroupId): GroupRecord => {
  const group = book.groups.get(id);
  if (!group) throw new Refusal('not-found', 'There is no such group.');
  return group;
};

/** The answer with a group; a keeper, who may see roles, also gets the roles that the group is in. */
export const groupAnswer = (book: Book, group: GroupRecord, { keeper }: { readonly keeper: boolean }) => {
  const roles = book.rolesOfGroup(groupRef(group.id, group.life)).map(({ record }) => record.id);
  return { body: { ...groupView(book, group), ...(keeper && { roles }) }, own: groupOwn(group) };
};
