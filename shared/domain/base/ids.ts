// Identifiers: short, opaque, URL-safe; the first letter says the kind. Their types are branded, so that a raw string
// never reaches the store.
import { createHash } from 'node:crypto';

declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

export type TenantId = Branded<string, 'tenant'>;
export type UserId = Branded<string, 'user'>;
export type RoleId = Branded<string, 'role'>;
export type GroupId = Branded<string, 'group'>;
export type PolicyId = Branded<string, 'policy'>;
export type SourceId = Branded<string, 'source'>;
export type RunId = Branded<string, 'run'>;
export type RuleId = Branded<string, 'rule'>;
export type ActionId = Branded<string, 'action'>;
export type CategoryId = Branded<string, 'category'>;
export type EventId = Branded<string, 'event'>;
export type DraftId = Branded<string, 'draft'>;
export type SessionId = Branded<string, 'session'>;
/**
 * The incarnation of an id. A thing that is deleted and created again gets a new life, so that old references are dead.
 */
export type Life = Branded<string, 'life'>;
/** `id.life`: the name of a user or group in memberships. */
export type UserRef = Branded<string, 'userRef'>;
export type GroupRef = Branded<string, 'groupRef'>;

/** Crockford's base 32 in lower case: the characters sort as their values do, and none is mistaken for another. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** First letter of an id of each kind, and the number of characters behind it. */
export const shapes = {
  tenant: ['t', 12],
  user: ['u', 20],
  role: ['r', 12],
  group: ['g', 20],
  policy: ['p', 12],
  source: ['s', 12],
  run: ['n', 20],
  rule: ['l', 12],
  action: ['a', 12],
  category: ['c', 12],
  event: ['e', 20],
  draft: ['d', 12],
  session: ['x', 20],
} as const satisfies Record<string, readonly [string, number]>;
export type IdKind = keyof typeof shapes;
interface IdOf {
  tenant: TenantId;
  user: UserId;
  role: RoleId;
  group: GroupId;
  policy: PolicyId;
  source: SourceId;
  run: RunId;
  rule: RuleId;
  action: ActionId;
  category: CategoryId;
  event: EventId;
  draft: DraftId;
  session: SessionId;
}

const patterns = new Map<IdKind, RegExp>();

/** Matches exactly the ids of one kind. */
export const idPattern = (kind: IdKind): RegExp => {
  const pattern = patterns.get(kind) ?? new RegExp(`^${shapes[kind][0]}[${alphabet}]{${shapes[kind][1]}}$`);
  patterns.set(kind, pattern);
  return pattern;
};

/** Matches exactly the ids of all kinds. */
export const anyIdPattern = new RegExp(
  `^(?:${Object.values(shapes)
    .map(([letter, more]) => `${letter}[${alphabet}]{${more}}`)
    .join('|')})$`,
);

/** True when `text` is an id of that kind; narrows its type. */
export const isId = <K extends IdKind>(kind: K, text: string): text is IdOf[K] =>
  text.length === shapes[kind][1] + 1 && idPattern(kind).test(text);

const encode = (bytes: Uint8Array, length: number): string => {
  let out = '';
  for (let i = 0; i < length; i += 1) out += alphabet[(bytes[i % bytes.length] as number) & 31];
  return out;
};

/** The source of new ids and lives: the domain gets it as an argument, so that it stays pure. */
export interface Ids {
  next<K extends Exclude<IdKind, 'event'>>(kind: K): IdOf[K];
  life(): Life;
  /** An id that sorts by time, to the millisecond. @param now milliseconds since 1970 */
  event(now: number): EventId;
  /** A secret for an invitation: 32 characters of base 32, 160 random bits. */
  secret(): string;
}

/** @param random yields n random bytes (crypto.randomBytes in production, a seeded source in tests). */
export const idsFrom = (random: (n: number) => Uint8Array): Ids => ({
  next: (kind) => `${shapes[kind][0]}${encode(random(shapes[kind][1]), shapes[kind][1])}` as never,
  life: () => encode(random(6), 6) as Life,
  event: (now) => `e${timePrefix(now)}${encode(random(10), 10)}` as EventId,
  secret: () => encode(random(32), 32),
});

/** The nth id after an event's id: the parts of one event sort right behind it. */
export const eventAfter = (id: EventId, n: number): EventId => {
  const digits = [...id];
  for (let at = digits.length - 1, carry = n; carry > 0 && at > 10; at -= 1) {
    const sum = alphabet.indexOf(digits[at] as string) + carry;
    digits[at] = alphabet[sum % 32] as string;
    carry = Math.floor(sum / 32);
  }
  return digits.join('') as EventId;
};

/** The sortable front of an event id: ten base-32 digits of a time in milliseconds since 1970. */
export const timePrefix = (ms: number): string => {
  let out = '';
  for (let rest = Math.max(0, Math.floor(ms)), i = 0; i < 10; i += 1, rest = Math.floor(rest / 32))
    out = alphabet[rest % 32] + out;
  return out;
};

/** The time at the front of an event's id, in milliseconds since 1970; `undefined` for any other text. */
export const timeIn = (id: string): number | undefined => {
  const digits = [...id.slice(1, 11)].map((digit) => alphabet.indexOf(digit));
  if (digits.length < 10 || digits.includes(-1)) return undefined;
  return digits.reduce((time, digit) => time * 32 + digit, 0);
};

/**
 * The id that these parts always have, as a hash of them. An object of a directory has the id derived from its source
 * and its immutable id, so that a run finds its user or group without a look-up.
 */
export const derivedId = <K extends IdKind>(kind: K, ...parts: readonly string[]): IdOf[K] => {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest();
  return `${shapes[kind][0]}${encode(hash, shapes[kind][1])}` as IdOf[K];
};

export const userRef = (id: UserId, life: Life): UserRef => `${id}.${life}` as UserRef;
export const groupRef = (id: GroupId, life: Life): GroupRef => `${id}.${life}` as GroupRef;
export const userOf = (ref: UserRef): UserId => ref.slice(0, ref.indexOf('.')) as UserId;
export const groupOf = (ref: GroupRef): GroupId => ref.slice(0, ref.indexOf('.')) as GroupId;
