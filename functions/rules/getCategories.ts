// GET /v1/rule-categories
import { needRules } from '../../shared/domain/plan/rules.ts';
import { query } from '../../shared/http/operation.ts';
import { categoriesAnswer } from '../../shared/http/operations/rules.ts';

export const handler = query('getCategories', {
  run: ({ book }) => {
    needRules(book);
    return categoriesAnswer(book.categories);
  },
});
