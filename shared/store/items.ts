// Translates between items of the table and values. Every item read passes its schema; whole items, and the difference of
// two, become writes here.
import * as z from 'zod';
import type { UserId } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import {
  type Access,
  accessSchema,
  type BookRecord,
  type Head,
  headSchema,
  recordSchema,
  userIdSchema,
} from '../domain/book/records.ts';
import type { Profile } from '../domain/change.ts';
import { type Recovery, recoverySchema } from '../domain/recovery.ts';
import { bytesIn } from './bytes.ts';
import type { Item } from './db.ts';
import { CorruptItem } from './failures.ts';
import type { Key } from './keys.ts';
import { packedSchema, unpackedGrants } from './packed.ts';

/** Parses an item without its keys. @throws CorruptItem when it does not match the schema */
export const parsed = <T>(schema: z.ZodType<T>, item: Item): T => {
  const result = schema.safeParse(item);
  if (!result.success) throw new CorruptItem(item as { PK: unknown; SK: unknown }, result.error);
  return result.data;
};

const optionally =
  <T>(parse: (item: Item) => T) =>
  (item: Item | undefined): T | undefined =>
    item && parse(item);

const unknownRecord = lazy(() => z.object({ rev: z.int().nonnegative(), SK: z.string() }));

export const toRecord = (item: Item): BookRecord => {
  const schema = recordSchema(item.kind);
  if (schema && item.kind === 'role' && item.packed !== undefined) {
    const { packed, ...role } = item;
    // Its ids are checked once each, and not again in every grant.
    const grants = unpackedGrants(parsed(packedSchema(), packed as Item));
    return { ...parsed(schema, { ...role, grants: [] }), grants } as BookRecord;
  }
  if (schema) return parsed(schema, item);
  const { rev, SK } = parsed(unknownRecord(), item);
  return { kind: 'unknown', rev, name: SK, bytes: bytesIn(item) };
};

/** The users of items that are kept for later readers. */
const kept = new WeakMap<Item, Access>();

export const toAccess = optionally((item): Access => kept.get(item) ?? parsed(accessSchema(), item));

/** Makes all readers of an item get the same user, so that what one of them finds out about the user serves the next. */
export const shareAccess = (item: Item): void => {
  if (!kept.has(item)) kept.set(item, parsed(accessSchema(), item));
};

export const toHead = optionally((item): Head => parsed(headSchema(), item));

const profileSchema = lazy(() =>
  z.object({
    id: userIdSchema,
    rev: z.int().positive(),
    name: z.string(),
    login: z.string().optional(),
    mail: z.string().optional(),
    dn: z.string().optional(),
    externalId: z.string().optional(),
    issuer: z.string().optional(),
    subject: z.string().optional(),
    invitedBy: userIdSchema.optional(),
    createdAt: z.string(),
    words: z.int().optional(),
  }),
);
export const toProfile = optionally((item): Profile => parsed(profileSchema(), item));

const aliasSchema = lazy(() => z.object({ user: userIdSchema }));
/** Tells the record of a sign-in or of an external id from others that were read with it. */
export const isAlias = (item: Item | undefined): boolean => item?.SK === 'ALIAS';
export const toAlias = optionally((item): UserId => parsed(aliasSchema(), item).user);

export const toRecovery = optionally((item): Recovery => parsed(recoverySchema(), item));

const logSchema = lazy(() => z.object({ changed: z.array(z.string()) }));
export const toLog = (item: Item): readonly string[] => parsed(logSchema(), item).changed;

/** Stored as JSON text, because a map of the table cannot hold an absent value, and nobody queries inside. */
const json = lazy(() => z.string().transform((text) => JSON.parse(text) as unknown));

const eventSchema = lazy(() =>
  z.object({
    id: z.string(),
    at: z.string(),
    /** When a counted refusal last happened; `at` is the first time. */
    last: z.string().optional(),
    action: z.string(),
    target: z.string(),
    actor: z.object({ kind: z.string(), id: z.string().optional() }),
    authority: z.string().optional(),
    outcome: z.enum(['done', 'refused']),
    code: z.string().optional(),
    count: z.int().default(1),
    requestId: z.string(),
    traceId: z.string().optional(),
    /** The directory run that the event is part of. */
    run: z.string().optional(),
    difference: json().optional(),
    parts: z.int().default(0),
    /** The user whose personal texts stand in an item of their own. */
    valuesOf: userIdSchema.optional(),
    attempt: z.int().default(0),
    /** The place of the change among all others: see `CommitOrder`. Events of earlier releases have none. */
    version: z.int().optional(),
    basis: z.int().optional(),
    rev: z.int().optional(),
  }),
);
export type StoredEvent = z.infer<ReturnType<typeof eventSchema>>;
export const toEvent = optionally((item): StoredEvent => parsed(eventSchema(), item));

const wideSchema = lazy(() => z.object({ events: z.array(z.string()) }));
/** The events that an item of the wide list names. */
export const toWide = (item: Item): readonly string[] => parsed(wideSchema(), item).events;

const textsSchema = lazy(() => z.record(z.string(), z.string()));
const personalSchema = lazy(() => z.object({ before: textsSchema(), after: textsSchema() }));
/** Personal texts before and after a change. */
export const toPersonal = optionally((item) => parsed(personalSchema(), item));

const onceSchema = lazy(() =>
  z.object({
    request: z.string(),
    /** Written for releases that demand it when they read; nothing needs it. */
    status: z.int().optional(),
    body: json().optional(),
    /** Replaces the body when that contains a secret. */
    sealed: z.instanceof(Uint8Array).optional(),
  }),
);
export type Once = z.infer<ReturnType<typeof onceSchema>>;
export const toOnce = optionally((item): Once => parsed(onceSchema(), item));

/** A value as an item of the table, without absent and empty values. */
export const stored = (key: Key, value: object): Item => {
  const fields: [string, unknown][] = [];
  for (const field of Object.entries(value)) if (isStorable(field[1])) fields.push(field);
  return { ...key, ...Object.fromEntries(fields) };
};

const isStorable = (value: unknown): boolean => value !== undefined && !(value instanceof Set && value.size === 0);

interface Update {
  readonly sets: string[];
  readonly removes: string[];
  readonly adds: string[];
  readonly deletes: string[];
  readonly names: Record<string, string>;
  readonly values: Item;
}

const same = (a: unknown, b: unknown): boolean => {
  if (a instanceof Set && b instanceof Set) return a.size === b.size && [...a].every((x) => b.has(x));
  return a === b || JSON.stringify(a) === JSON.stringify(b);
};

/**
 * The smallest update from one version of an item to another. For a set that only grows or only shrinks, just the
 * difference is sent. A set that does both is written whole, because one update cannot add to and delete from one
 * attribute; the condition on `rev` protects it from a lost update.
 */
export const difference = (before: object, after: object, leaveOut: readonly string[] = []): Update => {
  const update: Update = { sets: [], removes: [], adds: [], deletes: [], names: {}, values: {} };
  const was = before as Item;
  const is = after as Item;
  let n = 0;
  for (const field of new Set([...Object.keys(was), ...Object.keys(is)])) {
    if (leaveOut.includes(field) || same(was[field], is[field])) continue;
    const name = `#u${n}`;
    const value = `:u${n}`;
    n += 1;
    update.names[name] = field;
    if (was[field] instanceof Set && is[field] instanceof Set && was[field].size > 0 && is[field].size > 0) {
      const old = was[field] as Set<string>;
      const now = is[field] as Set<string>;
      const come = [...now].filter((x) => !old.has(x));
      const gone = [...old].filter((x) => !now.has(x));
      if (come.length > 0 && gone.length > 0) {
        update.sets.push(`${name} = ${value}`);
        update.values[value] = now;
      } else if (come.length > 0) {
        update.adds.push(`${name} ${value}`);
        update.values[value] = new Set(come);
      } else {
        update.deletes.push(`${name} ${value}`);
        update.values[value] = new Set(gone);
      }
    } else if (isStorable(is[field])) {
      update.sets.push(`${name} = ${value}`);
      update.values[value] = is[field];
    } else update.removes.push(name);
  }
  return update;
};

/** The text of an update expression. */
export const expression = ({ sets, removes, adds, deletes }: Update): string =>
  [
    sets.length > 0 ? `SET ${sets.join(', ')}` : '',
    removes.length > 0 ? `REMOVE ${removes.join(', ')}` : '',
    adds.length > 0 ? `ADD ${adds.join(', ')}` : '',
    deletes.length > 0 ? `DELETE ${deletes.join(', ')}` : '',
  ]
    .filter((clause) => clause !== '')
    .join(' ');
