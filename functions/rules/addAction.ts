// POST /v1/rules/{ruleId}/actions
import { rulePermissions } from '../../shared/catalogues/modules/rules.ts';
import { define, mutation } from '../../shared/http/operation.ts';
import { byRuleRights, changeActions, currentRule, ruleAnswer, ruleKeys } from '../../shared/http/operations/rules.ts';

export const definition = define('addAction', {
  along: ruleKeys,
  by: byRuleRights(rulePermissions.addActions),
  current: currentRule,
  plan: (context) => changeActions(context, ({ actions }) => [...actions, context.input.body]),
  answer: (content, context) => ruleAnswer(context, content),
});

export const handler = mutation(definition);
