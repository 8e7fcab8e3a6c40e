// POST /v1/rules
import { rulePermissions } from '../../shared/catalogues/modules/rules.ts';
import { createRule, needRules } from '../../shared/domain/plan/rules.ts';
import type { Access } from '../../shared/domain/records.ts';
import { ownerFor } from '../../shared/domain/ruleneeds.ts';
import { mutation } from '../../shared/http/operation.ts';
import { byRuleRights, ruleAnswer } from '../../shared/http/rules.ts';

export const handler = mutation('createRule', {
  by: byRuleRights(rulePermissions.create),
  plan: ({ world, book, by, input, tools }) => {
    needRules(book);
    const owner = ownerFor(book, by.access as Access, input.body.type, input.body.owner);
    return createRule(world, { ...input.body, owner }, tools);
  },
  answer: (content, context) => ruleAnswer(context, content),
});
