// Decisions by current data: the grant sets that a user has by the book and the user's access item, and the rights they
// give.

import { type GroupRef, userRef } from '../base/ids.ts';
import type { Book, Role } from '../book/book.ts';
import type { Access } from '../book/records.ts';
import { RuleRights } from '../rules/rule-rights.ts';
import { type Decision, type Held, HeldRights, judge, type Question, type Subject } from './judge.ts';

export {
  askedOf,
  type Decision,
  giversIn,
  type Held,
  opens,
  type Question,
  rightsAsked,
  type Scope,
} from './judge.ts';

/** All live groups that a user is in, at any depth. */
const groupsOf = (book: Book, access: Access): Set<GroupRef> => {
  const all = new Set<GroupRef>();
  for (const ref of access.groups) for (const up of book.ancestors(ref)) all.add(up);
  return all;
};

/** The live roles a user has: as a member, or through groups of any depth (CT-19). */
export const rolesOf = (book: Book, access: Access): Role[] => {
  const roles = new Set<Role>(book.rolesOfUser(userRef(access.id, access.life)));
  for (const group of groupsOf(book, access)) for (const role of book.rolesOfGroup(group)) roles.add(role);
  return [...roles];
};

/** The user's rights on rules; a user who is not active has none. */
export const ruleRightsOf = (book: Book, access: Access | undefined): RuleRights =>
  new RuleRights(book, access?.state === 'active' ? rolesOf(book, access).map(({ record }) => record) : []);

/** The grant sets of an active user; an empty list for everybody else. */
export const heldBy = (book: Book, access: Access | undefined): Held[] => {
  if (access?.state !== 'active') return [];
  return potentiallyHeldBy(book, access);
};

/** The grant sets that a user has, or would have if enabled. */
export const potentiallyHeldBy = (book: Book, access: Access): Held[] => {
  if (access.state === 'deleted') return [];
  const sets: Held[] = rolesOf(book, access).map(({ record }) => ({ origin: record.id, grants: record.grants }));
  if (book.catalogue.data.personalGrants && access.personal.length > 0)
    sets.push({ origin: 'personal', grants: access.personal });
  return sets;
};

/** The rights that a list of grant sets gives in a whole book. */
export class Rights extends HeldRights {
  declare readonly book: Book;

  constructor(book: Book, sets: readonly Held[]) {
    super(book, sets);
  }

  /** A user's rights; the same ones while book and item are the same, because a request asks several times. */
  static of(book: Book, access: Access | undefined): Rights {
    const known = access && rightsOf.get(access);
    if (known?.book === book) return known;
    const rights = new Rights(book, heldBy(book, access));
    if (access) rightsOf.set(access, rights);
    return rights;
  }
}

const rightsOf = new WeakMap<Access, Rights>();

/** A user by current data. Rights are looked up at their first use. */
export const subjectOf = (book: Book, access: Access): Subject => {
  let rights: Rights | undefined;
  let onRules: RuleRights | undefined;
  return {
    state: access.state,
    get rights() {
      rights ??= Rights.of(book, access);
      return rights;
    },
    may: (id, right) => {
      const rule = book.rules.byId.get(id);
      onRules ??= ruleRightsOf(book, access);
      return rule !== undefined && onRules.has(rule, right);
    },
  };
};

/**
 * Decides by current data whether a user may do something. @param access `undefined` for a user whom the tenant does
 * not have @throws Error for an unknown permission or ability: the request must be refused before
 */
export const decide = (book: Book, access: Access | undefined, question: Question): Decision =>
  judge(book, access && subjectOf(book, access), question);
