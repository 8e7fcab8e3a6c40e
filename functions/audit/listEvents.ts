// GET /v1/audit/events
import { cursorOf, pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { filterOf, ownOnly } from '../../shared/http/operations/audit.ts';
import { briefEvent, eventView } from '../../shared/http/operations/views.ts';
import { followedFrom, listEvents } from '../../shared/store/event-lists.ts';
import type { StoredEvent } from '../../shared/store/items.ts';
import { listOf } from '../../shared/store/lists.ts';

export const handler = query('listEvents', {
  run: async (context) => {
    const { runtime, tenant, input, by, requestId, traceId } = context;
    const { db } = runtime.store;
    const asked = pageInput(context, input.query);
    const resume = input.query.order === 'oldest' ? followedFrom(runtime.store.now, asked.after) : undefined;
    const filter = await filterOf(context, input.query);
    const events = filter ? listEvents(db, tenant, filter, asked.limit, asked.after) : listOf<StoredEvent>([]);
    const limits = ownOnly(context);
    // Whoever turns pages reads in bulk, and that is told once an hour.
    const isBulk = asked.after !== undefined && !('ownOnly' in limits);
    const reading = { action: 'events.listed', actor: by.actor, requestId, traceId } as const;
    const [{ body }] = await Promise.all([
      pageAnswer(context, asked, events, { show: eventView, brief: briefEvent }),
      isBulk && runtime.store.countRead(tenant, reading),
    ]);
    const follows = resume !== undefined && !('cursor' in body);
    return { body: { ...body, ...(follows && { resume: cursorOf(context, asked, resume) }), ...limits } };
  },
});
