// The list of rules as it will be once the steps that wait are carried out. Pure.
import type { AnswerOf, ItemOf, RequestOf } from '../../../../clients/typescript/index.ts';
import type { Step } from '../../changes/steps.ts';

export type RuleSummary = ItemOf<'listRules'>;
export type Rule = AnswerOf<'getRule'>;
export type NewRule = RequestOf<'createRule'>['body'];
export type RuleUpdate = NonNullable<RequestOf<'updateRule'>['body']>;
export type Place = NonNullable<RequestOf<'moveRule'>['body']>;
export type RuleId = RuleSummary['id'];

/** What waits to be done to a rule. */
type Wait = 'created' | 'changed' | 'moved' | 'deleted';

export interface ListedRule extends RuleSummary {
  /** From 1, among the rules that the person sees. */
  readonly place: number;
  readonly waits: readonly Wait[];
}

/** The list with one element at another place; as it is when the place names an element that is not in it. */
export const movedTo = <Item extends { readonly id: string }>(
  list: readonly Item[],
  id: string,
  { before, after, to }: Place,
): readonly Item[] => {
  const moved = list.find((one) => one.id === id);
  if (!moved) return list;
  const rest = list.filter((one) => one !== moved);
  if (to !== undefined) return to === 'first' ? [moved, ...rest] : [...rest, moved];
  const at = rest.findIndex((one) => one.id === (before ?? after));
  return at < 0 ? list : rest.toSpliced(before === undefined ? at + 1 : at, 0, moved);
};

/** The list with one element at an index. */
export const carriedTo = <Item extends { readonly id: string }>(
  list: readonly Item[],
  id: string,
  at: number,
): readonly Item[] => {
  const carried = list.find((one) => one.id === id);
  return carried ? list.filter((one) => one !== carried).toSpliced(at, 0, carried) : list;
};

/**
 * The place of the element at an index, as a request says it. `whole`: the list shows all there are; where a filter hides
 * some, an end of the list is beside the neighbour that is shown.
 */
export const placeAt = (list: readonly { readonly id: RuleId }[], at: number, whole: boolean): Place => {
  if (at > 0 && !(whole && at === list.length - 1)) return { after: list[at - 1]?.id };
  if (whole) return { to: at === 0 ? 'first' : 'last' };
  return { before: list[1]?.id };
};

/** A rule that waits to be created, as the list shows it. */
const created = (as: string, body: NewRule): Omit<ListedRule, 'place'> => ({
  id: `$${as}` as RuleId,
  type: body.type,
  name: body.name,
  description: body.description ?? '',
  enabled: body.enabled ?? true,
  categories: body.categories ?? [],
  owner: body.owner ?? null,
  createdAt: '',
  rights: { view: true, edit: true, delete: true },
  waits: ['created'],
});

/** The rules in the order that they will have, each with what waits. One that waits to be deleted stays in the list. */
export const withWaiting = (rules: readonly RuleSummary[], waiting: readonly Step[]): ListedRule[] => {
  let all: readonly Omit<ListedRule, 'place'>[] = rules.map((rule) => ({ ...rule, waits: [] }));
  for (const { operation, params = {}, body, as } of waiting) {
    const id = params.ruleId;
    const edit = (change: Partial<RuleSummary>, wait: Wait) => {
      all = all.map((rule) =>
        rule.id === id ? { ...rule, ...change, waits: [...new Set([...rule.waits, wait])] } : rule,
      );
    };
    if (operation === 'createRule' && as !== undefined) all = [...all, created(as, body as NewRule)];
    else if (operation === 'deleteRule') edit({}, 'deleted');
    else if (operation === 'moveRule') {
      all = movedTo(all, String(id), body as Place);
      edit({}, 'moved');
    } else if (operation === 'putRuleOwner')
      edit({ owner: (body as { owner: RuleSummary['owner'] }).owner }, 'changed');
    else if (operation === 'updateRule') {
      const { name, description, enabled, categories } = body as RuleUpdate;
      const said = Object.entries({ name, description, enabled, categories }).filter(([, one]) => one !== undefined);
      edit(Object.fromEntries(said), 'changed');
    } else if (/^(add|update|delete|move)Action$/.test(operation)) edit({}, 'changed');
  }
  return all.map((rule, i) => ({ ...rule, place: i + 1 }));
};

/** The steps that are left when a thing shall not be created after all: without it, and without what names it. */
export const withoutCreated = (waiting: readonly Step[], id: string): Step[] => {
  const names = (value: unknown): boolean =>
    value === id || (typeof value === 'object' && value !== null && Object.values(value).some(names));
  return waiting.filter((step) => `$${step.as}` !== id && !names(step.params) && !names(step.body));
};
