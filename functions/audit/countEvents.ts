// GET /v1/audit/counts
import { invalid } from '../../shared/domain/base/refusal.ts';
import { Room } from '../../shared/domain/base/weight.ts';
import { cursorOf, pageInput, query } from '../../shared/http/operation.ts';
import { filterOf, ownOnly } from '../../shared/http/operations/audit.ts';
import { actionIn } from '../../shared/http/operations/views.ts';
import { Counts, sealedCounts } from '../../shared/store/day-counts.ts';
import { listEvents, mostEvents } from '../../shared/store/event-lists.ts';
import { sealStateOf } from '../../shared/store/seal-state.ts';

const dayMs = 86_400_000;
const mostDays = 366;

export const handler = query('countEvents', {
  run: async (context) => {
    const { runtime, tenant, input, by } = context;
    const { db } = runtime.store;
    const { from, to, cursor: _, ...chosen } = input.query;
    const [first, end] = [Date.parse(from), Date.parse(to) + dayMs];
    if (end - first > mostDays * dayMs) throw invalid('query.to', `is more than ${mostDays} days after the first day`);
    const asked = pageInput(context, { ...input.query, limit: 1 });
    const counts = new Counts();
    // Later pages go on beyond what was sealed at the first one, which has counted that.
    const [place, sealed = ''] = asked.after?.split(' ') ?? [];
    const through = place === undefined && by.keeper ? ((await sealStateOf(db, tenant))?.through ?? '') : sealed;
    if (place === undefined && through !== '')
      for (const count of await sealedCounts(db, tenant, from, to)) {
        const action = actionIn(count);
        const isWanted = (chosen.action ?? action) === action && (chosen.outcome ?? count.outcome) === count.outcome;
        if (isWanted) counts.add({ ...count, action });
      }
    const filter = await filterOf(context, chosen);
    const unsealed = { ...filter, from: first, to: end - 1, counted: true, beyond: through || undefined };
    let stop: string | undefined;
    for await (const { at, item } of listEvents(db, tenant, unsealed, mostEvents, place)) {
      if (item) counts.addEvent({ ...item, action: actionIn(item) });
      else stop = `${at} ${through}`;
    }
    const all = counts.sorted();
    const items = new Room().first(all);
    const more = items.length < all.length && { more: true };
    return {
      body: { items, ...more, ...(stop && { cursor: cursorOf(context, asked, stop) }), ...ownOnly(context) },
    };
  },
});
