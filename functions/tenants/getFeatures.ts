// GET /v1/tenants/{tenantId}/features
import { inLanguage } from '../../shared/catalogues/translate.ts';
import { translationsOf } from '../../shared/catalogues/translations.ts';
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { query } from '../../shared/http/operation.ts';
import { featuresOwn } from '../../shared/http/operations/views.ts';

export const handler = query('getFeatures', {
  tenant: ({ input }) => input.params.tenantId as TenantId,
  run: ({ book, input }) => {
    const { data } = book.catalogue;
    const own = featuresOwn(book.tenant);
    const { features } = inLanguage(data, translationsOf(data), input.query.language);
    return { body: { ...own, available: features }, own };
  },
});
