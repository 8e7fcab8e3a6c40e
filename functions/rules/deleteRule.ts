// DELETE /v1/rules/{ruleId}
import { deleteRule } from '../../shared/domain/plan/rules.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { byRuleRights, currentRule, loadRule, needBits, ruleKeys } from '../../shared/http/operations/rules.ts';

export const definition = define('deleteRule', {
  alsoRead: ruleKeys,
  by: byRuleRights(undefined),
  current: currentRule,
  plan: async (context) => {
    const { rule, content } = await loadRule(context);
    needBits(context, rule, [{ right: 'delete' }]);
    return deleteRule(context.world, content);
  },
});

export const handler = mutation(definition);
