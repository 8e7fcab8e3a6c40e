// POST /v1/rules

import { ownerAmong } from '../../shared/domain/deciding/rule-needs.ts';
import { createRule } from '../../shared/domain/plan/rules.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { byOwners, ruleAnswer } from '../../shared/http/operations/rules.ts';

export const definition = define('createRule', {
  by: byOwners,
  plan: ({ world, book, by, input, tools }) => {
    const owner = ownerAmong(book, by.owners ?? [], input.body.owner);
    return createRule(world, { ...input.body, owner }, tools);
  },
  answer: (content, context) => ruleAnswer(context, content),
});

export const handler = mutation(definition);
