// The content of an audit event: its difference joined from its parts, the personal texts that it refers to, and the part
// of it that concerns one user or group.
import type { EventId, TenantId } from '../domain/base/ids.ts';
import { isId } from '../domain/base/ids.ts';
import { byBytes, type Db } from './db.ts';
import { onlyOf } from './events.ts';
import { CorruptItem } from './failures.ts';
import { type StoredEvent, toEvent } from './items.ts';
import { keys, partitions } from './keys.ts';
import { mergedPage } from './lists.ts';
import { erased, personalTexts, type TextsOrErased } from './personal-texts.ts';
import { indexes } from './table.ts';

/** One event with its whole difference. */
export const readEvent = async (db: Db, tenant: TenantId, id: EventId): Promise<StoredEvent | undefined> => {
  const [item] = await db.read([keys.event(tenant, id)]);
  const event = toEvent(item);
  if (!event) return undefined;
  const [whole] = await withTexts(db, tenant, [await withParts(db, tenant, event)]);
  return whole;
};

/** The event with its difference joined from its parts. */
export const withParts = async (db: Db, tenant: TenantId, event: StoredEvent): Promise<StoredEvent> => {
  if (event.parts === 0) return event;
  const where = Array.from({ length: event.parts }, (_, i) => keys.eventPart(tenant, event.id as EventId, i));
  const parts = await db.read(where);
  const text = parts.map((part, i) => {
    if (typeof part?.text !== 'string') throw new CorruptItem(where[i] as never, 'a part of an event is missing');
    return part.text;
  });
  return { ...event, difference: JSON.parse(text.join('')) };
};

/** Puts personal texts into their places, unless the user is deleted. Where texts are erased, the place says so. */
export const withTexts = async (db: Db, tenant: TenantId, events: readonly StoredEvent[]): Promise<StoredEvent[]> => {
  const texts = await personalTexts(db, tenant, events);
  return events.map((event) => {
    const found = texts.get(event.id);
    return found ? { ...event, difference: resolved(event, found) } : event;
  });
};

const resolved = ({ id, difference }: StoredEvent, found: TextsOrErased) =>
  Object.fromEntries(
    Object.entries((difference ?? {}) as Record<string, Record<string, unknown>>).map(([side, fields]) => {
      const told = (field: string, was: unknown) => {
        if ((was as { ref?: unknown } | undefined)?.ref !== id) return was;
        if (found === erased) return { ref: id, erased: true };
        const value = found[side as keyof typeof found]?.[field];
        return value === undefined ? was : { ref: id, value };
      };
      return [side, Object.fromEntries(Object.entries(fields).map(([field, was]) => [field, told(field, was)]))];
    }),
  );

/** The events whose difference names this user or group, each reduced to it; newest first. */
export const concerning = async (
  db: Db,
  tenant: TenantId,
  ids: readonly string[],
  id: string,
): Promise<StoredEvent[]> => {
  const items = await db.read(ids.map((event) => keys.event(tenant, event as EventId)));
  const whole = await Promise.all(
    items.flatMap((item) => toEvent(item) ?? []).map((one) => withParts(db, tenant, one)),
  );
  const told = await Promise.all(
    whole.map(async (event) => {
      const left = event.action === 'role.deleted' && (await wasMember(db, tenant, event, id));
      return { ...event, difference: left ? { before: { members: [id] } } : onlyOf(event.difference, id), parts: 0 };
    }),
  );
  return told
    .filter(({ difference }) => Object.keys(difference as object).length > 0)
    .sort((a, b) => byBytes(b.id, a.id));
};

/** Most events of a role searched for its last change to a member, and the number read at a time. */
const [mostOfRole, ofRoleAtOnce] = [500, 50];

/** True when the user or group was a member of the role at its deletion, by the last earlier event that names it. */
const wasMember = async (db: Db, tenant: TenantId, deleted: StoredEvent, id: string): Promise<boolean> => {
  const { before } = (deleted.difference ?? {}) as { before?: { groups?: string[]; members?: string[] } };
  if (before?.members ?? isId('group', id)) return [before?.members, before?.groups].some((list) => list?.includes(id));
  const where = partitions.targets(tenant, deleted.target);
  let after = deleted.id;
  for (let read = 0; read < mostOfRole; read += ofRoleAtOnce) {
    const range = { backwards: true, from: 'e', after, index: indexes.byTarget };
    const { items, done } = await mergedPage(db, where, range, indexes.byTarget.sk, ofRoleAtOnce);
    const events = await db.read(items.map(({ PK, SK }) => ({ PK, SK }) as never));
    for (const item of events) {
      const event = toEvent(item);
      if (!event?.action.startsWith('role.members.') || event.outcome !== 'done') continue;
      const { before: left, after: joined } = onlyOf((await withParts(db, tenant, event)).difference, id);
      if (joined ?? left) return joined !== undefined;
    }
    if (done) return false;
    after = String(items.at(-1)?.[indexes.byTarget.sk] ?? after);
  }
  return false;
};
