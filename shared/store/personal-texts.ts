// The personal texts of audit events, which stand apart from the events so that erasing them leaves the events whole.
import { type EventId, type TenantId, timeIn, type UserId } from '../domain/base/ids.ts';
import type { Db } from './db.ts';
import { toAccess, toPersonal } from './items.ts';
import { keys } from './keys.ts';

/** The fields of an event that say whose texts it refers to. */
interface Referring {
  readonly id: string;
  readonly valuesOf?: string | undefined;
}

export type PersonalTexts = NonNullable<ReturnType<typeof toPersonal>>;

/** Stands for texts that are gone because the person is erased. */
export const erased = 'erased';
export type TextsOrErased = typeof erased | PersonalTexts;

/**
 * The texts to which events refer, by the events' ids, of users who are not deleted. A person is erased from the event of
 * the erasure on; a sweep removes the texts later.
 */
export const personalTexts = async (
  db: Db,
  tenant: TenantId,
  events: readonly Referring[],
): Promise<ReadonlyMap<string, TextsOrErased>> => {
  const told = events.flatMap(({ id, valuesOf }) =>
    valuesOf === undefined ? [] : [[id, valuesOf as UserId] as const],
  );
  const items = await db.read(
    told.flatMap(([id, user]) => [keys.personalOf(tenant, user, id as EventId), keys.access(tenant, user)]),
  );
  const found = told.flatMap(([id], i): (readonly [string, TextsOrErased])[] => {
    const [texts, access] = [toPersonal(items[2 * i]), toAccess(items[2 * i + 1])];
    const isErased = texts === undefined || (timeIn(id) ?? 0) <= (access?.erased?.at ?? -1);
    if (isErased) return [[id, erased]];
    return (access?.state ?? 'deleted') === 'deleted' ? [] : [[id, texts]];
  });
  return new Map(found);
};
