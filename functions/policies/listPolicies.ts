// GET /v1/policies
import { sortForm } from '../../shared/domain/names.ts';
import { visiblePolicies } from '../../shared/domain/visible.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { pageOfSorted } from '../../shared/http/pages.ts';
import { policyView } from '../../shared/http/views.ts';

export const handler = query('listPolicies', {
  run: (context) => {
    const { limit, after, filter } = pageInput(context, context.input.query);
    const policies = visiblePolicies(context.book, context.by);
    const page = pageOfSorted(policies, (policy) => `${sortForm(policy.name)} ${policy.id}`, limit, after);
    return pageAnswer(context, filter, page.items.map(policyView), page.next);
  },
});
