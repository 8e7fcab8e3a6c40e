// The change that a list of removals makes, for the explanation of how a right could be ended.
import { without } from '../base/collections.ts';
import { groupOf, type RoleId, type UserRef, userRef } from '../base/ids.ts';
import type { Book } from '../book/book.ts';
import {
  type Access,
  type BookRecord,
  type GroupRecord,
  type MembersRecord,
  type RoleRecord,
  recordName,
} from '../book/records.ts';
import type { Change, World } from '../change.ts';
import type { Removal } from '../deciding/ways.ts';
import { putRuleRights } from './rule-rights.ts';

/** The change that these removals make. */
export const changeWithout = (world: World, access: Access, removals: readonly Removal[]): Change<undefined> => {
  const { book } = world;
  const records = new Map<string, BookRecord>();
  const edit = <R extends BookRecord>(name: string, change: (record: R) => R) => {
    const record = (records.get(name) ?? book.records.get(name)) as R | undefined;
    if (record) records.set(name, change(record));
  };
  let after = access;
  for (const removal of removals) {
    if (removal.kind === 'roleMember') {
      const ref = userRef(access.id, access.life);
      for (const chunk of chunksWith(book, removal.role, ref))
        edit<MembersRecord>(recordName(chunk), (record) => ({ ...record, users: without(record.users, ref) }));
    } else if (removal.kind === 'roleGroup')
      edit<RoleRecord>(`role#${removal.role}`, (r) => ({ ...r, groups: without(r.groups, removal.group) }));
    else if (removal.kind === 'nestedGroup')
      edit<GroupRecord>(`group#${groupOf(removal.group)}`, (g) => ({
        ...g,
        parents: without(g.parents, removal.parent),
      }));
    else if (removal.kind === 'groupMember') after = { ...after, groups: without(after.groups, removal.group) };
    else if (removal.kind === 'ruleRight') {
      const { role, rule, right } = removal;
      for (const record of putRuleRights(world, role, { rules: [{ rule, [right]: false }] }).book)
        records.set(recordName(record), record);
    } else if (removal.via === 'personal') after = { ...after, personal: [...removal.rest] };
    else edit<RoleRecord>(`role#${removal.via}`, (role) => ({ ...role, grants: [...removal.rest] }));
  }
  return {
    book: [...records.values()],
    users: after === access ? [] : [{ before: access, after: { ...after, rev: access.rev + 1 } }],
    side: [],
    result: undefined,
  };
};

const chunksWith = (book: Book, role: RoleId, ref: UserRef) =>
  (book.roles.get(role)?.chunks ?? []).filter((chunk) => chunk.users.has(ref));
