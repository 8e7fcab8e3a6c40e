// POST /v1/sessions/{sessionId}/token
import { isoOfSeconds } from '../../shared/domain/base/time.ts';
import { query } from '../../shared/http/operation.ts';
import { atSession, loadSession } from '../../shared/http/operations/sessions.ts';
import { snapshotToken } from '../../shared/http/signing/snapshot-token.ts';

export const handler = query('createSnapshotToken', {
  alsoRead: atSession,
  run: async ({ view, book, by, input, runtime, tenant, tools }) => {
    const found = await loadSession(view, by, input.params.sessionId);
    const { token, expires } = await snapshotToken(tenant, book, found, runtime.signer, tools.now);
    return { body: { token, expiresAt: isoOfSeconds(expires) } };
  },
});
