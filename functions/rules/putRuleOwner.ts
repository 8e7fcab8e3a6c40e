// PUT /v1/rules/{ruleId}/owner
import { lostWarnings, putOwner } from '../../shared/domain/plan/rule-rights.ts';
import { needRules, ruleOf } from '../../shared/domain/plan/rules.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { ownerAnswer, ownerOwn, ruleKeys } from '../../shared/http/operations/rules.ts';

export const definition = define('putRuleOwner', {
  alsoRead: ruleKeys,
  current: ({ book, input }) => {
    needRules(book);
    return ownerOwn(ruleOf(book, input.params.ruleId));
  },
  plan: ({ world, input }) => putOwner(world, input.params.ruleId, input.body.owner),
  answer: ({ lost }, context) => ownerAnswer(context, lostWarnings(lost)),
});

export const handler = mutation(definition);
