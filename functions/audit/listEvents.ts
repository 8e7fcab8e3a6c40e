// GET /v1/audit/events

import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { eventFor } from '../../shared/http/operations/audit.ts';
import { actionIn, briefEvent, eventView } from '../../shared/http/operations/views.ts';
import { listEvents } from '../../shared/store/lists.ts';

export const handler = query('listEvents', {
  run: async (context) => {
    const asked = pageInput(context, context.input.query);
    const { from, to, actor, target, action } = context.input.query;
    const events = listEvents(
      context.runtime.store.db,
      context.tenant,
      {
        from: from === undefined ? undefined : Date.parse(from),
        to: to === undefined ? undefined : Date.parse(to),
        target,
        keep: (event) =>
          (actor ?? event.actor.id) === event.actor.id && (action ?? actionIn(event)) === actionIn(event),
        show: eventFor(context),
      },
      asked.limit,
      asked.after,
    );
    return pageAnswer(context, asked, events, { show: eventView, brief: briefEvent });
  },
});
