// A session: from log-on to log-off. Where the tenant's changes take effect at the next log-on it keeps the rights that its
// user had then (CT-22..24, FP-54, FP-55); where they take effect immediately it follows current data (SE-25). Rights are
// kept; the things they are about (policies, rules) are those that are there. Guards of our own never look at it.
import * as z from 'zod';
import { idPattern, type RuleId, type SessionId } from './base/ids.ts';
import { once } from './base/lazy.ts';
import { withinQuota } from './base/quotas.ts';
import { Refusal } from './base/refusal.ts';
import type { Book } from './book/book.ts';
import {
  type Access,
  grantSchema,
  type RightsOnRules,
  rightsOnRules,
  roleIdSchema,
  ruleIdSchema,
  userIdSchema,
} from './book/records.ts';
import { type AccessChange, type Change, noChange, type Tools, type World } from './change.ts';
import { type Decision, decide, heldBy, opens, ruleRightsOf } from './deciding/decide.ts';
import { type Ground, HeldRights, judge, type Question, type Subject } from './deciding/judge.ts';
import { defaultsNow } from './rules/rule-rights.ts';

export const sessionIdSchema = z.custom<SessionId>((v) => typeof v === 'string' && idPattern('session').test(v));

/** The longest that a session lasts, in seconds: 12 hours. */
export const longestSession = 43_200;

export const sessionSchema = once(() =>
  z.object({
    id: sessionIdSchema,
    user: userIdSchema,
    /** The incarnation of the user, and how often all sessions had been ended by then: of any other it is over. */
    life: z.string(),
    epoch: z.int().nonnegative(),
    createdAt: z.string(),
    /** Seconds since 1970. */
    expires: z.int(),
    /** The version of the book at log-on. */
    version: z.int().positive(),
    /** Its user's rights were kept at log-on. */
    kept: z.boolean(),
  }),
);
export type Session = z.infer<ReturnType<typeof sessionSchema>>;

/** What the roles of the user granted on rules. */
const keptOnRules = once(() =>
  z.object({
    /** The newest birth of any rule until log-on: a rule that was born later came later. */
    at: z.int().nonnegative(),
    /** On every rule that was there and is not excepted. */
    most: rightsOnRules(),
    except: z.array(rightsOnRules().extend({ rules: z.array(ruleIdSchema) })),
    /** On rules that came later: the defaults that the roles had. */
    later: rightsOnRules(),
  }),
);

export const snapshotSchema = once(() =>
  z.object({
    version: z.int().positive(),
    at: z.string(),
    enforced: z.boolean(),
    features: z.array(z.string()),
    sets: z.array(z.object({ origin: z.union([z.literal('personal'), roleIdSchema]), grants: z.array(grantSchema()) })),
    rules: keptOnRules(),
  }),
);
export type Snapshot = z.infer<ReturnType<typeof snapshotSchema>>;

/**
 * Somebody as a change leaves them: with who ceases to be active, all their sessions end in that very write. So they do with
 * who is active again: the release before sessions did not end them.
 */
export const ceasing = (before: Access, after: Access): Access =>
  (before.state === 'active') === (after.state === 'active') ? after : { ...after, epoch: (before.epoch ?? 0) + 1 };

/** Every planner passes here on its way to the table. @throws Error for a fault of ours: sessions would outlive their user */
export const needSessionsEnded = ({ users }: Pick<Change, 'users'>): void => {
  const outlives = ({ before, after }: AccessChange): boolean =>
    before?.state === 'active' && after.state !== 'active' && (after.epoch ?? 0) <= (before.epoch ?? 0);
  const left = users.find(outlives);
  if (left) throw new Error(`${left.after.id} ceases to be active, and the sessions would go on`);
};

/** True while a session counts, by its user's own item. */
export const isOpen = (session: Session, access: Access | undefined, now: number): boolean =>
  access?.state === 'active' &&
  access.id === session.user &&
  access.life === session.life &&
  (access.epoch ?? 0) === session.epoch &&
  session.expires * 1000 > now;

const columnsOf = ({ view, edit, delete: gone }: RightsOnRules): string => `${view} ${edit} ${gone}`;

const onRulesOf = (book: Book, access: Access): z.infer<ReturnType<typeof keptOnRules>> => {
  const rights = ruleRightsOf(book, access);
  const by = new Map<string, RightsOnRules & { rules: RuleId[] }>();
  for (const rule of book.rules.ordered) {
    const has = { view: rights.has(rule, 'view'), edit: rights.has(rule, 'edit'), delete: rights.has(rule, 'delete') };
    const known = by.get(columnsOf(has)) ?? { ...has, rules: [] };
    by.set(columnsOf(has), known);
    known.rules.push(rule.id);
  }
  const [first, ...except] = [...by.values()].sort((a, b) => b.rules.length - a.rules.length);
  const { rules: _, ...most } = first ?? { rules: [], view: false, edit: false, delete: false };
  return { at: book.rules.newestBirth, most, except, later: defaultsNow(book, rights.roles) };
};

/** What an active user may do now, to be kept. */
export const snapshotOf = (book: Book, access: Access, now: number): Snapshot => ({
  version: book.version,
  at: new Date(now).toISOString(),
  enforced: book.tenant.enforced,
  features: [...book.tenant.features].sort(),
  sets: heldBy(book, access).map(({ origin, grants }) => ({ origin, grants: [...grants] })),
  rules: onRulesOf(book, access),
});

const exceptions = new WeakMap<Snapshot, ReadonlyMap<RuleId, RightsOnRules>>();
const exceptionsOf = (snapshot: Snapshot): ReadonlyMap<RuleId, RightsOnRules> => {
  const known =
    exceptions.get(snapshot) ??
    new Map(snapshot.rules.except.flatMap((group) => group.rules.map((rule) => [rule, group] as const)));
  exceptions.set(snapshot, known);
  return known;
};

/** The ground that a snapshot is looked at on: the switch and the features as they were, all things as they are. */
const groundOf = (book: Book, { enforced, features }: Snapshot): Ground => ({
  tenant: { enforced, features: new Set(features) },
  catalogue: book.catalogue,
  policies: book.policies,
  rules: book.rules,
});

/** A user as at log-on, on that ground. */
export const keptSubject = (book: Book, snapshot: Snapshot): { ground: Ground; subject: Subject } => {
  const ground = groundOf(book, snapshot);
  const { at, most, later } = snapshot.rules;
  return {
    ground,
    subject: {
      state: 'active',
      rights: new HeldRights(ground, snapshot.sets),
      may: (id, right) => {
        const rule = book.rules.byId.get(id);
        if (!rule) return false;
        return (rule.entry.born > at ? later : (exceptionsOf(snapshot).get(id) ?? most))[right];
      },
    },
  };
};

/** A session that counts, with its user now, and what it has kept. */
export interface Opened {
  readonly session: Session;
  readonly access: Access;
  readonly snapshot?: Snapshot | undefined;
}

/** True where what sessions have kept counts. */
export const keeps = (book: Book): boolean => book.tenant.changesTakeEffect === 'nextLogon';

/** What a session is followed by, by the tenant's mode now: what it has kept, if anything; or current data. */
export const followedBy = (book: Book, { snapshot }: Pick<Opened, 'snapshot'>): Snapshot | undefined =>
  keeps(book) ? snapshot : undefined;

export interface InSession {
  readonly decision: Decision;
  /** What it was decided by, if not by current data. */
  readonly by: Snapshot | undefined;
  /** What current data answer, where that is otherwise. */
  readonly current?: Decision;
}

/**
 * May the user do this in this session? Who may manage access rights, and what that opens, is decided by current data in
 * every mode.
 */
export const decideInSession = (book: Book, opened: Opened, question: Question): InSession => {
  const current = decide(book, opened.access, question);
  const isKeepers = opens(book, question)?.includes(book.catalogue.data.keeper);
  const by = isKeepers ? undefined : followedBy(book, opened);
  if (!by) return { decision: current, by };
  const { ground, subject } = keptSubject(book, by);
  const decision = judge(ground, subject, question);
  const otherwise = decision.allowed !== current.allowed || decision.reason !== current.reason;
  return { decision, by, ...(otherwise && { current }) };
};

/** Whoever may log on: any active user, and where the catalogue says what opens that, those who have it (FP-05, Q-09). */
const needLogOn = (book: Book, access: Access | undefined): Access => {
  const refused = (reason: string, detail: string) => new Refusal('cannot-log-on', { detail, more: { reason } });
  if (!access || access.state === 'deleted') throw refused('unknown-user', 'The tenant has no such user.');
  if (access.state !== 'active') throw refused('user-disabled', 'The user is disabled: enable it first.');
  if (!book.catalogue.ability.has('logOn')) return access;
  const { allowed, reason } = decide(book, access, { ability: 'logOn' });
  if (!allowed) throw refused(reason, 'The user has no permission: grant one first.');
  return access;
};

/**
 * Log-on: always on current data. @param open how many open sessions the user has @param seconds how long it lasts
 * @throws Refusal cannot-log-on, quota-exceeded
 */
export const startSession = (
  { book }: World,
  user: Access | undefined,
  { seconds, open }: { readonly seconds: number; readonly open: number },
  tools: Tools,
): Change<Session> => {
  const access = needLogOn(book, user);
  withinQuota('sessionsPerUser', open + 1, 'End one of them first, or all of them.');
  const snapshot = keeps(book) ? snapshotOf(book, access, tools.now) : undefined;
  const session: Session = {
    id: tools.ids.next('session'),
    user: access.id,
    life: access.life,
    epoch: access.epoch ?? 0,
    createdAt: new Date(tools.now).toISOString(),
    expires: Math.floor(tools.now / 1000) + Math.min(seconds, longestSession),
    version: book.version,
    kept: snapshot !== undefined,
  };
  return {
    book: [],
    users: [],
    side: [{ kind: 'session', before: undefined, after: session, snapshot }],
    audit: {
      action: 'session.started',
      target: access.id,
      after: { session: session.id, expires: new Date(session.expires * 1000).toISOString(), version: book.version },
    },
    result: session,
  };
};

/** Log-off. */
export const endSession = (session: Session): Change<undefined> => ({
  book: [],
  users: [],
  side: [{ kind: 'session', before: session, after: undefined }],
  audit: { action: 'session.ended', target: session.user, before: { session: session.id } },
  result: undefined,
});

/** Entries of ended sessions that are taken off the list at once; further ones go with their time. */
const mostTaken = 50;

/**
 * Ends all sessions of a user, in one write however many there are; also one that is just being begun. Nothing changes when
 * none is open.
 */
export const endSessions = (before: Access, open: readonly Session[]): Change<undefined> =>
  open.length === 0
    ? noChange(undefined)
    : {
        book: [],
        users: [{ before, after: { ...before, rev: before.rev + 1, epoch: (before.epoch ?? 0) + 1 } }],
        side: [{ kind: 'sessions', gone: open.slice(0, mostTaken) }],
        audit: { action: 'sessions.ended', target: before.id, before: { sessions: open.map(({ id }) => id) } },
        result: undefined,
      };
