// GET /v1/operators/events
import { outside, pageAnswer, pageInput } from '../../shared/http/operation.ts';
import { briefEvent, eventView } from '../../shared/http/operations/views.ts';
import { listEvents } from '../../shared/store/event-lists.ts';
import { operatorsRoom } from '../../shared/store/keys.ts';

export const handler = outside('listOperatorEvents', async (call) => {
  const asked = pageInput(call, call.input.query);
  const { tenant: target, from, to } = call.input.query;
  const filter = {
    from: from === undefined ? undefined : Date.parse(from),
    to: to === undefined ? undefined : Date.parse(to),
    target,
  };
  const events = listEvents(call.runtime.store.db, operatorsRoom, filter, asked.limit, asked.after);
  return pageAnswer(call, asked, events, { show: eventView, brief: briefEvent });
});
