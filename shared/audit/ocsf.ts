// Events as OCSF (Open Cybersecurity Schema Framework) has them. The mapping is a table, held by a test to the schema's
// required attributes. What OCSF has no place for stands in `unmapped`, so nothing of a line is lost.
import type { SealedEvent } from './line.ts';

/** Version 1.9, which is public as a draft only, moves users and roles into classes of their own. */
export type OcsfSchema = '1.8' | '1.9';

/** The formats that callers name, with the version of the schema that each is told in. */
export const ocsfFormats = { ocsf: '1.8', 'ocsf-1.9': '1.9' } as const satisfies Readonly<Record<string, OcsfSchema>>;
export type OcsfFormat = keyof typeof ocsfFormats;

const classes = {
  account_change: [3001, 'Account Change'],
  entity_management: [3004, 'Entity Management'],
  user_access: [3005, 'User Access Management'],
  group_management: [3006, 'Group Management'],
  user_management: [3007, 'User Management'],
  role_management: [3008, 'Role Management'],
  api_activity: [6003, 'API Activity'],
} as const;
type ClassName = keyof typeof classes;

/** The attributes of a class besides those that every event has. */
type Subject = (event: SealedEvent) => object;
type Place = readonly [className: ClassName, activity: number];
interface Row {
  readonly subject: Subject;
  readonly place: Place;
  /** The place since 1.9, where it differs. */
  readonly later?: readonly [...Place, Subject];
}

const other = 99;
/** The id of the target; that of the tenant where the target is the tenant itself. */
const uidOf = ({ target, tenant }: SealedEvent): string => (target === 'tenant' ? tenant : target);

interface Side {
  readonly grants?: readonly { readonly permission?: string }[];
  readonly members?: readonly string[];
}
const sides = ({ difference }: SealedEvent): { readonly before: Side; readonly after: Side } => ({
  before: (difference?.before ?? {}) as Side,
  after: (difference?.after ?? {}) as Side,
});
/** The permissions of grants that the other side does not have. A refused event has no difference. */
const gone = (from: Side, to: Side): string[] => {
  const stays = new Set((to.grants ?? []).map((grant) => JSON.stringify(grant)));
  const left = (from.grants ?? []).filter((grant) => !stays.has(JSON.stringify(grant)));
  return [...new Set(left.flatMap(({ permission }) => permission ?? []))];
};

const aUser: Subject = (event) => ({ user: { uid: uidOf(event) } });
const aRole: Subject = (event) => ({ iam_role: { uid: uidOf(event) } });
const given: Subject = (event) => ({ privileges: gone(sides(event).after, {}) });
const taken: Subject = (event) => ({ privileges: gone(sides(event).before, sides(event).after) });
/** The members that came or went: one user, or a list that only `unmapped` has a place for. */
const aMember: Subject = (event) => {
  const [member, ...more] = sides(event).after.members ?? sides(event).before.members ?? [];
  return member !== undefined && more.length === 0 ? { user: { uid: member } } : {};
};
const both =
  (...subjects: readonly Subject[]): Subject =>
  (event) =>
    Object.assign({}, ...subjects.map((subject) => subject(event)));

const user = (activity: number, later: number): Row => ({
  subject: aUser,
  place: ['account_change', activity],
  later: ['user_management', later, aUser],
});
const privileges = (activity: number, later: number, which: Subject): Row => ({
  subject: both(aUser, which),
  place: ['user_access', activity],
  later: ['user_management', later, both(aUser, which)],
});
const aGroup: Subject = (event) => ({ group: { uid: uidOf(event) } });
const group = (activity: number, more: Subject = () => ({})): Row => ({
  subject: both(aGroup, more),
  place: ['group_management', activity],
});
const anEntity =
  (type: string): Subject =>
  (event) => ({ entity: { uid: uidOf(event), type, type_id: other } });
const entity = (type: string, activity: number): Row => ({
  subject: anEntity(type),
  place: ['entity_management', activity],
});
/** @param more what changed of the role's privileges, for which only 1.9 has a place */
const role = (activity: number, later: number, more: Subject = () => ({})): Row => ({
  ...entity('role', activity),
  later: ['role_management', later, both(aRole, more)],
});
const api = (activity: number): Row => ({
  subject: (event) => ({
    api: { operation: event.action, service: { name: 'Holdfast' } },
    // The address of a caller is not recorded, and the schema demands the attribute.
    src_endpoint: { name: 'unknown' },
    resources: [{ uid: uidOf(event) }],
  }),
  place: ['api_activity', activity],
});
const question = api(2);

/** One row per action. The first number of a row is the activity of 1.8, the second that of 1.9. */
export const ocsfRows = {
  'tenant.created': entity('tenant', 1),
  'tenant.updated': entity('tenant', 3),
  'tenant.features.replaced': entity('tenant', 3),
  'tenant.state.changed': entity('tenant', 3),
  'recovery.requested': entity('recovery', 1),
  'recovery.approved': entity('recovery', 3),
  'recovery.cancelled': entity('recovery', 4),
  'recovery.completed': entity('recovery', 3),
  'tenant.purge.started': entity('tenant', 4),
  'tenant.purged': entity('tenant', 4),
  'tenant.restored': entity('tenant', 1),
  'user.created': user(1, 1),
  'user.updated': user(other, 2),
  'user.enabled': user(2, 4),
  'user.disabled': user(5, 5),
  'user.deleted': user(6, 3),
  'user.restored': user(other, other),
  'user.erased': user(other, other),
  'user.invited': user(other, other),
  'user.bound': user(other, other),
  'user.unbound': user(other, other),
  'user.grants.replaced': privileges(1, 14, given),
  'user.grant.removed': privileges(2, 15, taken),
  'user.groups.changed': user(other, 2),
  'group.created': group(6),
  'group.updated': { ...group(other), later: ['group_management', 9, aGroup] },
  'group.deleted': group(5),
  'group.members.added': group(3, aMember),
  'group.members.removed': group(4, aMember),
  'group.members.awaited': group(other),
  'group.members.forgotten': group(other),
  'policy.created': entity('policy', 1),
  'policy.updated': entity('policy', 3),
  'policy.deleted': entity('policy', 4),
  'role.created': role(1, 1),
  'role.cloned': role(1, 1),
  'role.updated': role(3, 2),
  'role.deleted': role(4, 3),
  'role.grants.replaced': role(3, 4, given),
  'role.grant.added': role(3, 4, (event) => ({ privileges: gone(sides(event).after, sides(event).before) })),
  'role.grant.removed': role(3, 5, taken),
  'role.members.added': role(3, 2),
  'role.members.removed': role(3, 2),
  'role.members.replaced': role(3, 2),
  'role.rule-rights.changed': role(3, 2),
  'rule.created': entity('rule', 1),
  'rule.updated': entity('rule', 3),
  'rule.deleted': entity('rule', 4),
  'rule.moved': entity('rule', 5),
  'rule.owner.changed': entity('rule', 3),
  'rule.categories.replaced': entity('rule categories', 3),
  'changes.submitted': api(3),
  'draft.created': entity('draft', 1),
  'draft.updated': entity('draft', 3),
  'draft.deleted': entity('draft', 4),
  'draft.submitted': entity('draft', other),
  'session.started': api(1),
  'session.ended': api(4),
  'sessions.ended': api(4),
  'directory.source.created': entity('directory source', 1),
  'directory.source.updated': entity('directory source', 3),
  'directory.source.deleted': entity('directory source', 4),
  'directory.delta.received': entity('directory run', 1),
  'directory.run.opened': entity('directory run', 1),
  'directory.batch.received': entity('directory run', 3),
  'directory.run.committed': entity('directory run', 3),
  'directory.run.abandoned': entity('directory run', 4),
  'directory.run.held': entity('directory run', 12),
  'directory.run.approved': entity('directory run', 13),
  'directory.run.rejected': entity('directory run', 4),
  'directory.run.restored': entity('directory run', 3),
  'directory.groups.changed': group(other),
  'directory.object.updated': entity('directory object', 3),
  'directory.object.removed': entity('directory object', 4),
  'audit.settings.replaced': entity('audit settings', 3),
  swept: entity('leftover', 4),

  'tenant.read': question,
  'tenant.features.read': question,
  'tenants.listed': question,
  'tenant.inspected': question,
  'operator.events.listed': question,
  'catalogue.read': question,
  'me.read': question,
  'names.read': question,
  'users.listed': question,
  'user.read': question,
  'user.grants.read': question,
  'user.permissions.read': question,
  'user.roles.listed': question,
  'user.groups.listed': question,
  'groups.listed': question,
  'group.read': question,
  'group.members.listed': question,
  'policies.listed': question,
  'policy.read': question,
  'roles.listed': question,
  'role.read': question,
  'role.grants.read': question,
  'role.members.listed': question,
  'role.rule-rights.read': question,
  'rules.listed': question,
  'rule.read': question,
  'rule.owner.read': question,
  'rule.categories.read': question,
  'access.checked': question,
  'access.explained': question,
  'holders.listed': question,
  'drafts.listed': question,
  'draft.read': question,
  'draft.previewed': question,
  'sessions.listed': question,
  'session.token.created': question,
  'directory.sources.listed': question,
  'directory.source.read': question,
  'directory.run.read': question,
  'directory.runs.listed': question,
  'directory.run.plan.read': question,
  'events.listed': question,
  'event.read': question,
  'events.counted': question,
  'events.exported': question,
  'checkpoints.listed': question,
  'event.proof.read': question,
  'consistency.proof.read': question,
  'audit.settings.read': question,
  'audit.keys.read': question,
} as const satisfies Readonly<Record<string, Row>>;

/** An action of another release. */
const unknown = api(other);
const rowOf = (action: string): Row =>
  Object.hasOwn(ocsfRows, action) ? ocsfRows[action as keyof typeof ocsfRows] : unknown;

/** What an event says that it keeps to. The draft says so, because a release may still change it. */
const versions: Readonly<Record<OcsfSchema, string>> = { '1.8': '1.8.0', '1.9': '1.9.0-dev' };
/** The types of accounts that OCSF numbers, by the kind of an actor. */
const accountTypes: Readonly<Record<string, number>> = { person: 1, operator: 2, client: 4, service: 4 };

/** Milliseconds since 1970. */
const timeOf = (text: string): number => Date.parse(text);

/**
 * A sealed event in OCSF. An action that this release does not know becomes an API activity, so that no event of a newer
 * service is lost to an older reader.
 */
export const ocsfEvent = (event: SealedEvent, schema: OcsfSchema = '1.8'): object => {
  const { tenant, sequence, id, at, firstAt, action, target, actor, outcome, code, count, requestId, ...rest } = event;
  const { v: _, ...unmapped } = rest;
  const row = rowOf(action);
  const [className, activity, subject] =
    schema === '1.9' && row.later ? row.later : ([...row.place, row.subject] as const);
  const [uid, caption] = classes[className];
  const isDone = outcome === 'done';
  return {
    activity_id: activity,
    ...(activity === other && { activity_name: action }),
    category_uid: Math.floor(uid / 1000),
    class_uid: uid,
    class_name: caption,
    type_uid: uid * 100 + activity,
    severity_id: 1,
    time: timeOf(at),
    ...(firstAt !== undefined && { start_time: timeOf(firstAt), end_time: timeOf(at) }),
    ...(count !== undefined && { count }),
    message: `${action} of ${target}: ${isDone ? 'done' : `refused, ${code}`}`,
    status_id: isDone ? 1 : 2,
    status: isDone ? 'Success' : 'Failure',
    ...(code !== undefined && { status_code: code }),
    metadata: {
      version: versions[schema],
      product: { name: 'Holdfast', vendor_name: 'Holdfast' },
      log_name: 'audit',
      uid: id,
      event_code: action,
      tenant_uid: tenant,
      sequence,
      correlation_uid: requestId,
      original_time: at,
    },
    actor:
      actor.id === undefined
        ? { app_name: actor.kind }
        : { user: { uid: actor.id, type: actor.kind, type_id: accountTypes[actor.kind] ?? other } },
    ...subject(event),
    unmapped: { target, ...unmapped },
  };
};
