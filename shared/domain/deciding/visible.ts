// The part of policies, catalogue and audit events that a reader may see.
import type { Action, ChangeAction, ReadAction } from '../base/actions.ts';
import { isId, type PolicyId, type RuleId } from '../base/ids.ts';
import type { Book } from '../book/book.ts';
import type { GrantSet, PolicyRecord } from '../book/records.ts';
import type { World } from '../change.ts';
import type { RuleRights } from '../rules/rule-rights.ts';
import type { Rights } from './decide.ts';
import { visiblePart } from './grants.ts';
import { type HeldRights, holdsFor } from './judge.ts';

interface Viewer {
  readonly keeper: boolean;
  readonly rights?: HeldRights | undefined;
}

/** True for a policy for which the viewer holds a permission (FP-15); a keeper sees all policies. */
export const seesPolicy = (book: Book, { keeper, rights }: Viewer, policy: PolicyId): boolean =>
  keeper || (rights !== undefined && holdsFor(book, rights, policy));

export const visiblePolicies = (book: Book, viewer: Viewer): PolicyRecord[] =>
  [...book.policies.values()].filter((policy) => seesPolicy(book, viewer, policy.id));

/** The catalogue. Where users grant only permissions that they hold, the others are left out (FP-14). */
export const visibleCatalogue = (book: Book, { keeper, rights }: Viewer) => {
  const { data, appliesChanges } = book.catalogue;
  const { firstUser: _, newUser: __, governs: ___, translations: ____, ...shownOf } = data;
  const { permissions, features, predefinedRoles, ...rest } = shownOf;
  const all = keeper || !data.grantOnlyWhatYouHold;
  const held = new Set(all ? [] : rights?.heldAnywhere());
  const shown = all ? permissions : permissions.filter(({ id }) => held.has(id));
  const on = features.filter((feature) => all || book.tenant.features.has(feature.id));
  return { ...rest, appliesChanges, permissions: shown, features: on, ...(all && { predefinedRoles }) };
};

/** True when the id belongs to a live thing in the book, or to a user in `users` who is not deleted. */
export const isThere = ({ book, users }: World, id: string): boolean => {
  if (isId('user', id)) return (users.get(id)?.state ?? 'deleted') !== 'deleted';
  if (isId('rule', id)) return book.rules.byId.has(id);
  if (isId('role', id)) return book.roles.has(id);
  if (isId('group', id)) return book.groups.has(id);
  if (isId('policy', id)) return book.policies.has(id);
  return isId('source', id) && book.sources.has(id);
};

/** The reader of the audit, with the reader's rights of today. */
interface Reader extends Viewer {
  /** The id of the user who reads. */
  readonly id?: string | undefined;
  readonly rights?: Rights | undefined;
  readonly onRules: RuleRights;
}

/** The fields of an audit event that decide its visibility. */
interface AuditEvent {
  readonly action: string;
  readonly target: string;
  readonly outcome: 'done' | 'refused';
  readonly actor: { readonly kind: string; readonly id?: string | undefined };
  readonly authority?: string | undefined;
  /** The changed fields by name, before and after: see `Difference`. */
  readonly difference?: unknown;
}

type Fields = Readonly<Record<string, unknown>>;
interface Difference {
  readonly before?: Fields | undefined;
  readonly after?: Fields | undefined;
}

interface Seen {
  readonly event: AuditEvent;
  readonly reader: Reader;
  readonly book: Book;
}

/**
 * The visibility of an action's events: who sees them, and which part of the difference. Without `shows`, all of it.
 */
interface Row {
  readonly sees: (seen: Seen) => boolean;
  /** Returns `undefined` when the reader would see no difference; the event is then hidden, too. */
  readonly shows?: (difference: Difference, seen: Seen) => Difference | undefined;
}

const governs =
  (area: 'users' | 'directory' | 'audit' | 'userLogs') =>
  ({ reader: { rights }, book }: Pick<Seen, 'reader' | 'book'>): boolean =>
    rights !== undefined && book.catalogue.data.governs[area].some((permission) => rights.holds(permission));
const users = governs('users');
const directory = governs('directory');
const nobody = () => false;
const everybody = () => true;
const oneself = ({ event, reader }: Seen) => event.target === reader.id;
const actor = ({ event, reader }: Seen) => reader.id !== undefined && event.actor.id === reader.id;
const policy = ({ event, reader, book }: Seen) => seesPolicy(book, reader, event.target as PolicyId);

/** Nobody sees a deleted rule, so only keepers see its events. */
const rule = ({ event, reader, book }: Seen) => {
  const found = book.rules.byId.get(event.target as RuleId);
  return found !== undefined && reader.onRules.sees(found);
};

/** Only the author sees a draft: see `draft.ts`. Events of older releases lack the author, so their actor counts. */
const author = (seen: Seen) => {
  const { before, after } = (seen.event.difference ?? {}) as Difference;
  const named = after?.author ?? before?.author;
  return named === undefined ? actor(seen) : named === seen.reader.id;
};

const mapped = ({ before, after }: Difference, change: (fields: Fields) => Fields): Difference => ({
  ...(before && { before: change(before) }),
  ...(after && { after: change(after) }),
});

/** The named fields only. A field of a later release stays hidden, because nobody has decided yet who may see it. */
const only =
  (...names: readonly string[]) =>
  (difference: Difference): Difference =>
    mapped(difference, (fields) => Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name))));
const nothing = only();

const grantsIn = ({ grants }: Fields, { reader, book }: Seen) =>
  reader.rights ? visiblePart(book, reader.rights, (grants ?? []) as GrantSet) : [];

const ofUser = only(
  ...['kind', 'source', 'state', 'suspended', 'name', 'login', 'mail', 'externalId', 'changed', 'groups', 'expires'],
);

/** The fields of a new user, with the visible part of the first grants. */
const newUser = (difference: Difference, seen: Seen): Difference => {
  const grants = difference.after?.grants;
  const { before, after } = ofUser(difference);
  return {
    ...(before && { before }),
    ...(after && { after: { ...after, ...(grants !== undefined && { grants: grantsIn({ grants }, seen) }) } }),
  };
};

const visibleGrants = (difference: Difference, seen: Seen): Difference | undefined => {
  const shown = mapped(difference, (fields) => ({ grants: grantsIn(fields, seen) }));
  return JSON.stringify(shown.before?.grants) === JSON.stringify(shown.after?.grants) ? undefined : shown;
};

const keepers: Row = { sees: nobody };
const aUser: Row = { sees: users, shows: ofUser };
const aGroup: Row = { sees: users, shows: only('id', 'name', 'parents', 'confersAccessManagement', 'groups') };
const aPolicy: Row = { sees: policy, shows: only('name', 'description') };
const aRule: Row = { sees: rule };
const aSource: Row = {
  sees: directory,
  shows: only('name', 'kind', 'enabled', 'signIn', 'groupClasses', 'disabledMarkers', 'client', 'guards'),
};
const aDraft: Row = { sees: author };
const sessions: Row = { sees: oneself };

/** One row per action; `keepers` hides its events from everybody but keepers. */
const rows: Readonly<Record<Action, Row>> = {
  'tenant.created': { sees: users, shows: only('name', 'catalogue', 'firstUser') },
  'tenant.updated': { sees: everybody, shows: only('name', 'enforced', 'changesTakeEffect', 'administratorsGroup') },
  'tenant.features.replaced': keepers,
  'tenant.state.changed': keepers,
  // Former holders can no longer manage access rights, and are those who must see a recovery.
  'recovery.requested': { sees: everybody, shows: only('person') },
  'recovery.approved': { sees: everybody, shows: only('dueAt') },
  'recovery.cancelled': { sees: everybody, shows: nothing },
  'recovery.completed': { sees: everybody, shows: only('expires') },
  'tenant.purge.started': keepers,
  'tenant.purged': keepers,
  'tenant.restored': keepers,
  'user.created': { sees: users, shows: newUser },
  'user.updated': aUser,
  'user.enabled': aUser,
  'user.disabled': aUser,
  'user.deleted': aUser,
  'user.restored': { sees: users, shows: newUser },
  'user.erased': aUser,
  'user.invited': aUser,
  'user.bound': aUser,
  'user.unbound': aUser,
  'user.grants.replaced': { sees: users, shows: visibleGrants },
  'user.grant.removed': { sees: users, shows: visibleGrants },
  'user.groups.changed': aUser,
  'group.created': aGroup,
  'group.updated': aGroup,
  'group.deleted': aGroup,
  'group.members.added': { sees: users, shows: only('members') },
  'group.members.removed': { sees: users, shows: only('members') },
  'group.members.awaited': { sees: directory },
  'group.members.forgotten': { sees: directory },
  'policy.created': aPolicy,
  'policy.updated': aPolicy,
  'policy.deleted': aPolicy,
  'role.created': keepers,
  'role.cloned': keepers,
  'role.updated': keepers,
  'role.deleted': keepers,
  'role.grants.replaced': keepers,
  'role.grant.added': keepers,
  'role.grant.removed': keepers,
  'role.members.added': keepers,
  'role.members.removed': keepers,
  'role.members.replaced': keepers,
  'role.rule-rights.changed': keepers,
  'rule.created': aRule,
  'rule.updated': aRule,
  'rule.deleted': aRule,
  // Positions count hidden rules, and a reader who does not see those must not learn of a move past them.
  'rule.moved': { sees: (seen) => rule(seen) && actor(seen), shows: nothing },
  'rule.owner.changed': aRule,
  'rule.categories.replaced': { sees: everybody },
  // It names the events of all its operations, some of which only the actor may see.
  'changes.submitted': { sees: actor },
  'draft.created': aDraft,
  'draft.updated': aDraft,
  'draft.deleted': aDraft,
  'draft.submitted': aDraft,
  'session.started': sessions,
  'session.ended': sessions,
  'sessions.ended': sessions,
  'directory.source.created': aSource,
  'directory.source.updated': aSource,
  'directory.source.deleted': aSource,
  'directory.delta.received': { sees: directory },
  'directory.run.opened': { sees: directory },
  'directory.batch.received': { sees: directory },
  'directory.run.committed': { sees: directory },
  'directory.run.abandoned': { sees: directory },
  'directory.run.held': { sees: directory },
  'directory.run.approved': { sees: directory },
  'directory.run.rejected': { sees: directory },
  'directory.run.restored': { sees: directory },
  'directory.groups.changed': aGroup,
  'directory.object.updated': aUser,
  'directory.object.removed': aUser,
  'audit.settings.replaced': keepers,
  swept: keepers,

  'tenant.read': { sees: everybody },
  'tenant.features.read': keepers,
  'tenants.listed': keepers,
  'tenant.inspected': keepers,
  'operator.events.listed': keepers,
  'catalogue.read': { sees: everybody },
  'me.read': { sees: actor },
  'names.read': { sees: actor },
  'users.listed': aUser,
  'user.read': aUser,
  'user.grants.read': aUser,
  'user.permissions.read': aUser,
  'user.roles.listed': aUser,
  'user.groups.listed': aUser,
  'groups.listed': aGroup,
  'group.read': aGroup,
  'group.members.listed': aGroup,
  'policies.listed': { sees: everybody },
  'policy.read': aPolicy,
  'roles.listed': keepers,
  'role.read': keepers,
  'role.grants.read': keepers,
  'role.members.listed': keepers,
  'role.rule-rights.read': keepers,
  'rules.listed': { sees: everybody },
  'rule.read': aRule,
  'rule.owner.read': aRule,
  'rule.categories.read': { sees: everybody },
  'access.checked': { sees: actor },
  'access.explained': { sees: actor },
  'holders.listed': { sees: actor },
  'drafts.listed': { sees: actor },
  'draft.read': { sees: actor },
  'draft.previewed': { sees: actor },
  'sessions.listed': sessions,
  'session.token.created': { sees: actor },
  'directory.sources.listed': { sees: directory },
  'directory.source.read': { sees: directory },
  'directory.run.read': { sees: directory },
  'directory.runs.listed': { sees: directory },
  'directory.run.plan.read': keepers,
  'events.listed': { sees: actor },
  'event.read': { sees: actor },
  'audit.settings.read': keepers,
  'events.counted': { sees: actor },
  'checkpoints.listed': { sees: actor },
  'event.proof.read': { sees: actor },
  'consistency.proof.read': { sees: actor },
  'audit.keys.read': { sees: actor },
  'events.exported': { sees: actor },
} satisfies Record<ChangeAction | ReadAction, Row>;

/** Who governs the audit for some policies only reads the events of those (FP-35, FP-39). */
const audits = (seen: Seen): boolean => {
  const { event, reader, book } = seen;
  if (governs('audit')(seen)) return true;
  const { rights } = reader;
  if (rights === undefined || !isId('policy', event.target)) return false;
  const scope = { policy: event.target };
  return book.catalogue.data.governs.audit.some((permission) => rights.holds(permission, scope));
};

/** True for somebody who may read events of others, were it of some policies only; everybody else reads the own ones. */
export const readsOthers = (reader: Reader, book: Book): boolean => {
  const { audit, userLogs } = book.catalogue.data.governs;
  const held = new Set(reader.keeper ? [] : reader.rights?.heldAnywhere());
  return reader.keeper || [...audit, ...userLogs].some((permission) => held.has(permission));
};

/** What users do with their own account, such as to log on: the log of a user, in contrast to an administrator's. */
const ofUserLog = (seen: Seen): boolean => governs('userLogs')(seen) && seen.event.actor.id === seen.event.target;

/**
 * A user's own doing (SE-18). An own refusal is told only when its target is: a refusal names what is there, and counts
 * what is not there together, so that it would tell which of two ids exists.
 */
const own = (seen: Seen): boolean => {
  const { outcome, target } = seen.event;
  return actor(seen) && (outcome === 'done' || target === 'tenant' || target === seen.reader.id);
};

/** The event with the part of its difference that a row shows; undefined when it shows nothing of a difference. */
const asShown = <E extends AuditEvent>(event: E, row: Row, seen: Seen): E | undefined => {
  const { authority, difference, ...rest } = event;
  const shown = difference && row.shows ? row.shows(difference as Difference, seen) : difference;
  if (difference && shown === undefined) return undefined;
  return {
    ...rest,
    ...(authority !== undefined && actor(seen) && { authority }),
    ...(shown !== undefined && { difference: shown }),
  } as E;
};

/**
 * The audit event as a reader may see it: no more than the resource itself would show the reader now. `undefined` for a
 * hidden event (Q-20). Who may read no events of others sees the own ones (SE-18), and those of users' logs by their
 * permission (SE-16): without a difference when the resource would not show it. An event of a later release's action is
 * for keepers, and for its actor without a difference.
 */
export const visibleEvent = <E extends AuditEvent>(event: E, reader: Reader, book: Book): E | undefined => {
  if (reader.keeper) return event;
  const row = Object.hasOwn(rows, event.action) ? rows[event.action as Action] : keepers;
  const seen = { event, reader, book };
  const shown = row.sees(seen) && (actor(seen) || audits(seen)) ? asShown(event, row, seen) : undefined;
  if (shown || !(own(seen) || ofUserLog(seen))) return shown;
  return asShown({ ...event, difference: undefined }, row, seen);
};
