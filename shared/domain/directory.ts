// What is kept of a directory: its objects, the names that lead to them, and the runs that take its files in. None of it
// decides access; it says what the directory's next file means.
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { derivedId, type GroupId, idPattern, type Life, type RunId, type UserId } from './base/ids.ts';
import { once } from './base/lazy.ts';
import { dialectSchema, groupIdSchema, groupRefSchema, sourceIdSchema, userIdSchema } from './book/records.ts';

const matching = <T extends string>(pattern: RegExp) => z.custom<T>((v) => typeof v === 'string' && pattern.test(v));
const life = matching<Life>(/^[0-9a-z]{6}$/);

export type ObjectId = UserId | GroupId;

/** The id of the user with this immutable id in this source: sign-in by a claim finds the user by it. */
export const directoryUserId = (source: string, immutableId: string): UserId =>
  derivedId('user', source, immutableId.toLowerCase());
export const directoryGroupId = (source: string, immutableId: string): GroupId =>
  derivedId('group', source, immutableId.toLowerCase());
/** The id of the nth object that nothing but this DN tells apart. */
export const idByName = <K extends 'user' | 'group'>(kind: K, source: string, dn: string, incarnation: number) =>
  derivedId(kind, source, 'dn', dn, String(incarnation));

/** Names are looked up by digests: they are long, and personal. */
const digest = (...parts: readonly string[]) => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
export const dnDigest = (dn: string): string => digest('dn', dn);
/** Of a key by which users have a primary group. */
export const primaryDigest = (key: string): string => digest('primary', key);
export const uidDigest = (uid: string): string => digest('uid', uid.toLowerCase());

export const objectIdSchema = once(() => z.union([userIdSchema, groupIdSchema]));

const object = () => ({
  rev: z.int().positive(),
  /** The incarnation of the user or group that this describes. */
  life,
  /** Canonical. Personal, hence only here: an object that goes takes it along. */
  dn: z.string(),
  /** Absent when only its DN tells the object apart: then a rename makes another object. */
  immutableId: z.string().optional(),
  /** The file that last renamed it, and from where: the same file once more has nothing left to rename. */
  moved: z.object({ by: z.string(), from: z.string(), was: objectIdSchema().optional() }).optional(),
  /** The file that created it in place of another of its name: the same file once more does not replace it. */
  made: z.string().optional(),
});
export const directoryUser = once(() =>
  z.object({
    kind: z.literal('user'),
    id: userIdSchema,
    ...object(),
    /** The attributes that later changes are applied to. */
    texts: z.record(z.string(), z.array(z.string())),
    /** As the directory last said it: only when this moves does the directory change the user's state. */
    enabled: z.boolean(),
    /** Groups that the user is in because they are the primary ones, and that do not list the user. */
    primary: z.array(groupRefSchema).optional(),
  }),
);
export const directoryGroup = once(() =>
  z.object({
    kind: z.literal('group'),
    id: groupIdSchema,
    ...object(),
    /** The attributes by which it is the primary group of users, where it has any. */
    texts: z.record(z.string(), z.array(z.string())).optional(),
  }),
);
export const directoryObject = once(() => z.discriminatedUnion('kind', [directoryUser(), directoryGroup()]));
export type DirectoryUser = z.infer<ReturnType<typeof directoryUser>>;
export type DirectoryGroup = z.infer<ReturnType<typeof directoryGroup>>;
export type DirectoryObject = z.infer<ReturnType<typeof directoryObject>>;

/** A name, by its digest: which object has it, and how many that nothing but the name told apart have had it. */
export const pointerSchema = once(() =>
  z.object({
    rev: z.int().positive(),
    id: objectIdSchema().optional(),
    incarnation: z.int().nonnegative().default(0),
    /** Objects that another has displaced here and that could not be removed yet. */
    stale: z.set(objectIdSchema()).default(() => new Set<ObjectId>()),
    /** Groups wait for whoever has the name. */
    awaited: z.boolean().default(false),
    /** What had the name last is neither user nor group: changes of it concern nobody. */
    other: z.boolean().optional(),
  }),
);
export type Pointer = z.infer<ReturnType<typeof pointerSchema>>;

/**
 * A group that lists a member which the directory has not delivered: by the digest of the member's name. A login (`uid`) stays
 * listed when somebody has it, because whoever has it next is the member then.
 */
export const waitingSchema = once(() =>
  z.object({ group: groupIdSchema, life, digest: z.string(), uid: z.boolean().optional() }),
);
export type Waiting = z.infer<ReturnType<typeof waitingSchema>>;

/** Why something of a file concerned nobody. */
export const ignoredCodes = [
  /** A computer, a contact, a domain, an organisational unit. */
  'neither-user-nor-group',
  /** Deleted in the directory already, and not known here. */
  'tombstone',
  /** The copy that replication keeps of an entry whose name another has. */
  'conflict-copy',
  /** Of an entry that is neither user nor group. */
  'unreadable',
  /** Printed by a search among its entries: where else to look, and how it ended. */
  'search-reference',
  'search-result',
] as const;
export type IgnoredCode = (typeof ignoredCodes)[number];

export const runStates = ['queued', 'running', 'done', 'failed'] as const;
const count = z.int().nonnegative();
export const runSchema = once(() =>
  z.object({
    id: matching<RunId>(idPattern('run')),
    source: sourceIdSchema,
    state: z.enum(runStates),
    /** Who delivered the file; asked again at every change whether they still may. */
    actor: z.object({ kind: z.enum(['person', 'client']), id: userIdSchema }),
    requestId: z.string(),
    traceId: z.string().optional(),
    /** Digest of the file. */
    file: z.string(),
    bytes: count,
    records: count,
    entries: count,
    createdAt: z.string(),
    startedAt: z.string().optional(),
    finishedAt: z.string().optional(),
    /** How many parts the file, and what its names stand for, are stored in. */
    bodyParts: count,
    planParts: count.default(0),
    /** When somebody last worked on it, in milliseconds since 1970. */
    touched: count,
    /** How far it has come: the phase, and the last unit of it that is done. */
    phase: count.default(0),
    after: z.string().optional(),
    /** Slices since it last came further: one that never does is given up. */
    attempts: count.default(0),
    counts: z
      .object({ applied: count, noop: count, rejected: count, ignored: count.default(0) })
      .default(() => ({ applied: 0, noop: 0, rejected: 0, ignored: 0 })),
    /** What its source says of its directory, as it was when the file came: the same in every slice. */
    dialect: dialectSchema().optional(),
    /** Why it failed. */
    code: z.string().optional(),
    /** What its changes gave that is worth saying. */
    warnings: z.array(z.string()).optional(),
    /** Pages of results. */
    pages: count.default(0),
  }),
);
export type Run = z.infer<ReturnType<typeof runSchema>>;

/** Something of an entry that was refused: a member of a group, or the entry's own object. */
export const refusedSchema = once(() => z.object({ id: z.string(), code: z.string() }));

export const runResults = ['applied', 'noop', 'rejected', 'ignored'] as const;
/** What became of an entry. Names no person: lines are the caller's own, ids are ours. */
export const resultSchema = once(() =>
  z.object({
    /** Of the entry's first record; `lines` when it has several, the first 20 of them. */
    line: z.int(),
    lines: z.array(z.int()).optional(),
    id: z.string().optional(),
    result: z.enum(runResults),
    code: z.string().optional(),
    /** Members of a group that were refused, the first 20; what is not here is done. */
    refused: z.array(refusedSchema()).optional(),
  }),
);
export type RunResult = z.infer<ReturnType<typeof resultSchema>>;
