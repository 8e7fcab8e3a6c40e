// PUT /v1/rule-categories
import { rulePermissions } from '../../shared/catalogues/modules/rules.ts';
import { refuseLacking } from '../../shared/domain/deciding/rule-needs.ts';
import { needRules, putCategories } from '../../shared/domain/plan/rules.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { byRuleRights, categoriesAnswer } from '../../shared/http/operations/rules.ts';

export const definition = define('putCategories', {
  by: byRuleRights(rulePermissions.general),
  current: ({ book }) => {
    needRules(book);
    return { categories: book.categories };
  },
  plan: ({ world, book, by, input, tools }) => {
    // Categories belong to all rules, so a right for only some types of rules is not enough.
    if (!by.rights?.holds(rulePermissions.general)) refuseLacking(book, [{ permission: rulePermissions.general }]);
    return putCategories(world, input.body.categories, tools);
  },
  answer: (categories) => categoriesAnswer(categories),
});

export const handler = mutation(definition);
