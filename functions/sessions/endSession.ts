// DELETE /v1/sessions/{sessionId}
import { endSession } from '../../shared/domain/plan/sessions.ts';
import { mutation } from '../../shared/http/operation.ts';
import { atSession, loadSession } from '../../shared/http/operations/sessions.ts';

export const handler = mutation('endSession', {
  along: atSession,
  plan: async ({ unit, by, input }) => endSession((await loadSession(unit, by, input.params.sessionId)).session),
});
