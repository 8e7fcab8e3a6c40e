// GET /v1/roles/{roleId}/rule-rights
import { roleOf } from '../../shared/domain/plan/roles.ts';
import { rightsOn } from '../../shared/domain/plan/rulerights.ts';
import { needRules } from '../../shared/domain/plan/rules.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { rulePage } from '../../shared/http/rulepages.ts';
import { rightsOwn } from '../../shared/http/rules.ts';

export const handler = query('getRuleRights', {
  run: async (context) => {
    const { book, input } = context;
    needRules(book);
    const { record } = roleOf(book, input.params.roleId);
    const { limit, after, filter } = pageInput(context, { ...input.query, role: record.id });
    // A keeper sees every rule here, whoever else does: somebody must be able to let it be seen again.
    const byName = input.query.sort === 'name';
    const page = await rulePage(context, book.rules.ordered, { byName, prefix: '' }, limit, after);
    const items = page.items.map(({ rule, content }) => ({
      rule: rule.id,
      name: content.name,
      type: rule.type,
      position: book.rules.positionOf(rule.id) + 1,
      owned: rule.owner === record.id,
      ...rightsOn(book, record, rule),
    }));
    const { body } = pageAnswer(context, filter, items, page.next);
    return { body: { newRules: record.newRules, ...(body as object) }, own: rightsOwn(book, record.id) };
  },
});
