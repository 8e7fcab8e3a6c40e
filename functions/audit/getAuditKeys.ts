// GET /v1/audit/keys
import { query } from '../../shared/http/operation.ts';
import { auditKeys } from '../../shared/store/checkpoints.ts';

export const handler = query('getAuditKeys', {
  run: async ({ runtime }) => ({ body: { keys: await auditKeys(runtime.store.db) } }),
});
