// GET /v1/tenants/{tenantId}/features
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { query } from '../../shared/http/operation.ts';
import { featuresOwn } from '../../shared/http/operations/views.ts';

export const handler = query('getFeatures', {
  tenant: ({ input }) => input.params.tenantId as TenantId,
  run: ({ book }) => {
    const own = featuresOwn(book.tenant);
    return { body: { ...own, available: book.catalogue.data.features }, own };
  },
});
