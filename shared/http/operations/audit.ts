// Audit events as the caller may see them, for every operation that shows events.
import { type EventId, isId } from '../../domain/base/ids.ts';
import { Refusal } from '../../domain/base/refusal.ts';
import type { Book } from '../../domain/book/book.ts';
import { ruleRightsOf } from '../../domain/deciding/decide.ts';
import { readsOthers, visibleEvent } from '../../domain/deciding/visible.ts';
import type { Authorised } from '../../store/authorised.ts';
import { readEvent } from '../../store/event-content.ts';
import type { EventFilter } from '../../store/event-lists.ts';
import type { StoredEvent } from '../../store/items.ts';
import type { OperationContext } from '../gateway/call.ts';
import { actionIn, differenceOf } from './views.ts';

interface Reading {
  readonly book: Book;
  readonly by: Authorised;
}
const readerOf = ({ book, by }: Reading) => ({ ...by, id: by.access?.id, onRules: ruleRightsOf(book, by.access) });

/** The part of an event that the caller may see; undefined for an event that is hidden from the caller. */
const eventFor = (reading: Reading) => {
  const reader = readerOf(reading);
  return (event: StoredEvent): StoredEvent | undefined =>
    visibleEvent({ ...event, action: actionIn(event) }, reader, reading.book);
};

/** The member of an answer that says to a caller who reads no events of others that there may be more. */
export const ownOnly = (reading: Reading): { readonly ownOnly?: true } =>
  readsOthers(readerOf(reading), reading.book) ? {} : { ownOnly: true };

type Context = Pick<OperationContext<'getEvent'>, 'book' | 'by' | 'runtime' | 'tenant'>;

/** An event as the caller may see it, with its whole difference. @throws Refusal not-found also for a hidden event */
export const loadEvent = async (context: Context, id: string): Promise<StoredEvent> => {
  const stored = await readEvent(context.runtime.store.db, context.tenant, id as EventId);
  const event = stored && eventFor(context)(stored);
  if (!event) throw new Refusal('not-found', 'There is no such event.');
  return event;
};

/** The parameters by which events are chosen. */
interface Chosen {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
  readonly action?: string | undefined;
  readonly outcome?: string | undefined;
  readonly correlation?: string | undefined;
  readonly order?: 'newest' | 'oldest' | undefined;
}

/**
 * The filter of a list. Undefined when nothing matches, because the event that others are to belong to is not there for
 * the caller.
 */
export const filterOf = async (context: Context, chosen: Chosen): Promise<EventFilter | undefined> => {
  const { from, to, actor, target, action, outcome, order } = chosen;
  const together = await correlated(context, chosen.correlation);
  if (!together) return undefined;
  const times = [from, to].map((time) => (time === undefined ? undefined : Date.parse(time)));
  return {
    from: narrower(Math.max, times[0], together.time),
    to: narrower(Math.min, times[1], together.time),
    target,
    order,
    keep: (event) =>
      (actor ?? event.actor.id) === event.actor.id &&
      (action ?? actionIn(event)) === actionIn(event) &&
      (outcome ?? event.outcome) === event.outcome &&
      together.with(event),
    show: eventFor(context),
  };
};

const narrower = (of: typeof Math.max, ...times: (number | undefined)[]): number | undefined => {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? of(...known) : undefined;
};

/** What belongs together: a test of events, and the moment that all of them are of, where it is known. */
interface Together {
  readonly time?: number;
  readonly with: (event: StoredEvent) => boolean;
}

/**
 * The events that one id holds together. An event stands for all of its request, which have ids of one moment. A hidden
 * event stands for none, because its id follows from those of the events beside it.
 */
const correlated = async (context: Context, id: string | undefined): Promise<Together | undefined> => {
  if (id === undefined) return { with: () => true };
  if (!isId('event', id)) return { with: (event) => [event.requestId, event.traceId, runOf(event)].includes(id) };
  const stored = await readEvent(context.runtime.store.db, context.tenant, id);
  if (!stored || !eventFor(context)(stored)) return undefined;
  const { at, last = at, requestId } = stored;
  return { time: Date.parse(last), with: (event) => event.requestId === requestId };
};

/** The run that an event is part of. Events of earlier releases name it in their difference, or not at all. */
const runOf = (event: StoredEvent): unknown =>
  event.run ?? (differenceOf(event) as { readonly after?: { readonly run?: unknown } }).after?.run;
