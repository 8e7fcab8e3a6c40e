// GET /v1/audit/events
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { eventView } from '../../shared/http/views.ts';
import { listEvents } from '../../shared/store/lists.ts';

export const handler = query('listEvents', {
  run: async (context) => {
    const { limit, after, filter } = pageInput(context, context.input.query);
    const { from, to, actor, target, action } = context.input.query;
    const page = await listEvents(
      context.runtime.store.db,
      context.tenant,
      {
        from: from === undefined ? undefined : Date.parse(from),
        to: to === undefined ? undefined : Date.parse(to),
        target,
        keep: (event) => (actor ?? event.actor.id) === event.actor.id && (action ?? event.action) === event.action,
      },
      limit,
      after,
    );
    return pageAnswer(context, filter, page.items.map(eventView), page.next);
  },
});
