// The fields of each resource that the API shows (views), and those from which its ETag is made (own fields).

import { type AuditSettings, externalIdOf, noticeAt } from '../../domain/audit-settings.ts';
import { groupOf, type TenantId } from '../../domain/base/ids.ts';
import { type Book, memberCount, type Role } from '../../domain/book/book.ts';
import type {
  GroupRecord,
  Lifecycle,
  PolicyRecord,
  RoleRecord,
  SourceRecord,
  TenantRecord,
} from '../../domain/book/records.ts';
import { originOf, sourceFields } from '../../domain/book/sources.ts';
import type { Decision } from '../../domain/deciding/decide.ts';
import { groupIds, type Path } from '../../domain/deciding/explain.ts';
import { isSuspended, type Sync } from '../../domain/directory.ts';
import { isBound } from '../../domain/keeper/keeper.ts';
import type { Recovery } from '../../domain/recovery.ts';
import { auditActionOf } from '../../routes/actions.ts';
import type { Account } from '../../store/accounts.ts';
import type { Restorable } from '../../store/deleted.ts';
import type { StoredEvent } from '../../store/items.ts';
import type { ListedUser } from '../../store/lists.ts';

/** The fields of the audit's settings that a caller sets; the notice follows from them. */
export const auditSettingsOwn = ({ retentionDays, legalHold, destination }: AuditSettings) => ({
  retentionDays,
  legalHold,
  destination,
});

/**
 * The answer with the settings of a tenant's audit.
 * @param now milliseconds since 1970
 * @param destinationState what became of writing to the destination
 */
export const auditSettingsAnswer = (
  settings: AuditSettings,
  tenant: TenantId,
  now: number,
  destinationState?: object,
) => {
  const notice = noticeAt(settings, now);
  const own = auditSettingsOwn(settings);
  const more = { ...(notice && { notice }), ...(destinationState && { destinationState }) };
  return { body: { ...own, externalId: externalIdOf(tenant), ...more }, own };
};

export const roleView = (role: Role) => ({
  ...roleOwn(role.record),
  ...(role.record.predefined !== undefined && { predefined: role.record.predefined }),
  newRules: role.record.newRules,
  users: memberCount(role),
  groups: role.record.groups.size,
});
export const roleOwn = ({ id, name, description }: RoleRecord) => ({ id, name, description });

/** The answer with a role, with the book's counts of its members. */
export const roleAnswer = (book: Book, record: RoleRecord) => ({
  body: roleView(book.roles.get(record.id) ?? { record, chunks: [] }),
  own: roleOwn(record),
});

export const grantsAnswer = (grants: unknown, warnings: readonly string[] = []) => ({
  body: { grants, ...(warnings.length > 0 && { warnings }) },
  own: { grants },
});

export const userView = (book: Book, { access, profile }: ListedUser) => ({
  ...userOwn({ access, profile }),
  kind: access.kind,
  source: originOf(book, access),
  bound: isBound(access),
  invited: access.invitation !== undefined,
  createdAt: profile.createdAt,
});
export const userOwn = ({ access, profile }: ListedUser) => ({
  id: access.id,
  name: profile.name,
  ...(profile.login !== undefined && { login: profile.login }),
  ...(profile.mail !== undefined && { mail: profile.mail }),
  ...(profile.externalId !== undefined && { externalId: profile.externalId }),
  state: access.state,
  ...(isSuspended(access, undefined) && { suspended: true }),
});
/** A deleted user as lists show it. */
export const deletedView = (book: Book, { deleted, until }: Restorable) => {
  const { issuer: _, subject: __, invitedBy: ___, createdAt, ...named } = deleted.profile;
  return {
    id: deleted.id,
    ...named,
    state: deleted.state,
    ...(deleted.suspended && { suspended: true }),
    kind: deleted.kind,
    source: originOf(book, deleted),
    bound: deleted.identity !== undefined,
    invited: false,
    createdAt,
    deletedAt: deleted.deletedAt,
    restorableUntil: new Date(until).toISOString(),
  };
};

export const userAnswer = (user: ListedUser, { book }: { readonly book: Book }) => ({
  body: userView(book, user),
  own: userOwn(user),
});

export const groupView = (book: Book, group: GroupRecord) => ({
  ...groupOwn(group),
  source: originOf(book, group),
  parents: [...group.parents].filter((ref) => book.isLive(ref)).map(groupOf),
});
export const groupOwn = ({ id, name, confersAccessManagement }: GroupRecord) => ({
  id,
  name,
  confersAccessManagement,
});

export const policyView = ({ id, name, description }: PolicyRecord) => ({ id, name, description });

/** The answer with a source: its settings alone have an ETag, because every run moves the rest. */
export const sourceAnswer = (source: SourceRecord, sync?: Sync) => {
  const own = sourceFields(source);
  const { rev: _, losses = [], ...shown } = sync ?? {};
  // What single groups have lost is for the guards alone.
  const inNumbers = losses.map(({ groups: __, ...numbers }) => numbers);
  return { body: { ...own, ...(sync && { sync: { ...shown, losses: inNumbers } }) }, own };
};

export const tenantOwn = (tenant: TenantRecord) => ({
  name: tenant.name,
  enforced: tenant.enforced,
  changesTakeEffect: tenant.changesTakeEffect,
  administratorsGroup: tenant.administratorsGroup ?? null,
});

export const recoveryView = ({ rev: _, requestedBy, approvedBy, ...recovery }: Recovery) => ({
  state: approvedBy ? 'approved' : 'requested',
  ...recovery,
  requestedBy: requestedBy.id,
  ...(approvedBy && { approvedBy: approvedBy.id }),
});

const shown = ({ restoring, ...lifecycle }: Partial<Lifecycle> = {}) => ({
  ...lifecycle,
  ...(restoring && { restoring: true }),
});

/** A tenant as operators see it. */
export const accountView = ({ id, head, record, recovery }: Account) => ({
  id,
  ...(record && {
    name: record.name,
    catalogue: { id: record.catalogue, version: record.catalogueVersion },
    createdAt: record.createdAt,
  }),
  state: 'active',
  ...shown(head.lifecycle),
  keeperless: head.keeperless,
  ...(recovery && { recovery: recoveryView(recovery) }),
});
const accountOwn = ({ id, head: { lifecycle }, record }: Account) => ({ id, name: record?.name, lifecycle });
export const accountAnswer = (account: Account) => ({ body: accountView(account), own: accountOwn(account) });

export const featuresOwn = (tenant: TenantRecord) => ({ features: [...tenant.features].sort() });

export const pathView = (path: Path) => ({
  via: path.origin,
  ...(path.groups.length > 0 && { groups: groupIds(path) }),
});

export const decisionView = ({ allowed, enforced, reason, by }: Decision) => ({ allowed, enforced, reason, by });

/** An event without the fields that only the store needs, with today's name of its action. */
const shownEvent = (stored: StoredEvent) => {
  const { parts: _, attempt: __, valuesOf: ___, difference: ____, at, last, version, basis, rev, ...event } = stored;
  // A counted refusal has the time when it last happened.
  return { ...event, action: actionIn(stored), at: last ?? at, ...(last !== undefined && { firstAt: at }) };
};

/** Today's name of an event's action, because older releases recorded refusals under the operation's id. */
export const actionIn = ({ action }: Pick<StoredEvent, 'action'>): string => auditActionOf(action) ?? action;

/** An event whose difference is larger than a page, with the address of the difference in parts. */
export const briefEvent = (stored: StoredEvent) => ({
  ...shownEvent(stored),
  more: true,
  differenceAt: `/v1/audit/events/${stored.id}/difference`,
});

/** The recorded difference of an event: `before` and `after`. */
export const differenceOf = ({ difference }: StoredEvent): object =>
  typeof difference === 'object' && difference !== null ? difference : {};

export const eventView = (stored: StoredEvent) => ({ ...shownEvent(stored), ...differenceOf(stored) });
