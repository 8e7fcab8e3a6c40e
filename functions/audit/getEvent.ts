// GET /v1/audit/events/{eventId}
import { Room } from '../../shared/domain/base/weight.ts';
import { query } from '../../shared/http/operation.ts';
import { loadEvent } from '../../shared/http/operations/audit.ts';
import { briefEvent, eventView } from '../../shared/http/operations/views.ts';

export const handler = query('getEvent', {
  run: async (context) => {
    const event = await loadEvent(context, context.input.params.eventId);
    const body = eventView(event);
    return { body: new Room().admits(body) ? body : briefEvent(event) };
  },
});
