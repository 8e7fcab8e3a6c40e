// GET /v1/rules

import { sortForm } from '../../shared/domain/base/names.ts';
import { ruleRightsOf } from '../../shared/domain/deciding/decide.ts';
import { needRules } from '../../shared/domain/plan/rules.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { rulesListed } from '../../shared/http/operations/rule-pages.ts';
import { ruleSummaryOf } from '../../shared/http/operations/rules.ts';

export const handler = query('listRules', {
  run: async (context) => {
    const { book, input } = context;
    needRules(book);
    const asked = pageInput(context, input.query);
    const { sort, name, type, category } = input.query;
    const onRules = ruleRightsOf(book, context.by.access);
    const rules = onRules
      .visible()
      .filter((rule) => type === undefined || rule.type === type)
      .filter((rule) => category === undefined || rule.entry.categories.includes(category));
    const byName = sort === 'name' || name !== undefined;
    const by = { byName, prefix: sortForm(name?.trim() ?? '') };
    const listed = rulesListed(context, rules, by, asked.limit, asked.after);
    const { body } = await pageAnswer(context, asked, listed, {
      show: ({ rule, content }) => ruleSummaryOf(book, onRules, rule, content),
    });
    // The names are in the table alone, so what a beginning of a name finds is not counted.
    return { body: { ...body, ...(name === undefined && { total: rules.length }) } };
  },
});
