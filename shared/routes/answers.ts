// The schemas of every operation's answer. Only the API document, the typed client and the tests read them; they are
// kept out of the table of operations so that the handlers' bundles do not contain them.
import * as z from 'zod';
import { catalogueSchema } from '../catalogues/schema.ts';
import { actions } from '../domain/base/actions.ts';
import { idPattern } from '../domain/base/ids.ts';
import { directoryKinds } from '../domain/book/records.ts';
import {
  everyRunKind,
  fullRunReasons,
  ignoredCodes,
  numbersSchema,
  plannedLossSchema,
  refusedSchema,
  resultSchema,
  runStates,
} from '../domain/directory.ts';
import { changeAnswers } from './change-answers.ts';
import { explained } from './explain-answers.ts';
import type { OperationId } from './operations.ts';
import * as rules from './rule-answers.ts';
import * as s from './schemas.ts';
import { inSession, session, sessionAnswers } from './session-answers.ts';
import { warningWords } from './warnings.ts';

const count = z.int().nonnegative();
const at = z.iso.datetime();
const warningList = z.array(z.string()).meta({
  description: [
    'What is allowed and yet worth knowing, as `word` or `word:id`. More words may come.',
    ...Object.entries(warningWords).map(([word, says]) => `\`${word}\`: ${says}`),
  ].join('\n\n'),
});
const warnings = warningList.optional();

/** One page of a list. */
const page = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    items: z.array(item),
    cursor: z
      .string()
      .optional()
      .meta({ description: 'Where the next page starts; absent on the last one. A page may be short, or empty.' }),
  });

/** One page of a list that is counted, because all of it is in memory. */
const counted = <T extends z.ZodType>(item: T) =>
  page(item).extend({ total: count.meta({ description: 'How many match, on all pages together.' }) });

const rightsOnRules = z
  .strictObject({ view: z.boolean(), edit: z.boolean(), delete: z.boolean() })
  .meta({ description: 'What it grants on rules that other roles create.' });

const settings = {
  name: z.string(),
  enforced: z.boolean().meta({ description: 'False: checks by products allow everything to active users.' }),
  changesTakeEffect: z.enum(['immediately', 'nextLogon']),
  administratorsGroup: s.ids.group
    .nullable()
    .meta({ description: 'The group that manages access rights once they are enforced for the first time.' }),
};
const quota = z.strictObject({
  quota: z.string(),
  what: z.string().meta({ description: 'What is limited.' }),
  limit: count,
  used: count.optional().meta({ description: 'Absent where counting would cost too much.' }),
});
const tenant = z
  .strictObject({
    id: s.path.tenantId,
    ...settings,
    catalogue: z.strictObject({ id: z.string(), version: z.int().positive() }),
    createdAt: at,
    features: z.array(z.string()).optional(),
    quotas: z.array(quota).optional(),
    accessManagers: z
      .strictObject({
        users: z.array(s.ids.user),
        more: z.boolean().meta({ description: 'There are more than these.' }),
        wouldNotCount: z
          .array(z.strictObject({ user: s.ids.user, why: s.whyNotCounted() }))
          .max(20)
          .meta({ description: 'Those who have the permission and do not count, and why: the first that were found.' }),
      })
      .optional()
      .meta({ description: 'Who can manage access rights now: active persons who can sign in.' }),
    warnings,
  })
  .meta({
    description: 'Features, quotas, access managers and warnings are answered to those who manage access rights.',
  });

const recovery = z.strictObject({
  state: z.enum(['requested', 'approved']),
  reason: z.string(),
  person: z.union([z.strictObject({ user: s.ids.user }), s.newPerson()]),
  requestedBy: z.string().meta({ description: 'Subject of the operator.' }),
  requestedAt: at,
  approvedBy: z.string().optional(),
  approvedAt: at.optional(),
  dueAt: at.optional().meta({ description: 'When the person can be invited.' }),
});

const account = z.strictObject({
  id: s.path.tenantId,
  name: z.string().optional().meta({ description: 'Absent once a purge has removed it.' }),
  catalogue: z.strictObject({ id: z.string(), version: z.int().positive() }).optional(),
  createdAt: at.optional(),
  state: z.enum(['active', 'suspended', 'closed', 'purging']),
  since: at.optional().meta({ description: 'When the state began, unless it is `active`.' }),
  reason: z.string().optional(),
  purgeableFrom: at.optional().meta({ description: 'Of a closed tenant: when a purge will be accepted.' }),
  restoring: z.literal(true).optional().meta({ description: 'It is being restored, and not verified yet.' }),
  keeperless: z.boolean().meta({ description: 'Nobody can manage its access rights: it waits for a recovery.' }),
  recovery: recovery.optional().meta({ description: 'The recovery under way.' }),
});

const features = z.strictObject({ features: z.array(z.string()).meta({ description: 'Those that the tenant has.' }) });
const appliesChanges = z.enum(['onSubmit', 'onSave']).meta({
  description:
    'What a console does with edits: it gathers them until they are submitted together, or saves each at once.',
});
const languages = {
  language: z
    .string()
    .meta({ description: 'The language that the texts are in. One that is missing in it is English.' }),
  languages: z.array(z.string()).meta({ description: 'The languages that there are.' }),
};
const visibleCatalogue = catalogueSchema
  .omit({ firstUser: true, newUser: true, governs: true, translations: true })
  .extend({ predefinedRoles: catalogueSchema.shape.predefinedRoles.optional(), appliesChanges, ...languages });

const state = z.enum(['active', 'disabled']);
const userSource = z.union([z.literal('local'), z.literal('external'), s.ids.source]).meta({
  description:
    '`local`, `external`, or the directory source that owns the user. The users of a deleted source are local.',
});
const user = z.strictObject({
  id: s.ids.user,
  name: z.string(),
  login: z.string().optional(),
  mail: z.string().optional(),
  state,
  suspended: z
    .literal(true)
    .optional()
    .meta({ description: 'An administrator has disabled this user of a directory, whatever the directory says.' }),
  kind: z.enum(['person', 'machine']),
  source: userSource,
  externalId: z.string().optional().meta({ description: "The product's own name for the user." }),
  bound: z.boolean().meta({ description: 'The user has an identity to sign in with.' }),
  invited: z.boolean().meta({ description: 'An invitation waits to be accepted.' }),
  createdAt: at,
});
const grants = z.strictObject({ grants: z.array(s.grant()), warnings });

const group = z.strictObject({
  id: s.ids.group,
  name: z.string(),
  confersAccessManagement: z
    .boolean()
    .meta({ description: 'The directory may decide who manages access rights through this group.' }),
  source: z
    .union([z.literal('local'), s.ids.source])
    .meta({ description: 'The directory source that owns the group; `local` once that source is deleted.' }),
  parents: z.array(s.ids.group).meta({ description: 'The groups that it is directly in.' }),
});
const groupWithRoles = group.extend({
  roles: z
    .array(s.ids.role)
    .optional()
    .meta({ description: 'The roles it is a member of; for those who may see roles.' }),
});
const member = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('group'), id: s.ids.group, name: z.string() }),
  z.strictObject({ type: z.literal('user'), id: s.ids.user, name: z.string(), state, source: userSource }),
]);

const origins = z
  .array(z.union([z.literal('hand'), s.ids.source]))
  .meta({ description: 'By what the user is a direct member: by hand, by the source of the group, or by both.' });
const groupMember = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('group'), id: s.ids.group, name: z.string() }),
  z.strictObject({
    type: z.literal('user'),
    id: s.ids.user,
    name: z.string(),
    state,
    source: userSource,
    origins: origins.optional(),
  }),
]);
const namedMembers = z.strictObject({
  members: z
    .array(z.strictObject({ id: s.ids.user, origins }))
    .meta({ description: 'The users of the request as they are now; without origins: no member.' }),
  warnings,
});

const policy = z.strictObject({ id: s.ids.policy, name: z.string(), description: z.string() });

const role = z.strictObject({
  id: s.ids.role,
  name: z.string(),
  description: z.string(),
  predefined: z.string().optional().meta({ description: 'The role of the catalogue that it was made from.' }),
  newRules: rightsOnRules,
  users: count.meta({ description: 'How many users are direct members.' }),
  groups: count.meta({ description: 'How many groups are members.' }),
});
const members = { users: count, groups: count };
const memberCounts = z
  .strictObject(members)
  .meta({ description: 'How many direct members the role has now, by what they are.' });
const memberCountsWarned = z.strictObject({ ...members, warnings });

const way = {
  via: z.union([z.literal('personal'), s.ids.role]).meta({ description: "The user's own grants, or a role." }),
  groups: z
    .array(s.ids.group)
    .min(1)
    .optional()
    .meta({ description: "Groups between the user and the role, from the user's own to the role's member." }),
};
const path = z.strictObject(way);
const permissionPath = z.strictObject({ permission: z.string(), ...way });
const rightPath = z.strictObject({ right: z.enum(['view', 'edit', 'delete']), ...way });
const heldPermission = z.strictObject({
  permission: z.string(),
  scope: z
    .union([z.literal('account'), z.array(s.ids.policy).min(1)])
    .meta({ description: '`account`, or the policies for which it is held.' }),
  actionTypes: z.array(z.string()).optional(),
  ruleTypes: z.array(z.string()).optional(),
});
const effectivePermission = heldPermission.extend({
  paths: z.array(path).max(20).meta({ description: 'The ways that grant it, shortest first.' }),
  more: s.cutShort('Ways are left out: all would be larger than an answer.'),
});
const effectivePermissions = z.strictObject({
  user: s.ids.user,
  state,
  enforced: z.boolean(),
  permissions: z.array(effectivePermission),
  cursor: z.string().optional().meta({ description: 'Where the next page starts; absent on the last one.' }),
});

const me = z.strictObject({
  user,
  tenant: z.strictObject({ id: s.path.tenantId, name: z.string() }),
  catalogue: z.strictObject({ id: z.string(), version: z.int().positive(), title: z.string() }),
  accessManager: z.boolean().meta({ description: 'The caller has the permission to manage access rights.' }),
  enforced: settings.enforced,
  changesTakeEffect: settings.changesTakeEffect,
  appliesChanges,
  permissions: z.array(heldPermission).meta({ description: 'What the caller holds, in the order of the catalogue.' }),
  operations: z.array(z.string()).meta({
    description:
      'The operations that are open to the caller, by their ids in this document, besides those that are open to ' +
      'everybody. Of some only a part is: what concerns oneself, one policy, or the rules that one has rights on.',
  }),
});
const named = z.strictObject({
  id: z.string(),
  kind: z.enum(['user', 'role', 'group', 'policy', 'source', 'rule', 'category']),
  name: z.string(),
  state: state.optional().meta({ description: 'Of a user.' }),
  source: userSource.optional(),
});
const direct = z.boolean().meta({ description: 'The user is a member, not only a member of a group that is.' });
const userRole = z.strictObject({
  id: s.ids.role,
  name: z.string(),
  direct,
  groups: way.groups.meta({
    description: "When not direct: the shortest way, from a group of the user's own to one that is in the role.",
  }),
});
const userGroup = z.strictObject({ id: s.ids.group, name: z.string(), direct, origins: origins.optional() });

const result = z.strictObject({
  allowed: z.boolean(),
  enforced: z.boolean().meta({ description: 'False while access-rights management is switched off.' }),
  reason: s.reason(),
  by: z.array(z.string()).meta({ description: 'The permissions that gave the right, or that would have.' }),
  user: s.ids.user.optional(),
  paths: z.array(permissionPath).max(20).optional().meta({ description: 'The ways that grant it, shortest first.' }),
  rulePaths: z
    .array(rightPath)
    .max(20)
    .optional()
    .meta({ description: 'The ways that grant the rights on the rule that it needs, shortest first.' }),
  more: s.cutShort('Ways are left out: all would be larger than an answer.'),
});
const seen = {
  version: z.int().positive().meta({ description: "The version of the tenant's access rights that this is true of." }),
  asOf: at.meta({ description: 'When that version was read.' }),
};
const checked = result.extend(inSession);
const holder = z.strictObject({
  user: s.ids.user,
  kind: z.enum(['person', 'machine']),
  scope: z
    .union([z.literal('account'), z.array(s.ids.policy).max(20)])
    .meta({ description: '`account`, or the policies for which it is held, whichever policy was asked about.' }),
  more: s.cutShort('It is held for more policies than are named.'),
});

const threshold = z.strictObject({ number: count, percent: count });
const source = z.strictObject({
  id: s.ids.source,
  name: z.string(),
  kind: z.enum(directoryKinds),
  enabled: z.boolean().meta({ description: 'False: synchronisation is switched off.' }),
  signIn: z.strictObject({ issuer: z.string(), claim: z.string() }).optional(),
  groupClasses: z.array(z.string()).optional(),
  disabledMarkers: z.array(z.strictObject({ attribute: z.string(), value: z.string() })).optional(),
  client: s.ids.user
    .optional()
    .meta({ description: 'The only user, besides those who manage access rights, who may deliver.' }),
  guards: z
    .strictObject({ deletions: threshold, disablings: threshold, removals: threshold, groupRemovals: threshold })
    .meta({ description: 'The losses beyond which a run is held.' }),
});
const sync = z
  .strictObject({
    cursor: z.string().optional().meta({ description: 'Where the next delta begins.' }),
    epoch: z.string().optional().meta({ description: "The life of the directory's counter of changes." }),
    needsFull: z
      .enum(fullRunReasons)
      .optional()
      .meta({ description: 'Why deltas are refused until a full run has been applied.' }),
    lastRun: s.path.runId.optional(),
    lastFullAt: at.optional(),
    openRun: s.path.runId.optional(),
    heldRun: s.path.runId.optional(),
    losses: z
      .array(
        z.strictObject({
          at,
          deletions: count,
          groupDeletions: count.optional(),
          managers: count.optional(),
          disablings: count,
          removals: count,
        }),
      )
      .meta({ description: 'What the runs of the last 24 hours have taken away.' }),
  })
  .optional()
  .meta({ description: 'Absent when no run with a cursor has been applied yet.' });

const event = z.strictObject({
  id: z.string().regex(/^e[0-9a-z]{20}$/),
  at,
  firstAt: at
    .optional()
    .meta({ description: 'Of a refusal that is counted: when it first happened; `at` is the last time.' }),
  action: z.enum(actions),
  target: z.string().meta({
    description: 'An id, or `tenant`. Of a refusal `unknown`, where the caller named nothing that is there.',
  }),
  actor: z.strictObject({
    kind: z.enum(['person', 'client', 'service', 'operator', 'system', 'unknown']),
    id: z
      .string()
      .optional()
      .meta({ description: 'Of kind `unknown`: a digest of issuer and subject, the same for the same caller.' }),
  }),
  authority: z.string().optional().meta({ description: 'The permission by which the actor could.' }),
  outcome: z.enum(['done', 'refused']),
  code: z.string().optional().meta({ description: 'Of a refusal: the problem code.' }),
  count: z.int().positive().meta({ description: 'How often, where like refusals are counted by the minute.' }),
  requestId: z.string(),
  traceId: z.string().optional().meta({ description: 'The trace that the request was part of.' }),
  run: z
    .string()
    .regex(idPattern('run'))
    .optional()
    .meta({ description: 'The directory run that the event is part of.' }),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  more: s.cutShort('The difference is larger than a page: `before` and `after` are left out.'),
  differenceAt: z.string().optional().meta({ description: 'With `more`: the path where the difference is, in parts.' }),
});

const runResult = z
  .strictObject({
    ...resultSchema().shape,
    refused: z.array(z.strictObject(refusedSchema().shape)).optional(),
    retry: z.boolean().optional().meta({ description: 'Of what was rejected: whether sending it again can help.' }),
  })
  .meta({
    description:
      'What became of an entry. `rejected`: something of it was refused, for the reason in `code`; what is not in `refused` ' +
      'was carried out where it could be. `ignored`: it concerns neither a user nor a group, for the reason in `code`, ' +
      `one of ${ignoredCodes.map((code) => `\`${code}\``).join(', ')}. \`stale\`: a newer version of the object is here. ` +
      '`parked`: applied, and so many members of the group are not here yet, who join when they come. `held`: nothing ' +
      'of the run is carried out, because it waits for a decision or was rejected. `line` is 0 for what a full run does not ' +
      'name.',
  });

const retention = z.int().positive().nullable();
const auditSettings = z.strictObject({
  retentionDays: retention.meta({ description: 'As it was last set; `null`: events are kept for ever.' }),
  legalHold: z.boolean(),
  destination: z
    .strictObject({ bucket: z.string(), region: z.string(), prefix: z.string().optional(), roleArn: z.string() })
    .nullable(),
  externalId: z.string().meta({
    description:
      'Of this tenant, always the same: the trust policy of the role of `destination` demands it as `sts:ExternalId`.',
  }),
  notice: z
    .strictObject({ until: at, retentionDays: retention })
    .optional()
    .meta({ description: 'After a shortening: the retention that still counts, and until when.' }),
});

const ownOnly = z
  .literal(true)
  .optional()
  .meta({ description: "Only the caller's own doings are told, because the caller may not read those of others." });

const countOfEvents = z.strictObject({
  day: z.iso.date().meta({ description: 'In UTC.' }),
  action: z.enum(actions),
  outcome: z.enum(['done', 'refused']),
  events: z.int().positive().meta({ description: 'Number of events.' }),
  times: z.int().positive().meta({ description: 'The same with each that is counted in one event.' }),
});

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const treeRoot = hash.meta({ description: 'The root of the tree (RFC 9162, section 2.1.1) at that size.' });
const proofPath = z.array(hash);
const signedText = z.string().regex(/^[\w-]+\.[\w-]+\.[\w-]+$/);
const checkpoint = z.strictObject({
  size: count.meta({ description: 'How many events were sealed.' }),
  root: treeRoot,
  at,
  jws: signedText.meta({
    description:
      'A JWS of type `holdfast-checkpoint` that says the same, by a key of `GET /v1/audit/keys`. Keep one: whoever has it ' +
      'can tell later whether the audit is still the same.',
  }),
});
const auditKey = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  kid: z.string().meta({ description: 'The thumbprint of the key (RFC 7638).' }),
  alg: z.literal('ES256'),
  use: z.literal('sig'),
});

/** The answer of an operation that answers 204. */
const nothing = null;

/** Schemas that have a name in the API document, by that name. */
export const models = {
  Tenant: tenant,
  Quota: quota,
  TenantAccount: account,
  Recovery: recovery,
  Features: features,
  Catalogue: visibleCatalogue,
  User: user,
  Grants: grants,
  Group: group,
  GroupWithRoles: groupWithRoles,
  Member: member,
  Policy: policy,
  Role: role,
  RightsOnRules: rightsOnRules,
  Path: path,
  PermissionPath: permissionPath,
  RightPath: rightPath,
  EffectivePermission: effectivePermission,
  HeldPermission: heldPermission,
  Me: me,
  UserRole: userRole,
  UserGroup: userGroup,
  CheckResult: checked,
  Session: session,
  Holder: holder,
  Source: source,
  RunResult: runResult,
  AuditEvent: event,
  AuditSettings: auditSettings,
  RuleSummary: rules.ruleSummary,
  Rule: rules.rule,
  RuleAction: rules.ruleAction,
  RuleOwner: rules.owner,
  RuleCategories: rules.categories,
  RuleRights: rules.ruleRights,
  Warnings: warningList,
} as const;

const memberPage = page(member);

const runState = z.enum(runStates);
const lossCount = z.strictObject({
  count,
  of: count.optional().meta({ description: 'How many there are of what is lost.' }),
  percent: z.number().optional(),
  more: z.literal(true).optional().meta({ description: '`of` was counted no further: there are more.' }),
});
const planned = z.strictObject({
  digest: z.string().meta({ description: 'SHA-256 of all losses and of the numbers of gains, in hexadecimal digits.' }),
  plannedAt: at,
  losses: z.strictObject({
    users: lossCount,
    groups: lossCount,
    disabled: lossCount,
    memberships: lossCount.meta({ description: 'Of users and of groups, also those that end with their group.' }),
    accessManagers: lossCount.meta({ description: 'People who can no longer manage access rights.' }),
  }),
  gains: z.strictObject(numbersSchema().shape),
  tripped: z
    .array(z.string())
    .optional()
    .meta({ description: 'The guards of the source that the plan trips, in sentences: why the run is held.' }),
});
const plannedLoss = z.strictObject({
  loss: plannedLossSchema().shape.loss,
  user: z.strictObject({ id: s.ids.user, name: z.string().optional() }).optional(),
  group: z.strictObject({ id: s.ids.group, name: z.string().optional() }).optional(),
  from: z
    .strictObject({ id: s.ids.group, name: z.string().optional() })
    .optional()
    .meta({ description: 'The group that loses this member.' }),
  members: count.optional().meta({
    description: 'Members that a deleted group has, or users within the group whom `from` loses with it.',
  }),
  line: count.optional().meta({ description: 'The line of the entry that asks for it.' }),
  cause: plannedLossSchema().shape.cause.meta({
    description:
      'Why, when no entry says it literally: another object takes the name or the id (`displaced`), the object is deleted and created again (`renewed`), its primary group or login has changed, or a group ends or leaves another (`group`).',
  }),
});

const runFields = {
  id: s.path.runId,
  source: s.ids.source,
  kind: z.enum(everyRunKind),
  restores: s.path.runId.optional().meta({ description: 'Of a restoration: the run that it undoes.' }),
  state: runState,
  epoch: z.string().optional(),
  baseCursor: z.string().optional(),
  nextCursor: z.string().optional().meta({ description: 'Of the source once the run is applied.' }),
  planOnly: z.literal(true).optional(),
  batches: count.optional().meta({ description: 'Received so far; absent in a run of one file.' }),
  bytes: count.meta({ description: 'Of its content, unpacked.' }),
  records: count.meta({ description: 'Records of the file.' }),
  entries: count.meta({ description: 'Objects that they are about: several records may be about one.' }),
  counts: z
    .strictObject({
      applied: count,
      noop: count,
      rejected: count,
      ignored: count,
      stale: count.optional(),
      parked: count.optional(),
      held: count.optional(),
    })
    .meta({
      description:
        'Of entries, once the run has ended or is held; `ignored` are those that concern neither a user nor a group, and what a search prints among its entries. `parked` are groups some of whose members are not here yet; the rest of such an entry is applied. `stale` are entries of an older version than what is here.',
    }),
  createdAt: at,
  committedAt: at.optional(),
  startedAt: at.optional(),
  finishedAt: at.optional(),
  workMs: count.optional().meta({ description: 'Milliseconds from the start of its work to its end, or so far.' }),
  progress: z
    .strictObject({ phase: z.enum(['planning', 'applying']), done: count, of: count })
    .optional()
    .meta({
      description:
        'Of a run that is being carried out: users and groups that have been planned, then steps that are over.',
    }),
  plan: planned.optional().meta({ description: 'What the run would do, once it has been planned.' }),
  code: z.string().optional().meta({ description: 'Why the run failed.' }),
  accessManagerStays: z.literal(true).optional().meta({
    description:
      'The run would have left nobody who can manage access rights, so one person stays as before: see the entry with the code `last-access-manager`.',
  }),
  warnings: warnings.meta({ description: 'For who manages access rights, once it has ended: what its changes gave.' }),
};
const runSummary = z.strictObject(runFields);
const run = page(runResult).extend(runFields);

export const answers = {
  createTenant: z.strictObject({ id: s.path.tenantId, name: z.string(), catalogue: z.string(), firstUser: s.ids.user }),
  getTenant: tenant,
  updateTenant: z.strictObject({ ...settings, warnings }),
  putFeatures: features,
  getFeatures: features.extend({ available: catalogueSchema.shape.features }),
  getCatalogue: visibleCatalogue,
  getNames: z.strictObject({
    names: z.array(named).meta({ description: 'In the order of the ids. What is not there or is hidden is left out.' }),
  }),

  listUsers: page(
    user.extend({
      deletedAt: at.optional().meta({ description: 'Of a deleted user: the rest is as it was then.' }),
      restorableUntil: at.optional(),
    }),
  ),
  createUser: user.extend({ warnings }),
  getUser: user.extend({
    directoryState: state
      .optional()
      .meta({ description: "Of a disabled user of a directory: the state by the directory's own word." }),
  }),
  updateUser: user.extend({ warnings }),
  restoreUser: user.extend({ warnings }),
  eraseUser: z.strictObject({ id: s.ids.user, erasedAt: at, warnings }),
  deleteUser: nothing,
  inviteUser: z.strictObject({
    invitation: z
      .string()
      .meta({ description: 'Hand it to the person by a way that you trust. It is shown only once.' }),
    expiresAt: at,
  }),
  acceptInvitation: user.extend({ warnings }),
  unbindUser: nothing,
  getUserGrants: grants,
  putUserGrants: grants,
  removeUserGrant: grants,
  getEffectivePermissions: effectivePermissions,
  listUserRoles: counted(userRole),
  listUserGroups: counted(userGroup),
  getMe: me,

  listGroups: counted(group),
  getGroup: groupWithRoles,
  updateGroup: groupWithRoles,
  deleteGroup: nothing,
  listGroupMembers: page(groupMember),
  addGroupMembers: namedMembers,
  removeGroupMembers: namedMembers,

  listPolicies: counted(policy),
  createPolicy: policy,
  getPolicy: policy,
  updatePolicy: policy,
  deletePolicy: nothing,

  createRole: role,
  listRoles: counted(role),
  getRole: role,
  updateRole: role,
  deleteRole: nothing,
  cloneRole: role,
  getRoleGrants: grants,
  putRoleGrants: grants,
  addRoleGrant: grants,
  removeRoleGrant: grants,
  listRoleMembers: memberPage,
  addRoleMembers: memberCountsWarned,
  removeRoleMembers: memberCounts,
  replaceRoleMembers: memberCountsWarned,

  listRules: page(rules.ruleSummary).extend({
    total: count.optional().meta({ description: 'How many match, on all pages together; absent with `name`.' }),
  }),
  createRule: rules.rule,
  getRule: rules.rule,
  updateRule: rules.rule,
  deleteRule: nothing,
  moveRule: rules.rule,
  addAction: rules.rule,
  updateAction: rules.rule,
  deleteAction: rules.rule,
  moveAction: rules.rule,
  getRuleOwner: rules.owner,
  putRuleOwner: rules.owner,
  getCategories: rules.categories,
  putCategories: rules.categories,
  getRuleRights: rules.ruleRights,
  putRuleRights: rules.ruleRightsPut,

  check: checked.extend(seen),
  checkBatch: z.strictObject({ results: z.array(checked), ...seen }),
  listHolders: page(holder),
  explain: result.extend({ ...seen, ...explained }),

  createSource: source,
  listSources: counted(source),
  getSource: source.extend({ sync }),
  updateSource: source,
  deleteSource: nothing,
  postDelta: z.strictObject({ id: s.path.runId, source: s.ids.source, state: runState }),
  getRun: run,
  getRunPlan: page(plannedLoss).extend({ run: s.path.runId, source: s.ids.source, state: runState, ...planned.shape }),
  approveRun: runSummary,
  rejectRun: runSummary,
  openRun: runSummary,
  listRuns: page(runSummary),
  putBatch: z.strictObject({ number: count, entries: count, bytes: count, digest: z.string() }),
  commitRun: runSummary,
  abandonRun: runSummary,
  restoreRun: runSummary,

  ...changeAnswers,
  ...sessionAnswers,

  listEvents: z.strictObject({
    ...page(event).shape,
    resume: z
      .string()
      .optional()
      .meta({
        description:
          'Of the last page, oldest first: the `cursor` with which to ask later for what has come since. It starts a ' +
          'minute back, so that no event is missed that is written late; what comes twice has the same id.',
      }),
    ownOnly,
  }),
  getEvent: event,
  countEvents: z.strictObject({
    items: z.array(countOfEvents),
    cursor: z.string().optional().meta({
      description: 'There when not all has been read: add up what the answers say of the same day, action and outcome.',
    }),
    more: s.cutShort('The last days are left out, because all would be larger than an answer: ask for fewer days.'),
    ownOnly,
  }),
  getEventDifference: page(
    z
      .string()
      .meta({ description: 'A part of the JSON text of `{"before": …, "after": …}`: join them in their order.' }),
  ),
  getAuditSettings: z.strictObject({
    ...auditSettings.shape,
    destinationState: z
      .strictObject({
        succeededAt: at.optional().meta({ description: 'When files were last written there.' }),
        failure: z
          .strictObject({
            code: z.string().meta({
              description:
                'The name of the error of S3 or STS, such as `AccessDenied` or `NoSuchBucket`; `ExportDiffers`: a file stands there that is none of ours.',
            }),
            since: at,
            at,
          })
          .optional()
          .meta({ description: 'Present while files cannot be written: why, since when, and when it was last tried.' }),
      })
      .optional()
      .meta({ description: 'What became of writing to `destination`; absent without one.' }),
  }),
  putAuditSettings: auditSettings,
  listCheckpoints: page(checkpoint),
  getEventProof: z.strictObject({
    event: s.path.eventId,
    sequence: count.meta({ description: 'The number of the event among those that are sealed, from 1.' }),
    size: count.meta({ description: 'The size of the tree that the proof is for.' }),
    leaf: hash.meta({ description: 'SHA-256 of a zero byte and the line.' }),
    line: z.string().optional().meta({
      description: 'The event as it was sealed; absent where it is larger than an answer.',
    }),
    path: proofPath.meta({ description: 'The inclusion proof (RFC 9162, section 2.1.3), the lowest hash first.' }),
    root: treeRoot,
    checkpoint: signedText.meta({ description: 'The signed checkpoint of that size.' }),
  }),
  getConsistencyProof: z.strictObject({
    from: count,
    to: count,
    fromRoot: treeRoot,
    toRoot: treeRoot,
    path: proofPath.meta({
      description: 'The proof that the larger tree begins with the smaller one (RFC 9162, section 2.1.4).',
    }),
  }),
  getAuditKeys: z.strictObject({ keys: z.array(auditKey) }).meta({
    description:
      'A JSON Web Key Set (RFC 7517) with every key that has ever signed checkpoints and manifests. Trust a key by a ' +
      'thumbprint that you have from elsewhere.',
  }),
  exportEvents: z.string().meta({
    description:
      'The lines of one segment, each an event as `docs/audit-event.schema.json` says, then one line `{"page": …}` that shows that nothing is cut off: `first` and `last` (sequences), `next` (the next `after`), `size` (how many events there are), `segment` (its content and hash), `checkpoint` (a JWS that covers it), `consistency` (the proof from the segment to the checkpoint), `key` (that signed it) and `values`. With nothing new there is only this line, and `Retry-After`.',
  }),
  listTenants: page(account),
  getTenantById: account,
  updateTenantById: account,
  purgeTenant: account,
  requestRecovery: recovery,
  approveRecovery: recovery,
  completeRecovery: z.strictObject({
    user: s.ids.user,
    invitation: z.string().meta({ description: 'For the person, by whatever way you trust. It is shown only now.' }),
    expiresAt: at,
  }),
  cancelRecovery: nothing,
  cancelOwnRecovery: nothing,
  listOperatorEvents: page(event),
  getHealth: z.strictObject({ status: z.literal('up') }),
  getReadiness: z.strictObject({ status: z.literal('ready') }),
  getOpenApi: z.looseObject({ openapi: z.string(), info: z.looseObject({ title: z.string(), version: z.string() }) }),
  getDocs: z.string(),
  getDocsAsset: z.string(),
} as const satisfies Record<OperationId, z.ZodType | null>;
