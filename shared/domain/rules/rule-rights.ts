// The rights to view, edit and delete a rule. A role's right on a rule is one bit, and the newest of four dated
// statements decides it: the role's default at the rule's birth, its ownership, the last tick of the column, the
// exception for this rule. A user's right is the OR over the user's roles; own grants give no rights on rules.

import type { RoleId } from '../base/ids.ts';
import type { Book } from '../book/book.ts';
import type { RightsOnRules, RightsRecord, RoleRecord } from '../book/records.ts';
import type { RightsOfRole, Rule, RuleIndex } from './rule-index.ts';

export const columns = ['view', 'edit', 'delete'] as const;
export type Column = (typeof columns)[number];

/**
 * The role's default at a date: its rights on rules of others that are created then, or that exist when the role is.
 */
const defaultAt = (role: RoleRecord, header: RightsRecord | undefined, date: number): RightsOnRules => {
  if (!header) return role.newRules;
  const { newRules } = header;
  let last = newRules.length - 1;
  while (last > 0 && (newRules[last]?.at ?? 0) > date) last -= 1;
  return newRules[last] as RightsOnRules;
};

/** The rights that these roles together give on rules of others created from now on. */
export const defaultsNow = (book: Book, roles: readonly RoleRecord[]): RightsOnRules => {
  const all = roles.map((role) => defaultAt(role, book.rules.rightsOf(role.id).header, Number.POSITIVE_INFINITY));
  const any = (column: Column) => all.some((rights) => rights[column]);
  return { view: any('view'), edit: any('edit'), delete: any('delete') };
};

/** The newest statement about a role's right on a rule, with its date. */
interface Decisive {
  readonly value: boolean;
  readonly by: 'exception' | 'column' | 'owner' | 'default';
  readonly at: number;
}

/** What is stored of a role's rights in one column, for all rules. */
interface InColumn extends RightsOfRole {
  readonly role: RoleRecord;
  readonly column: Column;
  /** The last tick of the column. */
  readonly tick: number;
}

const inColumn = (index: RuleIndex, role: RoleRecord, column: Column): InColumn => {
  const { header, exceptions } = index.rightsOf(role.id);
  return { role, column, header, exceptions, tick: header?.columns[column] ?? 0 };
};

/** The statement that decides whether the role grants the right on the rule. */
export const decisiveOn = (index: RuleIndex, role: RoleRecord, rule: Rule, column: Column): Decisive =>
  decisive(inColumn(index, role, column), rule);

const decisive = ({ role, column, header, exceptions, tick }: InColumn, rule: Rule): Decisive => {
  const single = exceptions.size > 0 ? (exceptions.get(rule.chunk)?.rules[rule.id]?.[column] ?? 0) : 0;
  const owned = rule.owner === role.id ? rule.ownedAt : 0;
  // A tick counts for rules that exist at its date; a later rule has the default, and its owner every right (CT-99).
  const ticked = Math.abs(tick) >= rule.entry.born ? Math.abs(tick) : 0;
  const at = Math.max(Math.abs(single), ticked, owned);
  if (at === 0) {
    const born = Math.max(rule.entry.born, role.born ?? 0);
    return { value: defaultAt(role, header, born)[column], by: 'default', at: born };
  }
  // Equal dates come from one request only: in it, the exception for a single rule beats the column.
  if (Math.abs(single) === at) return { value: single > 0, by: 'exception', at };
  return ticked === at ? { value: tick > 0, by: 'column', at } : { value: true, by: 'owner', at };
};

/** True when the role grants the right on the rule. */
export const grantsOn = (index: RuleIndex, role: RoleRecord, rule: Rule, column: Column): boolean =>
  decisiveOn(index, role, rule, column).value;

/**
 * The rights on rules that a user has by these roles, in one state of the book. For a rule that the book does not have
 * yet it says what the roles would grant, because a change set may create a rule and change it in the next operation.
 */
export class RuleRights {
  readonly #index: RuleIndex;
  readonly roles: readonly RoleRecord[];
  /** What is stored of the roles' rights, by column. */
  readonly #stored: Partial<Record<Column, readonly InColumn[]>> = {};

  constructor(book: Book, roles: readonly RoleRecord[]) {
    this.#index = book.rules;
    this.roles = roles;
  }

  has(rule: Rule, column: Column): boolean {
    return this.grants(this.#index.byId.get(rule.id) ?? rule, column);
  }

  /** The same for a rule as this state of the book has it. */
  grants(rule: Rule, column: Column): boolean {
    this.#stored[column] ??= this.roles.map((role) => inColumn(this.#index, role, column));
    for (const stored of this.#stored[column]) if (decisive(stored, rule).value) return true;
    return false;
  }

  /**
   * True when the user may view the rule. Otherwise the rule is not there for the user, whatever other rights say
   * (CT-86).
   */
  sees(rule: Rule): boolean {
    return this.has(rule, 'view');
  }

  /** The roles that grant the right on the rule. */
  givers(rule: Rule, column: Column): RoleId[] {
    const known = this.#index.byId.get(rule.id) ?? rule;
    return this.roles.filter((role) => grantsOn(this.#index, role, known, column)).map(({ id }) => id);
  }

  /** The rules that the user sees, in the order of the list. */
  visible(): Rule[] {
    return this.#index.ordered.filter((rule) => this.sees(rule));
  }
}

/** Every right on every rule, for a reader from whom nothing is hidden. */
export class AllRuleRights extends RuleRights {
  constructor(book: Book) {
    super(book, []);
  }

  override has(): boolean {
    return true;
  }
}

/** The most rules that a warning names. */
export const mostNamed = 20;

/**
 * The rules that this role let its members see before a change, and that no role lets anybody see after it.
 * @returns at most `mostNamed` + 1 rules: the last one tells that there are more than a warning names
 */
export const rulesLostFromSight = (before: Book, after: Book, role: RoleRecord): Rule[] => {
  const lost: Rule[] = [];
  const others = [...after.roles.values()].map(({ record }) => record);
  const was = before.roles.get(role.id)?.record;
  for (const rule of after.rules.ordered) {
    const old = before.rules.byId.get(rule.id);
    if (!old || !was || !grantsOn(before.rules, was, old, 'view')) continue;
    const seen = others.findIndex((one) => grantsOn(after.rules, one, rule, 'view'));
    if (seen < 0) lost.push(rule);
    // A role that shows one rule mostly shows the next one, too: asking it first saves asking the others.
    else if (seen > 0) others.unshift(...others.splice(seen, 1));
    if (lost.length > mostNamed) break;
  }
  return lost;
};
