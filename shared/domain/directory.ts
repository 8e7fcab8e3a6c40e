// The stored state of a directory: its objects, the pointers from names to them, and the runs that read its files. None
// of it decides access; it determines what the directory's next file means.
import { hash } from 'node:crypto';
import * as z from 'zod';
import { derivedId, type GroupId, idPattern, type RunId, type UserId } from './base/ids.ts';
import { lazy } from './base/lazy.ts';
import {
  type Access,
  dialectSchema,
  groupIdSchema,
  groupRefSchema,
  lifeSchema,
  sourceIdSchema,
  userIdSchema,
} from './book/records.ts';

const count = z.int().nonnegative();
const matching = <T extends string>(pattern: RegExp) => z.custom<T>((v) => typeof v === 'string' && pattern.test(v));

export type ObjectId = UserId | GroupId;

/** The id of the user with this immutable id in this source. Sign-in by a claim derives the same id to find the user. */
export const directoryUserId = (source: string, immutableId: string): UserId =>
  derivedId('user', source, immutableId.toLowerCase());
export const directoryGroupId = (source: string, immutableId: string): GroupId =>
  derivedId('group', source, immutableId.toLowerCase());
/** The id of the nth object that only this DN identifies. */
export const idByName = <K extends 'user' | 'group'>(kind: K, source: string, dn: string, incarnation: number) =>
  derivedId(kind, source, 'dn', dn, String(incarnation));

/** Names are looked up by digest, because they are long and personal. */
const digest = (...parts: readonly string[]) => hash('sha256', JSON.stringify(parts), 'base64url');
export const dnDigest = (dn: string): string => digest('dn', dn);
/** Digest of a key that leads from users to their primary group. */
export const primaryDigest = (key: string): string => digest('primary', key);
/** Digest of an immutable id, under which groups wait for a member that they name by it. */
export const idDigest = (immutableId: string): string => digest('id', immutableId.toLowerCase());
export const uidDigest = (uid: string): string => digest('uid', uid.toLowerCase());

const objectIdSchema = lazy(() => z.union([userIdSchema, groupIdSchema]));

const object = () => ({
  rev: z.int().positive(),
  /** The incarnation of the user or group that this describes. */
  life: lifeSchema,
  /** The canonical DN. It is personal, so it stands only here and is deleted with the object. */
  dn: z.string(),
  /** Absent when only the DN identifies the object: then a rename makes another object. */
  immutableId: z.string().optional(),
  /** The file that last renamed the object, and the old name, so that a repeat of the file renames nothing. */
  moved: z.object({ by: z.string(), from: z.string(), was: objectIdSchema().optional() }).optional(),
  /** The client's version of the object, and the epoch in which it counts. */
  seen: z.object({ epoch: z.string(), version: z.string() }).optional(),
  /**
   * The file that created the object in place of another of its name, so that a repeat of the file does not replace it
   * again.
   */
  made: z.string().optional(),
});
export const directoryUser = lazy(() =>
  z.object({
    kind: z.literal('user'),
    id: userIdSchema,
    ...object(),
    /** The attributes as stored, to which later partial changes are applied. */
    texts: z.record(z.string(), z.array(z.string())),
    /** The enabled flag in the directory's last word: the user's state follows only when this flag changes. */
    enabled: z.boolean(),
    /** Groups that the user is in only because they are the primary ones: they do not list the user. */
    primary: z.array(groupRefSchema).optional(),
  }),
);
export const directoryGroup = lazy(() =>
  z.object({
    kind: z.literal('group'),
    id: groupIdSchema,
    ...object(),
    /** The attributes that make the group the primary one of users; absent when it has none. */
    texts: z.record(z.string(), z.array(z.string())).optional(),
  }),
);
export const directoryObject = lazy(() => z.discriminatedUnion('kind', [directoryUser(), directoryGroup()]));
export type DirectoryUser = z.infer<ReturnType<typeof directoryUser>>;
export type DirectoryGroup = z.infer<ReturnType<typeof directoryGroup>>;
export type DirectoryObject = z.infer<ReturnType<typeof directoryObject>>;

/**
 * True for a user whom an administrator has disabled, whatever the directory says. Releases before the mark left the user
 * disabled beside the directory's word that the user is enabled.
 */
export const isSuspended = (
  { state, suspended }: Pick<Access, 'state' | 'suspended'>,
  object: Pick<DirectoryUser, 'enabled'> | undefined,
): boolean => state === 'disabled' && (suspended === true || object?.enabled === true);

/** An object of which a full run must know no more to end it. */
export type Swept = Pick<DirectoryObject, 'id' | 'life'>;

/** A name, by its digest: the object that has it, and how many objects that only the name identifies have had it. */
export const pointerSchema = lazy(() =>
  z.object({
    rev: z.int().positive(),
    id: objectIdSchema().optional(),
    incarnation: z.int().nonnegative().default(0),
    /** Objects that another object has displaced under this name and that could not be removed yet. */
    stale: z.set(objectIdSchema()).default(() => new Set<ObjectId>()),
    /** True when groups wait for the object of this name. */
    awaited: z.boolean().default(false),
    /** True when the last object of this name is neither user nor group: changes to it are ignored. */
    other: z.boolean().optional(),
  }),
);
export type Pointer = z.infer<ReturnType<typeof pointerSchema>>;

/**
 * A group that lists a member which the directory has not delivered, by the digest of the member's name. A login (`uid`)
 * stays listed when a user has it, because the next user with that login is the member then.
 */
export const waitingSchema = lazy(() =>
  z.object({ group: groupIdSchema, life: lifeSchema, digest: z.string(), uid: z.boolean().optional() }),
);
export type Waiting = z.infer<ReturnType<typeof waitingSchema>>;

/** Reasons why an entry of a file was ignored. */
export const ignoredCodes = [
  /** A computer, a contact, a domain, an organisational unit. */
  'neither-user-nor-group',
  /** A deletion of an object that does not exist here. */
  'tombstone',
  /** The copy that replication makes when two entries have one name. */
  'conflict-copy',
  /** An unreadable record of an entry that is neither user nor group. */
  'unreadable',
  /** Lines that a search prints among the entries: references to other servers, and the final result. */
  'search-reference',
  'search-result',
] as const;
export type IgnoredCode = (typeof ignoredCodes)[number];

/** Why deltas of a source are refused until a full run has been applied. */
export const fullRunReasons = [
  /** Synchronisation was switched off and on again, and the directory is master now. */
  'switched-on',
  /** The server's counter of changes began anew, so a cursor of before says nothing. */
  'epoch-changed',
  /** A run was undone, so the tenant is not what the cursor says. */
  'restored',
] as const;
export type FullRunReason = (typeof fullRunReasons)[number];

/**
 * How far a source is synchronised. It is no record of the book, because every run moves it. A source without it was
 * never synchronised by a run with a cursor.
 */
export const syncSchema = lazy(() =>
  z.object({
    rev: z.int().positive(),
    /** The client's place in the directory's changes, as given with the last run that was applied. */
    cursor: z.string().optional(),
    /** The life of the directory's counter of changes, by whatever the server has: cursors of another do not compare. */
    epoch: z.string().optional(),
    needsFull: z.enum(fullRunReasons).optional(),
    lastRun: matching<RunId>(idPattern('run')).optional(),
    lastFullAt: z.string().optional(),
    openRun: matching<RunId>(idPattern('run')).optional(),
    heldRun: matching<RunId>(idPattern('run')).optional(),
    /** What runs of the last 24 hours have taken away, for the guards. */
    losses: z
      .array(
        z.object({
          at: z.string(),
          deletions: count,
          disablings: count,
          removals: count,
          groupDeletions: count.optional(),
          /** People who lost access management. */
          managers: count.optional(),
          /** What single groups have lost, by their ids. */
          groups: z.record(z.string(), count).optional(),
        }),
      )
      .default(() => []),
  }),
);
export type Sync = z.infer<ReturnType<typeof syncSchema>>;

/** Numbers of losses or gains, by what is lost or gained. A `nesting` is a group within another. */
export const numbersSchema = lazy(() =>
  z.object({ users: count, groups: count, enabled: count, memberships: count, nestings: count }),
);
export type Numbers = z.infer<ReturnType<typeof numbersSchema>>;
const totalSchema = lazy(() => z.object({ count, more: z.boolean().optional() }));
/** A tripped guard: see `Trip`. */
const tripSchema = lazy(() =>
  z.object({
    guard: z.enum(['deletions', 'disablings', 'removals', 'groupRemovals', 'accessManagers']),
    what: z.enum(['users', 'groups', 'enabled', 'memberships', 'members', 'managers']),
    group: groupIdSchema.optional(),
    day: z.boolean().optional(),
    lost: count,
    of: totalSchema().optional(),
    over: z.union([z.object({ number: count }), z.object({ percent: count }), z.object({ all: z.literal(true) })]),
  }),
);
/** What a run would do, as it was planned before anything was written. Its losses stand in parts of their own. */
const runPlanSchema = lazy(() =>
  z.object({
    /** SHA-256 of all losses and of the numbers of gains, in hexadecimal digits. */
    digest: z.string(),
    at: z.string(),
    /** Number of losses in the parts. */
    losses: count,
    lost: numbersSchema(),
    /** Memberships, among the lost ones, that end with their group or with a nesting. */
    endWithGroups: count,
    /** People who lose access management. */
    managers: count,
    gained: numbersSchema(),
    /** How many there were of what is lost. */
    of: z.object({
      users: totalSchema(),
      enabled: totalSchema(),
      groups: totalSchema(),
      memberships: totalSchema(),
    }),
    tripped: z.array(tripSchema()),
    /** True when the plan is another than the one that was approved. */
    differs: z.boolean().optional(),
  }),
);
export type RunPlan = z.infer<ReturnType<typeof runPlanSchema>>;

const lossKinds = [
  'user-deleted',
  'user-disabled',
  'membership-ended',
  'group-deleted',
  'nesting-ended',
  'access-management-lost',
] as const;
const lossCauses = ['displaced', 'renewed', 'primary-group', 'login', 'group'] as const;
/** A loss in the plan of a run. */
export const plannedLossSchema = lazy(() =>
  z.object({
    loss: z.enum(lossKinds),
    user: userIdSchema.optional(),
    group: groupIdSchema.optional(),
    /** The group that loses this member. */
    from: groupIdSchema.optional(),
    /** The line of the entry that asks for it, in the content of the run. */
    line: z.int().optional(),
    /**
     * Why, when no entry says it literally: another object takes the name or the id; the object is deleted and created
     * again; the primary group or the login has changed; a group ends or leaves another.
     */
    cause: z.enum(lossCauses).optional(),
    /** Members that a deleted group has, or users within a group whom `from` loses with it. */
    members: count.optional(),
  }),
);
export type PlannedLoss = z.infer<ReturnType<typeof plannedLossSchema>>;

/**
 * `open`: batches come. `held`: a guard stopped the run, and a keeper decides. `abandoned`: given up before its commit.
 * `rejected`: a keeper decided against it.
 */
export const runStates = ['open', 'queued', 'running', 'held', 'done', 'failed', 'abandoned', 'rejected'] as const;
/** Number of phases in which a run is applied. */
export const phaseCount = 9;
export const runKinds = ['delta', 'full'] as const;
/** The kinds of runs with the inverse of a run, which only its own request begins. */
export const everyRunKind = [...runKinds, 'restore'] as const;
/** Milliseconds without a request after which an open run counts as abandoned. */
const silentMs = 3_600_000;
export const runSchema = lazy(() =>
  z.object({
    id: matching<RunId>(idPattern('run')),
    source: sourceIdSchema,
    state: z.enum(runStates),
    /** The caller that delivered the file. Its authority is checked again at every change. */
    actor: z.object({ kind: z.enum(['person', 'client']), id: userIdSchema }),
    requestId: z.string(),
    traceId: z.string().optional(),
    /** Absent in a run of one file that moves no cursor: earlier releases carry it out as well. */
    kind: z.enum(everyRunKind).optional(),
    /** Of a restoration: the run that it undoes, and the issuers whose sign-ins it may bind again. */
    restores: matching<RunId>(idPattern('run')).optional(),
    issuers: z.array(z.string()).optional(),
    /** The life of the directory's counter of changes, and the cursors before and after the run. */
    epoch: z.string().optional(),
    baseCursor: z.string().optional(),
    cursor: z.string().optional(),
    /** True for a run that ends with its plan. */
    planOnly: z.boolean().optional(),
    /** Number of batches; absent in a run of one file. */
    batches: count.optional(),
    /** What the content is written in; absent: LDIF. */
    form: z.literal('ndjson').optional(),
    committedAt: z.string().optional(),
    /** Digest of the file, or of all batches once they are committed. */
    file: z.string(),
    bytes: count,
    records: count,
    entries: count,
    createdAt: z.string(),
    startedAt: z.string().optional(),
    finishedAt: z.string().optional(),
    /** Number of items that store the file and the resolved names. */
    bodyParts: count,
    planParts: count.default(0),
    /** Time of the last work on the run, in milliseconds since 1970. */
    touched: count,
    /** Progress: the phase, and the last finished unit in it. */
    phase: count.default(0),
    after: z.string().optional(),
    /** Slices since the last progress; a run without progress is given up. */
    attempts: count.default(0),
    counts: z
      .object({
        applied: count,
        noop: count,
        rejected: count,
        ignored: count.default(0),
        stale: count.optional(),
        parked: count.optional(),
        held: count.optional(),
      })
      .default(() => ({ applied: 0, noop: 0, rejected: 0, ignored: 0 })),
    /** The source's dialect when the file came, so that every slice reads it alike. */
    dialect: dialectSchema().optional(),
    /** Why the run failed. */
    code: z.string().optional(),
    /** True when the run would have taken the last access manager away, who stays. */
    managerStays: z.boolean().optional(),
    /** Warnings that the run's changes gave. */
    warnings: z.array(z.string()).optional(),
    /** Number of pages of results. */
    pages: count.default(0),
    /** True for a run that is planned before it is applied. Those that an earlier release began are not. */
    guarded: z.boolean().optional(),
    /** Progress of the planning: the items that hold it, and the objects planned, of all. */
    planning: z.object({ parts: count, done: count, of: count }).optional(),
    /** Number of the planning's next write; absent: the first. */
    planStep: count.optional(),
    plan: runPlanSchema().optional(),
    /** Digest of the plan that a keeper has approved. */
    approved: z.string().optional(),
  }),
);
export type Run = z.infer<ReturnType<typeof runSchema>>;

/** The state of a run as it shows: an open run is abandoned after an hour of silence. @param now milliseconds */
export const runStateAt = ({ state, touched }: Run, now: number): Run['state'] =>
  state === 'open' && now - touched > silentMs ? 'abandoned' : state;

/** True when nothing more happens to a run. */
export const isRunOver = (state: Run['state']): boolean => ['done', 'failed', 'abandoned', 'rejected'].includes(state);

/** One batch of a run as it was received. Its content is in parts of the run, from `from` on. */
export const batchSchema = lazy(() =>
  z.object({
    number: count,
    /** Lines with an entry; of LDIF, records. */
    entries: count,
    bytes: count,
    lines: count,
    /** SHA-256 of the content in UTF-8, in hexadecimal digits. */
    digest: z.string(),
    from: count,
    parts: count,
  }),
);
export type Batch = z.infer<ReturnType<typeof batchSchema>>;

/** A refused part of an entry: a member of its group, or the entry's own object. */
export const refusedSchema = lazy(() => z.object({ id: z.string(), code: z.string() }));

/**
 * `stale`: an older version of the object than the stored one. `parked`: applied, but members that are not here yet wait.
 * `held`: the run waits for a decision.
 */
export const runResults = ['applied', 'noop', 'stale', 'parked', 'ignored', 'rejected', 'held'] as const;
/** The result of an entry. It names no person: lines are those of the caller's file, ids are ours. */
export const resultSchema = lazy(() =>
  z.object({
    /** The batch of the entry; absent in a run of one file. */
    batch: z.int().optional(),
    /**
     * Line of the entry's first record, in its batch; `lines` holds the first 20 when it has several. 0 for an object that a
     * full run does not name.
     */
    line: z.int(),
    lines: z.array(z.int()).optional(),
    id: z.string().optional(),
    result: z.enum(runResults),
    code: z.string().optional(),
    /** Members that are not here yet, and join when they come. */
    parked: z.int().optional(),
    /** The first 20 refused members of a group; all others are members. */
    refused: z.array(refusedSchema()).optional(),
  }),
);
export type RunResult = z.infer<ReturnType<typeof resultSchema>>;
