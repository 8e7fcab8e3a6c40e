// PATCH /v1/rules/{ruleId}

import { bitsFor } from '../../shared/domain/deciding/rule-needs.ts';
import { updateRule } from '../../shared/domain/plan/rules.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import {
  byRuleRights,
  currentRule,
  loadRule,
  needToEdit,
  ruleAnswer,
  ruleKeys,
} from '../../shared/http/operations/rules.ts';

export const definition = define('updateRule', {
  alsoRead: ruleKeys,
  by: byRuleRights(({ input }) => {
    const permissions = bitsFor(input.body).flatMap((bit) => ('permission' in bit ? [bit.permission] : []));
    return permissions.length > 0 ? permissions.join(' ') : undefined;
  }),
  current: currentRule,
  plan: async (context) => {
    const { world, input, tools } = context;
    const { rule, content } = await loadRule(context);
    const change = updateRule(world, content, input.body, tools);
    needToEdit(context, rule, bitsFor(input.body), content.actions, change.result.actions);
    return change;
  },
  answer: (content, context) => ruleAnswer(context, content),
});

export const handler = mutation(definition);
