// GET /v1/audit/events/{eventId}/proof
import type { EventId } from '../../shared/domain/base/ids.ts';
import { query } from '../../shared/http/operation.ts';
import { proofOf } from '../../shared/http/operations/proofs.ts';

export const handler = query('getEventProof', {
  run: async (context) => {
    const { eventId } = context.input.params;
    return { body: await proofOf(context, eventId as EventId, context.input.query.size) };
  },
});
