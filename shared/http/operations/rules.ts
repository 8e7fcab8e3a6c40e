// Rules for several operations: the rules that the caller may see, the rights that the caller lacks, and the answers.
import { rulePermissions } from '../../catalogues/modules/rules.ts';
import type { RoleId, RuleId, TenantId } from '../../domain/base/ids.ts';
import type { Book } from '../../domain/book/book.ts';
import type { Access, Category } from '../../domain/book/records.ts';
import type { Change, IdsAndTime, World } from '../../domain/change.ts';
import { type Rights, ruleRightsOf } from '../../domain/deciding/decide.ts';
import {
  actionBits,
  type Bit,
  type Hands,
  lacking,
  lackingToMove,
  movesActions,
  ownersFor,
  refuseLacking,
} from '../../domain/deciding/rule-needs.ts';
import { editsOf } from '../../domain/plan/rule-rights.ts';
import { needRules, noSuchRule, ruleOf, updateRule } from '../../domain/plan/rules.ts';
import type { RuleAction, RuleContent, WantedAction } from '../../domain/rules/content.ts';
import type { Rule } from '../../domain/rules/rule-index.ts';
import { columns, type RuleRights } from '../../domain/rules/rule-rights.ts';
import type { Authorised } from '../../store/authorised.ts';
import { type Key, keys } from '../../store/keys.ts';
import { toRule } from '../../store/rules.ts';
import type { View } from '../../store/view.ts';

interface At {
  readonly view: View;
  readonly book: Book;
  readonly by: Authorised;
}

interface AtRule extends At {
  readonly input: { readonly params: { readonly ruleId: RuleId } };
}

/** The key of the content of a request's rule, which is read along with the head. */
export const ruleKeys = ({
  tenant,
  input,
}: {
  readonly tenant: TenantId;
  readonly input: { readonly params: { readonly ruleId: RuleId } };
}): Key[] => [keys.rule(tenant, input.params.ruleId)];

/**
 * Adds to the caller their rights on rules, which like all their rights are those before the first operation of a
 * change set; and the permission that the audit event names as authority. The keeper permission gives no right on a
 * rule, so it is never that authority.
 * @throws Refusal not-found for a hidden rule
 */
export const byRuleRights =
  <C extends { readonly input: { readonly params?: unknown } }>(
    permission: string | ((call: C) => string | undefined) | undefined,
  ) =>
  (by: Authorised, { view, call }: { readonly view: View; readonly call: C }): Authorised => {
    const onRules = ruleRightsOf(view.book, by.access);
    // Checked here and not only in the plan, because a replay ignores the plan's not-found, which also means a deleted
    // rule.
    const rule = view.book.rules.byId.get(ruleIn(call));
    if (rule && !onRules.sees(rule)) throw noSuchRule();
    return { ...by, authority: typeof permission === 'function' ? permission(call) : permission, onRules };
  };

/** The id of the rule in a request's path; undefined when the path has none. */
const ruleIn = ({ input }: { readonly input: { readonly params?: unknown } }): RuleId =>
  (input.params as { ruleId?: RuleId } | undefined)?.ruleId as RuleId;

/**
 * Adds to a caller who creates a rule their rights on rules, and the roles that can own the new rule.
 * @throws Refusal rules-off, forbidden
 */
export const byOwners = (
  by: Authorised,
  at: {
    readonly view: View;
    readonly call: { readonly input: { readonly params?: unknown; readonly body: { readonly type: string } } };
  },
): Authorised => {
  const { book } = at.view;
  needRules(book);
  const owners = ownersFor(book, by.access as Access, at.call.input.body.type);
  return { ...byRuleRights(rulePermissions.create)(by, at), owners };
};

export const handsOf = ({ book, by }: At): Hands => ({
  rights: by.rights as Rights,
  onRules: by.onRules ?? ruleRightsOf(book, by.access),
});

/**
 * A rule that the caller may see.
 * @throws Refusal rules-off; not-found for a missing rule, and for a hidden one (CT-86)
 */
export const ruleFor = (context: AtRule): Rule => {
  needRules(context.book);
  const rule = ruleOf(context.book, context.input.params.ruleId);
  if (!handsOf(context).onRules.sees(rule)) throw noSuchRule();
  return rule;
};

/** The rule and its content. @throws Refusal as `ruleFor` */
export const loadRule = async (context: AtRule): Promise<{ rule: Rule; content: RuleContent }> => {
  const rule = ruleFor(context);
  return { rule, content: await contentIn(context.view, rule.id) };
};

/** The content of a rule. @throws Refusal not-found, also for a rule that was deleted during the read */
export const contentIn = async (view: View, id: RuleId): Promise<RuleContent> => {
  const [item] = await view.items([keys.rule(view.tenant, id)]);
  const content = toRule(item);
  if (!content) throw noSuchRule();
  return content;
};

/**
 * Checks that the caller has the bits, and with `moving` also those to move actions.
 * @throws Refusal forbidden, naming every bit that the caller lacks
 */
export const needBits = (context: At, rule: Rule, bits: readonly Bit[], moving = false): void => {
  const hands = handsOf(context);
  const more = moving ? lackingToMove(hands, context.book) : [];
  const all = [...lacking(hands, rule, bits), ...more];
  const seen = new Set<string>();
  refuseLacking(
    context.book,
    all.filter((bit) => {
      const text = JSON.stringify(bit);
      return !seen.has(text) && seen.add(text);
    }),
  );
};

/**
 * Checks that the caller may change the sections, and turn one list of actions into the other.
 * @throws Refusal forbidden
 */
export const needToEdit = (
  context: At,
  rule: Rule,
  bits: readonly Bit[],
  before: readonly RuleAction[],
  after: readonly RuleAction[],
): void => needBits(context, rule, [...bits, ...actionBits(before, after)], movesActions(before, after));

/**
 * Plans a change of a rule's actions. The bits that it needs follow from what happens to each action.
 * @throws Refusal
 */
export const changeRuleActions = async (
  context: AtRule & { readonly world: World; readonly tools: IdsAndTime },
  actions: (before: RuleContent) => readonly WantedAction[],
  moving = false,
): Promise<Change<RuleContent>> => {
  const { rule, content } = await loadRule(context);
  if (moving) needBits(context, rule, [{ right: 'edit' }], true);
  const change = updateRule(context.world, content, { actions: actions(content) }, context.tools);
  needToEdit(context, rule, [{ right: 'edit' }], content.actions, change.result.actions);
  return change;
};

/**
 * The fields from which a rule's ETag is made: its content and its entry in the book, without its place in the order.
 */
const ruleOwn = ({ entry, owner, type }: Rule, { rev: _, createdAt: __, ...content }: RuleContent) => ({
  ...content,
  type,
  categories: entry.categories,
  owner: owner ?? null,
});

/** The fields with which If-Match is compared. */
export const currentRule = async (context: AtRule) => {
  const { rule, content } = await loadRule(context);
  return ruleOwn(rule, content);
};

/** A rule as a list shows it, without the content of its sections. */
export const ruleSummaryOf = (
  { categories }: Book,
  onRules: RuleRights,
  rule: Rule,
  { name, description, enabled, createdAt }: RuleContent,
) => ({
  id: rule.id,
  type: rule.type,
  name,
  description,
  enabled,
  categories: rule.entry.categories.filter((id) => categories.some((one) => one.id === id)),
  owner: rule.owner ?? null,
  createdAt,
  rights: Object.fromEntries(columns.map((column) => [column, onRules.has(rule, column)])),
});

/** The answer with a rule. */
export const ruleAnswer = ({ book, by }: At, content: RuleContent) => {
  const rule = ruleOf(book, content.id);
  const { conditions, exceptions, actions, options } = content;
  return {
    body: {
      ...ruleSummaryOf(book, ruleRightsOf(book, by.access), rule, content),
      conditions,
      exceptions,
      actions,
      options,
    },
    own: ruleOwn(rule, content),
  };
};

export const ownerOwn = ({ id, owner }: Rule) => ({ id, owner: owner ?? null });

/** The answer with a rule's owner, which a keeper may ask for even when the rule is hidden from the keeper. */
export const ownerAnswer = async ({ view, book, input }: AtRule, warnings: readonly string[] = []) => {
  needRules(book);
  const own = ownerOwn(ruleOf(book, input.params.ruleId));
  const { name } = await contentIn(view, own.id);
  return { body: { ...own, name, ...(warnings.length > 0 && { warnings }) }, own };
};

export const categoriesAnswer = (categories: readonly Category[]) => ({ body: { categories }, own: { categories } });

/** The fields from which the ETag of a role's rights on rules is made: the number of changes to them. */
export const rightsOwn = (book: Book, role: RoleId) => ({ role, edits: editsOf(book, role) });
