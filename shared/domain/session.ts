// A session, from log-on to log-off. Where a tenant's changes take effect at the next log-on, the session keeps the
// rights that its user had at log-on (CT-22..24, FP-54, FP-55); where they take effect immediately, it follows current
// data (SE-25). Only rights are kept; policies and rules are always the current ones. Guards of Holdfast's own API never
// read a session.
import * as z from 'zod';
import { idPattern, type RuleId, type SessionId } from './base/ids.ts';
import { lazy } from './base/lazy.ts';
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
import type { Rule } from './rules/rule-index.ts';
import { defaultsNow } from './rules/rule-rights.ts';

const sessionIdSchema = z.custom<SessionId>((v) => typeof v === 'string' && idPattern('session').test(v));

/** Longest duration of a session, in seconds: 12 hours. */
export const longestSession = 43_200;

export const sessionSchema = lazy(() =>
  z.object({
    id: sessionIdSchema,
    user: userIdSchema,
    /** The user's life and epoch at log-on. The session is valid only while both still match the user's item. */
    life: z.string(),
    epoch: z.int().nonnegative(),
    createdAt: z.string(),
    /** Seconds since 1970. */
    expires: z.int(),
    /** The version of the book at log-on. */
    version: z.int().positive(),
    /** True when the user's rights were kept at log-on. */
    kept: z.boolean(),
  }),
);
export type Session = z.infer<ReturnType<typeof sessionSchema>>;

/** The rights that the roles of the user granted on rules. */
const keptOnRules = lazy(() =>
  z.object({
    /** The newest birth of any rule at log-on, to tell later rules from those that existed. */
    at: z.int().nonnegative(),
    /** Rights on every rule that existed at log-on, except for those in `exceptions`. */
    most: rightsOnRules(),
    except: z.array(rightsOnRules().extend({ rules: z.array(ruleIdSchema) })),
    /** Rights on rules created after log-on: the defaults that the roles had. */
    later: rightsOnRules(),
  }),
);

export const snapshotSchema = lazy(() =>
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
 * The user after a change, with the epoch moved when the change disables or enables the user, because the same write then
 * ends all sessions. Enabling moves it, too, since the release before sessions disabled users without ending any.
 */
export const ceasing = (before: Access, after: Access): Access =>
  (before.state === 'active') === (after.state === 'active') ? after : { ...after, epoch: (before.epoch ?? 0) + 1 };

interface Moved {
  readonly before: Access | undefined;
  readonly after: Access;
}

/**
 * Checks every planned change before it is written. @throws Error when a change disables or deletes a user and keeps the
 * sessions open, which would be a fault of ours
 */
export const needSessionsEnded = ({ users }: { readonly users: readonly Moved[] }): void => {
  const outlives = ({ before, after }: Moved): boolean =>
    before?.state === 'active' && after.state !== 'active' && (after.epoch ?? 0) <= (before.epoch ?? 0);
  const left = users.find(outlives);
  if (left) throw new Error(`${left.after.id} ceases to be active, and the sessions would go on`);
};

/** True while a session counts, judged by its user's access item. */
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

/** The rights of an active user now, to be kept by a session. */
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

/** The ground of a decision by a snapshot: the switch and the features at log-on, everything else as it is now. */
const groundOf = (book: Book, { enforced, features }: Snapshot): Ground<Rule> => ({
  tenant: { enforced, features: new Set(features) },
  catalogue: book.catalogue,
  policies: book.policies,
  rules: book.rules,
});

/** The user's rights at log-on, on that ground. */
export const keptSubject = (book: Book, snapshot: Snapshot): { ground: Ground<Rule>; subject: Subject<Rule> } => {
  const ground = groundOf(book, snapshot);
  const { at, most, later } = snapshot.rules;
  return {
    ground,
    subject: {
      state: 'active',
      rights: new HeldRights(ground, snapshot.sets),
      may: (rule, right) => (rule.entry.born > at ? later : (exceptionsOf(snapshot).get(rule.id) ?? most))[right],
    },
  };
};

/** A valid session with its user's access item as it is now, and the rights that it kept. */
export interface Opened {
  readonly session: Session;
  readonly access: Access;
  readonly snapshot?: Snapshot | undefined;
}

/** True when the tenant decides by the rights that sessions keep. */
export const keeps = (book: Book): boolean => book.tenant.changesTakeEffect === 'nextLogon';

/** The snapshot that the session is decided by in the tenant's current mode; `undefined` means current data. */
export const followedBy = (book: Book, { snapshot }: Pick<Opened, 'snapshot'>): Snapshot | undefined =>
  keeps(book) ? snapshot : undefined;

interface InSession {
  readonly decision: Decision;
  /** The snapshot that decided; `undefined` for current data. */
  readonly by: Snapshot | undefined;
  /** The answer of current data, where it differs. */
  readonly current?: Decision;
}

/**
 * Decides whether the user may do this in this session. The keeper permission, and the abilities that it opens, are
 * decided by current data in every mode.
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
