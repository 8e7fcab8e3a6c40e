// DELETE /v1/sessions/{sessionId}
import { endSession } from '../../shared/domain/plan/sessions.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { atSession, loadSession } from '../../shared/http/operations/sessions.ts';

const definition = define('endSession', {
  alsoRead: atSession,
  plan: async ({ view, by, input }) => endSession((await loadSession(view, by, input.params.sessionId)).session),
});

export const handler = mutation(definition);
