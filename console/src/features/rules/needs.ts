// What somebody lacks for something on a rule. The service decides; this says beforehand what it will say.
// Pure.
import { partPermissions } from '../../on-rules/parts.ts';
import type { Me } from '../../shell/me.ts';
import type { RuleSummary } from './waiting.ts';

/** One thing that is needed: a permission, for one type of action if it is about actions; or a right on the rule. */
export type Need =
  | { readonly permission: string; readonly actionType?: string }
  | { readonly right: 'edit' | 'delete'; readonly of?: 'every-rule' };

/** Whether a permission is held for a type of rule and of action; without a type: for all of them. */
export const holds = (
  held: Me['permissions'],
  permission: string,
  { ruleType, actionType }: { readonly ruleType?: string | undefined; readonly actionType?: string | undefined } = {},
): boolean =>
  held.some(
    (line) =>
      line.permission === permission &&
      (line.ruleTypes === undefined || (ruleType !== undefined && line.ruleTypes.includes(ruleType))) &&
      (line.actionTypes === undefined || (actionType !== undefined && line.actionTypes.includes(actionType))),
  );

export type OnRule = Pick<RuleSummary, 'type' | 'rights'>;

/** What of the needs is not there. */
export const lacking = (held: Me['permissions'], needs: readonly Need[], rule?: OnRule): Need[] =>
  needs.filter((need) =>
    'right' in need
      ? rule?.rights[need.right] === false
      : !holds(held, need.permission, { ruleType: rule?.type, actionType: need.actionType }),
  );

/**
 * What is lacking to move the actions of a rule: every right on actions of every type in every rule, and Edit on all of
 * them (CT-52..54). Rules that the person does not see count, too; of those only the service knows.
 */
export const lackingToMove = (
  held: Me['permissions'],
  rules: readonly OnRule[],
  actionTypes: readonly { readonly id: string }[],
): Need[] => {
  const ruleTypes = [...new Set(rules.map(({ type }) => type))];
  const verbs = [partPermissions.editActions, partPermissions.addActions, partPermissions.deleteActions];
  const needs: Need[] = verbs.flatMap((permission) =>
    actionTypes
      .filter(({ id }) => ruleTypes.some((ruleType) => !holds(held, permission, { ruleType, actionType: id })))
      .map(({ id }) => ({ permission, actionType: id })),
  );
  return rules.every(({ rights }) => rights.edit) ? needs : [...needs, { right: 'edit', of: 'every-rule' }];
};
