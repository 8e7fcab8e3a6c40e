// The bits that a change of a rule needs: the permission of each section that it touches, and Edit on the rule (Q-07,
// A refusal names all missing bits at once.
import { rulePermissions } from '../../catalogues/modules/rules.ts';
import type { RoleId } from '../base/ids.ts';
import { invalid, Refusal } from '../base/refusal.ts';
import type { Book } from '../book/book.ts';
import type { Access } from '../book/records.ts';
import type { RuleAction, WantedContent } from '../rules/content.ts';
import type { Rule } from '../rules/rule-index.ts';
import type { Column, RuleRights } from '../rules/rule-rights.ts';
import { Rights, rolesOf } from './decide.ts';

/** The rights of the acting user. */
export interface Hands {
  readonly rights: Rights;
  readonly onRules: RuleRights;
}

/** One bit: a permission (for one action type if it is about actions), or a right on the rule or on every rule. */
export type Bit =
  | { readonly permission: string; readonly actionType?: string }
  | { readonly right: Column; readonly of?: 'every-rule' };

const { general, conditions, options, editActions, addActions, deleteActions } = rulePermissions;

/** The bits for the sections that a request names, except actions: see `actionBits`. */
export const bitsFor = (wanted: WantedContent & { readonly categories?: unknown }): Bit[] => {
  const named = (...fields: (keyof typeof wanted)[]) => fields.some((field) => wanted[field] !== undefined);
  return [
    { right: 'edit' },
    ...(named('name', 'description', 'enabled', 'categories') ? [{ permission: general }] : []),
    ...(named('conditions', 'exceptions') ? [{ permission: conditions }] : []),
    ...(named('options') ? [{ permission: options }] : []),
  ];
};

/**
 * The bits for turning one list of actions into another, per verb and action type. Moves are extra: see
 * `lackingToMove`.
 */
export const actionBits = (before: readonly RuleAction[], after: readonly RuleAction[]): Bit[] => {
  const bits = new Map<string, Bit>();
  const need = (permission: string, actionType: string) => {
    bits.set(`${permission} ${actionType}`, { permission, actionType });
  };
  const old = new Map(before.map((action) => [action.id, action]));
  const kept = new Set(after.map(({ id }) => id));
  for (const { id, type } of before) if (!kept.has(id)) need(deleteActions, type);
  for (const { id, type, properties } of after) {
    const was = old.get(id);
    if (!was) need(addActions, type);
    else if (JSON.stringify(was.properties) !== JSON.stringify(properties)) need(editActions, type);
  }
  return [...bits.values()];
};

/** True when remaining actions change places: their order changes, or a new action comes before one of them. */
export const movesActions = (before: readonly RuleAction[], after: readonly RuleAction[]): boolean => {
  const ids = new Set(after.map(({ id }) => id));
  const kept = before.filter(({ id }) => ids.has(id));
  return kept.some(({ id }, i) => after[i]?.id !== id);
};

/** The bits of the list that the user lacks, for an existing rule or one that is about to be created. */
export const lacking = (hands: Hands, rule: Rule, bits: readonly Bit[]): Bit[] =>
  bits.filter((bit) => {
    if ('right' in bit) return !hands.onRules.has(rule, bit.right);
    return !hands.rights.holds(bit.permission, { ruleType: rule.type, actionType: bit.actionType });
  });

/**
 * The bits that the user lacks for moving actions, out of edit, add and delete for all action types in all existing
 * rules, and Edit on all these rules (CT-52..54). Hidden rules count, too; they are not named.
 */
export const lackingToMove = ({ rights, onRules }: Hands, book: Book): Bit[] => {
  const types = new Set(book.rules.ordered.map((rule) => rule.type));
  const verbs: Bit[] = [editActions, addActions, deleteActions].flatMap((permission) =>
    book.catalogue.data.actionTypes
      .filter(({ id: actionType }) =>
        [...types].some((ruleType) => !rights.holds(permission, { actionType, ruleType })),
      )
      .map(({ id: actionType }) => ({ permission, actionType })),
  );
  const all = book.rules.ordered.every((rule) => onRules.has(rule, 'edit') && onRules.sees(rule));
  return all ? verbs : [...verbs, { right: 'edit', of: 'every-rule' }];
};

const columnTitles = { view: 'View', edit: 'Edit', delete: 'Delete' } as const;

const titleOf = (book: Book, bit: Bit): string => {
  if ('right' in bit) return `${columnTitles[bit.right]} on ${bit.of ? 'every rule' : 'the rule'}`;
  const title = book.catalogue.permission.get(bit.permission)?.title ?? bit.permission;
  const type = book.catalogue.data.actionTypes.find(({ id }) => id === bit.actionType);
  return bit.actionType === undefined ? title : `${title} (${type?.title ?? bit.actionType})`;
};

/** The most bits that the text of a refusal names; its list `missing` has all. */
const mostInText = 6;

/** @throws Refusal forbidden, naming every bit that is missing */
export const refuseLacking = (book: Book, bits: readonly Bit[]): void => {
  if (bits.length === 0) return;
  const titles = bits.slice(0, mostInText).map((bit) => titleOf(book, bit));
  const more = bits.length > mostInText ? `, and ${bits.length - mostInText} more` : '';
  throw new Refusal('forbidden', { detail: `This needs ${titles.join(', ')}${more}.`, more: { missing: bits } });
};

const noOwner = (book: Book): Refusal =>
  new Refusal('forbidden', {
    detail: `This needs ${titleOf(book, { permission: rulePermissions.create })} from a role that you are in: roles own rules.`,
    more: { missing: [{ permission: rulePermissions.create }] },
  });

/**
 * The roles that can own a user's new rule: the user's roles that by themselves permit creating rules of the type
 * (CT-92..94). @throws Refusal forbidden when there is none
 */
export const ownersFor = (book: Book, access: Access, type: string): RoleId[] => {
  const owners = rolesOf(book, access)
    .map(({ record }) => record)
    .filter(({ id, grants }) =>
      new Rights(book, [{ origin: id, grants }]).holds(rulePermissions.create, { ruleType: type }),
    )
    .map(({ id }) => id);
  if (owners.length === 0) throw noOwner(book);
  return owners;
};

/**
 * The owner of a new rule: the wanted role, or the only role that can own it. Roles deleted meanwhile do not count.
 * @throws Refusal forbidden when none is left; invalid-request for another; owner-needed when there are several
 */
export const ownerAmong = (book: Book, owners: readonly RoleId[], wanted: RoleId | undefined): RoleId => {
  const roles = owners.flatMap((id) => book.roles.get(id)?.record ?? []).sort((a, b) => (a.name < b.name ? -1 : 1));
  const [first] = roles;
  if (!first) throw noOwner(book);
  const chosen = wanted === undefined && roles.length === 1 ? first : roles.find(({ id }) => id === wanted);
  if (chosen) return chosen.id;
  if (wanted !== undefined) throw invalid('/owner', 'is no role of yours that permits creating rules of this type');
  throw new Refusal('owner-needed', {
    detail: `Name one of these as owner: ${roles.map(({ name }) => name).join(', ')}.`,
    more: { roles: roles.map(({ id, name }) => ({ id, name })) },
  });
};
