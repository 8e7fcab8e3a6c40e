// POST /v1/rules/{ruleId}/actions/{actionId}/move
import { rulePermissions } from '../../shared/catalogues/modules/rules.ts';
import { movedAction, placeIn } from '../../shared/domain/plan/rules.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import {
  byRuleRights,
  changeRuleActions,
  currentRule,
  ruleAnswer,
  ruleKeys,
} from '../../shared/http/operations/rules.ts';

export const definition = define('moveAction', {
  alsoRead: ruleKeys,
  by: byRuleRights(rulePermissions.editActions),
  current: currentRule,
  plan: (context) => {
    const { params, body } = context.input;
    return changeRuleActions(context, (content) => movedAction(content, params.actionId, placeIn(body)), true);
  },
  answer: (content, context) => ruleAnswer(context, content),
});

export const handler = mutation(definition);
