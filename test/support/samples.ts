// One valid request per operation of the table, for the suites that iterate over it: an operation without a sample does
// not compile. Requests use every field of the operation, so that the suites about fields miss none.
import { randomUUID } from 'node:crypto';
import { batchDigest } from '../../shared/domain/plan/run-protocol.ts';
import type { OperationId } from '../../shared/routes/operations.ts';
import { runSlice } from '../../shared/runs/run.ts';
import {
  dueRecovery,
  heldDigest,
  leavingTenant,
  loseHolders,
  putGroup,
  putHeldRun,
  putRecovery,
  putSource,
  recoveringTenant,
} from './facts.ts';

import { approver, issuer, operator, type Request, service, type Tenant } from './harness.ts';
import { sealNow } from './sealed.ts';

let numbers = 0;

const oneUser = `${JSON.stringify({
  type: 'user',
  id: '0d1c2b3a-0000-4000-8000-000000000099',
  dn: 'uid=sam,ou=people,dc=harbour,dc=example',
  enabled: true,
  version: '7',
  attributes: { cn: ['Sam Ple'], uid: ['sam'] },
})}\n`;

/** The targets of requests. Shared targets are created once, others for every request. */
export class Targets {
  readonly tenant: Tenant;
  readonly #made: Map<string, Promise<string>> | undefined;
  /** Users, besides the first one, with the rights by role that rules need. */
  readonly #creators: readonly string[];
  #names = 0;

  private constructor(tenant: Tenant, shared: boolean, creators: readonly string[] = []) {
    this.tenant = tenant;
    this.#made = shared ? new Map() : undefined;
    this.#creators = creators;
  }

  static shared(tenant: Tenant): Targets {
    return new Targets(tenant, true);
  }

  static fresh(tenant: Tenant, creators: readonly string[] = []): Targets {
    return new Targets(tenant, false, creators);
  }

  #one(kind: string, make: () => Promise<string>): Promise<string> {
    if (!this.#made) return make();
    const made = this.#made.get(kind) ?? make();
    this.#made.set(kind, made);
    return made;
  }

  /** A new number for every call. */
  number(): number {
    numbers += 1;
    return numbers;
  }

  name(): string {
    this.#names += 1;
    // The last word never begins with the number: that would be an item of the index of words less.
    return `Sample ${this.#names} n${randomUUID().replaceAll('-', '')}`;
  }

  role(): Promise<string> {
    return this.#one('role', () => this.tenant.role(this.name(), [{ permission: 'billing' }]));
  }

  /** A role with one member of its own, and that member. */
  async member(): Promise<[role: string, user: string]> {
    const [role, user] = (
      await this.#one('member', async () => {
        const member = await this.tenant.user(this.name());
        return `${await this.tenant.role(this.name(), [], [member])} ${member}`;
      })
    ).split(' ') as [string, string];
    return [role, user];
  }

  user(): Promise<string> {
    return this.#one('user', () => this.tenant.user(this.name()));
  }

  /** A user with a sign-in. */
  bound(): Promise<string> {
    return this.#one('bound', () => this.tenant.user(this.name(), randomUUID()));
  }

  group(): Promise<string> {
    return this.#one('group', async () => (await putGroup(this.tenant, this.name())).id);
  }

  policy(): Promise<string> {
    return this.#one('policy', async () => {
      const { body } = await this.tenant.ok('createPolicy', { body: { name: this.name(), description: 'For tests' } });
      return body.id;
    });
  }

  source(): Promise<string> {
    return this.#one('source', () => putSource(this.tenant));
  }

  /** A run that has ended. */
  run(): Promise<string> {
    return this.#one('run', async () => {
      const { body } = await this.tenant.ok('postDelta', {
        params: { sourceId: await putSource(this.tenant) },
        body: 'version: 1\n',
      });
      return body.id;
    });
  }

  /** A run that waits for its batches. */
  openRun(): Promise<string> {
    return this.#one('open run', async () => {
      const { body } = await this.tenant.ok('openRun', {
        params: { sourceId: await putSource(this.tenant) },
        body: { kind: 'delta', epoch: 'e1', baseCursor: null },
      });
      return body.id;
    });
  }

  /** An open run with one batch. */
  filledRun(): Promise<string> {
    return this.#one('filled run', async () => {
      const params = { runId: await this.openRun(), number: '1' };
      await this.tenant.ok('putBatch', { params, body: oneUser });
      return params.runId;
    });
  }

  /** A run that waits for a keeper. */
  heldRun(): Promise<string> {
    return this.#one('heldRun', () => putHeldRun(this.tenant));
  }

  /** A role by which the first user creates rules, because own grants carry no rights on rules. */
  creator(): Promise<string> {
    const members = [this.tenant.firstUser, ...this.#creators];
    return this.#one('creator', () => this.tenant.role(this.name(), [{ permission: '*' }], members));
  }

  category(): Promise<string> {
    return this.#one('category', async () => {
      const { body, etag = '' } = await this.tenant.ok('getCategories');
      const list = [...body.categories, { name: this.name() }];
      const headers = { 'if-match': etag };
      const put = await this.tenant.ok('putCategories', { body: { categories: list }, headers });
      return put.body.categories.at(-1).id;
    });
  }

  /** A rule with two actions, and their ids. */
  async rule(): Promise<[rule: string, first: string, second: string]> {
    const ids = await this.#one('rule', async () => {
      const actions = [{ type: 'insertSignature' }, { type: 'insertDisclaimer' }];
      const body = { type: 'signatureRule', name: this.name(), actions, owner: await this.creator() };
      const rule = (await this.tenant.ok('createRule', { body })).body;
      return [rule.id, ...rule.actions.map((action: { id: string }) => action.id)].join(' ');
    });
    return ids.split(' ') as [string, string, string];
  }

  /** A draft of the first user. */
  draft(): Promise<string> {
    return this.#one('draft', async () => {
      const body = { name: this.name(), operations: await listed(this) };
      return (await this.tenant.ok('createDraft', { body })).body.id;
    });
  }

  /** An open session of a user. */
  session(): Promise<string> {
    return this.#one('session', async () => (await this.ofUser()).session);
  }

  /** A user with an open session. */
  async ofUser(): Promise<{ user: string; session: string }> {
    const [user = '', session = ''] = (
      await this.#one('ofUser', async () => {
        const made = await this.tenant.user(this.name());
        const as = service(this.tenant.id);
        return `${made} ${(await this.tenant.ok('createSession', { as, body: { user: made } })).body.id}`;
      })
    ).split(' ');
    return { user, session };
  }

  invitation(): Promise<string> {
    return this.#one('invitation', async () => {
      const userId = await this.tenant.user(this.name());
      return (await this.tenant.ok('inviteUser', { params: { userId } })).body.invitation;
    });
  }
}

/** `*` matches any ETag, so the resource need only exist. */
const anyTag = { 'if-match': '*' };
const page = { limit: '10' };
const searched = { ...page, search: 'Sam' };

/** A change of the first person whose event every reader of the audit may see. */
const eventForAll = async (t: Targets): Promise<string> => {
  await t.tenant.ok('updateTenant', { body: { name: t.name() }, headers: { 'if-match': '*' } });
  const { body } = await t.tenant.ok('listEvents', { query: { action: 'tenant.updated', limit: '1' } });
  return body.items[0].id;
};

type Sample = (targets: Targets) => Promise<Request> | Request;

/** Operations with every field that they can have. */
const listed = async (t: Targets): Promise<object[]> => {
  const roleId = await t.role();
  return [
    { operation: 'createRole', body: { name: t.name(), description: 'For tests' }, as: 'made' },
    { operation: 'addRoleMembers', params: { roleId: '$made' }, body: { members: [await t.user()] } },
    { operation: 'updateRole', params: { roleId }, body: { description: 'Described anew' }, ifMatch: '*' },
    {
      operation: 'removeRoleGrant',
      params: { roleId, permission: 'viewConfiguration' },
      query: { policy: await t.policy() },
    },
  ];
};

/** A change set, and the digest of its preview. */
const changeSet = async (t: Targets): Promise<Request> => {
  const operations = await listed(t);
  const { body } = await t.tenant.ok('submitChangeSet', { body: { operations }, query: { dryRun: 'true' } });
  return { body: { operations, digest: body.digest } };
};

/** All settings that a source can have. */
const sourceSettings = async (t: Targets) => {
  const threshold = { number: 50, percent: 10 };
  return {
    kind: 'ldap',
    signIn: { issuer, claim: t.name() },
    groupClasses: ['team'],
    disabledMarkers: [{ attribute: 'employeeStatus', value: 'left' }],
    client: t.tenant.firstUser,
    guards: { deletions: threshold, disablings: threshold, removals: threshold, groupRemovals: threshold },
  };
};

export const samples: Record<OperationId, Sample> = {
  createTenant: (t) => ({
    body: {
      name: t.name(),
      catalogue: 'complete',
      language: 'en',
      firstUser: {
        name: 'First Person',
        login: 'first.person',
        mail: 'first.person@mail.test',
        identity: { issuer, subject: 'first' },
      },
    },
  }),
  getTenant: () => ({}),
  updateTenant: async (t) => ({
    body: { name: t.name(), enforced: true, changesTakeEffect: 'nextLogon', administratorsGroup: await t.group() },
  }),
  putFeatures: (t) => ({
    params: { tenantId: t.tenant.id },
    body: { features: ['filteredReports', 'fullTrafficLogging'] },
    headers: anyTag,
  }),
  getFeatures: (t) => ({ params: { tenantId: t.tenant.id } }),
  getCatalogue: () => ({}),
  getMe: () => ({}),
  getNames: async (t) => ({
    body: { ids: [await t.user(), await t.role(), await t.group(), await t.policy(), await t.source()] },
  }),
  listUsers: () => ({
    query: { ...page, name: 'Sam', search: 'sam', state: 'active', source: 'local', kind: 'person', deleted: 'false' },
  }),
  createUser: (t) => ({
    body: {
      kind: 'person',
      source: 'external',
      name: t.name(),
      login: 'sample.login',
      mail: 'sample@mail.test',
      externalId: randomUUID(),
    },
  }),
  getUser: async (t) => ({ params: { userId: await t.user() } }),
  updateUser: async (t) => ({
    params: { userId: await t.user() },
    body: {
      name: t.name(),
      login: 'other.login',
      mail: 'other@mail.test',
      externalId: randomUUID(),
      state: 'disabled',
    },
  }),
  deleteUser: async (t) => ({ params: { userId: await t.user() } }),
  restoreUser: async (t) => {
    const userId = await t.tenant.user(t.name());
    await t.tenant.ok('deleteUser', { params: { userId } });
    return { params: { userId } };
  },
  eraseUser: async (t) => {
    const userId = await t.tenant.user(t.name());
    await t.tenant.ok('deleteUser', { params: { userId } });
    return { params: { userId } };
  },
  inviteUser: async (t) => ({ params: { userId: await t.user() } }),
  acceptInvitation: async (t) => ({ body: { invitation: await t.invitation() } }),
  unbindUser: async (t) => ({ params: { userId: await t.bound() } }),
  getUserGrants: async (t) => ({ params: { userId: await t.user() } }),
  putUserGrants: async (t) => ({ params: { userId: await t.user() }, body: { grants: [] }, headers: anyTag }),
  removeUserGrant: async (t) => {
    const userId = await t.user();
    await t.tenant.setGrants(userId, [{ permission: 'billing' }, { permission: 'logExport' }]);
    return { params: { userId, permission: 'billing' } };
  },
  getEffectivePermissions: async (t) => ({ params: { userId: await t.user() }, query: { explain: 'viewQuarantine' } }),
  listUserRoles: async (t) => {
    const [, userId] = await t.member();
    return { params: { userId }, query: searched };
  },
  listUserGroups: async (t) => ({ params: { userId: await t.user() }, query: searched }),
  listGroups: () => ({ query: { ...searched, name: 'Sam' } }),
  getGroup: async (t) => ({ params: { groupId: await t.group() } }),
  updateGroup: async (t) => ({ params: { groupId: await t.group() }, body: { confersAccessManagement: true } }),
  addGroupMembers: async (t) => ({ params: { groupId: await t.group() }, body: { members: [await t.user()] } }),
  removeGroupMembers: async (t) => {
    const asked = { params: { groupId: await t.group() }, body: { members: [await t.user()] } };
    await t.tenant.ok('addGroupMembers', asked);
    return asked;
  },
  deleteGroup: async (t) => ({ params: { groupId: await t.group() }, headers: anyTag }),
  listGroupMembers: async (t) => ({ params: { groupId: await t.group() }, query: { ...page, effective: 'true' } }),
  listPolicies: () => ({ query: searched }),
  createPolicy: (t) => ({ body: { name: t.name(), description: 'For tests' } }),
  getPolicy: async (t) => ({ params: { policyId: await t.policy() } }),
  updatePolicy: async (t) => ({
    params: { policyId: await t.policy() },
    body: { name: t.name(), description: 'Described anew' },
  }),
  deletePolicy: async (t) => ({ params: { policyId: await t.policy() } }),
  createRole: (t) => ({ body: { name: t.name(), description: 'For tests' } }),
  listRoles: () => ({ query: searched }),
  getRole: async (t) => ({ params: { roleId: await t.role() } }),
  updateRole: async (t) => ({ params: { roleId: await t.role() }, body: { name: t.name(), description: 'Other' } }),
  deleteRole: async (t) => ({ params: { roleId: await t.role() }, query: { newOwner: await t.creator() } }),
  cloneRole: async (t) => ({ params: { roleId: await t.role() }, body: { name: t.name() } }),
  getRoleGrants: async (t) => ({ params: { roleId: await t.role() } }),
  putRoleGrants: async (t) => ({
    params: { roleId: await t.role() },
    body: {
      grants: [
        { permission: 'editActions', actionTypes: ['insertSignature'], ruleTypes: ['signatureRule'] },
        { permission: 'viewQuarantine', policies: [await t.policy()] },
      ],
    },
    headers: anyTag,
  }),
  addRoleGrant: async (t) => ({ params: { roleId: await t.role() }, body: { permission: 'purchase' } }),
  removeRoleGrant: async (t) => ({ params: { roleId: await t.role(), permission: 'billing' } }),
  listRoleMembers: async (t) => ({ params: { roleId: (await t.member())[0] }, query: page }),
  addRoleMembers: async (t) => ({ params: { roleId: await t.role() }, body: { members: [await t.user()] } }),
  removeRoleMembers: async (t) => {
    const [roleId, user] = await t.member();
    return { params: { roleId }, body: { members: [user] } };
  },
  replaceRoleMembers: async (t) => ({
    params: { roleId: await t.role() },
    body: { members: [await t.user(), await t.group()] },
    headers: anyTag,
  }),
  listRules: async (t) => ({
    query: { ...page, sort: 'name', name: 'Sam', type: 'signatureRule', category: await t.category() },
  }),
  createRule: async (t) => ({
    body: {
      type: 'signatureRule',
      name: t.name(),
      description: 'For tests',
      enabled: true,
      categories: [await t.category()],
      conditions: [{}],
      exceptions: [{}],
      actions: [{ type: 'insertSignature', properties: {} }],
      options: {},
      owner: await t.creator(),
    },
  }),
  getRule: async (t) => ({ params: { ruleId: (await t.rule())[0] } }),
  updateRule: async (t) => {
    const [ruleId, first, second] = await t.rule();
    return {
      params: { ruleId },
      body: {
        name: t.name(),
        description: 'Described anew',
        enabled: false,
        categories: [await t.category()],
        conditions: [{}],
        exceptions: [{}],
        actions: [
          { id: first, type: 'insertSignature', properties: {} },
          { id: second, type: 'insertDisclaimer', properties: {} },
        ],
        options: {},
      },
    };
  },
  deleteRule: async (t) => ({ params: { ruleId: (await t.rule())[0] } }),
  moveRule: async (t) => ({ params: { ruleId: (await t.rule())[0] }, body: { to: 'first' } }),
  addAction: async (t) => ({
    params: { ruleId: (await t.rule())[0] },
    body: { type: 'insertBanner', properties: {} },
  }),
  updateAction: async (t) => {
    const [ruleId, actionId] = await t.rule();
    return { params: { ruleId, actionId }, body: { properties: { template: t.name() } } };
  },
  deleteAction: async (t) => {
    const [ruleId, actionId] = await t.rule();
    return { params: { ruleId, actionId } };
  },
  moveAction: async (t) => {
    const [ruleId, actionId] = await t.rule();
    return { params: { ruleId, actionId }, body: { to: 'last' } };
  },
  getRuleOwner: async (t) => ({ params: { ruleId: (await t.rule())[0] } }),
  putRuleOwner: async (t) => ({
    params: { ruleId: (await t.rule())[0] },
    body: { owner: await t.creator() },
    headers: anyTag,
  }),
  getCategories: () => ({}),
  putCategories: async (t) => ({
    body: { categories: [{ id: await t.category(), name: t.name() }] },
    headers: anyTag,
  }),
  getRuleRights: async (t) => ({ params: { roleId: await t.role() }, query: { ...page, sort: 'name' } }),
  putRuleRights: async (t) => ({
    params: { roleId: await t.role() },
    body: {
      newRules: { view: true, edit: false, delete: false },
      columns: { view: true, edit: false, delete: false },
      rules: [{ rule: (await t.rule())[0], view: true, edit: true, delete: true }],
    },
    headers: anyTag,
  }),
  check: async (t) => ({
    body: {
      user: await t.user(),
      permission: 'viewQuarantine',
      policy: await t.policy(),
      actionType: 'insertSignature',
      ruleType: 'signatureRule',
      consistency: 'strong',
    },
  }),
  checkBatch: async (t) => ({
    body: {
      checks: [
        { user: await t.user(), permission: 'viewQuarantine', policy: await t.policy() },
        { externalId: 'nobody', ability: 'logOn', actionType: 'insertSignature', ruleType: 'signatureRule' },
        { user: await t.user(), right: 'edit', rule: (await t.rule())[0] },
      ],
      consistency: 'strong',
    },
  }),
  listHolders: async (t) => ({
    body: {
      permission: 'viewQuarantine',
      policy: await t.policy(),
      actionType: 'insertSignature',
      ruleType: 'signatureRule',
      limit: 10,
    },
  }),
  explain: async (t) => ({
    body: {
      user: await t.user(),
      permission: 'viewQuarantine',
      policy: await t.policy(),
      actionType: 'insertSignature',
      ruleType: 'signatureRule',
    },
  }),
  createSource: async (t) => ({ body: { name: t.name(), ...(await sourceSettings(t)) } }),
  listSources: () => ({ query: searched }),
  getSource: async (t) => ({ params: { sourceId: await t.source() } }),
  updateSource: async (t) => ({
    params: { sourceId: await t.source() },
    headers: anyTag,
    body: { name: t.name(), enabled: true, ...(await sourceSettings(t)) },
  }),
  deleteSource: async (t) => ({ params: { sourceId: await t.source() }, headers: anyTag }),
  postDelta: async (t) => ({
    params: { sourceId: await t.source() },
    query: { kind: 'full', epoch: 'e1', baseCursor: 'c1', cursor: 'c2' },
    body: 'version: 1\n',
  }),
  openRun: async (t) => ({
    params: { sourceId: await putSource(t.tenant) },
    body: { kind: 'full', epoch: 'e1', baseCursor: 'c0', planOnly: false },
  }),
  listRuns: async (t) => ({ params: { sourceId: await t.source() }, query: page }),
  putBatch: async (t) => ({ params: { runId: await t.openRun(), number: '1' }, body: oneUser }),
  commitRun: async (t) => ({
    params: { runId: await t.filledRun() },
    body: { batches: 1, entries: 1, digest: batchDigest(batchDigest(oneUser)), cursor: 'c1' },
  }),
  restoreRun: async (t) => {
    const params = { sourceId: await putSource(t.tenant) };
    const { body } = await t.tenant.ok('postDelta', { params, body: 'version: 1\n' });
    await runSlice(t.tenant.harness.store, { tenant: t.tenant.id, id: body.id });
    return { params: { runId: body.id } };
  },
  abandonRun: async (t) => ({ params: { runId: await t.openRun() } }),
  getRunPlan: async (t) => ({ params: { runId: await t.heldRun() }, query: page }),
  approveRun: async (t) => ({ params: { runId: await t.heldRun() }, body: { digest: heldDigest } }),
  rejectRun: async (t) => ({ params: { runId: await t.heldRun() } }),
  getRun: async (t) => ({ params: { runId: await t.run() }, query: { ...page, result: 'applied' } }),
  submitChangeSet: changeSet,
  createDraft: async (t) => ({ body: { name: t.name(), operations: await listed(t) } }),
  listDrafts: () => ({ query: page }),
  getDraft: async (t) => ({ params: { draftId: await t.draft() } }),
  putDraft: async (t) => ({
    params: { draftId: await t.draft() },
    body: { name: t.name(), operations: await listed(t) },
    headers: anyTag,
  }),
  deleteDraft: async (t) => ({ params: { draftId: await t.draft() } }),
  previewDraft: async (t) => ({ params: { draftId: await t.draft() } }),
  rebaseDraft: async (t) => {
    const params = { draftId: await t.draft() };
    const { etag = '' } = await t.tenant.ok('getDraft', { params });
    return { params, body: { refresh: true }, headers: { 'if-match': etag } };
  },
  submitDraft: async (t) => {
    const params = { draftId: await t.draft() };
    return { params, body: { digest: (await t.tenant.ok('previewDraft', { params })).body.digest } };
  },
  createSession: (t) => ({ body: { user: t.tenant.firstUser, seconds: 600 + t.number() } }),
  endSession: async (t) => ({ params: { sessionId: await t.session() } }),
  createSnapshotToken: async (t) => ({ params: { sessionId: await t.session() } }),
  listSessions: async (t) => ({ params: { userId: (await t.ofUser()).user }, query: page }),
  endSessions: async (t) => ({ params: { userId: (await t.ofUser()).user } }),
  getJwks: () => ({}),
  listEvents: () => ({
    query: {
      ...page,
      from: '2020-01-01T00:00:00Z',
      to: '2120-01-01T00:00:00+02:00',
      actor: 'u0',
      target: 'tenant',
      action: 'role.created',
      outcome: 'done',
      correlation: 'a request',
      order: 'newest',
    },
  }),
  getEvent: async (t) => ({ params: { eventId: await eventForAll(t) } }),
  countEvents: () => ({
    query: { from: '2026-01-01', to: '2026-12-31', action: 'role.created', outcome: 'done' },
  }),
  getEventDifference: async (t) => ({ params: { eventId: await eventForAll(t) }, query: page }),
  listCheckpoints: async (t) => {
    await sealNow(t.tenant);
    await t.tenant.role(t.name());
    await sealNow(t.tenant);
    return { query: page };
  },
  getEventProof: async (t) => {
    const eventId = await eventForAll(t);
    const { size } = await sealNow(t.tenant);
    return { params: { eventId }, query: { size: String(size) } };
  },
  getConsistencyProof: async (t) => {
    const { size } = await sealNow(t.tenant);
    return { query: { from: '1', to: String(size) } };
  },
  getAuditKeys: async (t) => {
    await sealNow(t.tenant);
    return {};
  },
  getAuditSettings: () => ({}),
  putAuditSettings: (t) => ({
    headers: anyTag,
    body: {
      retentionDays: 1_000 + t.number(),
      legalHold: true,
      destination: {
        bucket: 'sample-audit',
        region: 'eu-central-1',
        prefix: 'holdfast/audit',
        roleArn: 'arn:aws:iam::123456789012:role/HoldfastAudit',
      },
    },
  }),
  exportEvents: async (t) => {
    await sealNow(t.tenant);
    return { query: { after: '0', format: 'holdfast', values: 'true' } };
  },
  listTenants: () => ({ query: { ...page, name: 'Sam' } }),
  getTenantById: (t) => ({ params: { tenantId: t.tenant.id } }),
  updateTenantById: (t) => ({
    params: { tenantId: t.tenant.id },
    body: { name: t.name(), state: 'active', reason: 'For tests' },
  }),
  purgeTenant: async (t) => {
    const { id, name } = await leavingTenant(t.tenant.harness);
    return { params: { tenantId: id }, body: { name, reason: 'For tests' } };
  },
  requestRecovery: async (t) => {
    const { id } = await t.tenant.harness.tenant();
    await loseHolders(t.tenant.harness, id);
    const person = { name: t.name(), login: 'rita', mail: 'rita@mail.test' };
    return { params: { tenantId: id }, body: { reason: 'For tests', person } };
  },
  approveRecovery: async (t) => {
    const params = { tenantId: (await recoveringTenant(t.tenant.harness)).id };
    await t.tenant.harness.ok('cancelRecovery', { as: operator, params });
    const body = { reason: 'For tests', person: { name: t.name() } };
    const { requestedAt } = (await t.tenant.harness.ok('requestRecovery', { as: approver, params, body })).body;
    return { params, body: { requestedAt } };
  },
  completeRecovery: async (t) => {
    const params = { tenantId: (await recoveringTenant(t.tenant.harness)).id };
    const { requestedAt } = (await t.tenant.harness.ok('getTenantById', { as: operator, params })).body.recovery;
    await t.tenant.harness.ok('approveRecovery', { as: approver, params, body: { requestedAt } });
    await dueRecovery(t.tenant.harness, params.tenantId);
    return { params };
  },
  cancelRecovery: async (t) => ({ params: { tenantId: (await recoveringTenant(t.tenant.harness)).id } }),
  cancelOwnRecovery: async (t) => {
    await putRecovery(t.tenant);
    return {};
  },
  listOperatorEvents: (t) => ({
    query: { ...page, tenant: t.tenant.id, from: '2020-01-01T00:00:00Z', to: '2120-01-01T00:00:00+02:00' },
  }),
  getHealth: () => ({}),
  getReadiness: () => ({}),
  getOpenApi: () => ({}),
  getDocs: () => ({}),
  getDocsAsset: () => ({ params: { asset: 'start.js' } }),
};

/** Further valid bodies, with fields that the sample cannot have beside its own. */
export const otherBodies: Partial<Record<OperationId, Sample>> = {
  requestRecovery: async (t) => {
    const { id, firstUser } = await t.tenant.harness.tenant();
    await loseHolders(t.tenant.harness, id);
    return { params: { tenantId: id }, body: { reason: 'For tests', person: { user: firstUser } } };
  },
  createUser: (t) => ({
    body: {
      kind: 'machine',
      name: t.name(),
      identity: { issuer, subject: randomUUID() },
      externalId: randomUUID(),
    },
  }),
  addRoleGrant: async (t) => ({
    params: { roleId: await t.role() },
    body: { permission: 'viewConfiguration', policies: [await t.policy()] },
  }),
  moveRule: async (t) => {
    const [before] = await t.rule();
    return { params: { ruleId: (await t.rule())[0] }, body: { before } };
  },
  moveAction: async (t) => {
    const [ruleId, actionId, after] = await t.rule();
    return { params: { ruleId, actionId }, body: { after } };
  },
  check: () => ({ body: { externalId: 'nobody', ability: 'logOn' } }),
  listHolders: () => ({ body: { ability: 'logOn' } }),
  explain: async (t) => ({ body: { externalId: 'nobody', right: 'edit', rule: (await t.rule())[0] } }),
};
