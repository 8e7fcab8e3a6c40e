// Small worlds with rules, made by the planners themselves, and what a naive bookkeeper has of them: every bit of every
// role on every rule written out, as somebody with a pencil would.

import type { RoleId, RuleId } from '../../shared/domain/base/ids.ts';
import { Book } from '../../shared/domain/book/book.ts';
import { type BookRecord, type RightsOnRules, recordName, recordSchema } from '../../shared/domain/book/records.ts';
import { applied, type Change, type World } from '../../shared/domain/change.ts';
import * as roles from '../../shared/domain/plan/roles.ts';
import { putOwner, putRuleRights } from '../../shared/domain/plan/rule-rights.ts';
import { createRule, deleteRule, moveRule, type Place } from '../../shared/domain/plan/rules.ts';
import type { RuleContent } from '../../shared/domain/rules/content.ts';
import { type Column, columns } from '../../shared/domain/rules/rule-rights.ts';
import { toolsOf } from './plans.ts';

type Bits = Record<Column, boolean>;
const bits = (value: boolean): Bits => ({ view: value, edit: value, delete: value });

export const emptyBook = (catalogue = 'exchange-rules'): Book => {
  const tenant: BookRecord = {
    kind: 'tenant',
    rev: 1,
    name: 'Rules',
    catalogue,
    catalogueVersion: 1,
    enforced: true,
    enabledBefore: true,
    changesTakeEffect: 'immediately',
    features: new Set(),
    createdAt: '2026-01-01T00:00:00.000Z',
  };
  return new Book(1, new Map([[recordName(tenant), tenant]]));
};

/** Carries out plans, and keeps the pencilled table beside them. */
export class Bookkeeper {
  world: World = { book: emptyBook(), users: new Map() };
  readonly contents = new Map<RuleId, RuleContent>();
  order: RuleId[] = [];
  readonly owner = new Map<RuleId, RoleId | undefined>();
  readonly newRules = new Map<RoleId, RightsOnRules>();
  /** What each role would have without owning anything, and what it has on the rules that it owns. */
  readonly plain = new Map<RoleId, Map<RuleId, Bits>>();
  readonly asOwner = new Map<RuleId, Bits>();
  /** Which of these it has by owning alone: nobody has said them since. */
  readonly byOwning = new Map<RuleId, Bits>();
  readonly tools = toolsOf();
  written: readonly BookRecord[] = [];

  get roles(): RoleId[] {
    return [...this.newRules.keys()];
  }

  #apply<R>(change: Change<R>): R {
    // As the table has it: what does not parse would never be read again.
    const parsed = change.book.map((record) => recordSchema(record.kind)?.parse(record) as BookRecord);
    this.written = parsed;
    this.world = applied(this.world, { ...change, book: parsed });
    return change.result;
  }

  has(role: RoleId, rule: RuleId, column: Column): boolean {
    const own = this.owner.get(rule) === role ? this.asOwner.get(rule) : undefined;
    return (own ?? this.plain.get(role)?.get(rule))?.[column] ?? false;
  }

  #had(role: RoleId, rule: RuleId): Bits {
    const has = (column: Column) => this.has(role, rule, column);
    return { view: has('view'), edit: has('edit'), delete: has('delete') };
  }

  #owns(rule: RuleId): void {
    this.asOwner.set(rule, bits(true));
    this.byOwning.set(rule, bits(true));
  }

  createRole(): void {
    const { id, newRules } = this.#apply(
      roles.createRole(this.world, { name: `Role ${this.tools.ids.life()}`, description: '' }, this.tools),
    );
    this.newRules.set(id, newRules);
    this.plain.set(id, new Map(this.order.map((rule) => [rule, { ...newRules }])));
  }

  cloneRole(from: RoleId): void {
    const name = `Clone ${this.tools.ids.life()}`;
    const { id } = this.#apply(roles.cloneRole(this.world, from, { name }, this.tools));
    this.newRules.set(id, { ...(this.newRules.get(from) as RightsOnRules) });
    this.plain.set(id, new Map(this.order.map((rule) => [rule, this.#had(from, rule)])));
  }

  deleteRole(role: RoleId, to: RoleId | undefined): void {
    const newOwner = to === role ? undefined : to;
    this.#apply(roles.deleteRole(this.world, role, newOwner));
    this.newRules.delete(role);
    this.plain.delete(role);
    for (const [rule, owner] of this.owner)
      if (owner === role) {
        this.owner.set(rule, newOwner);
        this.#owns(rule);
      }
  }

  createRule(owner: RoleId, type: string): void {
    const content = this.#apply(createRule(this.world, { name: 'Rule', type, owner, categories: [] }, this.tools));
    this.contents.set(content.id, content);
    this.order.push(content.id);
    this.owner.set(content.id, owner);
    this.#owns(content.id);
    for (const [role, newRules] of this.newRules) this.plain.get(role)?.set(content.id, { ...newRules });
  }

  deleteRule(rule: RuleId): void {
    this.#apply(deleteRule(this.world, this.contents.get(rule) as RuleContent));
    this.order = this.order.filter((one) => one !== rule);
    this.owner.delete(rule);
    this.asOwner.delete(rule);
    for (const table of this.plain.values()) table.delete(rule);
  }

  moveRule(rule: RuleId, place: Place<RuleId>): void {
    this.#apply(moveRule(this.world, rule, place, () => true));
    const rest = this.order.filter((one) => one !== rule);
    const at = 'to' in place ? (place.to === 'first' ? 0 : rest.length) : -1;
    const near = 'before' in place ? rest.indexOf(place.before) : 'after' in place ? rest.indexOf(place.after) + 1 : at;
    this.order = [...rest.slice(0, near), rule, ...rest.slice(near)];
  }

  giveOwner(rule: RuleId, role: RoleId | undefined): void {
    this.#apply(putOwner(this.world, rule, role ?? null));
    if (this.owner.get(rule) === role) return;
    this.owner.set(rule, role);
    this.#owns(rule);
  }

  setNewRules(role: RoleId, newRules: Partial<Bits>): void {
    this.#apply(putRuleRights(this.world, role, { newRules }));
    this.newRules.set(role, { ...(this.newRules.get(role) as RightsOnRules), ...newRules });
  }

  /** True for a box that is ticked already, by more than owning the rule: it is not ticked again. */
  #isSaid(role: RoleId, rule: RuleId, column: Column, value: boolean): boolean {
    const isOwned = this.owner.get(rule) === role && this.byOwning.get(rule)?.[column] === true;
    return this.has(role, rule, column) === value && !isOwned;
  }

  #say(role: RoleId, rule: RuleId, column: Column, value: boolean): void {
    (this.plain.get(role)?.get(rule) as Bits)[column] = value;
    if (this.owner.get(rule) !== role) return;
    (this.asOwner.get(rule) as Bits)[column] = value;
    (this.byOwning.get(rule) as Bits)[column] = false;
  }

  setRights(role: RoleId, ticked: Partial<Bits>, single: readonly (Partial<Bits> & { rule: RuleId })[]): void {
    this.#apply(putRuleRights(this.world, role, { columns: ticked, rules: single }));
    for (const column of columns) {
      const value = ticked[column];
      if (value === undefined || this.order.every((rule) => this.#isSaid(role, rule, column, value))) continue;
      for (const rule of this.order) this.#say(role, rule, column, value);
    }
    for (const { rule, ...said } of single)
      for (const column of columns) {
        const value = said[column];
        if (value !== undefined && !this.#isSaid(role, rule, column, value)) this.#say(role, rule, column, value);
      }
  }
}
