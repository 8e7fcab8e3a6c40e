// GET /v1/audit/settings
import { query } from '../../shared/http/operation.ts';
import { auditSettingsIn, auditSettingsKeys } from '../../shared/http/operations/audit-settings.ts';
import { auditSettingsAnswer } from '../../shared/http/operations/views.ts';
import { toDestinationState } from '../../shared/store/destination-notes.ts';
import { keys } from '../../shared/store/keys.ts';

export const handler = query('getAuditSettings', {
  alsoRead: (call) => [...auditSettingsKeys(call), keys.destinationNote(call.tenant)],
  run: async ({ view, tenant, tools }) => {
    const settings = await auditSettingsIn(view);
    const [note] = await view.items([keys.destinationNote(tenant)]);
    return auditSettingsAnswer(settings, tenant, tools.now, toDestinationState(note, settings.destination));
  },
});
