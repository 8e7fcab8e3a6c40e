// All keys of the table; no other file spells one. The tenant comes first in every key of a tenant, and the alphabet of
// ids excludes the separator, so that different ids never make equal keys.
import { hash } from 'node:crypto';
import type {
  DraftId,
  EventId,
  GroupId,
  RuleId,
  RunId,
  SessionId,
  SourceId,
  TenantId,
  UserId,
} from '../domain/base/ids.ts';
import { timePrefix } from '../domain/base/ids.ts';
import { sortForm } from '../domain/base/names.ts';
import type { ObjectId } from '../domain/directory.ts';

export interface Key {
  readonly PK: string;
  readonly SK: string;
}

/** A key as one text, which no other key has. */
export const nameOfKey = ({ PK, SK }: Readonly<Record<keyof Key, unknown>>): string => `${PK}\n${SK}`;

/** Number of partitions over which a tenant's events and names are spread. */
const shards = 4;

const digits = (n: number, width: number) => String(n).padStart(width, '0');

/** The shard of a text: always the same, below `shards`. */
const shardOf = (text: string): number => (hash('sha256', text, 'buffer')[0] as number) % shards;

/** Digest of values that must be found again and never read: sign-ins, external ids, DNs, secrets. */
export const digestOf = (...parts: readonly string[]): string => hash('sha256', JSON.stringify(parts), 'base64url');

/** The digest under which a sign-in's record is stored. */
export const identityDigest = (issuer: string, subject: string): string => digestOf('identity', issuer, subject);

/**
 * Where the operators' own records stand: their audit, the names of tenants, what is left of purged tenants. No token can
 * name it, because it is no tenant's id.
 */
export const operatorsRoom = 'operators' as TenantId;

export const keys = {
  /** A head that never exists, read to see that the table answers. */
  nowhere: (): Key => ({ PK: 'T#', SK: 'HEAD' }),
  head: (t: TenantId): Key => ({ PK: `T#${t}`, SK: 'HEAD' }),
  /** The recovery of a keeperless tenant that is under way. */
  recovery: (t: TenantId): Key => ({ PK: `T#${t}`, SK: 'RECOVERY' }),
  /** A record of the book, by its name. */
  record: (t: TenantId, name: string): Key => ({ PK: `T#${t}#BOOK`, SK: name }),
  /** The list of records that version v changed. */
  log: (t: TenantId, version: number): Key => ({ PK: `T#${t}#LOG`, SK: digits(version, 12) }),
  /** One part of an image of the book. Each has a partition of its own, so that many readers share the load. */
  imagePart: (t: TenantId, image: string, part: number): Key => ({ PK: `T#${t}#IMAGE#${image}#${part}`, SK: 'PART' }),
  /** The note of an image that the head does not name: its parts are to be removed. */
  imageNote: (t: TenantId, image: string): Key => ({ PK: `T#${t}#IMAGES`, SK: image }),
  access: (t: TenantId, u: UserId): Key => ({ PK: `T#${t}#U#${u}`, SK: 'ACCESS' }),
  profile: (t: TenantId, u: UserId): Key => ({ PK: `T#${t}#U#${u}`, SK: 'PROFILE' }),
  /** A word by which a user is searched. It has the name, so that a list of a word is in the order of names. */
  word: (t: TenantId, word: string, name: string, u: UserId): Key => ({
    PK: `T#${t}#WORD#${shardOf(u)}`,
    SK: `${word}\u0001${nameKey(name, u)}`,
  }),
  /** How far the words of users of earlier releases are written. */
  wordsProgress: (t: TenantId): Key => ({ PK: `T#${t}#WORDS`, SK: 'PROGRESS' }),
  /** A deleted user, kept for restoring. */
  deleted: (t: TenantId, u: UserId): Key => ({ PK: `T#${t}#U#${u}`, SK: 'DELETED' }),
  /** Leads from the digest of a sign-in or an external id to the user. */
  alias: (t: TenantId, digest: string): Key => ({ PK: `T#${t}#A#${digest}`, SK: 'ALIAS' }),
  /** A user's direct membership in a group, for lists. */
  edge: (t: TenantId, g: GroupId, u: UserId): Key => ({ PK: `T#${t}#G#${g}`, SK: u }),
  /** A user's own grant of a permission, for lists of holders. */
  personal: (t: TenantId, permission: string, u: UserId): Key => ({ PK: `T#${t}#P#${permission}`, SK: u }),
  event: (t: TenantId, e: EventId): Key => ({ PK: `T#${t}#E#${shardOf(e)}`, SK: e }),
  eventPart: (t: TenantId, e: EventId, part: number): Key => ({
    PK: `T#${t}#E#${shardOf(e)}#PART`,
    SK: `${e}#${digits(part, 4)}`,
  }),
  /** The copy of an event under a user or group that it concerns besides its target. */
  eventOf: (t: TenantId, e: EventId, target: string): Key => ({
    PK: `T#${t}#E#${shardOf(e)}#OF`,
    SK: `${e}#${target}`,
  }),
  /** Personal texts of an event, stored under the user so that they can be erased. */
  personalOf: (t: TenantId, u: UserId, e: EventId): Key => ({ PK: `T#${t}#V#${u}`, SK: e }),
  /** The settings of the tenant's audit. */
  auditSettings: (t: TenantId): Key => ({ PK: partitions.seal(t), SK: 'SETTINGS' }),
  /** What became of the last attempts to write into the bucket that the settings name. */
  destinationNote: (t: TenantId): Key => ({ PK: partitions.seal(t), SK: 'DESTINATION' }),
  idempotency: (t: TenantId, digest: string): Key => ({ PK: `T#${t}#I#${digest}`, SK: 'ONCE' }),
  /** The content of a rule; the book holds its order, owner and rights. */
  rule: (t: TenantId, l: RuleId): Key => ({ PK: `T#${t}#R#${l}`, SK: 'RULE' }),
  /** A draft, and its entry in the list. */
  draft: (t: TenantId, d: DraftId): Key => ({ PK: `T#${t}#DRAFT#${d}`, SK: 'DRAFT' }),
  draftEntry: (t: TenantId, d: DraftId): Key => ({ PK: `T#${t}#DRAFTS`, SK: d }),
  /** A session, its snapshot, and its entry in the list of the user's sessions. */
  session: (t: TenantId, x: SessionId): Key => ({ PK: `T#${t}#X#${x}`, SK: 'SESSION' }),
  snapshot: (t: TenantId, x: SessionId): Key => ({ PK: `T#${t}#X#${x}`, SK: 'SNAPSHOT' }),
  sessionEntry: (t: TenantId, u: UserId, x: SessionId): Key => ({ PK: `T#${t}#SESSIONS#${u}`, SK: x }),
  /** The turn that a writer has asked for. */
  turn: (t: TenantId): Key => ({ PK: `T#${t}#TURN`, SK: 'TURN' }),
  /** How far a rate of the tenant, or of a caller within it, is used. */
  rate: (t: TenantId, name: string): Key => ({ PK: `T#${t}#RATE#${name}`, SK: 'RATE' }),
  /** What is left of a tenant that is being purged, or was: progress, then the certificate. */
  purge: (t: TenantId): Key => ({ PK: `T#${operatorsRoom}#PURGE#${t}`, SK: 'PURGE' }),
  sweep: (t: TenantId, what: string): Key => ({ PK: `T#${t}#SWEEP`, SK: what }),
  /** A deleted source. It stands apart, because releases that know no such sweep stop at it. */
  sourceSweep: (t: TenantId, s: SourceId): Key => ({ PK: `T#${t}#SWEEP#SOURCES`, SK: s }),
  /** An erased person, whose values are to be removed. It stands apart for the same reason. */
  erasure: (t: TenantId, u: UserId): Key => ({ PK: `T#${t}#SWEEP#ERASURES`, SK: u }),
  run: (t: TenantId, n: RunId): Key => ({ PK: `T#${t}#N#${n}`, SK: 'RUN' }),
  /** The place of a run in the history of its source. @param ms when it was opened, in milliseconds since 1970 */
  runEntry: (t: TenantId, s: SourceId, ms: number, n: RunId): Key => ({
    PK: `T#${t}#S#${s}#RUNS`,
    SK: `${timePrefix(ms)}#${n}`,
  }),
  /** Parts of a run's content, its batches, and parts of the resolved names, of the planning, of its losses and of the results. */
  runPart: (
    t: TenantId,
    n: RunId,
    kind: 'BODY' | 'BATCH' | 'PLAN' | 'PLANNING' | 'LOSS' | 'RESULT',
    part: number,
  ): Key => ({
    PK: `T#${t}#N#${n}`,
    SK: `${kind}#${digits(part, 6)}`,
  }),
  /** The outcome of one part of a run: done, written in the same transaction, refused, or planned only. */
  outcome: (t: TenantId, n: RunId, kind: 'DONE' | 'REFUSED' | 'PLANNED', unit: string): Key => ({
    PK: `T#${t}#N#${n}`,
    SK: `${kind}#${unit}`,
  }),
  /** The unfinished run of a source: at most one. */
  activeRun: (t: TenantId, s: SourceId): Key => ({ PK: `T#${t}#S#${s}`, SK: 'ACTIVE' }),
  /** How far a source is synchronised. */
  sync: (t: TenantId, s: SourceId): Key => ({ PK: `T#${t}#S#${s}`, SK: 'SYNC' }),
  /** The stored object of a directory. */
  object: (t: TenantId, s: SourceId, id: ObjectId): Key => ({ PK: `T#${t}#S#${s}#O#${shardOf(id)}`, SK: id }),
  /** Leads from a name in a directory, by the digest of its DN or uid, to the object. */
  directory: (t: TenantId, s: SourceId, digest: string): Key => ({ PK: `T#${t}#S#${s}#D#${digest}`, SK: 'DN' }),
  /** A group that waits for a member that the directory has not delivered yet. */
  waiting: (t: TenantId, s: SourceId, digest: string, g: GroupId): Key => ({
    PK: `T#${t}#S#${s}#D#${digest}`,
    SK: `WAIT#${g}`,
  }),
  /** The same fact under the waiting group. */
  waitingOf: (t: TenantId, s: SourceId, g: GroupId, digest: string): Key => ({
    PK: `T#${t}#S#${s}#W#${g}`,
    SK: digest,
  }),
  /** How far a tenant's events are sealed; beside it stand all other items of the seal. */
  seal: (t: TenantId): Key => ({ PK: partitions.seal(t), SK: 'STATE' }),
  /** A segment, by the sequence of its last event. */
  segment: (t: TenantId, last: number): Key => ({ PK: partitions.seal(t), SK: `SEGMENT#${digits(last, 12)}` }),
  /** Leads from the id of the last event of a segment to the segment, unless its events were late. */
  segmentAt: (t: TenantId, last: EventId): Key => ({ PK: partitions.seal(t), SK: `AT#${last}` }),
  /** Leads from a late event to its sequence. */
  late: (t: TenantId, e: EventId): Key => ({ PK: partitions.seal(t), SK: `LATE#${e}` }),
  /** The sequence before the first one of a day. @param day YYYY-MM-DD */
  sealedDay: (t: TenantId, day: string): Key => ({ PK: partitions.seal(t), SK: `DAY#${day}` }),
  /** Numbers of the sealed events of a UTC day. */
  counts: (t: TenantId, day: string): Key => ({ PK: partitions.seal(t), SK: `COUNTS#${day}` }),
  tile: (t: TenantId, level: number, index: number): Key => ({
    PK: partitions.seal(t),
    SK: `TILE#${digits(level, 2)}#${digits(index, 12)}`,
  }),
  checkpoint: (t: TenantId, size: number): Key => ({ PK: partitions.seal(t), SK: `CHECKPOINT#${digits(size, 12)}` }),
  /** What stands in the store for a segment, by the sequence of its last event. */
  exportedFile: (t: TenantId, last: number): Key => ({ PK: partitions.seal(t), SK: `PART#${digits(last, 12)}` }),
  /** A public key that signs checkpoints and manifests; it belongs to the deployment and to no tenant. */
  auditKey: (kid: string): Key => ({ PK: partitions.auditKeys, SK: kid }),
  /**
   * The key that signs snapshot tokens in a period; it belongs to the deployment and to no tenant.
   * @param beside the vault whose key it is, where another vault has the one of the period
   */
  signingKey: (ring: string, period: number, beside?: string): Key => ({
    PK: `SIGNING#${ring}`,
    SK: beside === undefined ? digits(period, 8) : `${digits(period, 8)}#${beside}`,
  }),
};

/** Partitions that are read as ranges. */
export const partitions = {
  book: (t: TenantId) => keys.record(t, '').PK,
  log: (t: TenantId) => keys.log(t, 0).PK,
  images: (t: TenantId) => `T#${t}#IMAGES`,
  group: (t: TenantId, g: GroupId) => `T#${t}#G#${g}`,
  words: (t: TenantId) => Array.from({ length: shards }, (_, i) => `T#${t}#WORD#${i}`),
  personal: (t: TenantId, permission: string) => `T#${t}#P#${permission}`,
  events: (t: TenantId) => Array.from({ length: shards }, (_, i) => `T#${t}#E#${i}`),
  eventParts: (t: TenantId) => partitions.events(t).map((partition) => `${partition}#PART`),
  eventCopies: (t: TenantId) => partitions.events(t).map((partition) => `${partition}#OF`),
  drafts: (t: TenantId) => `T#${t}#DRAFTS`,
  sessions: (t: TenantId, u: UserId) => `T#${t}#SESSIONS#${u}`,
  sweeps: (t: TenantId) => `T#${t}#SWEEP`,
  sourceSweeps: (t: TenantId) => `T#${t}#SWEEP#SOURCES`,
  erasures: (t: TenantId) => `T#${t}#SWEEP#ERASURES`,
  /** Personal texts of events about a user. */
  values: (t: TenantId, u: UserId) => `T#${t}#V#${u}`,
  run: (t: TenantId, n: RunId) => `T#${t}#N#${n}`,
  runs: (t: TenantId, s: SourceId) => `T#${t}#S#${s}#RUNS`,
  directory: (t: TenantId, s: SourceId, digest: string) => `T#${t}#S#${s}#D#${digest}`,
  /** All objects of a source, read only when a name above many of them changes. */
  objects: (t: TenantId, s: SourceId) => Array.from({ length: shards }, (_, i) => `T#${t}#S#${s}#O#${i}`),
  waitingOf: (t: TenantId, s: SourceId, g: GroupId) => `T#${t}#S#${s}#W#${g}`,
  ring: (ring: string) => keys.signingKey(ring, 0).PK,
  seal: (t: TenantId) => `T#${t}#SEAL`,
  auditKeys: 'AUDITKEYS',
  /** Index partitions: users and rules by folded name, events by target. */
  names: (t: TenantId) => Array.from({ length: shards }, (_, i) => `T#${t}#NAME#${i}`),
  nameOf: (t: TenantId, u: UserId) => `T#${t}#NAME#${shardOf(u)}`,
  deletedNames: (t: TenantId) => Array.from({ length: shards }, (_, i) => `T#${t}#DELETED#${i}`),
  deletedNameOf: (t: TenantId, u: UserId) => `T#${t}#DELETED#${shardOf(u)}`,
  tenantNameOf: (t: TenantId) => `T#${operatorsRoom}#NAME#${shardOf(t)}`,
  ruleNames: (t: TenantId) => Array.from({ length: shards }, (_, i) => `T#${t}#RULENAME#${i}`),
  ruleNameOf: (t: TenantId, l: RuleId) => `T#${t}#RULENAME#${shardOf(l)}`,
  targets: (t: TenantId, target: string) => Array.from({ length: shards }, (_, i) => `T#${t}#TARGET#${target}#${i}`),
  /** Events that concern more users and groups than get a copy each. */
  wide: (t: TenantId) => `T#${t}#TARGET#members`,
  targetOf: (t: TenantId, target: string, e: EventId) => `T#${t}#TARGET#${target}#${shardOf(e)}`,
  /** Prefix of every partition of a tenant, for the full scan of repair only. */
  tenant: (t: TenantId) => `T#${t}`,
  /** Prefix of every partition of every tenant. */
  all: 'T#',
};

/** The tenant and kind of a partition, and the id that follows the kind; the head's has neither kind nor id. */
export const partOf = (
  pk: string,
): { readonly tenant: TenantId; readonly kind: string | undefined; readonly id: string | undefined } => {
  const [, tenant = '', kind, id] = pk.split('#');
  return { tenant: tenant as TenantId, kind, id };
};

/**
 * The sort key of a name in the readers' order. It ends with the id so that equal names stay apart, and fits an index key
 * of 1,024 bytes.
 */
export const nameKey = (name: string, id: string): string => `${[...sortForm(name)].slice(0, 200).join('')}\u0001${id}`;
