// GET /v1/audit/events/{eventId}/difference
import type { EventId } from '../../shared/domain/base/ids.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { eventFor } from '../../shared/http/operations/audit.ts';
import { differenceOf } from '../../shared/http/operations/views.ts';
import { slices } from '../../shared/store/events.ts';
import { digestOf } from '../../shared/store/keys.ts';
import { listOf, readEvent } from '../../shared/store/lists.ts';

export const handler = query('getEventDifference', {
  run: async (context) => {
    const { input, runtime, tenant } = context;
    const { eventId } = input.params;
    const stored = await readEvent(runtime.store.db, tenant, eventId as EventId);
    const event = stored && eventFor(context)(stored);
    if (!event) throw new Refusal('not-found', 'There is no such event.');
    const text = JSON.stringify(differenceOf(event));
    // The cursor is bound to the text, because parts of two different texts do not fit together.
    const asked = pageInput(context, { ...input.query, eventId, text: digestOf(text) });
    const parts = slices(text).map((item, i) => ({ item, at: String(i) }));
    return pageAnswer(context, asked, listOf(parts.filter(({ at }) => Number(at) > Number(asked.after ?? -1))));
  },
});
