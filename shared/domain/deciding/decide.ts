// Deciding by current data: which grant sets a user has by the book and the user's own item, and what they give.

import { type GroupRef, userRef } from '../base/ids.ts';
import { type Book, isMember, type Role } from '../book/book.ts';
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

/** All groups a user is in, at any depth, deleted ones left out. */
const groupsOf = (book: Book, access: Access): Set<GroupRef> => {
  const all = new Set<GroupRef>();
  for (const ref of access.groups) for (const up of book.ancestors(ref)) all.add(up);
  return all;
};

/** The live roles a user has: as a member, or through groups of any depth (CT-19). */
export const rolesOf = (book: Book, access: Access): Role[] => {
  const roles = new Set<Role>();
  const ref = userRef(access.id, access.life);
  for (const role of book.roles.values()) if (isMember(role, ref)) roles.add(role);
  for (const group of groupsOf(book, access)) for (const role of book.rolesOfGroup(group)) roles.add(role);
  return [...roles];
};

/** What a user may do to which rule; whoever is not active, nothing. */
export const ruleRightsOf = (book: Book, access: Access | undefined): RuleRights =>
  new RuleRights(book, access?.state === 'active' ? rolesOf(book, access).map(({ record }) => record) : []);

/** Every grant set of an active user; nobody else holds anything. */
export const heldBy = (book: Book, access: Access | undefined): Held[] => {
  if (access?.state !== 'active') return [];
  return potentiallyHeldBy(book, access);
};

/** Every grant set that a user would have when active. */
export const potentiallyHeldBy = (book: Book, access: Access): Held[] => {
  if (access.state === 'deleted') return [];
  const sets: Held[] = rolesOf(book, access).map(({ record }) => ({ origin: record.id, grants: record.grants }));
  if (book.catalogue.data.personalGrants && access.personal.length > 0)
    sets.push({ origin: 'personal', grants: access.personal });
  return sets;
};

/** What a list of grant sets gives, at one moment, in one tenant. */
export class Rights extends HeldRights {
  declare readonly book: Book;

  constructor(book: Book, sets: readonly Held[]) {
    super(book, sets);
  }

  static of(book: Book, access: Access | undefined): Rights {
    return new Rights(book, heldBy(book, access));
  }
}

/** A user as current data has them. What nobody asks for is not looked up. */
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
 * May this user do this, by current data? `undefined` for a user that the tenant does not have. An unknown permission or
 * ability is the caller's mistake, to be refused before.
 */
export const decide = (book: Book, access: Access | undefined, question: Question): Decision =>
  judge(book, access && subjectOf(book, access), question);
