// POST /v1/rules/{ruleId}/actions
import { rulePermissions } from '../../shared/catalogues/modules/rules.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import {
  byRuleRights,
  changeRuleActions,
  currentRule,
  ruleAnswer,
  ruleKeys,
} from '../../shared/http/operations/rules.ts';

export const definition = define('addAction', {
  alsoRead: ruleKeys,
  by: byRuleRights(rulePermissions.addActions),
  current: currentRule,
  plan: (context) => changeRuleActions(context, ({ actions }) => [...actions, context.input.body]),
  answer: (content, context) => ruleAnswer(context, content),
});

export const handler = mutation(definition);
