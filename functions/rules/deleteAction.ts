// DELETE /v1/rules/{ruleId}/actions/{actionId}
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

export const definition = define('deleteAction', {
  alsoRead: ruleKeys,
  by: byRuleRights(rulePermissions.deleteActions),
  current: currentRule,
  plan: (context) =>
    changeRuleActions(context, (content) => {
      const old = ruleActionOf(content, context.input.params.actionId);
      return content.actions.filter((action) => action !== old);
    }),
  answer: (content, context) => ruleAnswer(context, content),
});

export const handler = mutation(definition);
