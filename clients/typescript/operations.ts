// Written by npm run openapi from the API document. A test holds it to the schemas of the table of operations.
// biome-ignore-all format: as it is printed

export type UserId = string;

export type RoleId = string;

export type GroupId = string;

export type PolicyId = string;

export type SourceId = string;

export type TenantId = string;

export type RunId = string;

export type RuleId = string;

export type ActionId = string;

export type CategoryId = string;

export interface Grant {
  /** An id of the catalogue, or * for every permission, later ones included. */
  permission: string;
  /** Only for these policies. */
  policies?: PolicyId[] | undefined;
  /** Only for these action types. */
  actionTypes?: string[] | undefined;
  /** Only for these rule types. */
  ruleTypes?: string[] | undefined;
}

export interface Identity {
  issuer: string;
  subject: string;
}

/** Either a permission, an ability or a right on a rule, of one user: by id, by external id, or the caller when none is named. */
export interface CheckItem {
  user?: UserId | undefined;
  externalId?: string | undefined;
  permission?: string | undefined;
  ability?: string | undefined;
  policy?: PolicyId | undefined;
  actionType?: string | undefined;
  ruleType?: string | undefined;
  /** A right on the rule named. */
  right?: 'view' | 'edit' | 'delete' | undefined;
  /** On this rule: its type counts, and View and Edit on it. */
  rule?: RuleId | undefined;
}

export type Reason = 'granted' | 'open-to-everyone' | 'open-to-oneself' | 'not-enforced' | 'not-granted' | 'unknown-user' | 'user-disabled' | 'unknown-policy' | 'unknown-rule' | 'no-right-on-rule' | 'feature-off';

export interface Quota {
  quota: string;
  /** What is limited. */
  what: string;
  limit: number;
  /** Absent where counting would cost too much. */
  used?: number | undefined;
}

export interface TenantAccount {
  id: TenantId;
  /** Absent once a purge has removed it. */
  name?: string | undefined;
  catalogue?: {
    id: string;
    version: number;
  } | undefined;
  createdAt?: string | undefined;
  state: 'active' | 'suspended' | 'closed' | 'purging';
  /** When the state began, unless it is `active`. */
  since?: string | undefined;
  reason?: string | undefined;
  /** Of a closed tenant: when a purge will be accepted. */
  purgeableFrom?: string | undefined;
  /** It is being restored, and not verified yet. */
  restoring?: true | undefined;
  /** Nobody can manage its access rights: it waits for a recovery. */
  keeperless: boolean;
  /** The recovery under way. */
  recovery?: Recovery | undefined;
}

export interface Recovery {
  state: 'requested' | 'approved';
  reason: string;
  person: {
    user: UserId;
  } | {
    /** A name: 1 to 100 characters, none of them a control or invisible. */
    name: string;
    login?: string | undefined;
    mail?: string | undefined;
  };
  /** Subject of the operator. */
  requestedBy: string;
  requestedAt: string;
  approvedBy?: string | undefined;
  approvedAt?: string | undefined;
  /** When the person can be invited. */
  dueAt?: string | undefined;
}

export interface User {
  id: UserId;
  name: string;
  login?: string | undefined;
  mail?: string | undefined;
  state: 'active' | 'disabled';
  /** An administrator has disabled this user of a directory, whatever the directory says. */
  suspended?: true | undefined;
  kind: 'person' | 'machine';
  /** `local`, `external`, or the directory source that owns the user. The users of a deleted source are local. */
  source: 'local' | 'external' | SourceId;
  /** The product's own name for the user. */
  externalId?: string | undefined;
  /** The user has an identity to sign in with. */
  bound: boolean;
  /** An invitation waits to be accepted. */
  invited: boolean;
  createdAt: string;
}

export interface Group {
  id: GroupId;
  name: string;
  /** The directory may decide who manages access rights through this group. */
  confersAccessManagement: boolean;
  /** The directory source that owns the group; `local` once that source is deleted. */
  source: 'local' | SourceId;
  /** The groups that it is directly in. */
  parents: GroupId[];
}

export type Member = {
  type: 'group';
  id: GroupId;
  name: string;
} | {
  type: 'user';
  id: UserId;
  name: string;
  state: 'active' | 'disabled';
  /** `local`, `external`, or the directory source that owns the user. The users of a deleted source are local. */
  source: 'local' | 'external' | SourceId;
};

export interface Policy {
  id: PolicyId;
  name: string;
  description: string;
}

export interface Role {
  id: RoleId;
  name: string;
  description: string;
  /** The role of the catalogue that it was made from. */
  predefined?: string | undefined;
  newRules: RightsOnRules;
  /** How many users are direct members. */
  users: number;
  /** How many groups are members. */
  groups: number;
}

/** What it grants on rules that other roles create. */
export interface RightsOnRules {
  view: boolean;
  edit: boolean;
  delete: boolean;
}

export interface Path {
  /** The user's own grants, or a role. */
  via: 'personal' | RoleId;
  /** Groups between the user and the role, from the user's own to the role's member. */
  groups?: GroupId[] | undefined;
}

export interface PermissionPath {
  permission: string;
  /** The user's own grants, or a role. */
  via: 'personal' | RoleId;
  /** Groups between the user and the role, from the user's own to the role's member. */
  groups?: GroupId[] | undefined;
}

export interface RightPath {
  right: 'view' | 'edit' | 'delete';
  /** The user's own grants, or a role. */
  via: 'personal' | RoleId;
  /** Groups between the user and the role, from the user's own to the role's member. */
  groups?: GroupId[] | undefined;
}

export interface EffectivePermission {
  permission: string;
  /** `account`, or the policies for which it is held. */
  scope: 'account' | PolicyId[];
  actionTypes?: string[] | undefined;
  ruleTypes?: string[] | undefined;
  /** The ways that grant it, shortest first. */
  paths: Path[];
  /** Ways are left out: all would be larger than an answer. */
  more?: true | undefined;
}

export interface HeldPermission {
  permission: string;
  /** `account`, or the policies for which it is held. */
  scope: 'account' | PolicyId[];
  actionTypes?: string[] | undefined;
  ruleTypes?: string[] | undefined;
}

export interface UserRole {
  id: RoleId;
  name: string;
  /** The user is a member, not only a member of a group that is. */
  direct: boolean;
  /** When not direct: the shortest way, from a group of the user's own to one that is in the role. */
  groups?: GroupId[] | undefined;
}

export interface UserGroup {
  id: GroupId;
  name: string;
  /** The user is a member, not only a member of a group that is. */
  direct: boolean;
  /** By what the user is a direct member: by hand, by the source of the group, or by both. */
  origins?: ('hand' | SourceId)[] | undefined;
}

export interface CheckResult {
  allowed: boolean;
  /** False while access-rights management is switched off. */
  enforced: boolean;
  reason: Reason;
  /** The permissions that gave the right, or that would have. */
  by: string[];
  user?: UserId | undefined;
  /** The ways that grant it, shortest first. */
  paths?: PermissionPath[] | undefined;
  /** The ways that grant the rights on the rule that it needs, shortest first. */
  rulePaths?: RightPath[] | undefined;
  /** Ways are left out: all would be larger than an answer. */
  more?: true | undefined;
  /** Present when the check names a session. A snapshot does not keep the ways by which a right is granted. */
  session?: {
    id: string;
    /** What decides the checks of the session: the rights kept at log-on (`snapshot`), or current data (`current`). */
    by: 'snapshot' | 'current';
    /** The version of the tenant's access rights by which the check was decided. */
    version: number;
    /** When that version was read. */
    at: string;
  } | undefined;
  /** The answer by current data, present when it differs. */
  current?: {
    allowed: boolean;
    reason: Reason;
  } | undefined;
}

export interface Session {
  id: string;
  user: UserId;
  createdAt: string;
  expiresAt: string;
  /** What decides the checks of the session: the rights kept at log-on (`snapshot`), or current data (`current`). */
  follows: 'snapshot' | 'current';
  /** The version of the tenant's access rights at log-on. */
  version: number;
}

export interface Holder {
  user: UserId;
  kind: 'person' | 'machine';
  /** `account`, or the policies for which it is held, whichever policy was asked about. */
  scope: 'account' | PolicyId[];
  /** It is held for more policies than are named. */
  more?: true | undefined;
}

export interface Source {
  id: SourceId;
  name: string;
  kind: 'ldap' | 'active-directory' | 'file';
  /** False: synchronisation is switched off. */
  enabled: boolean;
  signIn?: {
    issuer: string;
    claim: string;
  } | undefined;
  groupClasses?: string[] | undefined;
  disabledMarkers?: {
    attribute: string;
    value: string;
  }[] | undefined;
  /** The only user, besides those who manage access rights, who may deliver. */
  client?: UserId | undefined;
  /** The losses beyond which a run is held. */
  guards: {
    deletions: {
      number: number;
      percent: number;
    };
    disablings: {
      number: number;
      percent: number;
    };
    removals: {
      number: number;
      percent: number;
    };
    groupRemovals: {
      number: number;
      percent: number;
    };
  };
}

/** What became of an entry. `rejected`: something of it was refused, for the reason in `code`; what is not in `refused` was carried out where it could be. `ignored`: it concerns neither a user nor a group, for the reason in `code`, one of `neither-user-nor-group`, `tombstone`, `conflict-copy`, `unreadable`, `search-reference`, `search-result`. `stale`: a newer version of the object is here. `parked`: applied, and so many members of the group are not here yet, who join when they come. `held`: nothing of the run is carried out, because it waits for a decision or was rejected. `line` is 0 for what a full run does not name. */
export interface RunResult {
  batch?: number | undefined;
  line: number;
  lines?: number[] | undefined;
  id?: string | undefined;
  result: 'applied' | 'noop' | 'stale' | 'parked' | 'ignored' | 'rejected' | 'held';
  code?: string | undefined;
  parked?: number | undefined;
  refused?: {
    id: string;
    code: string;
  }[] | undefined;
  /** Of what was rejected: whether sending it again can help. */
  retry?: boolean | undefined;
}

export interface AuditEvent {
  id: string;
  at: string;
  /** Of a refusal that is counted: when it first happened; `at` is the last time. */
  firstAt?: string | undefined;
  action: 'tenant.created' | 'tenant.updated' | 'tenant.features.replaced' | 'tenant.state.changed' | 'recovery.requested' | 'recovery.approved' | 'recovery.cancelled' | 'recovery.completed' | 'tenant.purge.started' | 'tenant.purged' | 'tenant.restored' | 'user.created' | 'user.updated' | 'user.enabled' | 'user.disabled' | 'user.deleted' | 'user.restored' | 'user.erased' | 'user.invited' | 'user.bound' | 'user.unbound' | 'user.grants.replaced' | 'user.grant.removed' | 'user.groups.changed' | 'group.created' | 'group.updated' | 'group.deleted' | 'group.members.added' | 'group.members.removed' | 'group.members.awaited' | 'group.members.forgotten' | 'policy.created' | 'policy.updated' | 'policy.deleted' | 'role.created' | 'role.cloned' | 'role.updated' | 'role.deleted' | 'role.grants.replaced' | 'role.grant.added' | 'role.grant.removed' | 'role.members.added' | 'role.members.removed' | 'role.members.replaced' | 'role.rule-rights.changed' | 'rule.created' | 'rule.updated' | 'rule.deleted' | 'rule.moved' | 'rule.owner.changed' | 'rule.categories.replaced' | 'changes.submitted' | 'draft.created' | 'draft.updated' | 'draft.deleted' | 'draft.submitted' | 'session.started' | 'session.ended' | 'sessions.ended' | 'directory.source.created' | 'directory.source.updated' | 'directory.source.deleted' | 'directory.delta.received' | 'directory.run.opened' | 'directory.batch.received' | 'directory.run.committed' | 'directory.run.abandoned' | 'directory.run.held' | 'directory.run.approved' | 'directory.run.rejected' | 'directory.run.restored' | 'directory.groups.changed' | 'directory.object.updated' | 'directory.object.removed' | 'audit.settings.replaced' | 'swept' | 'tenant.read' | 'tenant.features.read' | 'tenants.listed' | 'tenant.inspected' | 'operator.events.listed' | 'catalogue.read' | 'me.read' | 'names.read' | 'users.listed' | 'user.read' | 'user.grants.read' | 'user.permissions.read' | 'user.roles.listed' | 'user.groups.listed' | 'groups.listed' | 'group.read' | 'group.members.listed' | 'policies.listed' | 'policy.read' | 'roles.listed' | 'role.read' | 'role.grants.read' | 'role.members.listed' | 'role.rule-rights.read' | 'rules.listed' | 'rule.read' | 'rule.owner.read' | 'rule.categories.read' | 'access.checked' | 'access.explained' | 'holders.listed' | 'drafts.listed' | 'draft.read' | 'draft.previewed' | 'sessions.listed' | 'session.token.created' | 'directory.sources.listed' | 'directory.source.read' | 'directory.run.read' | 'directory.runs.listed' | 'directory.run.plan.read' | 'events.listed' | 'event.read' | 'audit.settings.read' | 'events.counted' | 'checkpoints.listed' | 'event.proof.read' | 'consistency.proof.read' | 'audit.keys.read' | 'events.exported';
  /** An id, or `tenant`. Of a refusal `unknown`, where the caller named nothing that is there. */
  target: string;
  actor: {
    kind: 'person' | 'client' | 'service' | 'operator' | 'system' | 'unknown';
    /** Of kind `unknown`: a digest of issuer and subject, the same for the same caller. */
    id?: string | undefined;
  };
  /** The permission by which the actor could. */
  authority?: string | undefined;
  outcome: 'done' | 'refused';
  /** Of a refusal: the problem code. */
  code?: string | undefined;
  /** How often, where like refusals are counted by the minute. */
  count: number;
  requestId: string;
  /** The trace that the request was part of. */
  traceId?: string | undefined;
  /** The directory run that the event is part of. */
  run?: string | undefined;
  before?: unknown;
  after?: unknown;
  /** The difference is larger than a page: `before` and `after` are left out. */
  more?: true | undefined;
  /** With `more`: the path where the difference is, in parts. */
  differenceAt?: string | undefined;
}

export interface RuleSummary {
  id: RuleId;
  /** A type of rule of the catalogue. */
  type: string;
  name: string;
  description: string;
  enabled: boolean;
  categories: CategoryId[];
  /** The role that owns it. */
  owner: RoleId | null;
  createdAt: string;
  /** What the caller may do to the rule. */
  rights: {
    view: boolean;
    edit: boolean;
    delete: boolean;
  };
}

export interface RuleAction {
  id: ActionId;
  type: string;
  /** Free JSON of the product; 8,000 bytes for an action, 64,000 for a whole rule. */
  properties: {
    [name: string]: unknown;
  };
}

/** What is allowed and yet worth knowing, as `word` or `word:id`. More words may come.

`only-one-access-manager`: One person alone can manage access rights.

`more-holders-than-expected`: More users hold the permission than it is meant for (permission).

`still-granted`: The permission is held all the same, by a wider one (permission).

`group-not-delegated`: The directory adds nobody to the group, because what it is in lets people manage access rights: mark it by `confersAccessManagement` (group).

`no-active-administrators-group`: No administrators group with an active member is named.

`disabled-by-directory`: The directory has disabled the user, who stays disabled until it says otherwise.

`still-in-directory`: The directory still has the person, and can bring a new user (source).

`still-in-group`: Somebody stays in the group, because its directory says so: see the origins (source).

`rule-seen-by-nobody`: No role lets anybody see the rule any more (rule).

`sign-in-left-out`: The sign-in did not come back: invite the user.

`external-id-taken`: Another user has the external id now.

`name-taken`: The directory has the name of somebody else now.

`grant-left-out`: The permission did not come back (permission).

`role-gone`: The role is gone (role).

`role-full`: The role is full (role).

`group-gone`: The group is gone (group).

`group-left-out`: The group did not come back (group).

`left-to-access-managers`: What only those who manage access rights may give did not come back.

`more-to-restore`: More comes back when it is restored again. */
export type Warnings = string[];

export interface Problem {
  /** `urn:holdfast:problem:` and the code. */
  type: string;
  title: string;
  status: number;
  /** Stable: what programs decide by. */
  code: 'invalid-request' | 'unauthenticated' | 'forbidden' | 'insufficient-scope' | 'caller-kind' | 'unknown-user' | 'user-disabled' | 'access-token-needed' | 'keeper-needed' | 'not-held' | 'cannot-log-on' | 'second-operator-needed' | 'tenant-suspended' | 'tenant-closed' | 'session-ended' | 'not-found' | 'too-early' | 'has-access-manager' | 'recovery-active' | 'last-access-manager' | 'keeperless' | 'name-taken' | 'identity-taken' | 'sign-in-taken' | 'not-restorable' | 'not-erasable' | 'legal-hold' | 'external-id-taken' | 'quota-exceeded' | 'feature-off' | 'permission-missing' | 'permission-excluded' | 'granted-by-wider' | 'rules-off' | 'owner-needed' | 'policies-not-applicable' | 'personal-grants-off' | 'switch-fixed' | 'not-invitable' | 'owned-by-directory' | 'run-active' | 'source-off' | 'full-run-needed' | 'cursor-differs' | 'run-not-open' | 'batch-differs' | 'batch-out-of-order' | 'content-differs' | 'run-not-held' | 'plan-differs' | 'idempotency-mismatch' | 'no-snapshot' | 'preview-changed' | 'not-sealed' | 'events-expired' | 'precondition-failed' | 'run-held' | 'payload-too-large' | 'unsupported-media-type' | 'precondition-required' | 'too-many-requests' | 'internal' | 'out-of-time' | 'busy';
  /** What is wrong this time, and what to do. */
  detail?: string | undefined;
  /** Of `invalid-request`: the fields that are wrong. */
  errors?: FieldFault[] | undefined;
  /** Of `forbidden`: permissions any of which would do. */
  needs?: string[] | undefined;
  /** Of `forbidden`, on rules: every permission and right on rules that is missing. Of `not-held`: what the user holds and you do not, as far as you may know of it. */
  missing?: {
    permission?: string | undefined;
    actionType?: string | undefined;
    right?: 'view' | 'edit' | 'delete' | undefined;
    of?: string | undefined;
  }[] | undefined;
  /** Of `last-access-manager`: those who have the permission and do not count, and why. */
  wouldNotCount?: {
    user: UserId;
    why: 'disabled' | 'machine' | 'never-signed-in';
  }[] | undefined;
  /** How many more of those there are. */
  others?: number | undefined;
  /** Of `quota-exceeded`. */
  quota?: string | undefined;
  /** Of `quota-exceeded`. */
  limit?: number | undefined;
  /** Of `quota-exceeded`. */
  wouldBe?: number | undefined;
  /** Of a set of grants that does not hold together: which one. */
  permission?: string | undefined;
  /** Of `permission-missing`: what it needs in the same set. */
  requires?: string | undefined;
  /** Of `permission-missing`: the policies it lacks for. */
  policies?: PolicyId[] | undefined;
  /** Of `permission-excluded`: what it cannot stand beside. */
  excludes?: string | undefined;
  /** Of `granted-by-wider`: the grants through which it is held. */
  wider?: Grant[] | undefined;
  /** Of `owner-needed`: the roles to choose from. */
  roles?: {
    id: RoleId;
    name: string;
  }[] | undefined;
  /** Of `cannot-log-on`: why not, as a check would say it. */
  reason?: string | undefined;
  /** Of `run-active` and `run-held`: the run that has not finished. */
  run?: string | undefined;
  /** Of `batch-out-of-order`: the number of the next batch. */
  expected?: number | undefined;
  /** Of `cursor-differs`: that of the last run that was applied. */
  cursor?: string | null | undefined;
  /** Of `content-differs`: what was received. */
  received?: {
    batches: number;
    entries: number;
    digest: string;
  } | undefined;
  /** Of `plan-differs`: the digest of the plan as it is. */
  digest?: string | undefined;
  /** Of the export: how many sealed events there are. */
  size?: number | undefined;
  /** Of `events-expired`: the sequence after which events are still in the table. */
  after?: number | undefined;
  /** Of a change set: which operation was refused. */
  operation?: number | undefined;
  /** A list of this document has more items than the first ones, which are shown. */
  more?: true | undefined;
  /** Names the request in our log. */
  requestId: string;
  /** The trace that the request is part of, when it is part of one. */
  traceId?: string | undefined;
}

/** What it does, as far as the caller may see it. */
export interface Effect {
  users: {
    user: UserId;
    gained: {
      permission: string;
      /** `account`, or the policies for which it is gained or lost. */
      scope: 'account' | PolicyId[];
      /** For these types only. */
      limits?: {
        actionTypes?: string[] | undefined;
        ruleTypes?: string[] | undefined;
      } | undefined;
      /** Where it is as it was. */
      except?: {
        /** `account`, or the policies for which it is gained or lost. */
        scope: 'account' | PolicyId[];
        /** For these types only. */
        limits?: {
          actionTypes?: string[] | undefined;
          ruleTypes?: string[] | undefined;
        } | undefined;
      }[] | undefined;
    }[];
    lost: {
      permission: string;
      /** `account`, or the policies for which it is gained or lost. */
      scope: 'account' | PolicyId[];
      /** For these types only. */
      limits?: {
        actionTypes?: string[] | undefined;
        ruleTypes?: string[] | undefined;
      } | undefined;
      /** Where it is as it was. */
      except?: {
        /** `account`, or the policies for which it is gained or lost. */
        scope: 'account' | PolicyId[];
        /** For these types only. */
        limits?: {
          actionTypes?: string[] | undefined;
          ruleTypes?: string[] | undefined;
        } | undefined;
      }[] | undefined;
    }[];
    /** Not all of what this user gains and loses is named. */
    more?: true | undefined;
  }[];
  /** More users gain or lose something than those that are named: at most 1,000, and 2 MB of them. */
  more: boolean;
  things: {
    kind: 'role' | 'rule' | 'user' | 'group' | 'policy' | 'source' | 'tenant' | 'categories';
    id: string;
    name?: string | undefined;
    change: 'created' | 'changed' | 'deleted';
    /** What of it changes. */
    fields?: string[] | undefined;
    /** How many users become direct members of a role. */
    joined?: number | undefined;
    /** How many cease to be. */
    left?: number | undefined;
    /** On how many rules a role comes to grant other rights. */
    rules?: number | undefined;
  }[];
  /** More things change than those that are named. */
  moreThings?: true | undefined;
}

export interface FieldFault {
  /** JSON pointer into the body, or `path.x`, `query.x`, `header.x`. */
  field: string;
  /** What to do about it. */
  message: string;
}

export interface CreateTenantRequest {
  /** A name: 1 to 100 characters, none of them a control or invisible. */
  name: string;
  catalogue?: string | undefined;
  /** Of the names of its predefined roles: `en`, `fr`. */
  language?: string | undefined;
  firstUser: {
    /** A name: 1 to 100 characters, none of them a control or invisible. */
    name: string;
    login?: string | undefined;
    mail?: string | undefined;
    identity: Identity;
  };
}

export interface UpdateTenantRequest {
  /** A name: 1 to 100 characters, none of them a control or invisible. */
  name?: string | undefined;
  enforced?: boolean | undefined;
  changesTakeEffect?: 'immediately' | 'nextLogon' | undefined;
  administratorsGroup?: GroupId | null | undefined;
}

export interface PutFeaturesRequest {
  features: string[];
}

export interface GetNamesRequest {
  /** Ids of users, roles, groups, policies, sources, rules and categories. Ids of other kinds have no name. */
  ids: string[];
}

export type CreateUserRequest = {
  kind: 'person';
  source?: 'local' | 'external' | undefined;
  /** A name: 1 to 100 characters, none of them a control or invisible. */
  name: string;
  login?: string | undefined;
  mail?: string | undefined;
  externalId?: string | undefined;
} | {
  kind: 'machine';
  /** A name: 1 to 100 characters, none of them a control or invisible. */
  name: string;
  /** For those who manage access rights. Others invite the client, which then accepts. */
  identity?: Identity | undefined;
  externalId?: string | undefined;
};

export interface UpdateUserRequest {
  /** A name: 1 to 100 characters, none of them a control or invisible. */
  name?: string | undefined;
  login?: string | null | undefined;
  mail?: string | null | undefined;
  /** The product's own name for the user, by which it asks; `null` takes it away. It belongs to one user of the tenant. Bounded checks may know the one before for five seconds. Whoever does not manage access rights needs every right that the user holds, because products take whoever has the id for the user. */
  externalId?: string | null | undefined;
  state?: 'active' | 'disabled' | undefined;
}

export interface AcceptInvitationRequest {
  invitation: string;
}

export interface PutUserGrantsRequest {
  grants: Grant[];
}

export interface UpdateGroupRequest {
  confersAccessManagement: boolean;
}

export interface AddGroupMembersRequest {
  members: UserId[];
}

export interface CreatePolicyRequest {
  /** A name: 1 to 100 characters, none of them a control or invisible. */
  name: string;
  /** What it is for, in up to 1,000 characters. */
  description?: string | undefined;
}

export interface UpdatePolicyRequest {
  /** A name: 1 to 100 characters, none of them a control or invisible. */
  name?: string | undefined;
  /** What it is for, in up to 1,000 characters. */
  description?: string | undefined;
}

export interface CreateRoleRequest {
  /** A name: 1 to 100 characters, none of them a control or invisible. */
  name: string;
  /** What it is for, in up to 1,000 characters. */
  description?: string | undefined;
}

export interface UpdateRoleRequest {
  /** A name: 1 to 100 characters, none of them a control or invisible. */
  name?: string | undefined;
  /** What it is for, in up to 1,000 characters. */
  description?: string | undefined;
}

export interface CloneRoleRequest {
  /** A name: 1 to 100 characters, none of them a control or invisible. */
  name: string;
}

export interface PutRoleGrantsRequest {
  grants: Grant[];
}

export interface AddRoleMembersRequest {
  /** Ids of users and groups. */
  members: (UserId | GroupId)[];
}

export interface RemoveRoleMembersRequest {
  /** Ids of users and groups. */
  members: (UserId | GroupId)[];
}

export interface ReplaceRoleMembersRequest {
  /** Ids of users and groups. */
  members: (UserId | GroupId)[];
}

export interface CreateRuleRequest {
  type: string;
  /** A name: 1 to 100 characters, none of them a control or invisible. */
  name: string;
  /** What it is for, in up to 1,000 characters. */
  description?: string | undefined;
  enabled?: boolean | undefined;
  /** Of GET /v1/rule-categories. */
  categories?: CategoryId[] | undefined;
  conditions?: {
    [name: string]: unknown;
  }[] | undefined;
  exceptions?: {
    [name: string]: unknown;
  }[] | undefined;
  actions?: AddActionRequest[] | undefined;
  /** Free JSON of the product; 8,000 bytes for an action, 64,000 for a whole rule. */
  options?: {
    [name: string]: unknown;
  } | undefined;
  /** Needed when several roles of the caller could own it. */
  owner?: RoleId | undefined;
}

export interface UpdateRuleRequest {
  /** A name: 1 to 100 characters, none of them a control or invisible. */
  name?: string | undefined;
  /** What it is for, in up to 1,000 characters. */
  description?: string | undefined;
  enabled?: boolean | undefined;
  /** Of GET /v1/rule-categories. */
  categories?: CategoryId[] | undefined;
  conditions?: {
    [name: string]: unknown;
  }[] | undefined;
  exceptions?: {
    [name: string]: unknown;
  }[] | undefined;
  /** The whole list, as it shall be. */
  actions?: {
    /** An action that the rule has; left out for a new one. */
    id?: ActionId | undefined;
    type: string;
    /** Free JSON of the product; 8,000 bytes for an action, 64,000 for a whole rule. */
    properties: {
      [name: string]: unknown;
    };
  }[] | undefined;
  /** Free JSON of the product; 8,000 bytes for an action, 64,000 for a whole rule. */
  options?: {
    [name: string]: unknown;
  } | undefined;
}

/** Before or after another one, or to an end of the list. */
export interface MoveRuleRequest {
  before?: RuleId | undefined;
  after?: RuleId | undefined;
  to?: 'first' | 'last' | undefined;
}

export interface AddActionRequest {
  type: string;
  /** Free JSON of the product; 8,000 bytes for an action, 64,000 for a whole rule. */
  properties?: {
    [name: string]: unknown;
  } | undefined;
}

export interface UpdateActionRequest {
  /** Free JSON of the product; 8,000 bytes for an action, 64,000 for a whole rule. */
  properties: {
    [name: string]: unknown;
  };
}

/** Before or after another one, or to an end of the list. */
export interface MoveActionRequest {
  before?: ActionId | undefined;
  after?: ActionId | undefined;
  to?: 'first' | 'last' | undefined;
}

export interface PutRuleOwnerRequest {
  owner: RoleId | null;
}

export interface PutCategoriesRequest {
  categories: {
    id?: CategoryId | undefined;
    /** A name: 1 to 100 characters, none of them a control or invisible. */
    name: string;
  }[];
}

export interface PutRuleRightsRequest {
  /** On rules that other roles create from now on. */
  newRules?: {
    view?: boolean | undefined;
    edit?: boolean | undefined;
    delete?: boolean | undefined;
  } | undefined;
  /** On every rule that there is now. */
  columns?: {
    view?: boolean | undefined;
    edit?: boolean | undefined;
    delete?: boolean | undefined;
  } | undefined;
  /** On single rules; these outdo the columns. */
  rules?: {
    rule: RuleId;
    view?: boolean | undefined;
    edit?: boolean | undefined;
    delete?: boolean | undefined;
  }[] | undefined;
}

export interface SubmitChangeSetRequest {
  operations: {
    /** The id of an operation, as this document names it. */
    operation: string;
    /** What its path has in braces. */
    params?: {
      [name: string]: string;
    } | undefined;
    query?: {
      [name: string]: string;
    } | undefined;
    body?: unknown;
    /** The ETag of what the change was made on, as it was before the set; or `*`. */
    ifMatch?: string | undefined;
    /** A name for what this operation creates. Later ones write `$name` in place of its id; a text that shall start with $ is written with $$. */
    as?: string | undefined;
  }[];
  /** Of the preview that was agreed to: refused if it would now do anything else. */
  digest?: string | undefined;
}

export interface SubmitChangeSetAnswer {
  /** What each operation would answer alone, in their order. */
  results: {
    operation: string;
    as?: string | undefined;
    /** The status that the operation alone would be answered with. */
    status: number;
    body?: unknown;
    etag?: string | undefined;
    /** The body is left out: those of all operations together may have 300 KB. Read the resource itself. */
    more?: true | undefined;
  }[];
  /** Of all of them together, as `word:id`. */
  warnings?: string[] | undefined;
}

export interface CreateDraftRequest {
  /** A name: 1 to 100 characters, none of them a control or invisible. */
  name: string;
  operations: {
    /** The id of an operation, as this document names it. */
    operation: string;
    /** What its path has in braces. */
    params?: {
      [name: string]: string;
    } | undefined;
    query?: {
      [name: string]: string;
    } | undefined;
    body?: unknown;
    /** The ETag of what the change was made on, as it was before the set; or `*`. */
    ifMatch?: string | undefined;
    /** A name for what this operation creates. Later ones write `$name` in place of its id; a text that shall start with $ is written with $$. */
    as?: string | undefined;
  }[];
}

export interface CreateDraftAnswer {
  id: string;
  name: string;
  author: UserId;
  createdAt: string;
  updatedAt: string;
  updatedBy: UserId;
  /** When it is deleted, unless somebody edits it before. */
  expiresAt: string;
  operations: {
    /** The id of an operation, as this document names it. */
    operation: string;
    /** What its path has in braces. */
    params?: {
      [name: string]: string;
    } | undefined;
    query?: {
      [name: string]: string;
    } | undefined;
    body?: unknown;
    /** The ETag of what the change was made on, as it was before the set; or `*`. */
    ifMatch?: string | undefined;
    /** A name for what this operation creates. Later ones write `$name` in place of its id; a text that shall start with $ is written with $$. */
    as?: string | undefined;
  }[];
}

export interface RebaseDraftRequest {
  /** Accept the present state of resources that were changed meanwhile. Needs If-Match with the ETag of the draft. */
  refresh?: boolean | undefined;
}

export interface SubmitDraftRequest {
  /** Of the preview that was agreed to: refused if it would now do anything else. */
  digest?: string | undefined;
}

/** Either a permission, an ability or a right on a rule, of one user: by id, by external id, or the caller when none is named. */
export interface CheckRequest {
  user?: UserId | undefined;
  externalId?: string | undefined;
  permission?: string | undefined;
  ability?: string | undefined;
  policy?: PolicyId | undefined;
  actionType?: string | undefined;
  ruleType?: string | undefined;
  /** A right on the rule named. */
  right?: 'view' | 'edit' | 'delete' | undefined;
  /** On this rule: its type counts, and View and Edit on it. */
  rule?: RuleId | undefined;
  /** Answer as in this session, which says who the user is; another user's is refused. */
  session?: string | undefined;
  consistency?: 'strong' | 'bounded' | undefined;
}

export interface CheckBatchRequest {
  checks: CheckItem[];
  /** Answer as in this session, which says who the user is; another user's is refused. */
  session?: string | undefined;
  consistency?: 'strong' | 'bounded' | undefined;
}

export interface ListHoldersRequest {
  permission?: string | undefined;
  ability?: string | undefined;
  policy?: PolicyId | undefined;
  actionType?: string | undefined;
  ruleType?: string | undefined;
  limit?: number | undefined;
  /** From the page before; good for the same list with the same filter. */
  cursor?: string | undefined;
}

/** The user by id or by external id; the caller when none is named. */
export interface CreateSessionRequest {
  user?: UserId | undefined;
  externalId?: string | undefined;
  /** How long it lasts; 12 hours at the longest. */
  seconds?: number | undefined;
}

export interface CreateSourceRequest {
  /** A name: 1 to 100 characters, none of them a control or invisible. */
  name: string;
  /** What delivers: an LDAP server, Active Directory, or files. */
  kind?: 'ldap' | 'active-directory' | 'file' | undefined;
  /** An issuer whose tokens the deployment takes, and the claim of access tokens that carries the immutable id of the directory object. The first sign-in whose claim names the user is bound to the user, who can be an access manager from then on. */
  signIn?: {
    issuer: string;
    claim: string;
  } | undefined;
  /** Object classes of a vendor that make an entry a group, beside those of the standards. */
  groupClasses?: string[] | undefined;
  /** An account that has this value in this attribute is disabled. The markers of Active Directory, 389, OpenLDAP and others are known without. */
  disabledMarkers?: {
    attribute: string;
    value: string;
  }[] | undefined;
  /** The only user, besides those who manage access rights, who may deliver: an active user with the permission to synchronise directories. */
  client?: UserId | undefined;
  /** A run, or the runs of 24 hours together, that would take away more than the number, or than the percentage of what is there, is held until somebody who manages access rights has looked at it: users deleted, users disabled, memberships removed, and members that a single group loses. What is left out is 500 and 20 percent, of a single group 500 and 50. */
  guards?: {
    deletions?: {
      number?: number | undefined;
      percent?: number | undefined;
    } | undefined;
    disablings?: {
      number?: number | undefined;
      percent?: number | undefined;
    } | undefined;
    removals?: {
      number?: number | undefined;
      percent?: number | undefined;
    } | undefined;
    groupRemovals?: {
      number?: number | undefined;
      percent?: number | undefined;
    } | undefined;
  } | undefined;
}

export interface UpdateSourceRequest {
  /** A name: 1 to 100 characters, none of them a control or invisible. */
  name?: string | undefined;
  /** What delivers: an LDAP server, Active Directory, or files. */
  kind?: 'ldap' | 'active-directory' | 'file' | undefined;
  /** False: nothing is taken in from the directory, and its users and groups stay as they are. Once it is on again, the next run must be a full one. */
  enabled?: boolean | undefined;
  signIn?: {
    issuer: string;
    claim: string;
  } | null | undefined;
  groupClasses?: string[] | null | undefined;
  disabledMarkers?: {
    attribute: string;
    value: string;
  }[] | null | undefined;
  client?: UserId | null | undefined;
  guards?: {
    deletions?: {
      number?: number | undefined;
      percent?: number | undefined;
    } | undefined;
    disablings?: {
      number?: number | undefined;
      percent?: number | undefined;
    } | undefined;
    removals?: {
      number?: number | undefined;
      percent?: number | undefined;
    } | undefined;
    groupRemovals?: {
      number?: number | undefined;
      percent?: number | undefined;
    } | undefined;
  } | null | undefined;
}

export interface ApproveRunRequest {
  /** The digest of the plan that was looked at. The run is planned anew: with the same digest it is carried out, with another it is held again. */
  digest: string;
}

export interface ApproveRunAnswer {
  id: RunId;
  source: SourceId;
  kind: 'delta' | 'full' | 'restore';
  /** Of a restoration: the run that it undoes. */
  restores?: RunId | undefined;
  state: 'open' | 'queued' | 'running' | 'held' | 'done' | 'failed' | 'abandoned' | 'rejected';
  epoch?: string | undefined;
  baseCursor?: string | undefined;
  /** Of the source once the run is applied. */
  nextCursor?: string | undefined;
  planOnly?: true | undefined;
  /** Received so far; absent in a run of one file. */
  batches?: number | undefined;
  /** Of its content, unpacked. */
  bytes: number;
  /** Records of the file. */
  records: number;
  /** Objects that they are about: several records may be about one. */
  entries: number;
  /** Of entries, once the run has ended or is held; `ignored` are those that concern neither a user nor a group, and what a search prints among its entries. `parked` are groups some of whose members are not here yet; the rest of such an entry is applied. `stale` are entries of an older version than what is here. */
  counts: {
    applied: number;
    noop: number;
    rejected: number;
    ignored: number;
    stale?: number | undefined;
    parked?: number | undefined;
    held?: number | undefined;
  };
  createdAt: string;
  committedAt?: string | undefined;
  startedAt?: string | undefined;
  finishedAt?: string | undefined;
  /** Milliseconds from the start of its work to its end, or so far. */
  workMs?: number | undefined;
  /** Of a run that is being carried out: users and groups that have been planned, then steps that are over. */
  progress?: {
    phase: 'planning' | 'applying';
    done: number;
    of: number;
  } | undefined;
  /** What the run would do, once it has been planned. */
  plan?: {
    /** SHA-256 of all losses and of the numbers of gains, in hexadecimal digits. */
    digest: string;
    plannedAt: string;
    losses: {
      users: {
        count: number;
        /** How many there are of what is lost. */
        of?: number | undefined;
        percent?: number | undefined;
        /** `of` was counted no further: there are more. */
        more?: true | undefined;
      };
      groups: {
        count: number;
        /** How many there are of what is lost. */
        of?: number | undefined;
        percent?: number | undefined;
        /** `of` was counted no further: there are more. */
        more?: true | undefined;
      };
      disabled: {
        count: number;
        /** How many there are of what is lost. */
        of?: number | undefined;
        percent?: number | undefined;
        /** `of` was counted no further: there are more. */
        more?: true | undefined;
      };
      /** Of users and of groups, also those that end with their group. */
      memberships: {
        count: number;
        /** How many there are of what is lost. */
        of?: number | undefined;
        percent?: number | undefined;
        /** `of` was counted no further: there are more. */
        more?: true | undefined;
      };
      /** People who can no longer manage access rights. */
      accessManagers: {
        count: number;
        /** How many there are of what is lost. */
        of?: number | undefined;
        percent?: number | undefined;
        /** `of` was counted no further: there are more. */
        more?: true | undefined;
      };
    };
    gains: {
      users: number;
      groups: number;
      enabled: number;
      memberships: number;
      nestings: number;
    };
    /** The guards of the source that the plan trips, in sentences: why the run is held. */
    tripped?: string[] | undefined;
  } | undefined;
  /** Why the run failed. */
  code?: string | undefined;
  /** The run would have left nobody who can manage access rights, so one person stays as before: see the entry with the code `last-access-manager`. */
  accessManagerStays?: true | undefined;
  /** For who manages access rights, once it has ended: what its changes gave. */
  warnings?: Warnings | undefined;
}

export interface OpenRunRequest {
  /** `delta`: what has changed since the base cursor. `full`: everything; users and groups of the source that it does not name end. */
  kind: 'delta' | 'full';
  /** The life of the directory's counter of changes, such as Active Directory's invocationId: cursors of another epoch do not compare. */
  epoch: string;
  /** The cursor at which the changes begin; null when there was none yet. */
  baseCursor: string | null;
  /** True: the run ends with its plan. Nothing is changed, and the cursor stays. */
  planOnly?: boolean | undefined;
}

export interface CommitRunRequest {
  batches: number;
  /** Of all batches together, as the answers to them count them. */
  entries: number;
  /** SHA-256, in hexadecimal digits, of the digests of all batches in their order, joined by line feeds. */
  digest: string;
  /** The client's place in the directory once the run is applied. */
  cursor: string;
}

export interface PutAuditSettingsRequest {
  /** After how many days an event may leave the service, once it has been exported; `null`: never. A longer time counts at once, a shorter one after 30 days. */
  retentionDays: number | null;
  /** True: no event leaves the service, however old it is. */
  legalHold: boolean;
  destination: {
    bucket: string;
    region: string;
    /** What the names of all files begin with, before a slash. */
    prefix?: string | undefined;
    /** The role that is assumed with the external id of the answer. */
    roleArn: string;
  } | null;
}

export interface UpdateTenantByIdRequest {
  /** A name: 1 to 100 characters, none of them a control or invisible. */
  name?: string | undefined;
  /** `suspended`: everybody but operators is refused with `tenant-suspended`. `closed`: with `tenant-closed`; it can be reopened until it is purged, and purged after 30 days. `active` resumes or reopens it. */
  state?: 'active' | 'suspended' | 'closed' | undefined;
  /** Why, for the audit of the operators and of the tenant. */
  reason?: string | undefined;
}

export interface PurgeTenantRequest {
  /** The tenant's name, so that nobody purges another tenant by its id. */
  name: string;
  /** Why, for the audit of the operators and of the tenant. */
  reason: string;
}

export interface RequestRecoveryRequest {
  /** Why, for the audit of the operators and of the tenant. */
  reason: string;
  /** A person of the tenant, or somebody new. */
  person: {
    user: UserId;
  } | {
    /** A name: 1 to 100 characters, none of them a control or invisible. */
    name: string;
    login?: string | undefined;
    mail?: string | undefined;
  };
}

export interface ApproveRecoveryRequest {
  /** `requestedAt` of the recovery that you have looked at. A recovery that has taken its place meanwhile is not approved. */
  requestedAt: string;
}

/** Features, quotas, access managers and warnings are answered to those who manage access rights. */
export interface Tenant {
  id: TenantId;
  name: string;
  /** False: checks by products allow everything to active users. */
  enforced: boolean;
  changesTakeEffect: 'immediately' | 'nextLogon';
  /** The group that manages access rights once they are enforced for the first time. */
  administratorsGroup: GroupId | null;
  catalogue: {
    id: string;
    version: number;
  };
  createdAt: string;
  features?: string[] | undefined;
  quotas?: Quota[] | undefined;
  /** Who can manage access rights now: active persons who can sign in. */
  accessManagers?: {
    users: UserId[];
    /** There are more than these. */
    more: boolean;
    /** Those who have the permission and do not count, and why: the first that were found. */
    wouldNotCount: {
      user: UserId;
      why: 'disabled' | 'machine' | 'never-signed-in';
    }[];
  } | undefined;
  warnings?: Warnings | undefined;
}

export interface Features {
  /** Those that the tenant has. */
  features: string[];
}

export interface Catalogue {
  id: string;
  version: number;
  title: string;
  description: string;
  permissions: {
    id: string;
    title: string;
    alsoKnownAs?: string | undefined;
    description: string;
    area: string;
    levels: ('account' | 'policy')[];
    requires?: string[] | undefined;
    excludes?: string[] | undefined;
    includes?: string[] | undefined;
    widens?: true | undefined;
    feature?: string | undefined;
    limits?: ('actionTypes' | 'ruleTypes')[] | undefined;
    expectedHolders?: number | undefined;
  }[];
  abilities: {
    id: string;
    title: string;
    description: string;
    level: 'account' | 'policy';
    anyOf?: string[] | undefined;
    allOf?: string[] | undefined;
    anyPermission?: true | undefined;
    whole?: true | undefined;
    open?: 'everyone' | 'self' | undefined;
    feature?: string | undefined;
  }[];
  actionTypes: {
    id: string;
    title: string;
    description?: string | undefined;
  }[];
  ruleTypes: {
    id: string;
    title: string;
    description?: string | undefined;
  }[];
  features: {
    id: string;
    title: string;
    description: string;
    initially: boolean;
  }[];
  predefinedRoles?: {
    id: string;
    name: string;
    description: string;
    grants: {
      permission: string;
      policies?: string[] | undefined;
      actionTypes?: string[] | undefined;
      ruleTypes?: string[] | undefined;
    }[];
    newRules?: {
      view: boolean;
      edit: boolean;
      delete: boolean;
    } | undefined;
  }[] | undefined;
  keeper: string;
  administratorsRole?: string | undefined;
  personalGrants: boolean;
  grantOnlyWhatYouHold: boolean;
  enforcement: {
    initially: boolean;
    switchable: boolean;
  };
  changesTakeEffect: 'immediately' | 'nextLogon';
  /** What a console does with edits: it gathers them until they are submitted together, or saves each at once. */
  appliesChanges: 'onSubmit' | 'onSave';
  /** The language that the texts are in. One that is missing in it is English. */
  language: string;
  /** The languages that there are. */
  languages: string[];
}

export interface Grants {
  grants: Grant[];
  warnings?: Warnings | undefined;
}

export interface GroupWithRoles {
  id: GroupId;
  name: string;
  /** The directory may decide who manages access rights through this group. */
  confersAccessManagement: boolean;
  /** The directory source that owns the group; `local` once that source is deleted. */
  source: 'local' | SourceId;
  /** The groups that it is directly in. */
  parents: GroupId[];
  /** The roles it is a member of; for those who may see roles. */
  roles?: RoleId[] | undefined;
}

export interface Me {
  user: User;
  tenant: {
    id: TenantId;
    name: string;
  };
  catalogue: {
    id: string;
    version: number;
    title: string;
  };
  /** The caller has the permission to manage access rights. */
  accessManager: boolean;
  /** False: checks by products allow everything to active users. */
  enforced: boolean;
  changesTakeEffect: 'immediately' | 'nextLogon';
  /** What a console does with edits: it gathers them until they are submitted together, or saves each at once. */
  appliesChanges: 'onSubmit' | 'onSave';
  /** What the caller holds, in the order of the catalogue. */
  permissions: HeldPermission[];
  /** The operations that are open to the caller, by their ids in this document, besides those that are open to everybody. Of some only a part is: what concerns oneself, one policy, or the rules that one has rights on. */
  operations: string[];
}

export interface AuditSettings {
  /** As it was last set; `null`: events are kept for ever. */
  retentionDays: number | null;
  legalHold: boolean;
  destination: {
    bucket: string;
    region: string;
    prefix?: string | undefined;
    roleArn: string;
  } | null;
  /** Of this tenant, always the same: the trust policy of the role of `destination` demands it as `sts:ExternalId`. */
  externalId: string;
  /** After a shortening: the retention that still counts, and until when. */
  notice?: {
    until: string;
    retentionDays: number | null;
  } | undefined;
}

export interface Rule {
  id: RuleId;
  /** A type of rule of the catalogue. */
  type: string;
  name: string;
  description: string;
  enabled: boolean;
  categories: CategoryId[];
  /** The role that owns it. */
  owner: RoleId | null;
  createdAt: string;
  /** What the caller may do to the rule. */
  rights: {
    view: boolean;
    edit: boolean;
    delete: boolean;
  };
  conditions: {
    [name: string]: unknown;
  }[];
  exceptions: {
    [name: string]: unknown;
  }[];
  /** In the order in which they are carried out. */
  actions: RuleAction[];
  /** Free JSON of the product; 8,000 bytes for an action, 64,000 for a whole rule. */
  options: {
    [name: string]: unknown;
  };
}

export interface RuleOwner {
  id: RuleId;
  name: string;
  owner: RoleId | null;
  /** `rule-seen-by-nobody:id` for rules that no role lets anybody see any more. */
  warnings?: string[] | undefined;
}

export interface RuleCategories {
  categories: {
    id: CategoryId;
    name: string;
  }[];
}

export interface RuleRights {
  /** What it grants on rules that other roles create. */
  newRules: {
    view: boolean;
    edit: boolean;
    delete: boolean;
  };
  items: {
    rule: RuleId;
    name: string;
    type: string;
    /** Its place among all rules. */
    position: number;
    /** The role owns the rule. */
    owned: boolean;
    view: boolean;
    edit: boolean;
    delete: boolean;
  }[];
  cursor?: string | undefined;
}

/** The answer to a dry run: nothing has been changed. */
export interface Preview {
  dryRun: true;
  /** `nothing`: all is so already. */
  outcome: 'done' | 'nothing' | 'refused';
  /** The status that the request itself would be answered with. */
  status: number;
  /** What the request itself would be answered with. */
  answer?: unknown;
  etag?: string | undefined;
  /** Why it would be refused. */
  problem?: Problem | undefined;
  effect: Effect;
  /** Of a change set: submitted with it, it is refused if it would now do anything else. */
  digest?: string | undefined;
}

export interface CreateTenantAnswer {
  id: TenantId;
  name: string;
  catalogue: string;
  firstUser: UserId;
}

export interface UpdateTenantAnswer {
  name: string;
  /** False: checks by products allow everything to active users. */
  enforced: boolean;
  changesTakeEffect: 'immediately' | 'nextLogon';
  /** The group that manages access rights once they are enforced for the first time. */
  administratorsGroup: GroupId | null;
  warnings?: Warnings | undefined;
}

export interface GetFeaturesAnswer {
  /** Those that the tenant has. */
  features: string[];
  available: {
    id: string;
    title: string;
    description: string;
    initially: boolean;
  }[];
}

export interface GetNamesAnswer {
  /** In the order of the ids. What is not there or is hidden is left out. */
  names: {
    id: string;
    kind: 'user' | 'role' | 'group' | 'policy' | 'source' | 'rule' | 'category';
    name: string;
    /** Of a user. */
    state?: 'active' | 'disabled' | undefined;
    /** `local`, `external`, or the directory source that owns the user. The users of a deleted source are local. */
    source?: 'local' | 'external' | SourceId | undefined;
  }[];
}

export interface ListUsersAnswer {
  items: {
    id: UserId;
    name: string;
    login?: string | undefined;
    mail?: string | undefined;
    state: 'active' | 'disabled';
    /** An administrator has disabled this user of a directory, whatever the directory says. */
    suspended?: true | undefined;
    kind: 'person' | 'machine';
    /** `local`, `external`, or the directory source that owns the user. The users of a deleted source are local. */
    source: 'local' | 'external' | SourceId;
    /** The product's own name for the user. */
    externalId?: string | undefined;
    /** The user has an identity to sign in with. */
    bound: boolean;
    /** An invitation waits to be accepted. */
    invited: boolean;
    createdAt: string;
    /** Of a deleted user: the rest is as it was then. */
    deletedAt?: string | undefined;
    restorableUntil?: string | undefined;
  }[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
}

export interface CreateUserAnswer {
  id: UserId;
  name: string;
  login?: string | undefined;
  mail?: string | undefined;
  state: 'active' | 'disabled';
  /** An administrator has disabled this user of a directory, whatever the directory says. */
  suspended?: true | undefined;
  kind: 'person' | 'machine';
  /** `local`, `external`, or the directory source that owns the user. The users of a deleted source are local. */
  source: 'local' | 'external' | SourceId;
  /** The product's own name for the user. */
  externalId?: string | undefined;
  /** The user has an identity to sign in with. */
  bound: boolean;
  /** An invitation waits to be accepted. */
  invited: boolean;
  createdAt: string;
  warnings?: Warnings | undefined;
}

export interface GetUserAnswer {
  id: UserId;
  name: string;
  login?: string | undefined;
  mail?: string | undefined;
  state: 'active' | 'disabled';
  /** An administrator has disabled this user of a directory, whatever the directory says. */
  suspended?: true | undefined;
  kind: 'person' | 'machine';
  /** `local`, `external`, or the directory source that owns the user. The users of a deleted source are local. */
  source: 'local' | 'external' | SourceId;
  /** The product's own name for the user. */
  externalId?: string | undefined;
  /** The user has an identity to sign in with. */
  bound: boolean;
  /** An invitation waits to be accepted. */
  invited: boolean;
  createdAt: string;
  /** Of a disabled user of a directory: the state by the directory's own word. */
  directoryState?: 'active' | 'disabled' | undefined;
}

export interface UpdateUserAnswer {
  id: UserId;
  name: string;
  login?: string | undefined;
  mail?: string | undefined;
  state: 'active' | 'disabled';
  /** An administrator has disabled this user of a directory, whatever the directory says. */
  suspended?: true | undefined;
  kind: 'person' | 'machine';
  /** `local`, `external`, or the directory source that owns the user. The users of a deleted source are local. */
  source: 'local' | 'external' | SourceId;
  /** The product's own name for the user. */
  externalId?: string | undefined;
  /** The user has an identity to sign in with. */
  bound: boolean;
  /** An invitation waits to be accepted. */
  invited: boolean;
  createdAt: string;
  warnings?: Warnings | undefined;
}

export interface RestoreUserAnswer {
  id: UserId;
  name: string;
  login?: string | undefined;
  mail?: string | undefined;
  state: 'active' | 'disabled';
  /** An administrator has disabled this user of a directory, whatever the directory says. */
  suspended?: true | undefined;
  kind: 'person' | 'machine';
  /** `local`, `external`, or the directory source that owns the user. The users of a deleted source are local. */
  source: 'local' | 'external' | SourceId;
  /** The product's own name for the user. */
  externalId?: string | undefined;
  /** The user has an identity to sign in with. */
  bound: boolean;
  /** An invitation waits to be accepted. */
  invited: boolean;
  createdAt: string;
  warnings?: Warnings | undefined;
}

export interface EraseUserAnswer {
  id: UserId;
  erasedAt: string;
  warnings?: Warnings | undefined;
}

export interface InviteUserAnswer {
  /** Hand it to the person by a way that you trust. It is shown only once. */
  invitation: string;
  expiresAt: string;
}

export interface AcceptInvitationAnswer {
  id: UserId;
  name: string;
  login?: string | undefined;
  mail?: string | undefined;
  state: 'active' | 'disabled';
  /** An administrator has disabled this user of a directory, whatever the directory says. */
  suspended?: true | undefined;
  kind: 'person' | 'machine';
  /** `local`, `external`, or the directory source that owns the user. The users of a deleted source are local. */
  source: 'local' | 'external' | SourceId;
  /** The product's own name for the user. */
  externalId?: string | undefined;
  /** The user has an identity to sign in with. */
  bound: boolean;
  /** An invitation waits to be accepted. */
  invited: boolean;
  createdAt: string;
  warnings?: Warnings | undefined;
}

export interface GetEffectivePermissionsAnswer {
  user: UserId;
  state: 'active' | 'disabled';
  enforced: boolean;
  permissions: EffectivePermission[];
  /** Where the next page starts; absent on the last one. */
  cursor?: string | undefined;
}

export interface ListUserRolesAnswer {
  items: UserRole[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
  /** How many match, on all pages together. */
  total: number;
}

export interface ListUserGroupsAnswer {
  items: UserGroup[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
  /** How many match, on all pages together. */
  total: number;
}

export interface ListGroupsAnswer {
  items: Group[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
  /** How many match, on all pages together. */
  total: number;
}

export interface ListGroupMembersAnswer {
  items: ({
    type: 'group';
    id: GroupId;
    name: string;
  } | {
    type: 'user';
    id: UserId;
    name: string;
    state: 'active' | 'disabled';
    /** `local`, `external`, or the directory source that owns the user. The users of a deleted source are local. */
    source: 'local' | 'external' | SourceId;
    /** By what the user is a direct member: by hand, by the source of the group, or by both. */
    origins?: ('hand' | SourceId)[] | undefined;
  })[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
}

export interface AddGroupMembersAnswer {
  /** The users of the request as they are now; without origins: no member. */
  members: {
    id: UserId;
    /** By what the user is a direct member: by hand, by the source of the group, or by both. */
    origins: ('hand' | SourceId)[];
  }[];
  warnings?: Warnings | undefined;
}

export interface ListPoliciesAnswer {
  items: Policy[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
  /** How many match, on all pages together. */
  total: number;
}

export interface ListRolesAnswer {
  items: Role[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
  /** How many match, on all pages together. */
  total: number;
}

export interface ListRoleMembersAnswer {
  items: Member[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
}

export interface AddRoleMembersAnswer {
  users: number;
  groups: number;
  warnings?: Warnings | undefined;
}

/** How many direct members the role has now, by what they are. */
export interface RemoveRoleMembersAnswer {
  users: number;
  groups: number;
}

export interface ListRulesAnswer {
  items: RuleSummary[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
  /** How many match, on all pages together; absent with `name`. */
  total?: number | undefined;
}

export interface PutRuleRightsAnswer {
  /** What it grants on rules that other roles create. */
  newRules: {
    view: boolean;
    edit: boolean;
    delete: boolean;
  };
  /** `rule-seen-by-nobody:id` for rules that no role lets anybody see any more. */
  warnings?: string[] | undefined;
}

export interface ListDraftsAnswer {
  items: {
    id: string;
    name: string;
    author: UserId;
    createdAt: string;
    updatedAt: string;
    updatedBy: UserId;
    /** When it is deleted, unless somebody edits it before. */
    expiresAt: string;
    operations: number;
  }[];
  cursor?: string | undefined;
}

export interface PreviewDraftAnswer {
  dryRun: true;
  /** `nothing`: all is so already. */
  outcome: 'done' | 'nothing' | 'refused';
  /** The status that the request itself would be answered with. */
  status: number;
  answer?: SubmitChangeSetAnswer | undefined;
  etag?: string | undefined;
  /** Why it would be refused. */
  problem?: Problem | undefined;
  effect: Effect;
  /** Of a change set: submitted with it, it is refused if it would now do anything else. */
  digest?: string | undefined;
}

export interface RebaseDraftAnswer {
  conflicts: {
    /** Its place in the draft. */
    operation: number;
    /** `changed`, `gone`: what happened to the resource since the operation was added. `refused`: the operation would be refused, see `problem`. */
    why: 'changed' | 'gone' | 'refused';
    problem?: Problem | undefined;
  }[];
  /** Why the operations that would not be refused one by one would be refused together. */
  refused?: Problem | undefined;
  draft: CreateDraftAnswer;
}

export interface CheckAnswer {
  allowed: boolean;
  /** False while access-rights management is switched off. */
  enforced: boolean;
  reason: Reason;
  /** The permissions that gave the right, or that would have. */
  by: string[];
  user?: UserId | undefined;
  /** The ways that grant it, shortest first. */
  paths?: PermissionPath[] | undefined;
  /** The ways that grant the rights on the rule that it needs, shortest first. */
  rulePaths?: RightPath[] | undefined;
  /** Ways are left out: all would be larger than an answer. */
  more?: true | undefined;
  /** Present when the check names a session. A snapshot does not keep the ways by which a right is granted. */
  session?: {
    id: string;
    /** What decides the checks of the session: the rights kept at log-on (`snapshot`), or current data (`current`). */
    by: 'snapshot' | 'current';
    /** The version of the tenant's access rights by which the check was decided. */
    version: number;
    /** When that version was read. */
    at: string;
  } | undefined;
  /** The answer by current data, present when it differs. */
  current?: {
    allowed: boolean;
    reason: Reason;
  } | undefined;
  /** The version of the tenant's access rights that this is true of. */
  version: number;
  /** When that version was read. */
  asOf: string;
}

export interface CheckBatchAnswer {
  results: CheckResult[];
  /** The version of the tenant's access rights that this is true of. */
  version: number;
  /** When that version was read. */
  asOf: string;
}

export interface ListHoldersAnswer {
  items: Holder[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
}

export interface ExplainAnswer {
  allowed: boolean;
  /** False while access-rights management is switched off. */
  enforced: boolean;
  reason: Reason;
  /** The permissions that gave the right, or that would have. */
  by: string[];
  user?: UserId | undefined;
  /** The ways that grant it, shortest first. */
  paths?: PermissionPath[] | undefined;
  /** The ways that grant the rights on the rule that it needs, shortest first. */
  rulePaths?: RightPath[] | undefined;
  /** Ways are left out: all would be larger than an answer. */
  more?: true | undefined;
  /** The version of the tenant's access rights that this is true of. */
  version: number;
  /** When that version was read. */
  asOf: string;
  /** Every way from the user to each bit that is needed, whether or not rights are enforced. */
  graph: {
    nodes: {
      id: string;
      type: 'user' | 'group' | 'role' | 'bit';
      /** To those who manage access rights. */
      name?: string | undefined;
      /** Of a bit: permissions any of which would do. */
      permissions?: string[] | undefined;
      /** Of a bit: the right on the rule. */
      right?: string | undefined;
    }[];
    edges: {
      from: string;
      to: string;
      kind: 'roleMember' | 'roleGroup' | 'groupMember' | 'nestedGroup' | 'grants' | 'ruleRight';
      grants?: Grant[] | undefined;
    }[];
    /** There are more edges than those shown: at most 2,000, and 1 MB of them. */
    more: boolean;
  };
  /** For callers who manage access rights: a smallest set of memberships, nestings, grants and rights on the rule whose removal would end the right; exact up to 100. Absent when every such set is larger. */
  ending?: {
    removals: ({
      kind: 'roleMember';
      role: RoleId;
      user: UserId;
    } | {
      kind: 'roleGroup';
      role: RoleId;
      group: GroupId;
    } | {
      kind: 'groupMember';
      group: GroupId;
      user: UserId;
    } | {
      kind: 'nestedGroup';
      group: GroupId;
      parent: GroupId;
    } | {
      kind: 'ruleRight';
      role: RoleId;
      rule: RuleId;
      right: 'view' | 'edit' | 'delete';
    } | {
      kind: 'grant';
      via: 'personal' | RoleId;
      grant: Grant;
    })[];
    /** Why their removal would be refused. */
    refused?: Problem | undefined;
    /** Removals are left out because all of them would not fit an answer. */
    more?: true | undefined;
  } | undefined;
}

export interface CreateSnapshotTokenAnswer {
  /** A JWS of type holdfast-snapshot+jwt. The permission to manage access rights is never in it. */
  token: string;
  expiresAt: string;
}

export interface ListSessionsAnswer {
  items: Session[];
  cursor?: string | undefined;
}

/** A JSON Web Key Set (RFC 7517), which may be kept for five minutes: the keys of the last three days, the newest first. A new key is published ten minutes before it signs. When a token names another key, fetch the keys again. The set is empty until the first token is made. */
export interface GetJwksAnswer {
  keys: {
    kty: 'EC';
    crv: 'P-256';
    x: string;
    y: string;
    kid: string;
    alg: 'ES256';
    use: 'sig';
  }[];
}

export interface ListSourcesAnswer {
  items: Source[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
  /** How many match, on all pages together. */
  total: number;
}

export interface GetSourceAnswer {
  id: SourceId;
  name: string;
  kind: 'ldap' | 'active-directory' | 'file';
  /** False: synchronisation is switched off. */
  enabled: boolean;
  signIn?: {
    issuer: string;
    claim: string;
  } | undefined;
  groupClasses?: string[] | undefined;
  disabledMarkers?: {
    attribute: string;
    value: string;
  }[] | undefined;
  /** The only user, besides those who manage access rights, who may deliver. */
  client?: UserId | undefined;
  /** The losses beyond which a run is held. */
  guards: {
    deletions: {
      number: number;
      percent: number;
    };
    disablings: {
      number: number;
      percent: number;
    };
    removals: {
      number: number;
      percent: number;
    };
    groupRemovals: {
      number: number;
      percent: number;
    };
  };
  /** Absent when no run with a cursor has been applied yet. */
  sync?: {
    /** Where the next delta begins. */
    cursor?: string | undefined;
    /** The life of the directory's counter of changes. */
    epoch?: string | undefined;
    /** Why deltas are refused until a full run has been applied. */
    needsFull?: 'switched-on' | 'epoch-changed' | 'restored' | undefined;
    lastRun?: RunId | undefined;
    lastFullAt?: string | undefined;
    openRun?: RunId | undefined;
    heldRun?: RunId | undefined;
    /** What the runs of the last 24 hours have taken away. */
    losses: {
      at: string;
      deletions: number;
      groupDeletions?: number | undefined;
      managers?: number | undefined;
      disablings: number;
      removals: number;
    }[];
  } | undefined;
}

export interface PostDeltaAnswer {
  id: RunId;
  source: SourceId;
  state: 'open' | 'queued' | 'running' | 'held' | 'done' | 'failed' | 'abandoned' | 'rejected';
}

export interface GetRunAnswer {
  items: RunResult[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
  id: RunId;
  source: SourceId;
  kind: 'delta' | 'full' | 'restore';
  /** Of a restoration: the run that it undoes. */
  restores?: RunId | undefined;
  state: 'open' | 'queued' | 'running' | 'held' | 'done' | 'failed' | 'abandoned' | 'rejected';
  epoch?: string | undefined;
  baseCursor?: string | undefined;
  /** Of the source once the run is applied. */
  nextCursor?: string | undefined;
  planOnly?: true | undefined;
  /** Received so far; absent in a run of one file. */
  batches?: number | undefined;
  /** Of its content, unpacked. */
  bytes: number;
  /** Records of the file. */
  records: number;
  /** Objects that they are about: several records may be about one. */
  entries: number;
  /** Of entries, once the run has ended or is held; `ignored` are those that concern neither a user nor a group, and what a search prints among its entries. `parked` are groups some of whose members are not here yet; the rest of such an entry is applied. `stale` are entries of an older version than what is here. */
  counts: {
    applied: number;
    noop: number;
    rejected: number;
    ignored: number;
    stale?: number | undefined;
    parked?: number | undefined;
    held?: number | undefined;
  };
  createdAt: string;
  committedAt?: string | undefined;
  startedAt?: string | undefined;
  finishedAt?: string | undefined;
  /** Milliseconds from the start of its work to its end, or so far. */
  workMs?: number | undefined;
  /** Of a run that is being carried out: users and groups that have been planned, then steps that are over. */
  progress?: {
    phase: 'planning' | 'applying';
    done: number;
    of: number;
  } | undefined;
  /** What the run would do, once it has been planned. */
  plan?: {
    /** SHA-256 of all losses and of the numbers of gains, in hexadecimal digits. */
    digest: string;
    plannedAt: string;
    losses: {
      users: {
        count: number;
        /** How many there are of what is lost. */
        of?: number | undefined;
        percent?: number | undefined;
        /** `of` was counted no further: there are more. */
        more?: true | undefined;
      };
      groups: {
        count: number;
        /** How many there are of what is lost. */
        of?: number | undefined;
        percent?: number | undefined;
        /** `of` was counted no further: there are more. */
        more?: true | undefined;
      };
      disabled: {
        count: number;
        /** How many there are of what is lost. */
        of?: number | undefined;
        percent?: number | undefined;
        /** `of` was counted no further: there are more. */
        more?: true | undefined;
      };
      /** Of users and of groups, also those that end with their group. */
      memberships: {
        count: number;
        /** How many there are of what is lost. */
        of?: number | undefined;
        percent?: number | undefined;
        /** `of` was counted no further: there are more. */
        more?: true | undefined;
      };
      /** People who can no longer manage access rights. */
      accessManagers: {
        count: number;
        /** How many there are of what is lost. */
        of?: number | undefined;
        percent?: number | undefined;
        /** `of` was counted no further: there are more. */
        more?: true | undefined;
      };
    };
    gains: {
      users: number;
      groups: number;
      enabled: number;
      memberships: number;
      nestings: number;
    };
    /** The guards of the source that the plan trips, in sentences: why the run is held. */
    tripped?: string[] | undefined;
  } | undefined;
  /** Why the run failed. */
  code?: string | undefined;
  /** The run would have left nobody who can manage access rights, so one person stays as before: see the entry with the code `last-access-manager`. */
  accessManagerStays?: true | undefined;
  /** For who manages access rights, once it has ended: what its changes gave. */
  warnings?: Warnings | undefined;
}

export interface GetRunPlanAnswer {
  items: {
    loss: 'user-deleted' | 'user-disabled' | 'membership-ended' | 'group-deleted' | 'nesting-ended' | 'access-management-lost';
    user?: {
      id: UserId;
      name?: string | undefined;
    } | undefined;
    group?: {
      id: GroupId;
      name?: string | undefined;
    } | undefined;
    /** The group that loses this member. */
    from?: {
      id: GroupId;
      name?: string | undefined;
    } | undefined;
    /** Members that a deleted group has, or users within the group whom `from` loses with it. */
    members?: number | undefined;
    /** The line of the entry that asks for it. */
    line?: number | undefined;
    /** Why, when no entry says it literally: another object takes the name or the id (`displaced`), the object is deleted and created again (`renewed`), its primary group or login has changed, or a group ends or leaves another (`group`). */
    cause?: 'displaced' | 'renewed' | 'primary-group' | 'login' | 'group' | undefined;
  }[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
  run: RunId;
  source: SourceId;
  state: 'open' | 'queued' | 'running' | 'held' | 'done' | 'failed' | 'abandoned' | 'rejected';
  /** SHA-256 of all losses and of the numbers of gains, in hexadecimal digits. */
  digest: string;
  plannedAt: string;
  losses: {
    users: {
      count: number;
      /** How many there are of what is lost. */
      of?: number | undefined;
      percent?: number | undefined;
      /** `of` was counted no further: there are more. */
      more?: true | undefined;
    };
    groups: {
      count: number;
      /** How many there are of what is lost. */
      of?: number | undefined;
      percent?: number | undefined;
      /** `of` was counted no further: there are more. */
      more?: true | undefined;
    };
    disabled: {
      count: number;
      /** How many there are of what is lost. */
      of?: number | undefined;
      percent?: number | undefined;
      /** `of` was counted no further: there are more. */
      more?: true | undefined;
    };
    /** Of users and of groups, also those that end with their group. */
    memberships: {
      count: number;
      /** How many there are of what is lost. */
      of?: number | undefined;
      percent?: number | undefined;
      /** `of` was counted no further: there are more. */
      more?: true | undefined;
    };
    /** People who can no longer manage access rights. */
    accessManagers: {
      count: number;
      /** How many there are of what is lost. */
      of?: number | undefined;
      percent?: number | undefined;
      /** `of` was counted no further: there are more. */
      more?: true | undefined;
    };
  };
  gains: {
    users: number;
    groups: number;
    enabled: number;
    memberships: number;
    nestings: number;
  };
  /** The guards of the source that the plan trips, in sentences: why the run is held. */
  tripped?: string[] | undefined;
}

export interface ListRunsAnswer {
  items: ApproveRunAnswer[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
}

export interface PutBatchAnswer {
  number: number;
  entries: number;
  bytes: number;
  digest: string;
}

export interface ListEventsAnswer {
  items: AuditEvent[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
  /** Of the last page, oldest first: the `cursor` with which to ask later for what has come since. It starts a minute back, so that no event is missed that is written late; what comes twice has the same id. */
  resume?: string | undefined;
  /** Only the caller's own doings are told, because the caller may not read those of others. */
  ownOnly?: true | undefined;
}

export interface CountEventsAnswer {
  items: {
    /** In UTC. */
    day: string;
    action: 'tenant.created' | 'tenant.updated' | 'tenant.features.replaced' | 'tenant.state.changed' | 'recovery.requested' | 'recovery.approved' | 'recovery.cancelled' | 'recovery.completed' | 'tenant.purge.started' | 'tenant.purged' | 'tenant.restored' | 'user.created' | 'user.updated' | 'user.enabled' | 'user.disabled' | 'user.deleted' | 'user.restored' | 'user.erased' | 'user.invited' | 'user.bound' | 'user.unbound' | 'user.grants.replaced' | 'user.grant.removed' | 'user.groups.changed' | 'group.created' | 'group.updated' | 'group.deleted' | 'group.members.added' | 'group.members.removed' | 'group.members.awaited' | 'group.members.forgotten' | 'policy.created' | 'policy.updated' | 'policy.deleted' | 'role.created' | 'role.cloned' | 'role.updated' | 'role.deleted' | 'role.grants.replaced' | 'role.grant.added' | 'role.grant.removed' | 'role.members.added' | 'role.members.removed' | 'role.members.replaced' | 'role.rule-rights.changed' | 'rule.created' | 'rule.updated' | 'rule.deleted' | 'rule.moved' | 'rule.owner.changed' | 'rule.categories.replaced' | 'changes.submitted' | 'draft.created' | 'draft.updated' | 'draft.deleted' | 'draft.submitted' | 'session.started' | 'session.ended' | 'sessions.ended' | 'directory.source.created' | 'directory.source.updated' | 'directory.source.deleted' | 'directory.delta.received' | 'directory.run.opened' | 'directory.batch.received' | 'directory.run.committed' | 'directory.run.abandoned' | 'directory.run.held' | 'directory.run.approved' | 'directory.run.rejected' | 'directory.run.restored' | 'directory.groups.changed' | 'directory.object.updated' | 'directory.object.removed' | 'audit.settings.replaced' | 'swept' | 'tenant.read' | 'tenant.features.read' | 'tenants.listed' | 'tenant.inspected' | 'operator.events.listed' | 'catalogue.read' | 'me.read' | 'names.read' | 'users.listed' | 'user.read' | 'user.grants.read' | 'user.permissions.read' | 'user.roles.listed' | 'user.groups.listed' | 'groups.listed' | 'group.read' | 'group.members.listed' | 'policies.listed' | 'policy.read' | 'roles.listed' | 'role.read' | 'role.grants.read' | 'role.members.listed' | 'role.rule-rights.read' | 'rules.listed' | 'rule.read' | 'rule.owner.read' | 'rule.categories.read' | 'access.checked' | 'access.explained' | 'holders.listed' | 'drafts.listed' | 'draft.read' | 'draft.previewed' | 'sessions.listed' | 'session.token.created' | 'directory.sources.listed' | 'directory.source.read' | 'directory.run.read' | 'directory.runs.listed' | 'directory.run.plan.read' | 'events.listed' | 'event.read' | 'audit.settings.read' | 'events.counted' | 'checkpoints.listed' | 'event.proof.read' | 'consistency.proof.read' | 'audit.keys.read' | 'events.exported';
    outcome: 'done' | 'refused';
    /** Number of events. */
    events: number;
    /** The same with each that is counted in one event. */
    times: number;
  }[];
  /** There when not all has been read: add up what the answers say of the same day, action and outcome. */
  cursor?: string | undefined;
  /** The last days are left out, because all would be larger than an answer: ask for fewer days. */
  more?: true | undefined;
  /** Only the caller's own doings are told, because the caller may not read those of others. */
  ownOnly?: true | undefined;
}

export interface GetEventDifferenceAnswer {
  items: string[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
}

export interface ListCheckpointsAnswer {
  items: {
    /** How many events were sealed. */
    size: number;
    /** The root of the tree (RFC 9162, section 2.1.1) at that size. */
    root: string;
    at: string;
    /** A JWS of type `holdfast-checkpoint` that says the same, by a key of `GET /v1/audit/keys`. Keep one: whoever has it can tell later whether the audit is still the same. */
    jws: string;
  }[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
}

export interface GetEventProofAnswer {
  event: string;
  /** The number of the event among those that are sealed, from 1. */
  sequence: number;
  /** The size of the tree that the proof is for. */
  size: number;
  /** SHA-256 of a zero byte and the line. */
  leaf: string;
  /** The event as it was sealed; absent where it is larger than an answer. */
  line?: string | undefined;
  /** The inclusion proof (RFC 9162, section 2.1.3), the lowest hash first. */
  path: string[];
  /** The root of the tree (RFC 9162, section 2.1.1) at that size. */
  root: string;
  /** The signed checkpoint of that size. */
  checkpoint: string;
}

export interface GetConsistencyProofAnswer {
  from: number;
  to: number;
  /** The root of the tree (RFC 9162, section 2.1.1) at that size. */
  fromRoot: string;
  /** The root of the tree (RFC 9162, section 2.1.1) at that size. */
  toRoot: string;
  /** The proof that the larger tree begins with the smaller one (RFC 9162, section 2.1.4). */
  path: string[];
}

/** A JSON Web Key Set (RFC 7517) with every key that has ever signed checkpoints and manifests. Trust a key by a thumbprint that you have from elsewhere. */
export interface GetAuditKeysAnswer {
  keys: {
    kty: 'EC';
    crv: 'P-256';
    x: string;
    y: string;
    /** The thumbprint of the key (RFC 7638). */
    kid: string;
    alg: 'ES256';
    use: 'sig';
  }[];
}

export interface GetAuditSettingsAnswer {
  /** As it was last set; `null`: events are kept for ever. */
  retentionDays: number | null;
  legalHold: boolean;
  destination: {
    bucket: string;
    region: string;
    prefix?: string | undefined;
    roleArn: string;
  } | null;
  /** Of this tenant, always the same: the trust policy of the role of `destination` demands it as `sts:ExternalId`. */
  externalId: string;
  /** After a shortening: the retention that still counts, and until when. */
  notice?: {
    until: string;
    retentionDays: number | null;
  } | undefined;
  /** What became of writing to `destination`; absent without one. */
  destinationState?: {
    /** When files were last written there. */
    succeededAt?: string | undefined;
    /** Present while files cannot be written: why, since when, and when it was last tried. */
    failure?: {
      /** The name of the error of S3 or STS, such as `AccessDenied` or `NoSuchBucket`; `ExportDiffers`: a file stands there that is none of ours. */
      code: string;
      since: string;
      at: string;
    } | undefined;
  } | undefined;
}

export interface ListTenantsAnswer {
  items: TenantAccount[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
}

export interface CompleteRecoveryAnswer {
  user: UserId;
  /** For the person, by whatever way you trust. It is shown only now. */
  invitation: string;
  expiresAt: string;
}

export interface ListOperatorEventsAnswer {
  items: AuditEvent[];
  /** Where the next page starts; absent on the last one. A page may be short, or empty. */
  cursor?: string | undefined;
}

export interface GetHealthAnswer {
  status: 'up';
}

export interface GetReadinessAnswer {
  status: 'ready';
}

export interface GetOpenApiAnswer {
  openapi: string;
  info: {
    title: string;
    version: string;
    [name: string]: unknown;
  };
  [name: string]: unknown;
}

/** Every operation: its request and its answer. */
export interface Operations {
  /** Create a tenant with its first user, who manages access rights. */
  readonly createTenant: {
    method: 'POST';
    path: '/v1/tenants';
    writes: true;
    idempotent: true;
    request: {
      body: CreateTenantRequest;
    };
    answer: CreateTenantAnswer;
  };
  /** The tenant: settings, quotas and their use, who manages access rights. */
  readonly getTenant: {
    method: 'GET';
    path: '/v1/tenant';
    etag: 'given';
    request: object;
    answer: Tenant;
  };
  /** Change settings: the switch, when changes take effect, the administrators group. */
  readonly updateTenant: {
    method: 'PATCH';
    path: '/v1/tenant';
    writes: true;
    etag: 'accepted';
    request: {
      body?: UpdateTenantRequest;
    };
    answer: UpdateTenantAnswer;
  };
  /** Set the features that a tenant has. */
  readonly putFeatures: {
    method: 'PUT';
    path: '/v1/tenants/{tenantId}/features';
    writes: true;
    etag: 'required';
    request: {
      params: {
        tenantId: TenantId;
      };
      body: PutFeaturesRequest;
    };
    answer: Features;
  };
  /** The features that a tenant has, and those it could have. */
  readonly getFeatures: {
    method: 'GET';
    path: '/v1/tenants/{tenantId}/features';
    etag: 'given';
    request: {
      params: {
        tenantId: TenantId;
      };
      query?: {
        /** Of the texts, such as `fr` or `fr-CA`. What is missing in it is in English. */
        language?: string | undefined;
      };
    };
    answer: GetFeaturesAnswer;
  };
  /** The permissions and abilities of the product, as far as the caller may see them. */
  readonly getCatalogue: {
    method: 'GET';
    path: '/v1/catalogue';
    request: {
      query?: {
        /** Of the texts, such as `fr` or `fr-CA`. What is missing in it is in English. */
        language?: string | undefined;
      };
    };
    answer: Catalogue;
  };
  /** The names of up to 100 things by their ids, of those that the caller may see. */
  readonly getNames: {
    method: 'POST';
    path: '/v1/names';
    request: {
      body: GetNamesRequest;
    };
    answer: GetNamesAnswer;
  };
  /** List users in the order of their names. */
  readonly listUsers: {
    method: 'GET';
    path: '/v1/users';
    request: {
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
        /** Beginning of the name, in any case. */
        name?: string | undefined;
        /** Beginnings of words of name, login or mail, in any case and order; every one must match. What follows an @ is the beginning of the domain, and needs a word beside it. The list is in the order of the words found, then of the names. */
        search?: string | undefined;
        state?: 'active' | 'disabled' | undefined;
        source?: string | undefined;
        kind?: 'person' | 'machine' | undefined;
        /** List the users who were deleted in the last 30 days, and can be restored. */
        deleted?: 'true' | 'false' | undefined;
      };
    };
    answer: ListUsersAnswer;
  };
  /** Create a person or a machine client. */
  readonly createUser: {
    method: 'POST';
    path: '/v1/users';
    writes: true;
    idempotent: true;
    etag: 'given';
    request: {
      body: CreateUserRequest;
    };
    answer: CreateUserAnswer;
  };
  /** One user. */
  readonly getUser: {
    method: 'GET';
    path: '/v1/users/{userId}';
    etag: 'given';
    request: {
      params: {
        userId: UserId;
      };
    };
    answer: GetUserAnswer;
  };
  /** Change the profile or the external id, enable or disable. */
  readonly updateUser: {
    method: 'PATCH';
    path: '/v1/users/{userId}';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        userId: UserId;
      };
      body?: UpdateUserRequest;
    };
    answer: UpdateUserAnswer;
  };
  /** Delete a user. */
  readonly deleteUser: {
    method: 'DELETE';
    path: '/v1/users/{userId}';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        userId: UserId;
      };
    };
    answer: undefined;
  };
  /** Bring back a user who was deleted in the last 30 days, as far as it could be given today. */
  readonly restoreUser: {
    method: 'POST';
    path: '/v1/users/{userId}/restore';
    writes: true;
    idempotent: true;
    etag: 'given';
    request: {
      params: {
        userId: UserId;
      };
    };
    answer: RestoreUserAnswer;
  };
  /** Erase a deleted person: every value of the person goes, and events say where values were. */
  readonly eraseUser: {
    method: 'POST';
    path: '/v1/users/{userId}/erasure';
    writes: true;
    idempotent: true;
    request: {
      params: {
        userId: UserId;
      };
    };
    answer: EraseUserAnswer;
  };
  /** Make a single-use invitation by which the person or the client binds a sign-in identity. */
  readonly inviteUser: {
    method: 'POST';
    path: '/v1/users/{userId}/invitation';
    writes: true;
    idempotent: true;
    request: {
      params: {
        userId: UserId;
      };
    };
    answer: InviteUserAnswer;
  };
  /** Bind the identity of the token to the user who was invited. */
  readonly acceptInvitation: {
    method: 'POST';
    path: '/v1/invitations/accept';
    writes: true;
    etag: 'given';
    request: {
      body: AcceptInvitationRequest;
    };
    answer: AcceptInvitationAnswer;
  };
  /** Take the sign-in identity away: the user must be invited again. */
  readonly unbindUser: {
    method: 'DELETE';
    path: '/v1/users/{userId}/identity';
    writes: true;
    request: {
      params: {
        userId: UserId;
      };
    };
    answer: undefined;
  };
  /** The user's own grants, as far as the caller may see them. */
  readonly getUserGrants: {
    method: 'GET';
    path: '/v1/users/{userId}/grants';
    etag: 'given';
    request: {
      params: {
        userId: UserId;
      };
    };
    answer: Grants;
  };
  /** Replace the user's own grants, as far as the caller may see them. */
  readonly putUserGrants: {
    method: 'PUT';
    path: '/v1/users/{userId}/grants';
    writes: true;
    etag: 'required';
    request: {
      params: {
        userId: UserId;
      };
      body: PutUserGrantsRequest;
    };
    answer: Grants;
  };
  /** Take a permission from the user's own grants, as far as the caller may see them: wholly, or for one policy, action type or rule type. */
  readonly removeUserGrant: {
    method: 'DELETE';
    path: '/v1/users/{userId}/grants/{permission}';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        userId: UserId;
        permission: string;
      };
      query?: {
        policy?: PolicyId | undefined;
        actionType?: string | undefined;
        ruleType?: string | undefined;
        /** `true` also takes a permission that is held through a wider grant: grants of everything else that the wider grant gives now take its place. They do not include permissions, policies and types that are added later, nor permissions that require the removed one or that only the wider grant allowed. */
        expand?: 'true' | 'false' | undefined;
      };
    };
    answer: Grants;
  };
  /** Everything a user holds, each with the ways that grant it. */
  readonly getEffectivePermissions: {
    method: 'GET';
    path: '/v1/users/{userId}/effective-permissions';
    request: {
      params: {
        userId: UserId;
      };
      query?: {
        /** Only this permission. */
        explain?: string | undefined;
        /** The most items that a page has; without it, as many as 4 MB hold. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
      };
    };
    answer: GetEffectivePermissionsAnswer;
  };
  /** Every role of a user, direct or through groups, in the order of their names. */
  readonly listUserRoles: {
    method: 'GET';
    path: '/v1/users/{userId}/roles';
    request: {
      params: {
        userId: UserId;
      };
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
        /** Part of the name, in any case. */
        search?: string | undefined;
      };
    };
    answer: ListUserRolesAnswer;
  };
  /** Every group that a user is in, direct or through others, in the order of their names. */
  readonly listUserGroups: {
    method: 'GET';
    path: '/v1/users/{userId}/groups';
    request: {
      params: {
        userId: UserId;
      };
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
        /** Part of the name, in any case. */
        search?: string | undefined;
      };
    };
    answer: ListUserGroupsAnswer;
  };
  /** The caller: user, tenant, what the caller holds, and the operations that this opens. */
  readonly getMe: {
    method: 'GET';
    path: '/v1/me';
    request: object;
    answer: Me;
  };
  /** List directory groups in the order of their names. */
  readonly listGroups: {
    method: 'GET';
    path: '/v1/groups';
    request: {
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
        /** Part of the name, in any case. */
        search?: string | undefined;
        /** Beginning of the name, in any case. */
        name?: string | undefined;
      };
    };
    answer: ListGroupsAnswer;
  };
  /** One group, with the groups it is in and the roles it has. */
  readonly getGroup: {
    method: 'GET';
    path: '/v1/groups/{groupId}';
    etag: 'given';
    request: {
      params: {
        groupId: GroupId;
      };
    };
    answer: GroupWithRoles;
  };
  /** Let the directory decide, or no longer, who manages access rights through this group. */
  readonly updateGroup: {
    method: 'PATCH';
    path: '/v1/groups/{groupId}';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        groupId: GroupId;
      };
      body: UpdateGroupRequest;
    };
    answer: GroupWithRoles;
  };
  /** Delete a group whose directory is no longer connected. */
  readonly deleteGroup: {
    method: 'DELETE';
    path: '/v1/groups/{groupId}';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        groupId: GroupId;
      };
    };
    answer: undefined;
  };
  /** Members of a group: direct ones, or all of any depth. */
  readonly listGroupMembers: {
    method: 'GET';
    path: '/v1/groups/{groupId}/members';
    request: {
      params: {
        groupId: GroupId;
      };
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
        effective?: 'true' | 'false' | undefined;
      };
    };
    answer: ListGroupMembersAnswer;
  };
  /** Put users into a group by hand, whatever its directory says. */
  readonly addGroupMembers: {
    method: 'POST';
    path: '/v1/groups/{groupId}/members';
    writes: true;
    idempotent: true;
    request: {
      params: {
        groupId: GroupId;
      };
      body: AddGroupMembersRequest;
    };
    answer: AddGroupMembersAnswer;
  };
  /** End memberships by hand; whom the directory lists stays a member. */
  readonly removeGroupMembers: {
    method: 'POST';
    path: '/v1/groups/{groupId}/members/remove';
    writes: true;
    idempotent: true;
    request: {
      params: {
        groupId: GroupId;
      };
      body: AddGroupMembersRequest;
    };
    answer: AddGroupMembersAnswer;
  };
  /** List the policies that the caller may see. */
  readonly listPolicies: {
    method: 'GET';
    path: '/v1/policies';
    request: {
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
        /** Part of the name, in any case. */
        search?: string | undefined;
      };
    };
    answer: ListPoliciesAnswer;
  };
  /** Create a policy. */
  readonly createPolicy: {
    method: 'POST';
    path: '/v1/policies';
    writes: true;
    idempotent: true;
    etag: 'given';
    request: {
      body: CreatePolicyRequest;
    };
    answer: Policy;
  };
  /** One policy. */
  readonly getPolicy: {
    method: 'GET';
    path: '/v1/policies/{policyId}';
    etag: 'given';
    request: {
      params: {
        policyId: PolicyId;
      };
    };
    answer: Policy;
  };
  /** Rename or describe a policy. */
  readonly updatePolicy: {
    method: 'PATCH';
    path: '/v1/policies/{policyId}';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        policyId: PolicyId;
      };
      body?: UpdatePolicyRequest;
    };
    answer: Policy;
  };
  /** Delete a policy; grants limited to it give nothing from then on. */
  readonly deletePolicy: {
    method: 'DELETE';
    path: '/v1/policies/{policyId}';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        policyId: PolicyId;
      };
    };
    answer: undefined;
  };
  /** Create a role; it has no permission yet. */
  readonly createRole: {
    method: 'POST';
    path: '/v1/roles';
    writes: true;
    idempotent: true;
    etag: 'given';
    request: {
      body: CreateRoleRequest;
    };
    answer: Role;
  };
  /** List roles in the order of their names, with the number of direct members. */
  readonly listRoles: {
    method: 'GET';
    path: '/v1/roles';
    request: {
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
        /** Part of the name, in any case. */
        search?: string | undefined;
      };
    };
    answer: ListRolesAnswer;
  };
  /** One role. */
  readonly getRole: {
    method: 'GET';
    path: '/v1/roles/{roleId}';
    etag: 'given';
    request: {
      params: {
        roleId: RoleId;
      };
    };
    answer: Role;
  };
  /** Rename or describe a role. */
  readonly updateRole: {
    method: 'PATCH';
    path: '/v1/roles/{roleId}';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        roleId: RoleId;
      };
      body?: UpdateRoleRequest;
    };
    answer: Role;
  };
  /** Delete a role; its rules pass to another one, or belong to none. */
  readonly deleteRole: {
    method: 'DELETE';
    path: '/v1/roles/{roleId}';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        roleId: RoleId;
      };
      query?: {
        /** The role that its rules pass to. */
        newOwner?: RoleId | undefined;
      };
    };
    answer: undefined;
  };
  /** Copy a role: its grants and rule rights, not its members. */
  readonly cloneRole: {
    method: 'POST';
    path: '/v1/roles/{roleId}/clone';
    writes: true;
    idempotent: true;
    etag: 'given';
    request: {
      params: {
        roleId: RoleId;
      };
      body: CloneRoleRequest;
    };
    answer: Role;
  };
  /** What a role grants. */
  readonly getRoleGrants: {
    method: 'GET';
    path: '/v1/roles/{roleId}/grants';
    etag: 'given';
    request: {
      params: {
        roleId: RoleId;
      };
    };
    answer: Grants;
  };
  /** Replace what a role grants. */
  readonly putRoleGrants: {
    method: 'PUT';
    path: '/v1/roles/{roleId}/grants';
    writes: true;
    etag: 'required';
    request: {
      params: {
        roleId: RoleId;
      };
      body: PutRoleGrantsRequest;
    };
    answer: Grants;
  };
  /** Add one grant to a role. */
  readonly addRoleGrant: {
    method: 'POST';
    path: '/v1/roles/{roleId}/grants';
    writes: true;
    idempotent: true;
    etag: 'accepted';
    request: {
      params: {
        roleId: RoleId;
      };
      body: Grant;
    };
    answer: Grants;
  };
  /** Take a permission from a role: wholly, or for one policy, action type or rule type. */
  readonly removeRoleGrant: {
    method: 'DELETE';
    path: '/v1/roles/{roleId}/grants/{permission}';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        roleId: RoleId;
        permission: string;
      };
      query?: {
        policy?: PolicyId | undefined;
        actionType?: string | undefined;
        ruleType?: string | undefined;
        /** `true` also takes a permission that is held through a wider grant: grants of everything else that the wider grant gives now take its place. They do not include permissions, policies and types that are added later, nor permissions that require the removed one or that only the wider grant allowed. */
        expand?: 'true' | 'false' | undefined;
      };
    };
    answer: Grants;
  };
  /** Direct members of a role: groups first, then users. */
  readonly listRoleMembers: {
    method: 'GET';
    path: '/v1/roles/{roleId}/members';
    etag: 'given';
    request: {
      params: {
        roleId: RoleId;
      };
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
      };
    };
    answer: ListRoleMembersAnswer;
  };
  /** Add users and groups to a role. */
  readonly addRoleMembers: {
    method: 'POST';
    path: '/v1/roles/{roleId}/members';
    writes: true;
    idempotent: true;
    etag: 'accepted';
    request: {
      params: {
        roleId: RoleId;
      };
      body: AddRoleMembersRequest;
    };
    answer: AddRoleMembersAnswer;
  };
  /** Remove users and groups from a role. */
  readonly removeRoleMembers: {
    method: 'POST';
    path: '/v1/roles/{roleId}/members/remove';
    writes: true;
    idempotent: true;
    etag: 'accepted';
    request: {
      params: {
        roleId: RoleId;
      };
      body: RemoveRoleMembersRequest;
    };
    answer: RemoveRoleMembersAnswer;
  };
  /** Replace the members of a role, up to 5,000, at once. */
  readonly replaceRoleMembers: {
    method: 'PUT';
    path: '/v1/roles/{roleId}/members';
    writes: true;
    etag: 'required';
    request: {
      params: {
        roleId: RoleId;
      };
      body: ReplaceRoleMembersRequest;
    };
    answer: AddRoleMembersAnswer;
  };
  /** List the rules that the caller sees, in their order or by name. */
  readonly listRules: {
    method: 'GET';
    path: '/v1/rules';
    request: {
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
        /** Sorting never changes the order. */
        sort?: 'order' | 'name' | undefined;
        /** Beginning of the name, in any case; sorts by name. */
        name?: string | undefined;
        type?: string | undefined;
        category?: CategoryId | undefined;
      };
    };
    answer: ListRulesAnswer;
  };
  /** Create a rule with its whole content; it comes last, and a role of the caller owns it. */
  readonly createRule: {
    method: 'POST';
    path: '/v1/rules';
    writes: true;
    idempotent: true;
    etag: 'given';
    request: {
      body: CreateRuleRequest;
    };
    answer: Rule;
  };
  /** One rule, and what the caller may do to it. */
  readonly getRule: {
    method: 'GET';
    path: '/v1/rules/{ruleId}';
    etag: 'given';
    request: {
      params: {
        ruleId: RuleId;
      };
    };
    answer: Rule;
  };
  /** Change sections of a rule: each that is named needs its own right, and Edit on the rule. */
  readonly updateRule: {
    method: 'PATCH';
    path: '/v1/rules/{ruleId}';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        ruleId: RuleId;
      };
      body?: UpdateRuleRequest;
    };
    answer: Rule;
  };
  /** Delete a rule: needs Delete on it. */
  readonly deleteRule: {
    method: 'DELETE';
    path: '/v1/rules/{ruleId}';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        ruleId: RuleId;
      };
    };
    answer: undefined;
  };
  /** Change the place of a rule in the order of rules. */
  readonly moveRule: {
    method: 'POST';
    path: '/v1/rules/{ruleId}/move';
    writes: true;
    idempotent: true;
    etag: 'accepted';
    request: {
      params: {
        ruleId: RuleId;
      };
      body?: MoveRuleRequest;
    };
    answer: Rule;
  };
  /** Add an action at the end of the actions of a rule. */
  readonly addAction: {
    method: 'POST';
    path: '/v1/rules/{ruleId}/actions';
    writes: true;
    idempotent: true;
    etag: 'accepted';
    request: {
      params: {
        ruleId: RuleId;
      };
      body: AddActionRequest;
    };
    answer: Rule;
  };
  /** Change the properties of an action. */
  readonly updateAction: {
    method: 'PATCH';
    path: '/v1/rules/{ruleId}/actions/{actionId}';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        ruleId: RuleId;
        actionId: ActionId;
      };
      body: UpdateActionRequest;
    };
    answer: Rule;
  };
  /** Delete an action of a rule. */
  readonly deleteAction: {
    method: 'DELETE';
    path: '/v1/rules/{ruleId}/actions/{actionId}';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        ruleId: RuleId;
        actionId: ActionId;
      };
    };
    answer: Rule;
  };
  /** Move an action up or down: needs every right on the actions of every rule. */
  readonly moveAction: {
    method: 'POST';
    path: '/v1/rules/{ruleId}/actions/{actionId}/move';
    writes: true;
    idempotent: true;
    etag: 'accepted';
    request: {
      params: {
        ruleId: RuleId;
        actionId: ActionId;
      };
      body?: MoveActionRequest;
    };
    answer: Rule;
  };
  /** The role that owns a rule, if one does. */
  readonly getRuleOwner: {
    method: 'GET';
    path: '/v1/rules/{ruleId}/owner';
    etag: 'given';
    request: {
      params: {
        ruleId: RuleId;
      };
    };
    answer: RuleOwner;
  };
  /** Give a rule to another role, or to none. */
  readonly putRuleOwner: {
    method: 'PUT';
    path: '/v1/rules/{ruleId}/owner';
    writes: true;
    etag: 'required';
    request: {
      params: {
        ruleId: RuleId;
      };
      body: PutRuleOwnerRequest;
    };
    answer: RuleOwner;
  };
  /** The categories of rules. */
  readonly getCategories: {
    method: 'GET';
    path: '/v1/rule-categories';
    etag: 'given';
    request: object;
    answer: RuleCategories;
  };
  /** Replace the categories of rules; those with an id stay, renamed perhaps. */
  readonly putCategories: {
    method: 'PUT';
    path: '/v1/rule-categories';
    writes: true;
    etag: 'required';
    request: {
      body: PutCategoriesRequest;
    };
    answer: RuleCategories;
  };
  /** What a role grants on every rule, in the order of rules or by name. */
  readonly getRuleRights: {
    method: 'GET';
    path: '/v1/roles/{roleId}/rule-rights';
    etag: 'given';
    request: {
      params: {
        roleId: RoleId;
      };
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
        /** Sorting never changes the order. */
        sort?: 'order' | 'name' | undefined;
      };
    };
    answer: RuleRights;
  };
  /** Set what a role grants on new rules, on all rules at once, and on single ones; the rest stays. */
  readonly putRuleRights: {
    method: 'PUT';
    path: '/v1/roles/{roleId}/rule-rights';
    writes: true;
    etag: 'required';
    request: {
      params: {
        roleId: RoleId;
      };
      body?: PutRuleRightsRequest;
    };
    answer: PutRuleRightsAnswer;
  };
  /** Carry out several operations as one, or none of them. */
  readonly submitChangeSet: {
    method: 'POST';
    path: '/v1/change-sets';
    writes: true;
    idempotent: true;
    request: {
      body: SubmitChangeSetRequest;
    };
    answer: SubmitChangeSetAnswer;
  };
  /** Gather operations to submit later; none of them takes effect before. */
  readonly createDraft: {
    method: 'POST';
    path: '/v1/drafts';
    writes: true;
    idempotent: true;
    etag: 'given';
    request: {
      body: CreateDraftRequest;
    };
    answer: CreateDraftAnswer;
  };
  /** List the own drafts; who manages access rights sees all. */
  readonly listDrafts: {
    method: 'GET';
    path: '/v1/drafts';
    request: {
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
      };
    };
    answer: ListDraftsAnswer;
  };
  /** One draft. */
  readonly getDraft: {
    method: 'GET';
    path: '/v1/drafts/{draftId}';
    etag: 'given';
    request: {
      params: {
        draftId: string;
      };
    };
    answer: CreateDraftAnswer;
  };
  /** Replace the operations of a draft. */
  readonly putDraft: {
    method: 'PUT';
    path: '/v1/drafts/{draftId}';
    writes: true;
    etag: 'required';
    request: {
      params: {
        draftId: string;
      };
      body: CreateDraftRequest;
    };
    answer: CreateDraftAnswer;
  };
  /** Throw a draft away. */
  readonly deleteDraft: {
    method: 'DELETE';
    path: '/v1/drafts/{draftId}';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        draftId: string;
      };
    };
    answer: undefined;
  };
  /** What submitting the draft would do now. */
  readonly previewDraft: {
    method: 'POST';
    path: '/v1/drafts/{draftId}/preview';
    request: {
      params: {
        draftId: string;
      };
    };
    answer: PreviewDraftAnswer;
  };
  /** Find the conflicts of a draft with the present state, operation by operation; with `refresh`, accept that state. */
  readonly rebaseDraft: {
    method: 'POST';
    path: '/v1/drafts/{draftId}/rebase';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        draftId: string;
      };
      body?: RebaseDraftRequest;
    };
    answer: RebaseDraftAnswer;
  };
  /** Carry out a draft as one change set, by the rights of the caller. */
  readonly submitDraft: {
    method: 'POST';
    path: '/v1/drafts/{draftId}/submit';
    writes: true;
    idempotent: true;
    etag: 'spent';
    request: {
      params: {
        draftId: string;
      };
      body?: SubmitDraftRequest;
    };
    answer: SubmitChangeSetAnswer;
  };
  /** May this user do this?. */
  readonly check: {
    method: 'POST';
    path: '/v1/check';
    request: {
      body?: CheckRequest;
    };
    answer: CheckAnswer;
  };
  /** Up to 100 questions at once, answered on one state of the tenant. */
  readonly checkBatch: {
    method: 'POST';
    path: '/v1/check/batch';
    request: {
      body: CheckBatchRequest;
    };
    answer: CheckBatchAnswer;
  };
  /** Who holds a permission. */
  readonly listHolders: {
    method: 'POST';
    path: '/v1/holders';
    request: {
      body?: ListHoldersRequest;
    };
    answer: ListHoldersAnswer;
  };
  /** Every way by which a user may do this, and what would end it. */
  readonly explain: {
    method: 'POST';
    path: '/v1/explain';
    request: {
      body?: CheckItem;
    };
    answer: ExplainAnswer;
  };
  /** Log on: begin a session that keeps the rights of now, or follows them. */
  readonly createSession: {
    method: 'POST';
    path: '/v1/sessions';
    writes: true;
    idempotent: true;
    request: {
      body?: CreateSessionRequest;
    };
    answer: Session;
  };
  /** Log off: end a session. */
  readonly endSession: {
    method: 'DELETE';
    path: '/v1/sessions/{sessionId}';
    writes: true;
    request: {
      params: {
        sessionId: string;
      };
    };
    answer: undefined;
  };
  /** What a session has kept as a signed token, to decide by offline for up to five minutes. */
  readonly createSnapshotToken: {
    method: 'POST';
    path: '/v1/sessions/{sessionId}/token';
    request: {
      params: {
        sessionId: string;
      };
    };
    answer: CreateSnapshotTokenAnswer;
  };
  /** List the open sessions of a user. */
  readonly listSessions: {
    method: 'GET';
    path: '/v1/users/{userId}/sessions';
    request: {
      params: {
        userId: UserId;
      };
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
      };
    };
    answer: ListSessionsAnswer;
  };
  /** End all sessions of a user. */
  readonly endSessions: {
    method: 'DELETE';
    path: '/v1/users/{userId}/sessions';
    writes: true;
    request: {
      params: {
        userId: UserId;
      };
    };
    answer: undefined;
  };
  /** The public keys by which snapshot tokens are checked. */
  readonly getJwks: {
    method: 'GET';
    path: '/v1/jwks';
    request: object;
    answer: GetJwksAnswer;
  };
  /** Connect a directory. */
  readonly createSource: {
    method: 'POST';
    path: '/v1/directory/sources';
    writes: true;
    idempotent: true;
    etag: 'given';
    request: {
      body: CreateSourceRequest;
    };
    answer: Source;
  };
  /** List the directories that are connected. */
  readonly listSources: {
    method: 'GET';
    path: '/v1/directory/sources';
    request: {
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
        /** Part of the name, in any case. */
        search?: string | undefined;
      };
    };
    answer: ListSourcesAnswer;
  };
  /** One directory, and how far it is synchronised. */
  readonly getSource: {
    method: 'GET';
    path: '/v1/directory/sources/{sourceId}';
    etag: 'given';
    request: {
      params: {
        sourceId: SourceId;
      };
    };
    answer: GetSourceAnswer;
  };
  /** Change the settings of a directory, or switch its synchronisation off and on. */
  readonly updateSource: {
    method: 'PATCH';
    path: '/v1/directory/sources/{sourceId}';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        sourceId: SourceId;
      };
      body?: UpdateSourceRequest;
    };
    answer: Source;
  };
  /** Disconnect a directory; its users and groups stay and are local from then on, and who has not signed in by its claim yet cannot any more. */
  readonly deleteSource: {
    method: 'DELETE';
    path: '/v1/directory/sources/{sourceId}';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        sourceId: SourceId;
      };
    };
    answer: undefined;
  };
  /** Take in one file: LDIF (RFC 2849), or entries one a line (NDJSON). */
  readonly postDelta: {
    method: 'POST';
    path: '/v1/directory/sources/{sourceId}/deltas';
    writes: true;
    idempotent: true;
    request: {
      params: {
        sourceId: SourceId;
      };
      query?: {
        kind?: 'delta' | 'full' | undefined;
        epoch?: string | undefined;
        baseCursor?: string | undefined;
        /** Of the source once the run is applied. */
        cursor?: string | undefined;
      };
      body: string;
    };
    answer: PostDeltaAnswer;
  };
  /** How far a run has come, and what became of each entry. */
  readonly getRun: {
    method: 'GET';
    path: '/v1/directory/runs/{runId}';
    request: {
      params: {
        runId: RunId;
      };
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
        result?: 'applied' | 'noop' | 'stale' | 'parked' | 'ignored' | 'rejected' | 'held' | undefined;
      };
    };
    answer: GetRunAnswer;
  };
  /** What a run would take away: who loses what, and how much that is of all there is. */
  readonly getRunPlan: {
    method: 'GET';
    path: '/v1/directory/runs/{runId}/plan';
    request: {
      params: {
        runId: RunId;
      };
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
      };
    };
    answer: GetRunPlanAnswer;
  };
  /** Let a held run go on, if its plan is still the one that was looked at. */
  readonly approveRun: {
    method: 'POST';
    path: '/v1/directory/runs/{runId}/approve';
    writes: true;
    request: {
      params: {
        runId: RunId;
      };
      body: ApproveRunRequest;
    };
    answer: ApproveRunAnswer;
  };
  /** End a held run: nothing of it is carried out. */
  readonly rejectRun: {
    method: 'POST';
    path: '/v1/directory/runs/{runId}/reject';
    writes: true;
    request: {
      params: {
        runId: RunId;
      };
    };
    answer: ApproveRunAnswer;
  };
  /** Open a run, whose content comes in batches. */
  readonly openRun: {
    method: 'POST';
    path: '/v1/directory/sources/{sourceId}/runs';
    writes: true;
    idempotent: true;
    request: {
      params: {
        sourceId: SourceId;
      };
      body: OpenRunRequest;
    };
    answer: ApproveRunAnswer;
  };
  /** The runs of a source, the newest first. */
  readonly listRuns: {
    method: 'GET';
    path: '/v1/directory/sources/{sourceId}/runs';
    request: {
      params: {
        sourceId: SourceId;
      };
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
      };
    };
    answer: ListRunsAnswer;
  };
  /** Put one batch of a run: entries one a line (NDJSON), or LDIF. */
  readonly putBatch: {
    method: 'PUT';
    path: '/v1/directory/runs/{runId}/batches/{number}';
    writes: true;
    request: {
      params: {
        runId: RunId;
        /** From 1 on, without gaps. The same batch may be put again. */
        number: string;
      };
      body: string;
    };
    answer: PutBatchAnswer;
  };
  /** Commit a run: all of its content was received. */
  readonly commitRun: {
    method: 'POST';
    path: '/v1/directory/runs/{runId}/commit';
    writes: true;
    request: {
      params: {
        runId: RunId;
      };
      body: CommitRunRequest;
    };
    answer: ApproveRunAnswer;
  };
  /** Give up an open run; nothing of it is applied. */
  readonly abandonRun: {
    method: 'POST';
    path: '/v1/directory/runs/{runId}/abandon';
    writes: true;
    request: {
      params: {
        runId: RunId;
      };
    };
    answer: ApproveRunAnswer;
  };
  /** Put back what a run of the last 30 days took away; what it gave stays. The source needs a full run then. */
  readonly restoreRun: {
    method: 'POST';
    path: '/v1/directory/runs/{runId}/restore';
    writes: true;
    idempotent: true;
    request: {
      params: {
        runId: RunId;
      };
    };
    answer: ApproveRunAnswer;
  };
  /** Audit events, newest or oldest first. */
  readonly listEvents: {
    method: 'GET';
    path: '/v1/audit/events';
    request: {
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
        from?: string | undefined;
        to?: string | undefined;
        actor?: string | undefined;
        target?: string | undefined;
        action?: 'tenant.created' | 'tenant.updated' | 'tenant.features.replaced' | 'tenant.state.changed' | 'recovery.requested' | 'recovery.approved' | 'recovery.cancelled' | 'recovery.completed' | 'tenant.purge.started' | 'tenant.purged' | 'tenant.restored' | 'user.created' | 'user.updated' | 'user.enabled' | 'user.disabled' | 'user.deleted' | 'user.restored' | 'user.erased' | 'user.invited' | 'user.bound' | 'user.unbound' | 'user.grants.replaced' | 'user.grant.removed' | 'user.groups.changed' | 'group.created' | 'group.updated' | 'group.deleted' | 'group.members.added' | 'group.members.removed' | 'group.members.awaited' | 'group.members.forgotten' | 'policy.created' | 'policy.updated' | 'policy.deleted' | 'role.created' | 'role.cloned' | 'role.updated' | 'role.deleted' | 'role.grants.replaced' | 'role.grant.added' | 'role.grant.removed' | 'role.members.added' | 'role.members.removed' | 'role.members.replaced' | 'role.rule-rights.changed' | 'rule.created' | 'rule.updated' | 'rule.deleted' | 'rule.moved' | 'rule.owner.changed' | 'rule.categories.replaced' | 'changes.submitted' | 'draft.created' | 'draft.updated' | 'draft.deleted' | 'draft.submitted' | 'session.started' | 'session.ended' | 'sessions.ended' | 'directory.source.created' | 'directory.source.updated' | 'directory.source.deleted' | 'directory.delta.received' | 'directory.run.opened' | 'directory.batch.received' | 'directory.run.committed' | 'directory.run.abandoned' | 'directory.run.held' | 'directory.run.approved' | 'directory.run.rejected' | 'directory.run.restored' | 'directory.groups.changed' | 'directory.object.updated' | 'directory.object.removed' | 'audit.settings.replaced' | 'swept' | 'tenant.read' | 'tenant.features.read' | 'tenants.listed' | 'tenant.inspected' | 'operator.events.listed' | 'catalogue.read' | 'me.read' | 'names.read' | 'users.listed' | 'user.read' | 'user.grants.read' | 'user.permissions.read' | 'user.roles.listed' | 'user.groups.listed' | 'groups.listed' | 'group.read' | 'group.members.listed' | 'policies.listed' | 'policy.read' | 'roles.listed' | 'role.read' | 'role.grants.read' | 'role.members.listed' | 'role.rule-rights.read' | 'rules.listed' | 'rule.read' | 'rule.owner.read' | 'rule.categories.read' | 'access.checked' | 'access.explained' | 'holders.listed' | 'drafts.listed' | 'draft.read' | 'draft.previewed' | 'sessions.listed' | 'session.token.created' | 'directory.sources.listed' | 'directory.source.read' | 'directory.run.read' | 'directory.runs.listed' | 'directory.run.plan.read' | 'events.listed' | 'event.read' | 'audit.settings.read' | 'events.counted' | 'checkpoints.listed' | 'event.proof.read' | 'consistency.proof.read' | 'audit.keys.read' | 'events.exported' | undefined;
        outcome?: 'done' | 'refused' | undefined;
        /** Events that belong together. The id of an event: those of the same request, such as all of one change set; a narrow range is read. The id of a run, of a request or of a trace: the events that name it; all of the time from `from` to `to` is read, so name that. */
        correlation?: string | undefined;
        /** What comes first; `newest` when absent. `oldest` can be followed: see `resume`. */
        order?: 'newest' | 'oldest' | undefined;
      };
    };
    answer: ListEventsAnswer;
  };
  /** An audit event. */
  readonly getEvent: {
    method: 'GET';
    path: '/v1/audit/events/{eventId}';
    request: {
      params: {
        eventId: string;
      };
    };
    answer: AuditEvent;
  };
  /** How many audit events there are, by day, action and outcome. */
  readonly countEvents: {
    method: 'GET';
    path: '/v1/audit/counts';
    request: {
      query: {
        /** The first day, in UTC. */
        from: string;
        /** The last day, in UTC: at most 366 days in all. */
        to: string;
        action?: 'tenant.created' | 'tenant.updated' | 'tenant.features.replaced' | 'tenant.state.changed' | 'recovery.requested' | 'recovery.approved' | 'recovery.cancelled' | 'recovery.completed' | 'tenant.purge.started' | 'tenant.purged' | 'tenant.restored' | 'user.created' | 'user.updated' | 'user.enabled' | 'user.disabled' | 'user.deleted' | 'user.restored' | 'user.erased' | 'user.invited' | 'user.bound' | 'user.unbound' | 'user.grants.replaced' | 'user.grant.removed' | 'user.groups.changed' | 'group.created' | 'group.updated' | 'group.deleted' | 'group.members.added' | 'group.members.removed' | 'group.members.awaited' | 'group.members.forgotten' | 'policy.created' | 'policy.updated' | 'policy.deleted' | 'role.created' | 'role.cloned' | 'role.updated' | 'role.deleted' | 'role.grants.replaced' | 'role.grant.added' | 'role.grant.removed' | 'role.members.added' | 'role.members.removed' | 'role.members.replaced' | 'role.rule-rights.changed' | 'rule.created' | 'rule.updated' | 'rule.deleted' | 'rule.moved' | 'rule.owner.changed' | 'rule.categories.replaced' | 'changes.submitted' | 'draft.created' | 'draft.updated' | 'draft.deleted' | 'draft.submitted' | 'session.started' | 'session.ended' | 'sessions.ended' | 'directory.source.created' | 'directory.source.updated' | 'directory.source.deleted' | 'directory.delta.received' | 'directory.run.opened' | 'directory.batch.received' | 'directory.run.committed' | 'directory.run.abandoned' | 'directory.run.held' | 'directory.run.approved' | 'directory.run.rejected' | 'directory.run.restored' | 'directory.groups.changed' | 'directory.object.updated' | 'directory.object.removed' | 'audit.settings.replaced' | 'swept' | 'tenant.read' | 'tenant.features.read' | 'tenants.listed' | 'tenant.inspected' | 'operator.events.listed' | 'catalogue.read' | 'me.read' | 'names.read' | 'users.listed' | 'user.read' | 'user.grants.read' | 'user.permissions.read' | 'user.roles.listed' | 'user.groups.listed' | 'groups.listed' | 'group.read' | 'group.members.listed' | 'policies.listed' | 'policy.read' | 'roles.listed' | 'role.read' | 'role.grants.read' | 'role.members.listed' | 'role.rule-rights.read' | 'rules.listed' | 'rule.read' | 'rule.owner.read' | 'rule.categories.read' | 'access.checked' | 'access.explained' | 'holders.listed' | 'drafts.listed' | 'draft.read' | 'draft.previewed' | 'sessions.listed' | 'session.token.created' | 'directory.sources.listed' | 'directory.source.read' | 'directory.run.read' | 'directory.runs.listed' | 'directory.run.plan.read' | 'events.listed' | 'event.read' | 'audit.settings.read' | 'events.counted' | 'checkpoints.listed' | 'event.proof.read' | 'consistency.proof.read' | 'audit.keys.read' | 'events.exported' | undefined;
        outcome?: 'done' | 'refused' | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
      };
    };
    answer: CountEventsAnswer;
  };
  /** What an event changed, as JSON text in parts: for differences that are larger than a page. */
  readonly getEventDifference: {
    method: 'GET';
    path: '/v1/audit/events/{eventId}/difference';
    request: {
      params: {
        eventId: string;
      };
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
      };
    };
    answer: GetEventDifferenceAnswer;
  };
  /** Signed checkpoints of the sealed audit, newest first. */
  readonly listCheckpoints: {
    method: 'GET';
    path: '/v1/audit/checkpoints';
    request: {
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
      };
    };
    answer: ListCheckpointsAnswer;
  };
  /** Prove that an event is in the sealed audit as it was. */
  readonly getEventProof: {
    method: 'GET';
    path: '/v1/audit/events/{eventId}/proof';
    request: {
      params: {
        eventId: string;
      };
      query?: {
        /** The size of the checkpoint to prove it for; the newest one when it is left out. */
        size?: number | undefined;
      };
    };
    answer: GetEventProofAnswer;
  };
  /** Prove that the sealed audit of one size begins with that of a smaller one. */
  readonly getConsistencyProof: {
    method: 'GET';
    path: '/v1/audit/consistency';
    request: {
      query: {
        from: number;
        to: number;
      };
    };
    answer: GetConsistencyProofAnswer;
  };
  /** The public keys of checkpoints and manifests. */
  readonly getAuditKeys: {
    method: 'GET';
    path: '/v1/audit/keys';
    request: object;
    answer: GetAuditKeysAnswer;
  };
  /** How long the audit is kept, whether a legal hold keeps all of it, and where it is exported to. */
  readonly getAuditSettings: {
    method: 'GET';
    path: '/v1/audit/settings';
    etag: 'given';
    request: object;
    answer: GetAuditSettingsAnswer;
  };
  /** Set how long the audit is kept; a shorter time takes effect after 30 days. */
  readonly putAuditSettings: {
    method: 'PUT';
    path: '/v1/audit/settings';
    writes: true;
    etag: 'required';
    request: {
      body: PutAuditSettingsRequest;
    };
    answer: AuditSettings;
  };
  /** Sealed events in the order of their sequence, one a line (NDJSON), for a job that takes the audit away. */
  readonly exportEvents: {
    method: 'GET';
    path: '/v1/audit/export';
    request: {
      query?: {
        /** The sequence up to which the caller has the events: the `next` of the page before. */
        after?: number | undefined;
        /** `ocsf`: each event as OCSF 1.8 tells it, for systems that read that. `ocsf-1.9`: with the classes User Management and Role Management of the public draft of 1.9 (1.9.0-dev), which a release may still change. Only our own lines can be verified by the proof. */
        format?: 'holdfast' | 'ocsf' | 'ocsf-1.9' | undefined;
        /** `true` tells, beside the lines, the personal values to which they refer, as far as they still exist. */
        values?: 'true' | 'false' | undefined;
      };
    };
    answer: string;
  };
  /** List tenants in the order of their names. */
  readonly listTenants: {
    method: 'GET';
    path: '/v1/tenants';
    request: {
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
        /** Beginning of the name, in any case. */
        name?: string | undefined;
      };
    };
    answer: ListTenantsAnswer;
  };
  /** One tenant as operators see it: name, state, whether anybody manages its access rights. */
  readonly getTenantById: {
    method: 'GET';
    path: '/v1/tenants/{tenantId}';
    etag: 'given';
    request: {
      params: {
        tenantId: TenantId;
      };
    };
    answer: TenantAccount;
  };
  /** Rename a tenant, suspend and resume it, close and reopen it. */
  readonly updateTenantById: {
    method: 'PATCH';
    path: '/v1/tenants/{tenantId}';
    writes: true;
    etag: 'accepted';
    request: {
      params: {
        tenantId: TenantId;
      };
      body?: UpdateTenantByIdRequest;
    };
    answer: TenantAccount;
  };
  /** Remove everything of a tenant that was closed 30 days ago, for good. */
  readonly purgeTenant: {
    method: 'POST';
    path: '/v1/tenants/{tenantId}/purge';
    writes: true;
    request: {
      params: {
        tenantId: TenantId;
      };
      body: PurgeTenantRequest;
    };
    answer: TenantAccount;
  };
  /** Ask for the recovery of a tenant whose access rights nobody can manage: names one person. */
  readonly requestRecovery: {
    method: 'POST';
    path: '/v1/tenants/{tenantId}/recovery';
    writes: true;
    idempotent: true;
    request: {
      params: {
        tenantId: TenantId;
      };
      body: RequestRecoveryRequest;
    };
    answer: Recovery;
  };
  /** Approve the recovery, as another operator; the person can be invited after the delay. */
  readonly approveRecovery: {
    method: 'POST';
    path: '/v1/tenants/{tenantId}/recovery/approval';
    writes: true;
    request: {
      params: {
        tenantId: TenantId;
      };
      body: ApproveRecoveryRequest;
    };
    answer: Recovery;
  };
  /** Invite the person once the delay is over: whoever accepts manages access rights. */
  readonly completeRecovery: {
    method: 'POST';
    path: '/v1/tenants/{tenantId}/recovery/invitation';
    writes: true;
    idempotent: true;
    request: {
      params: {
        tenantId: TenantId;
      };
    };
    answer: CompleteRecoveryAnswer;
  };
  /** Cancel the recovery: any operator may. */
  readonly cancelRecovery: {
    method: 'DELETE';
    path: '/v1/tenants/{tenantId}/recovery';
    writes: true;
    request: {
      params: {
        tenantId: TenantId;
      };
    };
    answer: undefined;
  };
  /** Cancel what is left of a recovery, as somebody who has come to manage access rights meanwhile. */
  readonly cancelOwnRecovery: {
    method: 'DELETE';
    path: '/v1/tenant/recovery';
    writes: true;
    request: object;
    answer: undefined;
  };
  /** What operators have done, newest first; the events of a tenant stay when it is purged. */
  readonly listOperatorEvents: {
    method: 'GET';
    path: '/v1/operators/events';
    request: {
      query?: {
        /** The most items that a page has. */
        limit?: number | undefined;
        /** From the page before; good for the same list with the same filter. */
        cursor?: string | undefined;
        tenant?: TenantId | undefined;
        from?: string | undefined;
        to?: string | undefined;
      };
    };
    answer: ListOperatorEventsAnswer;
  };
  /** Is the service up?. */
  readonly getHealth: {
    method: 'GET';
    path: '/v1/health';
    request: object;
    answer: GetHealthAnswer;
  };
  /** Does the table answer? 503 when it does not. */
  readonly getReadiness: {
    method: 'GET';
    path: '/v1/health/ready';
    request: object;
    answer: GetReadinessAnswer;
  };
  /** This API as an OpenAPI 3.1 document. */
  readonly getOpenApi: {
    method: 'GET';
    path: '/v1/openapi.json';
    request: object;
    answer: GetOpenApiAnswer;
  };
  /** A page to read and try this API in a browser. */
  readonly getDocs: {
    method: 'GET';
    path: '/v1/docs';
    request: object;
    answer: string;
  };
  /** What that page loads. */
  readonly getDocsAsset: {
    method: 'GET';
    path: '/v1/docs/{asset}';
    request: {
      params: {
        asset: 'swagger-ui.css' | 'swagger-ui-bundle.js' | 'start.js';
      };
    };
    answer: string;
  };
}
