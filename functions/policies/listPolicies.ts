// GET /v1/policies
import { visiblePolicies } from '../../shared/domain/deciding/visible.ts';
import { namedAnswer, query } from '../../shared/http/operation.ts';
import { policyView } from '../../shared/http/operations/views.ts';

export const handler = query('listPolicies', {
  run: (context) =>
    namedAnswer(context, context.input.query, visiblePolicies(context.book, context.by), {
      named: (policy) => policy,
      show: policyView,
    }),
});
