// Records that may leave the book for good, because no later change can make them count again.
import type { RoleId } from '../base/ids.ts';
import type { Book } from '../book/book.ts';
import { type BookRecord, type GoneRecord, recordName } from '../book/records.ts';
import { RuleIndex } from '../rules/rule-index.ts';

/** The deleted roles that rules name as owners, and those by which rules have passed on to others. */
const heirlooms = (book: Book): Set<RoleId> => {
  const kept = new Set<RoleId>();
  for (const { entry } of book.rules.byId.values())
    for (let owner = entry.owner; owner !== undefined && !kept.has(owner); ) {
      const role = book.records.get(`role#${owner}`);
      if (role?.kind !== 'role' || !role.deleted) break;
      kept.add(owner);
      owner = role.rulesTo;
    }
  return kept;
};

/**
 * The records that count for nothing: tombstones, and the parts of roles that are gone. A deleted role stays while a
 * rule names it, or has passed on by it. Whatever bears the newest date of the rules' clock stays, because the next date must be
 * later.
 */
export const compactable = (book: Book): BookRecord[] => {
  const kept = heirlooms(book);
  const { clock } = book.rules;
  const isNewest = (record: BookRecord): boolean => clock > 0 && new RuleIndex([record]).clock === clock;
  return [...book.records.values()].filter((record) => {
    switch (record.kind) {
      case 'policy':
      case 'group':
      case 'source':
        return record.deleted;
      case 'role':
        return record.deleted && !kept.has(record.id) && !isNewest(record);
      case 'members':
        return !book.roles.has(record.role) && record.users.size === 0;
      case 'rights':
      case 'exceptions':
        return !book.roles.has(record.role) && !isNewest(record);
      default:
        return false;
    }
  });
};

/** The end of a record: it leaves the book. */
export const gone = (record: BookRecord): GoneRecord => ({ kind: 'gone', rev: 0, name: recordName(record) });
