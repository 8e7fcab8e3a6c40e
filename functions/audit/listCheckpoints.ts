// GET /v1/audit/checkpoints
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { listCheckpoints } from '../../shared/store/checkpoints.ts';

export const handler = query('listCheckpoints', {
  run: async (context) => {
    const asked = pageInput(context, context.input.query);
    const before = asked.after === undefined ? undefined : Number(asked.after);
    return pageAnswer(context, asked, listCheckpoints(context.runtime.store.db, context.tenant, before));
  },
});
