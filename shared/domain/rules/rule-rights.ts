// Who may see, edit and delete which rule. A role's right on a rule is one bit: what was said last about it, of all that
// is dated: the role's default when the rule came to be, owning it, the last tick of the column, the exception for the
// rule. A user's is the OR over the user's roles; personal grants carry none.

import type { RoleId } from '../base/ids.ts';
import type { Book } from '../book/book.ts';
import type { RightsOnRules, RightsRecord, RoleRecord } from '../book/records.ts';
import type { Rule, RuleIndex } from './rule-index.ts';

export const columns = ['view', 'edit', 'delete'] as const;
export type Column = (typeof columns)[number];

/** What a role gets on rules of others that come to be, or were there when it did, at that date. */
const defaultAt = (role: RoleRecord, header: RightsRecord | undefined, date: number): RightsOnRules =>
  header ? (header.newRules.findLast(({ at }) => at <= date) ?? (header.newRules[0] as RightsOnRules)) : role.newRules;

/** What these roles together give on rules of others that come to be from now on. */
export const defaultsNow = (book: Book, roles: readonly RoleRecord[]): RightsOnRules => {
  const all = roles.map((role) => defaultAt(role, book.rules.rightsOf(role.id).header, Number.POSITIVE_INFINITY));
  const any = (column: Column) => all.some((rights) => rights[column]);
  return { view: any('view'), edit: any('edit'), delete: any('delete') };
};

/** What decides a role's right on a rule: the newest of what is dated, with its date. */
interface Decisive {
  readonly value: boolean;
  readonly by: 'exception' | 'column' | 'owner' | 'default';
  readonly at: number;
}

/** What decides whether the role grants the right on the rule. */
export const decisiveOn = (index: RuleIndex, role: RoleRecord, rule: Rule, column: Column): Decisive => {
  const { header, exceptions } = index.rightsOf(role.id);
  const single = exceptions.get(rule.chunk)?.rules[rule.id]?.[column] ?? 0;
  const tick = header?.columns[column] ?? 0;
  const owned = rule.owner === role.id ? rule.ownedAt : 0;
  // A column is ticked for the rules that are there; later ones have their default, and their owner everything (CT-99).
  const ticked = Math.abs(tick) >= rule.entry.born ? Math.abs(tick) : 0;
  const at = Math.max(Math.abs(single), ticked, owned);
  if (at === 0) {
    const born = Math.max(rule.entry.born, role.born ?? 0);
    return { value: defaultAt(role, header, born)[column], by: 'default', at: born };
  }
  // Of one date is only what one request said: a single rule in it outdoes the column.
  if (Math.abs(single) === at) return { value: single > 0, by: 'exception', at };
  return ticked === at ? { value: tick > 0, by: 'column', at } : { value: true, by: 'owner', at };
};

/** True when the role grants the right on the rule. */
export const grantsOn = (index: RuleIndex, role: RoleRecord, rule: Rule, column: Column): boolean =>
  decisiveOn(index, role, rule, column).value;

/**
 * The rights of somebody, by the roles that they have, as a book has it. Of a rule that this book does not know yet, it
 * tells what the roles would grant: a change set may create a rule and go on with it.
 */
export class RuleRights {
  readonly #index: RuleIndex;
  readonly roles: readonly RoleRecord[];

  constructor(book: Book, roles: readonly RoleRecord[]) {
    this.#index = book.rules;
    this.roles = roles;
  }

  has(rule: Rule, column: Column): boolean {
    const known = this.#index.byId.get(rule.id) ?? rule;
    return this.roles.some((role) => grantsOn(this.#index, role, known, column));
  }

  /** A rule that one does not see does not exist for one, whatever other right one has on it (CT-86). */
  sees(rule: Rule): boolean {
    return this.has(rule, 'view');
  }

  /** The roles that grant a right. */
  givers(rule: Rule, column: Column): RoleId[] {
    const known = this.#index.byId.get(rule.id) ?? rule;
    return this.roles.filter((role) => grantsOn(this.#index, role, known, column)).map(({ id }) => id);
  }

  /** The rules that one sees, in their order. */
  visible(): Rule[] {
    return this.#index.ordered.filter((rule) => this.sees(rule));
  }
}

/** Every right on every rule: of one from whom nothing is hidden. */
export class AllRuleRights extends RuleRights {
  constructor(book: Book) {
    super(book, []);
  }

  override has(): boolean {
    return true;
  }
}

/** At most so many rules are named in a warning. */
export const mostNamed = 20;

/** Rules that some role let somebody see and that no role does after a change; one more than are named, if there are. */
export const rulesLostFromSight = (before: Book, after: Book, role: RoleRecord): Rule[] => {
  const lost: Rule[] = [];
  const others = [...after.roles.values()].map(({ record }) => record);
  const was = before.roles.get(role.id)?.record;
  for (const rule of after.rules.ordered) {
    const old = before.rules.byId.get(rule.id);
    if (!old || !was || !grantsOn(before.rules, was, old, 'view')) continue;
    const seen = others.findIndex((one) => grantsOn(after.rules, one, rule, 'view'));
    if (seen < 0) lost.push(rule);
    // Whoever lets see one rule mostly lets see the next as well: asked first, it saves asking all others.
    else if (seen > 0) others.unshift(...others.splice(seen, 1));
    if (lost.length > mostNamed) break;
  }
  return lost;
};
