// GET /v1/policies
import { sortForm } from '../../shared/domain/base/names.ts';
import { visiblePolicies } from '../../shared/domain/deciding/visible.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { sorted } from '../../shared/http/operations/pages.ts';
import { policyView } from '../../shared/http/operations/views.ts';

export const handler = query('listPolicies', {
  run: (context) => {
    const asked = pageInput(context, context.input.query);
    const policies = visiblePolicies(context.book, context.by);
    const listed = sorted(policies, ({ name, id }) => `${sortForm(name)} ${id}`, asked.after);
    return pageAnswer(context, asked, listed, { show: policyView });
  },
});
