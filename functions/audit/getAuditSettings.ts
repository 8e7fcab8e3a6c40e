// GET /v1/audit/settings
import { query } from '../../shared/http/operation.ts';
import { auditSettingsIn, auditSettingsKeys } from '../../shared/http/operations/audit-settings.ts';
import { auditSettingsAnswer } from '../../shared/http/operations/views.ts';

export const handler = query('getAuditSettings', {
  alsoRead: auditSettingsKeys,
  run: async ({ view, tenant, tools }) => auditSettingsAnswer(await auditSettingsIn(view), tenant, tools.now),
});
