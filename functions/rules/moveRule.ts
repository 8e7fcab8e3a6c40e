// POST /v1/rules/{ruleId}/move
import { rulePermissions } from '../../shared/catalogues/modules/rules.ts';
import { moveRule, placeIn } from '../../shared/domain/plan/rules.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import {
  byRuleRights,
  contentIn,
  currentRule,
  handsOf,
  needBits,
  ruleAnswer,
  ruleFor,
  ruleKeys,
} from '../../shared/http/operations/rules.ts';

export const definition = define('moveRule', {
  alsoRead: ruleKeys,
  by: byRuleRights(rulePermissions.general),
  current: currentRule,
  plan: (context) => {
    const rule = ruleFor(context);
    needBits(context, rule, [{ permission: rulePermissions.general }]);
    const { onRules } = handsOf(context);
    return moveRule(context.world, rule.id, placeIn(context.input.body), (other) => onRules.sees(other));
  },
  answer: async (_, context) => ruleAnswer(context, await contentIn(context.view, context.input.params.ruleId)),
});

export const handler = mutation(definition);
