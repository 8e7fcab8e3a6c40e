// What decides access, as stored and as decided on: the records of the book and the access items of the crowd.
// The schemas are the only definition; every item read from the table passes through them.
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
import { once } from '../base/lazy.ts';

const branded = <T extends string>(pattern: RegExp, error?: string) =>
  z.custom<T>((v) => typeof v === 'string' && pattern.test(v), error);
/** An id of a kind; whoever sends another text is told the form, and where an id of their own belongs. */
const idOf = <T extends string>(kind: IdKind) => {
  const [letter, more] = shapes[kind];
  const own = kind === 'user' ? '; an id of your own belongs into externalId' : '';
  return branded<T>(
    idPattern(kind),
    `is no id of a ${kind}: Holdfast gives those, the letter ${letter} and ${more} letters and digits${own}`,
  );
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
const userRefSchema = branded<UserRef>(/^u[0-9a-z]{20}\.[0-9a-z]{6}$/);
export const groupRefSchema = branded<GroupRef>(/^g[0-9a-z]{20}\.[0-9a-z]{6}$/);

/** A set attribute: DynamoDB cannot store an empty one, so an absent one reads as empty. */
const setOf = <T extends string>(item: z.ZodType<T>) => z.set(item).default(() => new Set<T>());

/**
 * One right within a grant set: for the account, or for the policies named; for all action and rule types, or those
 * named. A permission may be granted several times in a set, in scopes that no single grant could name. `*` is every
 * permission, later ones included.
 */
export const grantSchema = once(() =>
  z.object({
    permission: z.string(),
    policies: z.array(policyIdSchema).optional(),
    actionTypes: z.array(z.string()).optional(),
    ruleTypes: z.array(z.string()).optional(),
  }),
);
export type Grant = z.infer<ReturnType<typeof grantSchema>>;
export type GrantSet = readonly Grant[];

/** `rev` is the version of the book at the record's last write; a record not yet written has 0. */
const rev = once(() => z.int().nonnegative());

export const rightsOnRules = once(() => z.object({ view: z.boolean(), edit: z.boolean(), delete: z.boolean() }));
export type RightsOnRules = z.infer<ReturnType<typeof rightsOnRules>>;

/** A moment of the rules' own clock, which is at the newest date of the book: see `RuleIndex`. */
const date = once(() => z.int().nonnegative());

const tenantRecord = once(() =>
  z.object({
    kind: z.literal('tenant'),
    rev: rev(),
    name: z.string(),
    catalogue: z.string(),
    catalogueVersion: z.int(),
    /** Access-rights management is switched on: product checks are enforced (CT-03, Q-01). */
    enforced: z.boolean(),
    /** Set at the first enabling, so that the administrators group joins once only (CT-31). */
    enabledBefore: z.boolean(),
    changesTakeEffect: z.enum(['immediately', 'nextLogon']),
    administratorsGroup: groupIdSchema.optional(),
    features: setOf(z.string()),
    createdAt: z.string(),
  }),
);
export type TenantRecord = z.infer<ReturnType<typeof tenantRecord>>;

const roleRecord = once(() =>
  z.object({
    kind: z.literal('role'),
    rev: rev(),
    id: roleIdSchema,
    name: z.string(),
    description: z.string(),
    predefined: z.string().optional(),
    grants: z.array(grantSchema()),
    /** What it grants on rules that other roles create (Q-08, rule rights). */
    newRules: rightsOnRules(),
    /** When it was made, by the rules' clock; absent for a role that is older than every rule. */
    born: date().optional(),
    /** Groups that are members. */
    groups: setOf(groupRefSchema),
    deleted: z.boolean(),
    /** Of a deleted role: the role that its rules passed to, and when. */
    rulesTo: roleIdSchema.optional(),
    rulesAt: date().optional(),
  }),
);
export type RoleRecord = z.infer<ReturnType<typeof roleRecord>>;

/** Direct members of a role, a chunk of them: a large role is several small items. */
const membersRecord = once(() =>
  z.object({
    kind: z.literal('members'),
    rev: rev(),
    role: roleIdSchema,
    chunk: z.int().nonnegative(),
    users: setOf(userRefSchema),
  }),
);
export type MembersRecord = z.infer<ReturnType<typeof membersRecord>>;

const groupRecord = once(() =>
  z.object({
    kind: z.literal('group'),
    rev: rev(),
    id: groupIdSchema,
    life: lifeSchema,
    name: z.string(),
    source: sourceIdSchema,
    /** Groups that this group is a direct member of. Cycles are legal. */
    parents: setOf(groupRefSchema),
    /** A keeper lets the directory decide who gets the keeper permission through this group. */
    confersAccessManagement: z.boolean(),
    deleted: z.boolean(),
  }),
);
export type GroupRecord = z.infer<ReturnType<typeof groupRecord>>;

const policyRecord = once(() =>
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

const signInSchema = once(() =>
  z.object({
    issuer: z.string(),
    /** The token's claim that carries the immutable id of the directory object. */
    claim: z.string(),
  }),
);
/** What a directory does in its own way: see `Dialect`. */
export const dialectSchema = once(() =>
  z.object({
    groupClasses: z.array(z.string()).optional(),
    disabledMarkers: z.array(z.object({ attribute: z.string(), value: z.string() })).optional(),
  }),
);
const sourceRecord = once(() =>
  z.object({
    kind: z.literal('source'),
    rev: rev(),
    id: sourceIdSchema,
    name: z.string(),
    /** Where given, whoever signs in with the claim for the first time is bound to the user of this source. */
    signIn: signInSchema().optional(),
    dialect: dialectSchema().optional(),
    deleted: z.boolean(),
  }),
);
export type SourceRecord = z.infer<ReturnType<typeof sourceRecord>>;

/** What the book knows of a rule: all that decides who may do what to it, and where it stands. */
const ruleEntry = once(() =>
  z.object({
    /** Its place among the rules: see `placeBetween`. */
    order: z.string(),
    type: z.string(),
    categories: z.array(categoryIdSchema).default(() => []),
    /** The role that owns it, never a user (CT-96); since when. */
    owner: roleIdSchema.optional(),
    ownedAt: date().default(0),
    born: date(),
  }),
);
export type RuleEntry = z.infer<ReturnType<typeof ruleEntry>>;

/** Some of the rules, in no order: a rule stays in its chunk, so that changing one writes one small item. */
const rulesRecord = once(() =>
  z.object({
    kind: z.literal('rules'),
    rev: rev(),
    chunk: z.int().nonnegative(),
    entries: z.record(z.string(), ruleEntry()),
    /** The newest birth among the rules that were deleted from it: no later rule is taken for one that was there before. */
    newest: date().optional(),
  }),
);
export type RulesRecord = z.infer<ReturnType<typeof rulesRecord>>;

/** A right given (the date) or taken away (the date, negative). Zero, or absent, is neither. */
const mark = once(() => z.int());
const marks = once(() => z.object({ view: mark().optional(), edit: mark().optional(), delete: mark().optional() }));
export type Marks = z.infer<ReturnType<typeof marks>>;

/** What a role grants on rules, beyond what its record says; a role that has none grants its `newRules` on all. */
const rightsRecord = once(() =>
  z.object({
    kind: z.literal('rights'),
    rev: rev(),
    role: roleIdSchema,
    /** What it grants on rules that others create, oldest first, each from its date on. */
    newRules: z.array(rightsOnRules().extend({ at: date() })).min(1),
    /** The last tick of each column (CT-91): for the rules that were there then. */
    columns: marks(),
    /** Moves with every change of the role's rights on rules. */
    edits: z.int().nonnegative(),
  }),
);
export type RightsRecord = z.infer<ReturnType<typeof rightsRecord>>;

/** What a role grants on single rules: those of the chunk of rules with this number. */
const exceptionsRecord = once(() =>
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
const categoriesRecord = once(() =>
  z.object({
    kind: z.literal('categories'),
    rev: rev(),
    list: z.array(z.object({ id: categoryIdSchema, name: z.string() })),
  }),
);
export type CategoriesRecord = z.infer<ReturnType<typeof categoriesRecord>>;
export type Category = CategoriesRecord['list'][number];

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
/** The schema of the records of a kind; nothing for a kind that only a later release knows. */
export const recordSchema = (kind: unknown): z.ZodType<KnownRecord> | undefined =>
  typeof kind === 'string' && Object.hasOwn(known, kind) ? known[kind as keyof typeof known]() : undefined;
/** A record that a later release wrote: it counts for the book's sum, and decides nothing here. */
interface UnknownRecord {
  readonly kind: 'unknown';
  readonly rev: number;
  readonly name: string;
}
export type BookRecord = KnownRecord | UnknownRecord;

/** The name of a record within its book; unique, and stable over the record's life. */
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
      return record.name;
    default:
      return `${record.kind}#${record.id}`;
  }
};

/** The entry through which somebody holds the keeper permission: own grants, a role, or a group of the user's own. */
const entrySchema = once(() =>
  z.union([
    z.literal('personal'),
    branded<`role:${RoleId}`>(/^role:r[0-9a-z]{12}$/),
    branded<`group:${GroupRef}`>(/^group:g[0-9a-z]{20}\.[0-9a-z]{6}$/),
  ]),
);
export type Entry = z.infer<ReturnType<typeof entrySchema>>;

/** One per user; everything about a user that decides access, save what the book knows. */
export const accessSchema = once(() =>
  z.object({
    id: userIdSchema,
    life: lifeSchema,
    /** Moves with every change but those of the pin. */
    rev: z.int().positive(),
    kind: z.enum(['person', 'machine']),
    state: z.enum(['active', 'disabled', 'deleted']),
    /** `local`, `external`, or the directory source that owns the user. */
    source: z.union([z.literal('local'), z.literal('external'), sourceIdSchema]),
    /** Digest of (issuer, subject) of the sign-in that the user has proven; its record names the user. */
    identity: z.string().optional(),
    /** Digest of the external id by which a product may name the user. */
    external: z.string().optional(),
    /** The one invitation that can still be accepted; a later one replaces it. */
    invitation: z
      .object({
        digest: z.string(),
        expires: z.int(),
        byKeeper: z.boolean(),
        /** Who issued it; invitations of earlier releases do not say. */
        by: userRefSchema.optional(),
      })
      .optional(),
    groups: setOf(groupRefSchema),
    personal: z.array(grantSchema()).default(() => []),
    /** Moves whenever all sessions of the user end: see `session.ts`. Decides nothing else; absent is 0. */
    epoch: z.int().nonnegative().optional(),
    /** The book version of the last transaction that touched both this item and the book. */
    stamp: z.int().nonnegative().default(0),
    /** Set on the witness: the entry by which this user keeps the tenant from being locked out. */
    pinned: entrySchema().optional(),
  }),
);
export type Access = z.infer<ReturnType<typeof accessSchema>>;

/** Whom the head names as proof that the tenant has a holder. */
const witnessSchema = once(() =>
  z.object({
    user: userRefSchema,
    entry: entrySchema(),
    /** Written by earlier releases: the witness has proven no sign-in, but this source signs its users in. */
    source: sourceIdSchema.optional(),
  }),
);
export type Witness = z.infer<ReturnType<typeof witnessSchema>>;

export const headSchema = once(() =>
  z.object({
    version: z.int().positive(),
    /** Sum of the revs of all the book's records: a reader that has them all knows it by this. */
    sum: z.int().nonnegative(),
    records: z.int().nonnegative(),
    /** Moves whenever the witness does. */
    guard: z.int().positive(),
    witness: witnessSchema(),
    /** Set by repair when a scan found no holder: access changes are refused until operators have recovered it. */
    keeperless: z.boolean().default(false),
  }),
);
export type Head = z.infer<ReturnType<typeof headSchema>>;
