// POST /v1/directory/sources
import { createSource } from '../../shared/domain/plan/tenant.ts';
import { mutation } from '../../shared/http/operation.ts';
import { sourceView } from '../../shared/http/views.ts';

export const handler = mutation('createSource', {
  plan: ({ world, input, tools }) => createSource(world, input.body, tools),
  answer: (source) => ({ body: sourceView(source) }),
});
