// GET /v1/audit/consistency
import { invalid } from '../../shared/domain/base/refusal.ts';
import { query } from '../../shared/http/operation.ts';
import { consistencyOf } from '../../shared/store/checkpoints.ts';
import { sealStateOf } from '../../shared/store/seal-state.ts';
import { counted } from '../../shared/text/counted.ts';

export const handler = query('getConsistencyProof', {
  run: async ({ runtime, tenant, input }) => {
    const { db } = runtime.store;
    const { from, to } = input.query;
    if (from > to) throw invalid('query.from', 'is larger than query.to: give the smaller size first');
    const size = (await sealStateOf(db, tenant))?.size ?? 0;
    if (to > size)
      throw invalid('query.to', `is more than the ${counted(size, 'event that is', 'events that are')} sealed`);
    return { body: { from, to, ...(await consistencyOf(db, tenant, from, to)) } };
  },
});
