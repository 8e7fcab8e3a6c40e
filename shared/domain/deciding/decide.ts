// Decisions by current data: the grant sets that a user has by the book and the user's access item, and the rights they
// give.

import { type PolicyId, type RuleId, userRef } from '../base/ids.ts';
import type { Book, Role } from '../book/book.ts';
import type { Access } from '../book/records.ts';
import type { Rule } from '../rules/rule-index.ts';
import { type Column, RuleRights } from '../rules/rule-rights.ts';
import { GroupsAbove } from './groups-above.ts';
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

/** The live roles a user has: as a member, or through groups of any depth (CT-19). */
export const rolesOf = (book: Book, access: Access): Role[] => {
  const roles = new Set<Role>(book.rolesOfUser(userRef(access.id, access.life)));
  for (const group of access.groups) for (const role of book.rolesThrough(group)) roles.add(role);
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
    return access ? subjectOf(book, access).rights : new Rights(book, []);
  }
}

/** What a question asked, with its decision, and another one about the same rule or policy. */
interface Remembered extends Pick<Question, 'permission' | 'ability' | 'right' | 'rule'> {
  readonly decision: Decision;
  readonly next: Remembered | undefined;
}
/** Decisions about one user that are remembered, because a caller may name any policy and rule. */
const mostRemembered = 50;

/** Something that was looked up about a user: held weakly if it is large, and then looked up anew when memory was needed. */
type LookedUp<T extends object> = T | WeakRef<T> | undefined;
/** Roles or groups, of which a user may have all of the tenant, while thousands of users are kept. */
const mostHeld = 50;
const lookedUp = <T extends object>(found: T, size: number): LookedUp<T> =>
  size > mostHeld ? new WeakRef(found) : found;
const stillThere = <T extends object>(found: LookedUp<T>): T | undefined =>
  found instanceof WeakRef ? found.deref() : found;

/** A user by current data. Rights are looked up at their first use. */
class Current implements Subject<Rule> {
  readonly book: Book;
  readonly #access: Access;
  #rights: LookedUp<Rights>;
  #onRules: LookedUp<RuleRights>;
  #groups: LookedUp<GroupsAbove>;
  #room = mostRemembered;
  /** By the rule or the policy of the question, if it has one. */
  readonly #remembered = new Map<RuleId | PolicyId | undefined, Remembered>();

  constructor(book: Book, access: Access) {
    this.book = book;
    this.#access = access;
  }

  get state(): Access['state'] {
    return this.#access.state;
  }

  /** The live groups that the user is in, at any depth. */
  get groups(): GroupsAbove {
    const known = stillThere(this.#groups);
    if (known) return known;
    const groups = new GroupsAbove(this.book, this.#access.groups);
    this.#groups = lookedUp(groups, groups.size);
    return groups;
  }

  get rights(): Rights {
    const known = stillThere(this.#rights);
    if (known) return known;
    const rights = new Rights(this.book, heldBy(this.book, this.#access));
    this.#rights = lookedUp(rights, rights.sets.length);
    return rights;
  }

  get #rightsOnRules(): RuleRights {
    const known = stillThere(this.#onRules);
    if (known) return known;
    const onRules = ruleRightsOf(this.book, this.#access);
    this.#onRules = lookedUp(onRules, onRules.roles.length);
    return onRules;
  }

  /**
   * Decides a question. Those about nothing, one policy or one rule are remembered, because they come again.
   * @throws Error for an unknown permission or ability
   */
  decide(question: Question): Decision {
    const { permission, ability, right, policy, rule, actionType, ruleType } = question;
    if (actionType !== undefined || ruleType !== undefined || (policy !== undefined && rule !== undefined))
      return judge(this.book, this, question);
    const about = rule ?? policy;
    const first = this.#remembered.get(about);
    for (let known = first; known; known = known.next) {
      const same = known.right === right && known.permission === permission && known.ability === ability;
      if (same && known.rule === rule) return known.decision;
    }
    const decision = judge(this.book, this, question);
    if (this.#room > 0) {
      this.#room -= 1;
      this.#remembered.set(about, { permission, ability, right, rule, decision, next: first });
    }
    return decision;
  }

  may(rule: Rule, right: Column): boolean {
    return this.#rightsOnRules.grants(rule, right);
  }
}

/**
 * What is known of users, by book and user. It ends with either: users are kept longer than books, and each would hold
 * the book by which it was asked about last.
 */
const subjects = new WeakMap<Book, WeakMap<Access, Current>>();

/** A user by current data; the same one while book and item are the same, with what is known of the rights. */
export const subjectOf = (book: Book, access: Access): Current => {
  let users = subjects.get(book);
  if (!users) {
    users = new WeakMap();
    subjects.set(book, users);
  }
  let subject = users.get(access);
  if (!subject) {
    subject = new Current(book, access);
    users.set(access, subject);
  }
  return subject;
};

/**
 * Decides by current data whether a user may do something. @param access `undefined` for a user whom the tenant does
 * not have @throws Error for an unknown permission or ability: the request must be refused before
 */
export const decide = (book: Book, access: Access | undefined, question: Question): Decision =>
  access ? subjectOf(book, access).decide(question) : judge(book, undefined, question);
