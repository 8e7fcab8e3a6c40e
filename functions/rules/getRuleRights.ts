// GET /v1/roles/{roleId}/rule-rights
import { roleOf } from '../../shared/domain/plan/roles.ts';
import { rightsOn } from '../../shared/domain/plan/rule-rights.ts';
import { needRules } from '../../shared/domain/plan/rules.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { rulesListed } from '../../shared/http/operations/rule-pages.ts';
import { rightsOwn } from '../../shared/http/operations/rules.ts';

export const handler = query('getRuleRights', {
  run: async (context) => {
    const { book, input } = context;
    needRules(book);
    const { record } = roleOf(book, input.params.roleId);
    const asked = pageInput(context, { ...input.query, role: record.id });
    // A keeper sees every rule here, because somebody must be able to make a hidden rule visible again.
    const byName = input.query.sort === 'name';
    const listed = rulesListed(context, book.rules.ordered, { byName, prefix: '' }, asked.limit, asked.after);
    const { body } = await pageAnswer(context, asked, listed, {
      show: ({ rule, content }) => ({
        rule: rule.id,
        name: content.name,
        type: rule.type,
        position: book.rules.positionOf(rule.id) + 1,
        owned: rule.owner === record.id,
        ...rightsOn(book, record, rule),
      }),
    });
    return { body: { newRules: record.newRules, ...body }, own: rightsOwn(book, record.id) };
  },
});
