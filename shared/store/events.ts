// Audit events as items: one with every change, in its transaction; one for each refusal worth keeping, counted by the
// minute so that a flood of them stays small.
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Audit } from '../domain/change.ts';
import { derivedId, type EventId, eventAfter, type TenantId, timePrefix } from '../domain/ids.ts';
import type { ProblemCode } from '../domain/refusal.ts';
import * as on from './conditions.ts';
import type { Item } from './db.ts';
import { stored } from './items.ts';
import { keys, partitions } from './keys.ts';
import { indexes } from './table.ts';
import type { Write } from './transaction.ts';

export interface Actor {
  readonly kind: 'person' | 'client' | 'service' | 'operator' | 'system' | 'unknown';
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

/** The event of a change and the parts of its difference. */
export const eventWrites = (
  tenant: TenantId,
  id: EventId,
  now: number,
  attempt: number,
  request: RequestIds & { readonly operation: string },
  by: { readonly actor: Actor; readonly authority?: string | undefined },
  audit: Audit = { action: request.operation, target: 'tenant' },
): Write[] => {
  const { action, target, before, after } = audit;
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
    attempt,
    ...indexed(tenant, id, target),
  });
  return [event, ...parts.map((part, i) => stored(keys.eventPart(tenant, id, i), { text: part }))].map((Item, i) => ({
    purpose: i === 0 ? 'event' : 'free',
    item: { Put: { Item, TableName: '', ...(i === 0 && { ConditionExpression: on.absent }) } },
  }));
};

/** What one operation of a change set did, and by which authority. */
export interface StepEvent {
  readonly operation: string;
  readonly authority?: string | undefined;
  readonly audit: Audit | undefined;
}

/** The event of a change set, which names those of its operations, and these, right behind it in their order. */
export const setEventWrites = (
  tenant: TenantId,
  id: EventId,
  now: number,
  attempt: number,
  request: RequestIds & { readonly operation: string },
  by: { readonly actor: Actor },
  steps: readonly StepEvent[],
): Write[] => {
  const ids = steps.map((_, i) => eventAfter(id, i + 1));
  const whole: Audit = { action: 'changes.submitted', target: 'tenant', after: { events: ids } };
  return [
    ...eventWrites(tenant, id, now, attempt, request, { actor: by.actor }, whole),
    ...steps.flatMap(({ operation, authority, audit }, i) =>
      eventWrites(
        tenant,
        ids[i] as EventId,
        now,
        attempt,
        { ...request, operation },
        { actor: by.actor, authority },
        audit,
      ),
    ),
  ];
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
  readonly operation: string;
  readonly target: string;
  readonly actor: Actor;
  readonly code: ProblemCode;
}

/** The same denial again within a minute raises a count: one small write, no read. */
export const denialCommand = (TableName: string, tenant: TenantId, denial: Denial, now: number): UpdateCommand => {
  const minute = now - (now % 60_000);
  const { operation, target, actor, code, requestId, traceId } = denial;
  const tail = derivedId('event', operation, target, actor.kind, actor.id ?? '', code).slice(1, 11);
  const id = `e${timePrefix(minute)}${tail}` as EventId;
  const fixed = {
    id,
    action: operation,
    target,
    actor: actor.id === undefined ? { kind: actor.kind } : actor,
    outcome: 'refused',
    code,
    ...indexed(tenant, id, target),
  };
  const fields = Object.entries(fixed);
  // Of those that are counted together, the first is named.
  const first = Object.entries({ requestId, traceId, at: new Date(now).toISOString() }).filter(
    ([, v]) => v !== undefined,
  );
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
