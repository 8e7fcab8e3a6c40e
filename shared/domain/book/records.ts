// The items that decide access: the records of the book, the access items of the crowd, the head. These schemas are
// their only definition, in the table and in memory; every item that is read passes through its schema.
import * as z from 'zod';
import {
  type ActionId,
  type CategoryId,
  type GroupId,
  type GroupRef,
  type IdKind,
  idPattern,
  type Life,
  type PolicyId,
  type RoleId,
  type RuleId,
  type SourceId,
  shapes,
  type UserId,
  type UserRef,
} from '../base/ids.ts';
import { lazy } from '../base/lazy.ts';

const branded = <T extends string>(pattern: RegExp, params?: Parameters<typeof z.custom>[1]) =>
  z.custom<T>((v) => typeof v === 'string' && pattern.test(v), params);
/**
 * The schema of an id of one kind. Its error text says the form of such an id, and where the client's own ids belong.
 */
const idOf = <T extends string>(kind: IdKind) => {
  const [letter, more] = shapes[kind];
  const own = kind === 'user' ? '; put an id of your own in externalId' : '';
  const form = `Holdfast makes these ids, the letter ${letter} and ${more} letters and digits${own}`;
  return branded<T>(idPattern(kind), {
    error: ({ input }) =>
      input === undefined ? `is missing: give the id of a ${kind}` : `is no id of a ${kind}: ${form}`,
  });
};
export const lifeSchema = branded<Life>(/^[0-9a-z]{6}$/);
export const userIdSchema = idOf<UserId>('user');
export const roleIdSchema = idOf<RoleId>('role');
export const groupIdSchema = idOf<GroupId>('group');
export const policyIdSchema = idOf<PolicyId>('policy');
export const sourceIdSchema = idOf<SourceId>('source');
export const ruleIdSchema = idOf<RuleId>('rule');
export const actionIdSchema = idOf<ActionId>('action');
export const categoryIdSchema = idOf<CategoryId>('category');
const userRefPattern = /^u[0-9a-z]{20}\.[0-9a-z]{6}$/;
const groupRefPattern = /^g[0-9a-z]{20}\.[0-9a-z]{6}$/;
const userRefSchema = branded<UserRef>(userRefPattern);
export const groupRefSchema = branded<GroupRef>(groupRefPattern);

/**
 * A set attribute. DynamoDB cannot store an empty set, so an absent attribute reads as an empty set. A large book has
 * hundreds of thousands of members in sets, so they are checked in one loop, and the set stays the one that was read.
 */
const setOf = <T extends string>(pattern: RegExp) =>
  z
    .custom<Set<T>>((value) => {
      if (!(value instanceof Set)) return false;
      for (const one of value) if (typeof one !== 'string' || !pattern.test(one)) return false;
      return true;
    }, `is no set of texts of the form ${pattern.source}`)
    .default(() => new Set<T>());
const setOfGroups = () => setOf<GroupRef>(groupRefPattern);

/**
 * One permission in one scope: for the account or for the policies named, for all action and rule types or for those
 * named. A set may grant a permission several times, in scopes that no single grant could name. `*` is every
 * permission, permissions of later releases included.
 */
export const grantSchema = lazy(() =>
  z.object({
    permission: z.string(),
    policies: z.array(policyIdSchema).optional(),
    actionTypes: z.array(z.string()).optional(),
    ruleTypes: z.array(z.string()).optional(),
  }),
);
export type Grant = z.infer<ReturnType<typeof grantSchema>>;
export type GrantSet = readonly Grant[];

/** The version of the book at the record's last write; 0 in a record that is not written yet. */
const rev = lazy(() => z.int().nonnegative());

export const rightsOnRules = lazy(() => z.object({ view: z.boolean(), edit: z.boolean(), delete: z.boolean() }));
export type RightsOnRules = z.infer<ReturnType<typeof rightsOnRules>>;

/** A date by the rules' logical clock, which stands at the newest date in the book: see `RuleIndex.clock`. */
const date = lazy(() => z.int().nonnegative());

const tenantRecord = lazy(() =>
  z.object({
    kind: z.literal('tenant'),
    rev: rev(),
    name: z.string(),
    catalogue: z.string(),
    catalogueVersion: z.int(),
    /** True when access rights are enforced; otherwise every active user may do everything (CT-03, Q-01). */
    enforced: z.boolean(),
    /**
     * Set when access rights are enforced for the first time, so that the administrators group joins only once (CT-31).
     */
    enabledBefore: z.boolean(),
    changesTakeEffect: z.enum(['immediately', 'nextLogon']),
    administratorsGroup: groupIdSchema.optional(),
    features: setOf<string>(/^/),
    createdAt: z.string(),
  }),
);
export type TenantRecord = z.infer<ReturnType<typeof tenantRecord>>;

const roleRecord = lazy(() =>
  z.object({
    kind: z.literal('role'),
    rev: rev(),
    id: roleIdSchema,
    name: z.string(),
    description: z.string(),
    predefined: z.string().optional(),
    grants: z.array(grantSchema()),
    /** The role's rights on rules that other roles create, in force while it has no `rights` record. */
    newRules: rightsOnRules(),
    /** The date of its creation; absent for a role that is older than every rule. */
    born: date().optional(),
    /** Groups that are direct members of the role. */
    groups: setOfGroups(),
    deleted: z.boolean(),
    /** In a deleted role: the role that got its rules, and the date of that. */
    rulesTo: roleIdSchema.optional(),
    rulesAt: date().optional(),
  }),
);
export type RoleRecord = z.infer<ReturnType<typeof roleRecord>>;

/** One chunk of a role's direct members: the members of a large role are several small items. */
const membersRecord = lazy(() =>
  z.object({
    kind: z.literal('members'),
    rev: rev(),
    role: roleIdSchema,
    chunk: z.int().nonnegative(),
    users: setOf<UserRef>(userRefPattern),
  }),
);
export type MembersRecord = z.infer<ReturnType<typeof membersRecord>>;

const groupRecord = lazy(() =>
  z.object({
    kind: z.literal('group'),
    rev: rev(),
    id: groupIdSchema,
    life: lifeSchema,
    name: z.string(),
    source: sourceIdSchema,
    /** Groups that this group is a direct member of. Cycles are legal. */
    parents: setOfGroups(),
    /** Set by a keeper: the directory may decide, by this group's members, who gets the keeper permission. */
    confersAccessManagement: z.boolean(),
    deleted: z.boolean(),
  }),
);
export type GroupRecord = z.infer<ReturnType<typeof groupRecord>>;

const policyRecord = lazy(() =>
  z.object({
    kind: z.literal('policy'),
    rev: rev(),
    id: policyIdSchema,
    name: z.string(),
    description: z.string(),
    deleted: z.boolean(),
  }),
);
export type PolicyRecord = z.infer<ReturnType<typeof policyRecord>>;

const signInSchema = lazy(() =>
  z.object({
    issuer: z.string(),
    /** The token's claim that carries the immutable id of the directory object. */
    claim: z.string(),
  }),
);
/** Classes and markers in which a directory differs from the standard schema: see `Dialect`. */
export const dialectSchema = lazy(() =>
  z.object({
    groupClasses: z.array(z.string()).optional(),
    disabledMarkers: z.array(z.object({ attribute: z.string(), value: z.string() })).optional(),
  }),
);
/** The kinds of directories. A `file` is delivered by hand or by a client of one's own. */
export const directoryKinds = ['ldap', 'active-directory', 'file'] as const;
/** The thresholds of a source's guards that differ from the defaults: see `guardsOf`. */
const guardsSchema = lazy(() => {
  const threshold = z
    .object({ number: z.int().nonnegative().optional(), percent: z.int().min(0).max(100).optional() })
    .optional();
  return z.object({ deletions: threshold, disablings: threshold, removals: threshold, groupRemovals: threshold });
});
const sourceRecord = lazy(() =>
  z.object({
    kind: z.literal('source'),
    rev: rev(),
    id: sourceIdSchema,
    name: z.string(),
    /** Absent: a file. */
    directory: z.enum(directoryKinds).optional(),
    /** False while synchronisation is switched off. */
    enabled: z.boolean().optional(),
    /** The only user, besides keepers, who may deliver. */
    client: userIdSchema.optional(),
    guards: guardsSchema().optional(),
    /** Binds by claim: a first sign-in whose token has the claim is bound to the user of this source with that id. */
    signIn: signInSchema().optional(),
    dialect: dialectSchema().optional(),
    deleted: z.boolean(),
  }),
);
export type SourceRecord = z.infer<ReturnType<typeof sourceRecord>>;

/** A rule's entry in the book: everything that decides access to the rule, and its place in the list. */
const ruleEntry = lazy(() =>
  z.object({
    /** The place in the list, as a text that sorts: see `placeBetween`. */
    order: z.string(),
    type: z.string(),
    categories: z.array(categoryIdSchema).default(() => []),
    /** The role that owns the rule, never a user (CT-96); `ownedAt` is the date of that. */
    owner: roleIdSchema.optional(),
    ownedAt: date().default(0),
    born: date(),
  }),
);
export type RuleEntry = z.infer<ReturnType<typeof ruleEntry>>;

/** One chunk of the rules, in no order. A rule never leaves its chunk, so that a change of it writes one small item. */
const rulesRecord = lazy(() =>
  z.object({
    kind: z.literal('rules'),
    rev: rev(),
    chunk: z.int().nonnegative(),
    entries: z.record(z.string(), ruleEntry()),
    /** The newest birth among the deleted rules of this chunk, kept so that every later rule is younger. */
    newest: date().optional(),
  }),
);
export type RulesRecord = z.infer<ReturnType<typeof rulesRecord>>;

/** A right on a rule: given at the date, or taken away at the date when negative. Zero or absence says neither. */
const mark = lazy(() => z.int());
const marks = lazy(() => z.object({ view: mark().optional(), edit: mark().optional(), delete: mark().optional() }));
export type Marks = z.infer<ReturnType<typeof marks>>;

/**
 * A role's rights on rules. A role without this record grants the `newRules` of its role record on all rules of others.
 */
const rightsRecord = lazy(() =>
  z.object({
    kind: z.literal('rights'),
    rev: rev(),
    role: roleIdSchema,
    /** The defaults for new rules of other roles, oldest first, each in force from its date on. */
    newRules: z.array(rightsOnRules().extend({ at: date() })).min(1),
    /** The last tick of each column (CT-91): it counts for the rules that were there at its date. */
    columns: marks(),
    /** Grows with every change of the role's rights on rules. */
    edits: z.int().nonnegative(),
  }),
);
export type RightsRecord = z.infer<ReturnType<typeof rightsRecord>>;

/** A role's rights on single rules, for the rules of the chunk with this number. */
const exceptionsRecord = lazy(() =>
  z.object({
    kind: z.literal('exceptions'),
    rev: rev(),
    role: roleIdSchema,
    chunk: z.int().nonnegative(),
    rules: z.record(z.string(), marks()),
  }),
);
export type ExceptionsRecord = z.infer<ReturnType<typeof exceptionsRecord>>;

/** The categories that rules can be put into (CT-67, CT-68), in the order given. */
const categoriesRecord = lazy(() =>
  z.object({
    kind: z.literal('categories'),
    rev: rev(),
    list: z.array(z.object({ id: categoryIdSchema, name: z.string() })),
  }),
);
export type CategoriesRecord = z.infer<ReturnType<typeof categoriesRecord>>;
export type Category = CategoriesRecord['list'][number];

/**
 * The form in which these schemas give records back. An image has records of one form, and whoever has the same form takes
 * them without a schema; so each change of the schemas raises it, which a test holds.
 */
export const recordForm = 2;

const known = {
  tenant: tenantRecord,
  role: roleRecord,
  members: membersRecord,
  group: groupRecord,
  policy: policyRecord,
  source: sourceRecord,
  rules: rulesRecord,
  rights: rightsRecord,
  exceptions: exceptionsRecord,
  categories: categoriesRecord,
} as const;
type KnownRecord = { [K in keyof typeof known]: z.infer<ReturnType<(typeof known)[K]>> }[keyof typeof known];
/** The schema of a kind of record; `undefined` for a kind that only a later release knows. */
export const recordSchema = (kind: unknown): z.ZodType<KnownRecord> | undefined =>
  typeof kind === 'string' && Object.hasOwn(known, kind) ? known[kind as keyof typeof known]() : undefined;
/** A record of a later release: it counts in the book's sum, and does not decide access here. */
interface UnknownRecord {
  readonly kind: 'unknown';
  readonly rev: number;
  readonly bytes: number;
  readonly name: string;
}
/** In a change: the record of this name leaves the book. It is never stored. */
export interface GoneRecord {
  readonly kind: 'gone';
  readonly rev: 0;
  readonly name: string;
}
export type BookRecord = KnownRecord | UnknownRecord | GoneRecord;

/** The name of a record: unique within its book, and the same as long as the record exists. */
export const recordName = (record: BookRecord): string => {
  switch (record.kind) {
    case 'tenant':
      return 'tenant';
    case 'members':
      return `members#${record.role}#${record.chunk}`;
    case 'rules':
      return `rules#${record.chunk}`;
    case 'rights':
      return `rights#${record.role}`;
    case 'exceptions':
      return `rights#${record.role}#${record.chunk}`;
    case 'categories':
      return 'categories';
    case 'unknown':
    case 'gone':
      return record.name;
    default:
      return `${record.kind}#${record.id}`;
  }
};

/** True for the tombstone of a role, group, policy or source. */
export const isDeleted = (record: BookRecord): boolean => 'deleted' in record && record.deleted;

/**
 * What stays in the book of a deleted role, group, policy or source until it is compacted: its id, its life and, for the
 * rules of a role, its dates. Texts are empty and not absent, because earlier releases expect them.
 */
export const tombstone = <R extends RoleRecord | GroupRecord | PolicyRecord | SourceRecord>(record: R): R => ({
  ...record,
  ...emptied[record.kind],
  deleted: true,
});

const emptied = {
  role: { name: '', description: '', predefined: undefined, grants: [], groups: new Set<GroupRef>() },
  group: { name: '', parents: new Set<GroupRef>(), confersAccessManagement: false },
  policy: { name: '', description: '' },
  source: {
    name: '',
    directory: undefined,
    enabled: undefined,
    client: undefined,
    guards: undefined,
    signIn: undefined,
    dialect: undefined,
  },
};

/** The entry by which a user is a keeper: own grants, one role that has the user as a direct member, or one group. */
const entrySchema = lazy(() =>
  z.union([
    z.literal('personal'),
    branded<`role:${RoleId}`>(/^role:r[0-9a-z]{12}$/),
    branded<`group:${GroupRef}`>(/^group:g[0-9a-z]{20}\.[0-9a-z]{6}$/),
  ]),
);
export type Entry = z.infer<ReturnType<typeof entrySchema>>;

/** Origins by the reference of the group. */
export const originsSchema = lazy(() => z.record(z.string(), z.array(z.union([z.literal('hand'), sourceIdSchema]))));

/** The access item, one per user: everything about the user that decides access and is not in the book. */
export const accessSchema = lazy(() =>
  z.object({
    id: userIdSchema,
    life: lifeSchema,
    /** Grows with every change except a change of the pin. */
    rev: z.int().positive(),
    kind: z.enum(['person', 'machine']),
    state: z.enum(['active', 'disabled', 'deleted']),
    /**
     * An administrator has disabled this user of a directory, and the directory does not enable the user. It says nothing
     * while the user is active: see `isSuspended`.
     */
    suspended: z.literal(true).optional(),
    /** `local`, `external`, or the directory source that owns the user. */
    source: z.union([z.literal('local'), z.literal('external'), sourceIdSchema]),
    /** Digest of (issuer, subject) of the sign-in that the user has proven. The item of that digest names the user. */
    identity: z.string().optional(),
    /** Digest of the external id by which a product may name the user. */
    external: z.string().optional(),
    /** The only invitation that can be accepted; a later invitation replaces it. */
    invitation: z
      .object({
        digest: z.string(),
        expires: z.int(),
        byKeeper: z.boolean(),
        /** The user who issued it; absent in invitations of earlier releases. */
        by: userRefSchema.optional(),
      })
      .optional(),
    groups: setOfGroups(),
    /** Origins of memberships in groups that are not by the group's source alone: see `origins.ts`. */
    origins: z.object({ life: lifeSchema, of: originsSchema() }).optional(),
    personal: z.array(grantSchema()).default(() => []),
    /** Grows whenever all sessions of the user end: see `session.ts`. It has no other effect; absent is 0. */
    epoch: z.int().nonnegative().optional(),
    /**
     * The erasure of the person: the life that had ended, and when, in milliseconds since 1970. Events until then tell no
     * values of the person.
     */
    erased: z.object({ life: lifeSchema, at: z.int() }).optional(),
    /** The book's version after the last change of this item, or a version shortly before. */
    stamp: z.int().nonnegative().default(0),
    /** The pin, set on the witness: the entry that must not be destroyed, because the tenant would be locked out. */
    pinned: entrySchema().optional(),
  }),
);
export type Access = z.infer<ReturnType<typeof accessSchema>>;

/** The witness: the holder that the head names as proof that the tenant has one. */
const witnessSchema = lazy(() =>
  z.object({
    user: userRefSchema,
    entry: entrySchema(),
    /** Written by earlier releases, for a witness without a sign-in whose source signs its users in. */
    source: sourceIdSchema.optional(),
  }),
);
export type Witness = z.infer<ReturnType<typeof witnessSchema>>;

/**
 * What operators have decided about the tenant as a whole; absent while it is active. A suspended or closed tenant answers
 * nobody but operators; a tenant that is being purged answers as if it were gone.
 */
const lifecycleSchema = lazy(() =>
  z.object({
    state: z.enum(['suspended', 'closed', 'purging']),
    /** When the state began, as an ISO date. */
    since: z.string(),
    /** Why, in the operator's words. */
    reason: z.string(),
    /** Of a closed tenant: the ISO date from which it can be purged. Until the purge it can be reopened. */
    purgeableFrom: z.string().optional(),
    /** The digest of the export that the tenant is being restored from: until it is verified, nothing makes it active. */
    restoring: z.string().optional(),
  }),
);
export type Lifecycle = z.infer<ReturnType<typeof lifecycleSchema>>;

/** An image: all records of the book as they were at a version, compressed, in parts. */
export const imageSchema = lazy(() =>
  z.object({ id: z.string(), version: z.int().positive(), parts: z.int().positive() }),
);
export type Image = z.infer<ReturnType<typeof imageSchema>>;

export const headSchema = lazy(() =>
  z.object({
    version: z.int().positive(),
    /** The sum of the revs of all records: by it a reader knows that its copy of the book is complete. */
    sum: z.int().nonnegative(),
    records: z.int().nonnegative(),
    /**
     * Bytes of all records together, counted at the version `weighed`. They do not count when that is not the head's
     * version, because a release that does not know them has written since.
     */
    bytes: z.int().nonnegative().optional(),
    weighed: z.int().nonnegative().optional(),
    /** Seconds since 1970 since when the book has had deleted records; absent when it has none. */
    deletedSince: z.int().nonnegative().optional(),
    /** The image of the book from which a cold reader starts; absent for a small book. */
    image: imageSchema().optional(),
    /** Grows whenever the witness or the lifecycle changes. */
    guard: z.int().positive(),
    witness: witnessSchema(),
    /** Set by repair when a scan found no holder: access changes are refused until operators have recovered it. */
    keeperless: z.boolean().default(false),
    /** When repair marked it so, as an ISO date; absent in marks of earlier releases. */
    keeperlessSince: z.string().optional(),
    lifecycle: lifecycleSchema().optional(),
    /**
     * The form in which the words of all users are written, for searches; absent until the users of earlier releases
     * have theirs. `again` is when they are looked at once more, in milliseconds since 1970.
     */
    words: z.object({ form: z.int(), again: z.number().optional() }).optional(),
  }),
);
export type Head = z.infer<ReturnType<typeof headSchema>>;
