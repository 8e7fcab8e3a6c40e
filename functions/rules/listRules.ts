// GET /v1/rules
import { ruleRightsOf } from '../../shared/domain/decide.ts';
import { sortForm } from '../../shared/domain/names.ts';
import { needRules } from '../../shared/domain/plan/rules.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { rulePage } from '../../shared/http/rulepages.ts';
import { ruleSummary } from '../../shared/http/rules.ts';

export const handler = query('listRules', {
  run: async (context) => {
    const { book, by, input } = context;
    needRules(book);
    const { limit, after, filter } = pageInput(context, input.query);
    const { sort, name, type, category } = input.query;
    const onRules = ruleRightsOf(book, by.access);
    const rules = onRules
      .visible()
      .filter((rule) => type === undefined || rule.type === type)
      .filter((rule) => category === undefined || rule.entry.categories.includes(category));
    const byName = sort === 'name' || name !== undefined;
    const page = await rulePage(context, rules, { byName, prefix: sortForm(name?.trim() ?? '') }, limit, after);
    const items = page.items.map(({ rule, content }) => ruleSummary(book, onRules, rule, content));
    return pageAnswer(context, filter, items, page.next);
  },
});
