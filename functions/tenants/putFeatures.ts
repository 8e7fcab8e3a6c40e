// PUT /v1/tenants/{tenantId}/features
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { putFeatures } from '../../shared/domain/plan/tenant.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { featuresOwn } from '../../shared/http/operations/views.ts';

const definition = define('putFeatures', {
  tenant: ({ input }) => input.params.tenantId as TenantId,
  current: ({ book }) => featuresOwn(book.tenant),
  plan: ({ world, input }) => putFeatures(world, input.body.features),
  answer: (after) => ({ body: featuresOwn(after), own: featuresOwn(after) }),
});

export const handler = mutation(definition);
