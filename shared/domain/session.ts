// A session: from log-on to log-off. Where the tenant's changes take effect at the next log-on it keeps the rights that its
// user had then (CT-22..24, FP-54, FP-55); where they take effect immediately it follows current data (SE-25). Rights are
// kept; the things they are about (policies, rules) are those that are there. Guards of our own never look at it.
import * as z from 'zod';
import { idPattern, type RuleId, type SessionId } from './base/ids.ts';
import { once } from './base/lazy.ts';
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

interface Moved {
  readonly before: Access | undefined;
  readonly after: Access;
}

/** Every planner passes here on its way to the table. @throws Error for a fault of ours: sessions would outlive their user */
export const needSessionsEnded = ({ users }: { readonly users: readonly Moved[] }): void => {
  const outlives = ({ before, after }: Moved): boolean =>
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
