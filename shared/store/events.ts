// Audit events as items: one with every change, in its transaction; one for each refusal worth keeping, counted by the
// minute so that a flood of them stays small.
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Action } from '../domain/base/actions.ts';
import { derivedId, type EventId, eventAfter, type TenantId, timePrefix } from '../domain/base/ids.ts';
import type { ProblemCode } from '../domain/base/refusal.ts';
import { type Audit, mostTold, type Texts } from '../domain/change.ts';
import * as on from './conditions.ts';
import type { Item } from './db.ts';
import { stored } from './items.ts';
import { keys, partitions } from './keys.ts';
import { indexes } from './table.ts';
import type { Write } from './write.ts';

export interface Actor {
  readonly kind: 'person' | 'client' | 'service' | 'operator' | 'system' | 'unknown';
  /** Of somebody who is bound to no user: a digest of issuer and subject. */
  readonly id?: string | undefined;
}

/** By which ids a request is found again: ours, and the one of the trace that it is part of, when it is. */
export interface RequestIds {
  readonly requestId: string;
  readonly traceId?: string | undefined;
}

/** Characters of a difference that stay in the event's own item; the rest goes into parts. */
const partSize = 60_000;

const indexed = (tenant: TenantId, id: EventId, target: string): Item => ({
  [indexes.byTarget.pk]: partitions.targetOf(tenant, target, id),
  [indexes.byTarget.sk]: id,
});

/** What every event of one attempt at a mutation says. */
interface Deed {
  readonly tenant: TenantId;
  readonly id: EventId;
  readonly now: number;
  readonly attempt: number;
  readonly request: RequestIds & { readonly operation: string };
  readonly by: { readonly actor: Actor; readonly authority?: string | undefined };
}

/** The event of a change and the parts of its difference. */
const eventWrites = ({ tenant, id, now, attempt, request, by }: Deed, audit: Audit | undefined): Write[] => {
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
    difference: parts.length === 0 ? text : undefined,
    parts: parts.length,
    valuesOf: personal?.user,
    attempt,
    ...indexed(tenant, id, target),
  });
  const along = parts.map((part, i) => stored(keys.eventPart(tenant, id, i), { text: part }));
  if (personal) along.push(stored(keys.personalOf(tenant, personal.user, id), textsOf(personal)));
  return [event, ...along].map((Item, i) => ({
    purpose: i === 0 ? 'event' : 'free',
    item: { Put: { Item, TableName: '', ...(i === 0 && { ConditionExpression: on.absent }) } },
  }));
};

type Personal = NonNullable<Audit['personal']>;

const textsOf = ({ before, after }: Personal) => {
  const told = (texts: Texts) => Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined));
  return { before: told(before), after: told(after) };
};

/** In place of each text a reference to the item that has it. */
const withRefs = (id: EventId, audit: Audit, personal: Personal) => {
  const texts = textsOf(personal);
  const refs = (of: object) => Object.fromEntries(Object.keys(of).map((field) => [field, { ref: id }]));
  return {
    before: { ...(audit.before as object | undefined), ...refs(texts.before) },
    after: { ...(audit.after as object | undefined), ...refs(texts.after) },
  };
};

type Members = { readonly members?: readonly string[] } | undefined;

/** Lists of ids in a difference cut to one of them: the sides that name it. */
export const onlyOf = (difference: unknown, id: string): { readonly before?: Members; readonly after?: Members } =>
  Object.fromEntries(
    Object.entries((difference ?? {}) as Record<string, Members>).flatMap(([side, fields]) =>
      fields?.members?.includes(id) ? [[side, { members: [id] }]] : [],
    ),
  );

/**
 * How users and groups find events that concern them besides their targets: each its own small copy, or, when there are
 * many, or no room for them, one item that stands for the events and is looked through. @param room items that still fit
 */
const alsoWrites = (tenant: TenantId, events: readonly Told[], room: number): Write[] => {
  const told = events.filter(({ audit }) => (audit?.also ?? []).length > 0);
  const first = told[0];
  if (!first) return [];
  const copies = told.flatMap(({ id, item, audit }) =>
    (audit?.also ?? []).map((one) => {
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

/** An event that is written, as its item. */
interface Told {
  readonly id: EventId;
  readonly item: Item;
  readonly audit: Audit | undefined;
}

/** What one operation of a change set did, and by which authority. */
export interface StepEvent {
  readonly operation: string;
  readonly authority?: string | undefined;
  readonly audit: Audit | undefined;
}

/** The event of a change set, which names those of its operations, and these, right behind it in their order. */
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

/** What a mutation did, for its events. */
interface Done {
  readonly audit: Audit | undefined;
  /** Of a change set, what each of its operations did. */
  readonly steps: readonly StepEvent[] | undefined;
  /** Items that still fit the transaction. */
  readonly room: number;
}

/** All that is written of a change, or of a change set with its steps, for whoever asks what has happened. */
export const toldWrites = (deed: Deed, { audit, steps, room }: Done): Write[] => {
  const own = steps ? setEventWrites(deed, steps) : eventWrites(deed, audit);
  const audits = steps ? [undefined, ...steps.map((step) => step.audit)] : [audit];
  const told = own
    .filter(({ purpose }) => purpose === 'event')
    .map(({ item }, i) => ({ item: item.Put?.Item as Item, id: item.Put?.Item?.id as EventId, audit: audits[i] }));
  return [...own, ...alsoWrites(deed.tenant, told, room - own.length)];
};

/** A text in parts, cut so that no character is torn in two. */
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

/** Like denials are counted together for so long, in milliseconds. */
export const countedFor = 60_000;

/** The end of the time for which a denial is counted together with like ones. */
export const countedUntil = (ms: number): number => ms - (ms % countedFor) + countedFor - 1;

/**
 * The same denial again within a minute raises a count: one small write, no read. Its id is of the minute's end, so that
 * whoever reads backwards meets it before anything of that minute: it is listed by the time when it last happened.
 */
export const denialCommand = (TableName: string, tenant: TenantId, denial: Denial, now: number): UpdateCommand => {
  const { action, target, actor, code, requestId, traceId } = denial;
  const tail = derivedId('event', action, target, actor.kind, actor.id ?? '', code).slice(1, 11);
  const id = `e${timePrefix(countedUntil(now))}${tail}` as EventId;
  const at = new Date(now).toISOString();
  const fixed = {
    id,
    last: at,
    action,
    target,
    actor: actor.id === undefined ? { kind: actor.kind } : actor,
    outcome: 'refused',
    code,
    ...indexed(tenant, id, target),
  };
  const fields = Object.entries(fixed);
  // Of those that are counted together, the first is named.
  const first = Object.entries({ requestId, traceId, at }).filter(([, v]) => v !== undefined);
  return new UpdateCommand({
    TableName,
    Key: keys.event(tenant, id),
    UpdateExpression: `SET ${[
      ...fields.map((_, i) => `#f${i} = :f${i}`),
      ...first.map((_, i) => `#g${i} = if_not_exists(#g${i}, :g${i})`),
    ].join(', ')} ADD #c :one`,
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
