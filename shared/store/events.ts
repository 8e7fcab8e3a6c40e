// Audit events as items: one in the transaction of each change, and one for each refusal worth keeping, counted by the
// minute so that a flood of them stays small.
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Action } from '../domain/base/actions.ts';
import { derivedId, type EventId, eventAfter, type RunId, type TenantId, timePrefix } from '../domain/base/ids.ts';
import type { ProblemCode } from '../domain/base/refusal.ts';
import { type Audit, mostTold, type NamedTexts } from '../domain/change.ts';
import * as on from './conditions.ts';
import type { Item } from './db.ts';
import { stored } from './items.ts';
import { keys, operatorsRoom, partitions } from './keys.ts';
import { indexes } from './table.ts';
import type { Write } from './write.ts';

export interface Actor {
  readonly kind: 'person' | 'client' | 'service' | 'operator' | 'system' | 'unknown';
  /** The id of a user; a digest of issuer and subject for a caller who is bound to no user. */
  readonly id?: string | undefined;
}

/** The ids that lead back to a request: its own, and the one of its trace when it has one. */
export interface RequestIds {
  readonly requestId: string;
  readonly traceId?: string | undefined;
}

/** Characters of a difference kept in the event's own item; the rest goes into parts. */
const partSize = 60_000;

const indexed = (tenant: TenantId, id: EventId, target: string): Item => ({
  [indexes.byTarget.pk]: partitions.targetOf(tenant, target, id),
  [indexes.byTarget.sk]: id,
});

/** The content that all events of one attempt at a mutation share. */
interface Deed {
  readonly tenant: TenantId;
  readonly id: EventId;
  readonly now: number;
  readonly attempt: number;
  readonly request: RequestIds & { readonly operation: string; readonly run?: RunId | undefined };
  readonly by: { readonly actor: Actor; readonly authority?: string | undefined };
  readonly order: CommitOrder;
}

/**
 * The place of a change among all others. The ids of events do not give it, because an id is drawn when a request begins,
 * and a request that has lost to another one is planned anew under the same id.
 */
export interface CommitOrder {
  /** The version of the book after the change; absent when the change has not moved it. */
  readonly version?: number | undefined;
  /** The version of the book that the change was planned on, when it has not moved it. */
  readonly basis?: number | undefined;
  /** The revs of the access items that the change has written. */
  readonly revs: ReadonlyMap<string, number>;
}

/** The event of a change and the parts of its difference. */
const eventWrites = ({ tenant, id, now, attempt, request, by, order }: Deed, audit: Audit | undefined): Write[] => {
  if (!audit) throw new Error(`${request.operation} changes something without an event`);
  const { action, target, personal } = audit;
  const { before, after } = personal ? withRefs(id, audit, personal) : audit;
  const text = JSON.stringify({ before, after });
  const parts = text.length <= partSize ? [] : slices(text);
  const event = stored(keys.event(tenant, id), {
    id,
    at: new Date(now).toISOString(),
    action,
    target,
    actor: by.actor.id === undefined ? { kind: by.actor.kind } : by.actor,
    authority: by.authority,
    outcome: 'done',
    requestId: request.requestId,
    traceId: request.traceId,
    run: request.run ?? runIn(audit),
    difference: parts.length === 0 ? text : undefined,
    parts: parts.length,
    valuesOf: personal?.user,
    attempt,
    version: order.version,
    basis: order.basis,
    rev: order.revs.get(target),
    ...indexed(tenant, id, target),
  });
  const along = parts.map((part, i) => stored(keys.eventPart(tenant, id, i), { text: part }));
  if (personal) along.push(stored(keys.personalOf(tenant, personal.user, id), textsOf(personal)));
  return [event, ...along].map((Item, i) => ({
    purpose: i === 0 ? 'event' : 'free',
    item: { Put: { Item, TableName: '', ...(i === 0 && { ConditionExpression: on.absent }) } },
  }));
};

/** The run that an event of the run's own protocol names. */
const runIn = ({ after }: Audit): unknown => (after as { readonly run?: unknown } | undefined)?.run;

type Personal = NonNullable<Audit['personal']>;

const textsOf = ({ before, after }: Personal) => {
  const told = (texts: NamedTexts) =>
    Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined));
  return { before: told(before), after: told(after) };
};

/** The difference with a reference in place of each personal text. */
const withRefs = (id: EventId, audit: Audit, personal: Personal) => {
  const texts = textsOf(personal);
  const refs = (of: object) => Object.fromEntries(Object.keys(of).map((field) => [field, { ref: id }]));
  return {
    before: { ...(audit.before as object | undefined), ...refs(texts.before) },
    after: { ...(audit.after as object | undefined), ...refs(texts.after) },
  };
};

type Members = { readonly members?: readonly string[] } | undefined;

/** A difference of lists of ids, reduced to one id and to the sides that name it. */
export const onlyOf = (difference: unknown, id: string): { readonly before?: Members; readonly after?: Members } =>
  Object.fromEntries(
    Object.entries((difference ?? {}) as Record<string, Members>).flatMap(([side, fields]) =>
      fields?.members?.includes(id) ? [[side, { members: [id] }]] : [],
    ),
  );

/**
 * The writes by which users and groups find events that concern them besides the targets: a small copy each, or one item
 * that names the events when the copies are too many or do not fit.
 * @param room items that still fit the transaction
 */
const alsoWrites = (tenant: TenantId, events: readonly Told[], room: number): Write[] => {
  const told = events.filter(({ audit }) => (audit?.also ?? []).length > 0);
  const first = told[0];
  if (!first) return [];
  const copies = told.flatMap(({ id, item, audit }) =>
    [...new Set(audit?.also)].map((one) => {
      const { before, after } = audit as Audit;
      const difference = JSON.stringify(onlyOf({ before, after }, one));
      const { parts: _, ...head } = item;
      return { ...head, ...keys.eventOf(tenant, id, one), difference, ...indexed(tenant, id, one) };
    }),
  );
  const wide = {
    ...keys.eventOf(tenant, first.id, 'members'),
    events: told.map(({ id }) => id),
    [indexes.byTarget.pk]: partitions.wide(tenant),
    [indexes.byTarget.sk]: first.id,
  };
  const items = copies.length <= Math.min(mostTold, room) ? copies : [wide];
  return items.map((Item) => ({ purpose: 'free', item: { Put: { Item, TableName: '' } } }));
};

/** A written event with its item. */
interface Told {
  readonly id: EventId;
  readonly item: Item;
  readonly audit: Audit | undefined;
}

/** The event of one operation of a change set, and the authority for it. */
export interface StepEvent {
  readonly operation: string;
  readonly authority?: string | undefined;
  readonly audit: Audit | undefined;
}

/** The event of a change set, which lists its operations' events, followed by these in order. */
const setEventWrites = (deed: Deed, steps: readonly StepEvent[]): Write[] => {
  const { id, request } = deed;
  const { actor } = deed.by;
  const ids = steps.map((_, i) => eventAfter(id, i + 1));
  const whole: Audit = { action: 'changes.submitted', target: 'tenant', after: { events: ids } };
  return [
    ...eventWrites({ ...deed, by: { actor } }, whole),
    ...steps.flatMap(({ operation, authority, audit }, i) =>
      eventWrites(
        { ...deed, id: ids[i] as EventId, request: { ...request, operation }, by: { actor, authority } },
        audit,
      ),
    ),
  ];
};

/** The copies of operators' events in their own audit, each under the tenant that it concerns. */
const operatorsWrites = ({ tenant, by }: Deed, events: readonly Told[]): Write[] =>
  by.actor.kind === 'operator' ? events.map(({ item }) => operatorsWrite(tenant, item)) : [];

/** An event of the operators' audit. Its target is the tenant. */
export const operatorsWrite = (tenant: TenantId, event: Item): Write => {
  const { parts: _, valuesOf: __, ...told } = event;
  const id = event.id as EventId;
  const Item = { ...told, ...keys.event(operatorsRoom, id), target: tenant, ...indexed(operatorsRoom, id, tenant) };
  return { purpose: 'free', item: { Put: { Item, TableName: '' } } };
};

/** An event that no plan makes. */
interface PlainEvent extends RequestIds {
  readonly tenant: TenantId;
  readonly id: EventId;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly action: Action;
  readonly target: string;
  readonly actor: Actor;
  /** The difference's `after`. */
  readonly told: object;
}

/** The item of an event that no plan makes. */
export const eventItem = ({ tenant, id, now, told, ...event }: PlainEvent): Item =>
  stored(keys.event(tenant, id), {
    id,
    at: new Date(now).toISOString(),
    ...event,
    outcome: 'done',
    difference: JSON.stringify({ after: told }),
    ...indexed(tenant, id, event.target),
  });

/** The result of a mutation, for its events. */
interface Done {
  /** One for each event, in order. */
  readonly audits: readonly (Audit | undefined)[];
  /** The operations of a change set. */
  readonly steps: readonly StepEvent[] | undefined;
  /** Number of items that still fit the transaction. */
  readonly room: number;
}

/** All audit writes of a change, or of a change set with its operations. */
export const toldWrites = (deed: Deed, { audits: plain, steps, room }: Done): Write[] => {
  const own = steps
    ? setEventWrites(deed, steps)
    : plain.flatMap((audit, i) => eventWrites({ ...deed, id: eventAfter(deed.id, i) }, audit));
  const audits = steps ? [undefined, ...steps.map((step) => step.audit)] : plain;
  const told = own
    .filter(({ purpose }) => purpose === 'event')
    .map(({ item }, i) => ({ item: item.Put?.Item as Item, id: item.Put?.Item?.id as EventId, audit: audits[i] }));
  return [...own, ...operatorsWrites(deed, told), ...alsoWrites(deed.tenant, told, room - own.length)];
};

/** Splits a text into parts between characters, never within a surrogate pair. */
export const slices = (text: string): string[] => {
  const parts: string[] = [];
  for (let from = 0; from < text.length; ) {
    const split = /[\ud800-\udbff]/.test(text[from + partSize - 1] ?? '');
    const to = from + partSize - (split ? 1 : 0);
    parts.push(text.slice(from, to));
    from = to;
  }
  return parts;
};

export interface Denial extends RequestIds {
  readonly action: Action;
  readonly target: string;
  readonly actor: Actor;
  readonly code: ProblemCode;
}

/** Milliseconds for which what is equal is counted together: denials by the minute, reading in bulk by the hour. */
export const countedPeriods = { minute: 60_000, hour: 3_600_000 } as const;

/** The end of the period in which something is counted, in milliseconds since 1970. */
export const countedUntil = (ms: number, period: number = countedPeriods.minute): number =>
  ms - (ms % period) + period - 1;

/** Reading of the audit in bulk. Its target is the tenant. */
export interface BulkReading extends RequestIds {
  readonly action: 'events.listed' | 'events.exported';
  readonly actor: Actor;
}

/**
 * Counts a denial by the minute, or reading in bulk by the hour: one small write, no read. The id is of the period's end,
 * so that a reader who goes backwards meets it before any event of the period; lists show it at its last occurrence. What
 * is sealed is counted no more: then what happens needs an event of its own.
 * @param own true for an event that nothing else shares
 */
export const countCommand = (
  TableName: string,
  tenant: TenantId,
  told: Denial | BulkReading,
  now: number,
  own = false,
): UpdateCommand => {
  const { action, actor, requestId, traceId } = told;
  const [code, target, period] =
    'code' in told ? [told.code, told.target, countedPeriods.minute] : [undefined, 'tenant', countedPeriods.hour];
  const parts = [action, target, actor.kind, actor.id ?? '', code ?? '', ...(own ? [requestId] : [])];
  const tail = derivedId('event', ...parts).slice(1, 11);
  const id = `e${timePrefix(countedUntil(now, period))}${tail}` as EventId;
  const at = new Date(now).toISOString();
  const fixed = {
    id,
    last: at,
    action,
    target,
    actor: actor.id === undefined ? { kind: actor.kind } : actor,
    outcome: code === undefined ? 'done' : 'refused',
    ...(code !== undefined && { code }),
    ...indexed(tenant, id, target),
  };
  const fields = Object.entries(fixed);
  // Time and request of the first that is counted.
  const first = Object.entries({ requestId, traceId, at }).filter(([, v]) => v !== undefined);
  return new UpdateCommand({
    TableName,
    Key: keys.event(tenant, id),
    UpdateExpression: `SET ${[
      ...fields.map((_, i) => `#f${i} = :f${i}`),
      ...first.map((_, i) => `#g${i} = if_not_exists(#g${i}, :g${i})`),
    ].join(', ')} ADD #c :one`,
    ConditionExpression: on.unsealed,
    ExpressionAttributeNames: {
      ...Object.fromEntries(fields.map(([name], i) => [`#f${i}`, name])),
      ...Object.fromEntries(first.map(([name], i) => [`#g${i}`, name])),
      '#c': 'count',
    },
    ExpressionAttributeValues: {
      ...Object.fromEntries(fields.map(([, value], i) => [`:f${i}`, value])),
      ...Object.fromEntries(first.map(([, value], i) => [`:g${i}`, value])),
      ':one': 1,
    },
  });
};
