// PATCH /v1/rules/{ruleId}/actions/{actionId}
import { rulePermissions } from '../../shared/catalogues/modules/rules.ts';
import { ruleActionOf } from '../../shared/domain/plan/rules.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import {
  byRuleRights,
  changeRuleActions,
  currentRule,
  ruleAnswer,
  ruleKeys,
} from '../../shared/http/operations/rules.ts';

export const definition = define('updateAction', {
  alsoRead: ruleKeys,
  by: byRuleRights(rulePermissions.editActions),
  current: currentRule,
  plan: (context) =>
    changeRuleActions(context, (content) => {
      const { params, body } = context.input;
      const old = ruleActionOf(content, params.actionId);
      return content.actions.map((action) => (action === old ? { ...action, properties: body.properties } : action));
    }),
  answer: (content, context) => ruleAnswer(context, content),
});

export const handler = mutation(definition);
