// One example per operation: a request and its answer. In their order they are one story. A test carries it out on the
// real handlers and compares everything except ids and times, so no example can be wrong, and a new operation needs
// one.
import { batchDigest } from '../../shared/domain/plan/run-protocol.ts';
import type { OperationId } from '../../shared/routes/operations.ts';
import type { AnswerOf } from '../../shared/routes/types.ts';
import { changeExamplesOf } from './change-examples.ts';
import { type Example, noon, type Sender } from './example.ts';
import { proofExamplesOf } from './proof-examples.ts';
import { ruleExamplesOf } from './rule-examples.ts';
import { sessionExamplesOf } from './session-examples.ts';

const tenantId = 't8k2m5x9q4w7z';
const ada = 'u1ada7k2m5x9q4w7z1c3v';
const otto = 'u2ttk7k2m5x9q4w7z1c3v';
const rita = 'u4rtak7k2m5x9q4w7z1c3';
const mona = 'u3mna7k2m5x9q4w7z1c3v';
const marketing = 'gmark3t1ng7k2m5x9q4w7';
const editors = 'rc4mpa7gn5edt';
const abroad = 'rc4mpa7gnabrd';
const night = 'rn7ghtsh7ft2x';
const ruleAdministrators = 'rdm1n7k2m5x9q';
const branches = 'pbr4nches7k2m';
const office = 'sff1ce7k2m5x9';
const branchOffice = 'sff2ce7k2m5x9';
const cityOffice = 'sff3ce7k2m5x9';
const runId = 'n01m7zwwsvc18dca1k8s6';
const batchRunId = 'n02m7zwwsvc18dca1k8s6';

const issuer = 'https://sign-in.example.com';
/** The trace that all requests of the story belong to. */
export const exampleTraceId = '1-5759e988-bd862e3fe1be46a994272793';
const cursor = 'WyJEaUlSdWpuNFVBZFNRUHZ3IiwiY2FtcGFpZ24gdGVhbSJd';

const settings = {
  name: 'Lighthouse Group',
  enforced: true,
  changesTakeEffect: 'nextLogon',
  administratorsGroup: null,
} as const;

/** The tenant as operators see it. */
const accountOf: AnswerOf<'getTenantById'> = {
  id: tenantId,
  name: 'Lighthouse Group',
  catalogue: { id: 'complete', version: 1 },
  createdAt: noon,
  state: 'active',
  keeperless: false,
};
const recoveryOf = {
  state: 'requested',
  reason: 'The last administrator has left',
  person: { name: 'Rita Recovers', mail: 'rita@lighthouse.example' },
  requestedBy: 'operator',
  requestedAt: noon,
} as const;
const auditSettings = {
  retentionDays: 730,
  legalHold: false,
  destination: {
    bucket: 'lighthouse-audit',
    region: 'eu-central-1',
    prefix: 'holdfast',
    roleArn: 'arn:aws:iam::123456789012:role/HoldfastAudit',
  },
};
const auditSettingsAnswered = {
  ...auditSettings,
  externalId: `holdfast-${tenantId}`,
  notice: { until: '2026-04-01T12:00:00.000Z', retentionDays: null },
};
const closing = { since: noon, reason: 'The contract has ended', purgeableFrom: '2026-04-01T12:00:00.000Z' } as const;

const ottoOf = (bound: boolean, mail = 'otto@lighthouse.example'): AnswerOf<'getUser'> => ({
  id: otto,
  name: 'Otto Ovidiu',
  login: 'otto',
  mail,
  state: 'active',
  kind: 'person',
  source: 'local',
  externalId: 'mailbox-4711',
  bound,
  invited: false,
  createdAt: noon,
});

const roleOf = (id: string, name: string, users: number): AnswerOf<'getRole'> => ({
  id,
  name,
  description: 'Edit disclaimers and signatures',
  newRules: { view: true, edit: true, delete: false },
  users,
  groups: 0,
});

const predefinedOf = (id: string, predefined: string, name: string, description: string): AnswerOf<'getRole'> => ({
  ...roleOf(id, name, 0),
  predefined,
  description,
  newRules: { view: true, edit: true, delete: true },
});
const everything = 'Full access: rules, all features, administrative ones, and access rights.';
const onlyRules = 'Full access to the configuration of rules, but not to access rights and administrative features.';

const branchesOf = (name: string) => ({ id: branches, name, description: 'Mail of the branch offices' });
const sourceOf = {
  id: office,
  name: 'Office directory',
  kind: 'file',
  enabled: true,
  signIn: { issuer, claim: 'employee_id' },
  guards: {
    deletions: { number: 500, percent: 20 },
    disablings: { number: 500, percent: 20 },
    removals: { number: 500, percent: 20 },
    groupRemovals: { number: 500, percent: 50 },
  },
} as const;
const guardedSource = { ...sourceOf, guards: { ...sourceOf.guards, deletions: { number: 20, percent: 20 } } } as const;
const groupOf = (confersAccessManagement: boolean) => ({
  id: marketing,
  name: 'Marketing',
  confersAccessManagement,
  source: office,
  parents: [],
});

const disclaimers = { permission: 'editActions', actionTypes: ['insertDisclaimer'] };
const both = { permission: 'editActions', actionTypes: ['insertDisclaimer', 'insertSignature'] };
const ownGrants = [{ permission: 'viewAllReports' }, { permission: 'viewQuarantine', policies: [branches] }];
const roleParams = { roleId: editors };
const ottoParams = { userId: otto };

/** Runs that a guard has stopped. The digest is that of their plan. */
const heldRun = 'nh31drn7k2m5x9q4w7z1c';
const approvedRun = 'nh32drn7k2m5x9q4w7z1c';
const heldDigest = '5f1d'.repeat(16);
const appliedDigest = '2c90'.repeat(16);
const noLosses = {
  users: { count: 0 },
  groups: { count: 0 },
  disabled: { count: 0 },
  memberships: { count: 0 },
  accessManagers: { count: 0 },
};
const heldPlan = {
  digest: heldDigest,
  plannedAt: noon,
  losses: { ...noLosses, users: { count: 2, of: 2, percent: 100 } },
  gains: { users: 0, groups: 0, enabled: 0, memberships: 0, nestings: 0 },
  tripped: ['The run would delete 2 of 2 users: all there are.'],
};
const heldRunOf = (id: string) => ({
  id,
  source: id === heldRun ? branchOffice : cityOffice,
  kind: 'delta' as const,
  bytes: 1,
  records: 2,
  entries: 2,
  counts: { applied: 0, noop: 0, rejected: 0, ignored: 0 },
  createdAt: noon,
});

const ldif = `version: 1

dn: uid=mona,ou=people,dc=lighthouse,dc=example
objectClass: inetOrgPerson
entryUUID: 6f1d2c30-0001-4000-8000-000000000001
uid: mona
cn: Mona Marin
sn: Marin

dn: cn=Marketing,ou=groups,dc=lighthouse,dc=example
objectClass: groupOfNames
entryUUID: 6f1d2c30-0006-4000-8000-000000000006
cn: Marketing
member: uid=mona,ou=people,dc=lighthouse,dc=example
`;

const ndjson = `${JSON.stringify({
  type: 'user',
  id: '6f1d2c30-0001-4000-8000-000000000001',
  dn: 'uid=mona,ou=people,dc=lighthouse,dc=example',
  enabled: true,
  attributes: { uid: ['mona'], cn: ['Mona Marin'], sn: ['Marin'] },
})}\n`;

const endedRun = { startedAt: noon, finishedAt: noon, workMs: 120 };
const fileRun = {
  id: runId,
  source: office,
  kind: 'delta',
  state: 'done',
  bytes: ldif.length,
  records: 2,
  entries: 2,
  counts: { applied: 2, noop: 0, rejected: 0, ignored: 0 },
  createdAt: noon,
  ...endedRun,
  plan: {
    digest: appliedDigest,
    plannedAt: noon,
    losses: noLosses,
    gains: { users: 1, groups: 1, enabled: 0, memberships: 1, nestings: 0 },
  },
} as const;
const openedRun = {
  id: batchRunId,
  source: office,
  kind: 'delta',
  state: 'open',
  epoch: 'ldap-1',
  counts: { applied: 0, noop: 0, rejected: 0, ignored: 0 },
  createdAt: noon,
} as const;
const givenUpRun = {
  ...openedRun,
  id: 'n07h3rzwwsvc18dca1k8s',
  state: 'abandoned',
  batches: 0,
  bytes: 0,
  records: 0,
  entries: 0,
  finishedAt: noon,
} as const;
const receivedRun = {
  batches: 1,
  bytes: ndjson.length,
  records: 1,
  entries: 1,
  nextCursor: '20260302120000.000000Z#1',
  committedAt: noon,
};

export const examples: { readonly [Id in OperationId]: Example<Id> } = {
  getHealth: { as: 'anybody', answer: { status: 'up' } },
  getReadiness: { as: 'anybody', answer: { status: 'ready' } },
  getOpenApi: {
    as: 'anybody',
    answer: { openapi: '3.1.0', info: { title: 'Holdfast', version: '1.0.0' } },
    abridged: true,
  },
  getDocs: { as: 'anybody' },
  getDocsAsset: { as: 'anybody', params: { asset: 'start.js' } },

  createTenant: {
    as: 'operator',
    body: {
      name: 'Lighthouse Ltd',
      catalogue: 'complete',
      firstUser: { name: 'Ada Admin', mail: 'ada@lighthouse.example', identity: { issuer, subject: 'ada' } },
    },
    answer: { id: tenantId, name: 'Lighthouse Ltd', catalogue: 'complete', firstUser: ada },
  },
  getFeatures: {
    as: 'operator',
    params: { tenantId },
    answer: {
      features: ['filteredReports'],
      available: [
        {
          id: 'filteredReports',
          title: 'Filtered reports',
          description: 'Reports can be restricted to single policies.',
          initially: true,
        },
      ],
    },
    abridged: true,
  },
  putFeatures: {
    as: 'operator',
    params: { tenantId },
    body: { features: ['filteredReports', 'fullTrafficLogging'] },
    answer: { features: ['filteredReports', 'fullTrafficLogging'] },
  },
  getTenant: {
    as: 'ada',
    answer: {
      id: tenantId,
      ...settings,
      name: 'Lighthouse Ltd',
      changesTakeEffect: 'nextLogon',
      catalogue: { id: 'complete', version: 1 },
      createdAt: noon,
      features: ['filteredReports', 'fullTrafficLogging'],
      quotas: [
        {
          quota: 'bookBytes',
          what: 'bytes in roles, grants, members, groups, policies, rules and rights on rules together',
          limit: 48_000_000,
          used: 1_544,
        },
        { quota: 'roles', what: 'roles in a tenant', limit: 2500, used: 4 },
        { quota: 'groupsPerUser', what: 'groups that a user is a direct member of', limit: 1015 },
      ],
      accessManagers: { users: [ada], more: false, wouldNotCount: [] },
      warnings: ['only-one-access-manager'],
    },
    abridged: true,
  },
  updateTenant: {
    as: 'ada',
    body: { name: 'Lighthouse Group', changesTakeEffect: 'nextLogon' },
    answer: settings,
  },
  getCatalogue: {
    as: 'ada',
    answer: {
      id: 'complete',
      version: 1,
      title: 'Complete',
      description: 'Mail-flow rules, e-mail security and secure messages in one set of permissions.',
      permissions: [
        {
          id: 'editActions',
          title: 'Edit existing actions',
          description:
            'Edit the properties of actions that rules already have: of all types, or of selected types only.',
          area: 'Rule actions',
          levels: ['account'],
          limits: ['actionTypes', 'ruleTypes'],
        },
      ],
      abilities: [
        {
          id: 'logOn',
          title: 'Log on',
          description: 'Log on to the portal.',
          level: 'account',
          anyPermission: true,
        },
      ],
      actionTypes: [],
      ruleTypes: [],
      features: [],
      predefinedRoles: [],
      keeper: 'manageAccessRights',
      personalGrants: true,
      grantOnlyWhatYouHold: true,
      enforcement: { initially: true, switchable: false },
      changesTakeEffect: 'nextLogon',
      appliesChanges: 'onSubmit',
      language: 'en',
      languages: ['en', 'fr'],
    },
    abridged: true,
  },

  createUser: {
    as: 'ada',
    body: {
      kind: 'person',
      name: 'Otto Ovidiu',
      login: 'otto',
      mail: 'otto@lighthouse.example',
      externalId: 'mailbox-4711',
    },
    answer: ottoOf(false),
  },
  inviteUser: {
    as: 'ada',
    params: ottoParams,
    answer: { invitation: `${otto}.q75kyzvysrkwh4csbq091d8p6p0mcdm9`, expiresAt: '2026-03-09T12:00:00.000Z' },
  },
  acceptInvitation: {
    as: 'otto',
    body: { invitation: `${otto}.q75kyzvysrkwh4csbq091d8p6p0mcdm9` },
    answer: ottoOf(true),
  },
  listUsers: {
    as: 'ada',
    query: { name: 'ot', state: 'active', limit: 10 },
    answer: { items: [ottoOf(true)] },
  },
  getUser: { as: 'ada', params: ottoParams, answer: ottoOf(true) },
  updateUser: {
    as: 'ada',
    params: ottoParams,
    body: { mail: 'o.ovidiu@lighthouse.example' },
    answer: ottoOf(true, 'o.ovidiu@lighthouse.example'),
  },

  createPolicy: {
    as: 'ada',
    body: { name: 'Branch offices', description: 'Mail of the branch offices' },
    answer: branchesOf('Branch offices'),
  },
  listPolicies: { as: 'ada', query: { limit: 20 }, answer: { items: [branchesOf('Branch offices')], total: 1 } },
  getPolicy: { as: 'ada', params: { policyId: branches }, answer: branchesOf('Branch offices') },
  updatePolicy: {
    as: 'ada',
    params: { policyId: branches },
    body: { name: 'Branches' },
    answer: branchesOf('Branches'),
  },

  getUserGrants: { as: 'ada', params: ottoParams, answer: { grants: [{ permission: 'viewAllReports' }] } },
  putUserGrants: { as: 'ada', params: ottoParams, body: { grants: ownGrants }, answer: { grants: ownGrants } },

  createRole: {
    as: 'ada',
    body: { name: 'Campaign editors', description: 'Edit disclaimers and signatures' },
    answer: roleOf(editors, 'Campaign editors', 0),
  },
  addRoleGrant: { as: 'ada', params: roleParams, body: disclaimers, answer: { grants: [disclaimers] } },
  getRoleGrants: { as: 'ada', params: roleParams, answer: { grants: [disclaimers] } },
  putRoleGrants: {
    as: 'ada',
    params: roleParams,
    body: { grants: [both, { permission: 'manageOptions' }] },
    answer: { grants: [both, { permission: 'manageOptions' }] },
  },
  removeRoleGrant: {
    as: 'ada',
    params: { ...roleParams, permission: 'manageOptions' },
    answer: { grants: [both] },
  },
  addRoleMembers: { as: 'ada', params: roleParams, body: { members: [otto] }, answer: { users: 1, groups: 0 } },
  listRoleMembers: {
    as: 'ada',
    params: roleParams,
    query: { limit: 100 },
    answer: { items: [{ id: otto, type: 'user', name: 'Otto Ovidiu', state: 'active', source: 'local' }] },
  },
  getRole: { as: 'ada', params: roleParams, answer: roleOf(editors, 'Campaign editors', 1) },
  updateRole: {
    as: 'ada',
    params: roleParams,
    body: { name: 'Campaign team' },
    answer: roleOf(editors, 'Campaign team', 1),
  },
  cloneRole: {
    as: 'ada',
    params: roleParams,
    body: { name: 'Campaign team, abroad' },
    answer: roleOf(abroad, 'Campaign team, abroad', 0),
  },
  listRoles: {
    as: 'ada',
    query: { limit: 4 },
    answer: {
      items: [
        roleOf(editors, 'Campaign team', 1),
        roleOf(abroad, 'Campaign team, abroad', 0),
        predefinedOf('rprgr7k2m5x9q', 'programAndRulesAdministrators', 'Program and rules administrators', everything),
        predefinedOf(ruleAdministrators, 'rulesAdministrators', 'Rules administrators', onlyRules),
      ],
      cursor,
      total: 6,
    },
  },

  getEffectivePermissions: {
    as: 'ada',
    params: ottoParams,
    answer: {
      user: otto,
      state: 'active',
      enforced: true,
      permissions: [
        {
          permission: 'editActions',
          scope: 'account',
          actionTypes: ['insertSignature', 'insertDisclaimer'],
          paths: [{ via: editors }],
        },
        { permission: 'viewAllReports', scope: 'account', paths: [{ via: 'personal' }] },
        { permission: 'viewQuarantine', scope: [branches], paths: [{ via: 'personal' }] },
      ],
    },
  },
  listUserRoles: {
    as: 'ada',
    params: ottoParams,
    answer: { items: [{ id: editors, name: 'Campaign team', direct: true }], total: 1 },
  },
  getMe: {
    as: 'otto',
    answer: {
      user: ottoOf(true, 'o.ovidiu@lighthouse.example'),
      tenant: { id: tenantId, name: 'Lighthouse Group' },
      catalogue: { id: 'complete', version: 1, title: 'Complete' },
      accessManager: false,
      enforced: true,
      changesTakeEffect: 'nextLogon',
      appliesChanges: 'onSubmit',
      permissions: [
        { permission: 'editActions', scope: 'account', actionTypes: ['insertSignature', 'insertDisclaimer'] },
        { permission: 'viewAllReports', scope: 'account' },
        { permission: 'viewQuarantine', scope: [branches] },
      ],
      operations: ['getTenant', 'getCatalogue', 'getNames', 'getEffectivePermissions', 'listUserRoles'],
    },
    abridged: true,
  },
  getNames: {
    as: 'ada',
    body: { ids: [otto, editors, branches] },
    answer: {
      names: [
        { id: otto, kind: 'user', name: 'Otto Ovidiu', state: 'active', source: 'local' },
        { id: editors, kind: 'role', name: 'Campaign team' },
        { id: branches, kind: 'policy', name: 'Branches' },
      ],
    },
  },
  check: {
    as: 'product',
    body: { externalId: 'mailbox-4711', permission: 'editActions', actionType: 'insertDisclaimer' },
    answer: {
      allowed: true,
      enforced: true,
      reason: 'granted',
      by: ['editActions'],
      user: otto,
      paths: [{ permission: 'editActions', via: editors }],
      version: 11,
      asOf: noon,
    },
  },
  checkBatch: {
    as: 'product',
    body: {
      checks: [
        { user: otto, permission: 'viewQuarantine', policy: branches },
        { user: otto, ability: 'settingsTabs' },
      ],
    },
    answer: {
      results: [
        {
          allowed: true,
          enforced: true,
          reason: 'granted',
          by: ['viewQuarantine'],
          user: otto,
          paths: [{ permission: 'viewQuarantine', via: 'personal' }],
        },
        { allowed: false, enforced: true, reason: 'not-granted', by: ['manageProgramFeatures'], user: otto },
      ],
      version: 11,
      asOf: noon,
    },
  },
  listHolders: {
    as: 'product',
    body: { permission: 'editActions', actionType: 'insertSignature' },
    answer: {
      items: [
        { user: otto, kind: 'person', scope: 'account' },
        { user: ada, kind: 'person', scope: 'account' },
      ],
    },
  },

  replaceRoleMembers: {
    as: 'ada',
    params: { roleId: ruleAdministrators },
    body: { members: [ada] },
    answer: { users: 1, groups: 0 },
  },
  ...ruleExamplesOf(ruleAdministrators, abroad),

  explain: {
    as: 'ada',
    body: { user: otto, permission: 'editActions', actionType: 'insertSignature' },
    answer: {
      allowed: true,
      enforced: true,
      reason: 'granted',
      by: ['editActions'],
      user: otto,
      paths: [{ permission: 'editActions', via: editors }],
      graph: {
        nodes: [
          { id: otto, type: 'user' },
          { id: 'bit0', type: 'bit', permissions: ['editActions'] },
          { id: editors, type: 'role', name: 'Campaign team' },
        ],
        edges: [
          { from: editors, to: 'bit0', kind: 'grants', grants: [both] },
          { from: otto, to: editors, kind: 'roleMember' },
        ],
        more: false,
      },
      ending: { removals: [{ kind: 'roleMember', role: editors, user: otto }] },
      version: 20,
      asOf: noon,
    },
  },

  createSource: {
    as: 'ada',
    body: { name: 'Office directory', signIn: { issuer, claim: 'employee_id' } },
    answer: sourceOf,
  },
  listSources: { as: 'ada', query: { limit: 20 }, answer: { items: [sourceOf], total: 1 } },
  updateSource: {
    as: 'ada',
    params: { sourceId: office },
    body: { guards: { deletions: { number: 20 } } },
    answer: guardedSource,
  },
  getSource: { as: 'ada', params: { sourceId: office }, answer: guardedSource },
  postDelta: {
    as: 'ada',
    params: { sourceId: office },
    body: ldif,
    answer: { id: runId, source: office, state: 'queued' },
  },
  getRun: {
    as: 'ada',
    params: { runId },
    query: { limit: 20 },
    answer: {
      ...fileRun,
      items: [
        { line: 3, id: mona, result: 'applied' },
        { line: 10, id: marketing, result: 'applied' },
      ],
    },
  },
  getRunPlan: {
    as: 'ada',
    given: 'heldRun',
    params: { runId: heldRun },
    query: { limit: 1 },
    answer: {
      run: heldRun,
      source: branchOffice,
      state: 'held',
      ...heldPlan,
      items: [{ loss: 'user-deleted', user: { id: 'u5gnek7k2m5x9q4w7z1c3' }, line: 3 }],
      cursor,
    },
  },
  approveRun: {
    as: 'ada',
    given: 'heldRun',
    params: { runId: approvedRun },
    body: { digest: heldDigest },
    answer: { ...heldRunOf(approvedRun), state: 'queued' },
  },
  rejectRun: {
    as: 'ada',
    params: { runId: heldRun },
    answer: {
      ...heldRunOf(heldRun),
      state: 'rejected',
      finishedAt: noon,
      plan: heldPlan,
    },
  },
  abandonRun: {
    as: 'ada',
    again: 'openRun',
    params: { runId: givenUpRun.id },
    answer: givenUpRun,
  },
  openRun: {
    as: 'ada',
    params: { sourceId: office },
    body: { kind: 'delta', epoch: 'ldap-1', baseCursor: null },
    answer: { ...openedRun, batches: 0, bytes: 0, records: 0, entries: 0 },
  },
  putBatch: {
    as: 'ada',
    params: { runId: batchRunId, number: '1' },
    body: ndjson,
    answer: { number: 1, entries: 1, bytes: ndjson.length, digest: batchDigest(ndjson) },
  },
  commitRun: {
    as: 'ada',
    params: { runId: batchRunId },
    body: { batches: 1, entries: 1, digest: batchDigest(batchDigest(ndjson)), cursor: '20260302120000.000000Z#1' },
    answer: { ...openedRun, ...receivedRun, state: 'queued' },
  },
  listRuns: {
    as: 'ada',
    params: { sourceId: office },
    query: { limit: 20 },
    answer: {
      items: [
        {
          ...openedRun,
          ...receivedRun,
          ...endedRun,
          state: 'done',
          counts: { ...fileRun.counts, applied: 1 },
          plan: {
            digest: '7d41'.repeat(16),
            plannedAt: noon,
            losses: noLosses,
            gains: { users: 0, groups: 0, enabled: 0, memberships: 0, nestings: 0 },
          },
        },
        givenUpRun,
        fileRun,
      ],
    },
  },
  listGroups: { as: 'ada', query: { search: 'ket' }, answer: { items: [groupOf(false)], total: 1 } },
  listUserGroups: {
    as: 'ada',
    params: { userId: mona },
    answer: { items: [{ id: marketing, name: 'Marketing', direct: true, origins: [office] }], total: 1 },
  },
  getGroup: { as: 'ada', params: { groupId: marketing }, answer: { ...groupOf(false), roles: [] } },
  updateGroup: {
    as: 'ada',
    params: { groupId: marketing },
    body: { confersAccessManagement: true },
    answer: { ...groupOf(true), roles: [] },
  },
  listGroupMembers: {
    as: 'ada',
    params: { groupId: marketing },
    query: { effective: 'true' },
    answer: {
      items: [{ id: mona, type: 'user', name: 'Mona Marin', state: 'active', source: office, origins: [office] }],
    },
  },
  addGroupMembers: {
    as: 'ada',
    params: { groupId: marketing },
    body: { members: [mona, otto] },
    answer: {
      members: [
        { id: mona, origins: ['hand', office] },
        { id: otto, origins: ['hand'] },
      ],
    },
  },
  removeGroupMembers: {
    as: 'ada',
    params: { groupId: marketing },
    body: { members: [mona, otto] },
    answer: {
      members: [
        { id: mona, origins: [office] },
        { id: otto, origins: [] },
      ],
      warnings: [`still-in-group:${office}`],
    },
  },

  ...changeExamplesOf(ada, otto, roleOf(night, 'Night shift', 0)),
  ...sessionExamplesOf(otto),
  removeRoleMembers: { as: 'ada', params: roleParams, body: { members: [otto] }, answer: { users: 0, groups: 0 } },
  listEvents: {
    as: 'ada',
    query: { limit: 2, target: editors },
    answer: {
      items: [
        {
          id: 'e01m7zwwsvc18dca1k8s6',
          at: noon,
          action: 'role.members.removed',
          target: editors,
          actor: { kind: 'person', id: ada },
          authority: 'manageAccessRights',
          outcome: 'done',
          count: 1,
          requestId: '2138af02-bd7a-42aa-b6c5-a634049a7347',
          traceId: exampleTraceId,
          before: { members: [otto] },
        },
        {
          id: 'e01m7zwwsvb9xq2mh0rk4',
          at: noon,
          action: 'role.updated',
          target: editors,
          actor: { kind: 'person', id: ada },
          authority: 'manageAccessRights',
          outcome: 'done',
          count: 1,
          requestId: 'cba60ce1-4c1d-4440-8212-fca02e245307',
          traceId: exampleTraceId,
          before: { name: 'Campaign editors', description: 'Edit disclaimers and signatures' },
          after: { name: 'Campaign team', description: 'Edit disclaimers and signatures' },
        },
      ],
      cursor,
    },
  },
  getEvent: {
    as: 'ada',
    params: { eventId: 'e01m7zwwsvc18dca1k8s6' },
    answer: {
      id: 'e01m7zwwsvc18dca1k8s6',
      at: noon,
      action: 'role.members.removed',
      target: editors,
      actor: { kind: 'person', id: ada },
      authority: 'manageAccessRights',
      outcome: 'done',
      count: 1,
      requestId: '2138af02-bd7a-42aa-b6c5-a634049a7347',
      traceId: exampleTraceId,
      before: { members: [otto] },
    },
  },
  countEvents: {
    as: 'ada',
    query: { from: '2026-03-02', to: '2026-03-02', action: 'role.members.removed' },
    answer: { items: [{ day: '2026-03-02', action: 'role.members.removed', outcome: 'done', events: 1, times: 1 }] },
  },
  getEventDifference: {
    as: 'ada',
    params: { eventId: 'e01m7zwwsvc18dca1k8s6' },
    answer: { items: [`{"before":{"members":["${otto}"]}}`] },
  },
  ...proofExamplesOf('e01m7zwwsvc18dca1k8s6'),
  putAuditSettings: { as: 'ada', body: auditSettings, answer: auditSettingsAnswered },
  getAuditSettings: { as: 'ada', answer: { ...auditSettingsAnswered, destinationState: {} } },

  exportEvents: { as: 'ada', query: { after: 0, format: 'ocsf' } },

  removeUserGrant: {
    as: 'ada',
    params: { ...ottoParams, permission: 'viewQuarantine' },
    query: { policy: branches },
    answer: { grants: [{ permission: 'viewAllReports' }] },
  },
  unbindUser: { as: 'ada', params: ottoParams },
  deleteUser: { as: 'ada', params: ottoParams },
  restoreUser: { as: 'ada', params: ottoParams, answer: ottoOf(false, 'o.ovidiu@lighthouse.example') },
  deleteRole: { as: 'ada', params: { roleId: abroad } },
  deletePolicy: { as: 'ada', params: { policyId: branches } },
  restoreRun: {
    as: 'ada',
    params: { runId },
    answer: {
      id: 'n03m7zwwsvc18dca1k8s6',
      source: office,
      kind: 'restore',
      restores: runId,
      state: 'queued',
      bytes: 0,
      records: 0,
      entries: 0,
      counts: { applied: 0, noop: 0, rejected: 0, ignored: 0 },
      createdAt: noon,
    },
  },
  deleteSource: { as: 'ada', params: { sourceId: office } },
  eraseUser: { as: 'ada', again: 'deleteUser', params: ottoParams, answer: { id: otto, erasedAt: noon } },
  deleteGroup: { as: 'ada', params: { groupId: marketing } },

  requestRecovery: {
    as: 'operator',
    given: 'keeperless',
    params: { tenantId },
    body: {
      reason: 'The last administrator has left',
      person: { name: 'Rita Recovers', mail: 'rita@lighthouse.example' },
    },
    answer: recoveryOf,
  },
  cancelRecovery: { as: 'otherOperator', params: { tenantId } },
  approveRecovery: {
    as: 'otherOperator',
    again: 'requestRecovery',
    params: { tenantId },
    body: { requestedAt: noon },
    answer: {
      ...recoveryOf,
      state: 'approved',
      approvedBy: 'another-operator',
      approvedAt: noon,
      dueAt: '2026-03-05T12:00:00.000Z',
    },
  },
  completeRecovery: {
    as: 'operator',
    daysLater: 3,
    params: { tenantId },
    answer: {
      user: rita,
      invitation: `${rita}.7hq2m5x9q4w7z1c3v8k2m5x9q4w7z1c3`,
      expiresAt: '2026-03-12T12:00:00.000Z',
    },
  },
  cancelOwnRecovery: { as: 'ada', given: 'recovery' },

  listTenants: { as: 'operator', query: { name: 'lighthouse' }, answer: { items: [accountOf] } },
  updateTenantById: {
    as: 'operator',
    params: { tenantId },
    body: { state: 'closed', reason: 'The contract has ended' },
    answer: { ...accountOf, state: 'closed', ...closing },
  },
  getTenantById: {
    as: 'operator',
    params: { tenantId },
    answer: { ...accountOf, state: 'closed', ...closing },
  },
  purgeTenant: {
    as: 'operator',
    daysLater: 31,
    params: { tenantId },
    body: { name: 'Lighthouse Group', reason: 'The contract has ended' },
    answer: { ...accountOf, state: 'purging', since: noon, reason: 'The contract has ended' },
  },
  listOperatorEvents: {
    as: 'operator',
    query: { tenant: tenantId, limit: 1 },
    answer: {
      items: [
        {
          id: 'e01m7zwwsvc18dca1k8s7',
          at: noon,
          action: 'tenant.purged',
          target: tenantId,
          actor: { kind: 'operator', id: 'operator' },
          outcome: 'done',
          count: 1,
          requestId: '2138af02-bd7a-42aa-b6c5-a634049a7347',
        },
      ],
      cursor,
    },
    abridged: true,
  },
};

/** An example without its exact types, for code that treats all examples alike. */
export interface AnyExample {
  readonly as: Sender;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly answer?: unknown;
  readonly again?: OperationId;
  readonly daysLater?: number;
  readonly given?: 'keeperless' | 'recovery' | 'heldRun' | 'sealed';
  readonly abridged?: true;
}
export const exampleOf = (id: OperationId): AnyExample => examples[id];
