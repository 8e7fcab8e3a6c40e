// GET /v1/audit/events/{eventId}/difference
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { loadEvent } from '../../shared/http/operations/audit.ts';
import { differenceOf } from '../../shared/http/operations/views.ts';
import { slices } from '../../shared/store/events.ts';
import { digestOf } from '../../shared/store/keys.ts';
import { listOf } from '../../shared/store/lists.ts';

export const handler = query('getEventDifference', {
  run: async (context) => {
    const { input } = context;
    const { eventId } = input.params;
    const text = JSON.stringify(differenceOf(await loadEvent(context, eventId)));
    // The cursor is bound to the text, because parts of two different texts do not fit together.
    const asked = pageInput(context, { ...input.query, eventId, text: digestOf(text) });
    const parts = slices(text).map((item, i) => ({ item, at: String(i) }));
    return pageAnswer(context, asked, listOf(parts.filter(({ at }) => Number(at) > Number(asked.after ?? -1))));
  },
});
