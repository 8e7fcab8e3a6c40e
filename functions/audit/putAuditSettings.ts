// PUT /v1/audit/settings
import { putAuditSettings } from '../../shared/domain/plan/audit-settings.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { auditSettingsIn, auditSettingsKeys } from '../../shared/http/operations/audit-settings.ts';
import { auditSettingsAnswer, auditSettingsOwn } from '../../shared/http/operations/views.ts';

const definition = define('putAuditSettings', {
  alsoRead: auditSettingsKeys,
  current: async ({ view }) => auditSettingsOwn(await auditSettingsIn(view)),
  plan: async ({ view, input, tools }) => putAuditSettings(await auditSettingsIn(view), input.body, tools.now),
  answer: (settings, { tenant, tools }) => auditSettingsAnswer(settings, tenant, tools.now),
});

export const handler = mutation(definition);
