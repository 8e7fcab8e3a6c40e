// What each operation's handler really sends to the table and the queue, over the situations that make a difference: a
// book that is not in memory, one that is behind, a denial, a replay, and changes that touch who manages access rights.
import { randomUUID } from 'node:crypto';
import { meter } from '../../functions/events/meter.ts';
import { handler as schedule } from '../../functions/events/schedule-exports.ts';
import { handler as exportWork } from '../../functions/work/export.ts';
import { setExporter } from '../../functions/work/exporter.ts';
import { handler as work } from '../../functions/work/work.ts';
import type { ExportStore } from '../../shared/exports/port.ts';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import { localNotary, newNotaryKey } from '../../shared/http/signing/notary.ts';
import type { TableAccess, TableAction } from '../../shared/routes/access.ts';
import { type OperationId, operations } from '../../shared/routes/operations.ts';
import { type DocumentClient, systemClock } from '../../shared/store/db.ts';
import { keys } from '../../shared/store/keys.ts';
import { Store } from '../../shared/store/store.ts';
import { MemoryExports } from '../exports/memory.ts';
import {
  builtOperations,
  groupRecordOf,
  leavingTenant,
  putDirectoryUser,
  putRecords,
  putSource,
} from '../support/facts.ts';
import {
  type As,
  Harness,
  issuer,
  operator,
  person,
  type Reply,
  type Request,
  service,
  snapshotSigner,
  type Tenant,
} from '../support/harness.ts';
import { otherBodies, samples, Targets } from '../support/samples.ts';

interface Sent {
  readonly actions: Set<TableAction | 'Scan'>;
  readonly indexes: Set<string>;
  queue: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: a command is looked into by its name
type Command = any;

const inTransaction: Record<string, TableAction> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};
const single: Record<string, TableAction | 'Scan'> = {
  GetCommand: 'GetItem',
  TransactGetCommand: 'GetItem',
  BatchGetCommand: 'BatchGetItem',
  UpdateCommand: 'UpdateItem',
  PutCommand: 'PutItem',
  DeleteCommand: 'DeleteItem',
  ScanCommand: 'Scan',
};

/** The permission that a command needs. A query on an index needs it there, and not on the table. */
const note = ({ actions, indexes }: Sent, command: Command): void => {
  const { name } = command.constructor;
  const action = single[name];
  if (name === 'TransactWriteCommand')
    for (const item of command.input.TransactItems)
      actions.add(inTransaction[Object.keys(item)[0] ?? ''] as TableAction);
  else if (name === 'QueryCommand' && command.input.IndexName !== undefined) indexes.add(command.input.IndexName);
  else if (name === 'QueryCommand') actions.add('Query');
  else if (action) actions.add(action);
  else throw new Error(`no permission is known for ${name}`);
};

/** An operation's handler, or one that no request calls. */
type Who = OperationId | 'work' | 'schedule' | 'export' | 'meter';

export class RecordingHarness extends Harness {
  readonly sent: Map<Who, Sent>;
  readonly #now: { of: Who | undefined };

  constructor(client: DocumentClient, table: string) {
    const sent = new Map<Who, Sent>();
    const now: { of: Who | undefined } = { of: undefined };
    const here = () => {
      if (now.of === undefined) return undefined;
      const known = sent.get(now.of) ?? { actions: new Set(), indexes: new Set(), queue: false };
      sent.set(now.of, known);
      return known;
    };
    const recording: DocumentClient = {
      send: (command, options) => {
        const known = here();
        if (known) note(known, command);
        return client.send(command, options);
      },
    };
    super(recording, table);
    this.sent = sent;
    this.#now = now;
    const enqueue: Harness['runtime']['queue']['enqueue'] = async (item) => {
      const known = here();
      if (known) known.queue = true;
      this.work.push(item);
    };
    const enqueueAll: Harness['runtime']['queue']['enqueueAll'] = async (reminders) => {
      for (const { work: item } of reminders) await enqueue(item);
    };
    Object.assign(this.runtime, { queue: { ...this.runtime.queue, enqueue, enqueueAll } });
  }

  override async call(id: OperationId, request: Request = {}): Promise<Reply> {
    this.#now.of = id;
    // A process that has not read the keys of snapshot tokens yet.
    Object.assign(this.runtime, { signer: snapshotSigner(this.store) });
    try {
      return await super.call(id, request);
    } finally {
      this.#now.of = undefined;
    }
  }

  /** From here on handlers run in a process that has read nothing yet; what tests put themselves goes another way. */
  cold(): void {
    setRuntime({ ...this.runtime, store: new Store({ client: this.client, table: this.table }) });
  }

  /** Does all work that waits, as the worker of the queue. */
  async drain(): Promise<void> {
    this.#now.of = 'work';
    try {
      for (let item = this.work.shift(); item; item = this.work.shift())
        await work({ Records: [{ body: JSON.stringify(item) }] });
    } finally {
      this.#now.of = undefined;
    }
  }

  /** Counts what all tenants use, while there is work that waits. */
  async meters(): Promise<void> {
    this.#now.of = 'meter';
    try {
      await meter(() => ({ send: async () => ({}) }), 'bus')({ time: new Date().toISOString() });
    } finally {
      this.#now.of = undefined;
    }
  }

  /** Has all tenants exported, by processes that have read nothing yet, some days from now. */
  async exports(days: number, files: MemoryExports): Promise<void> {
    // The clock goes on with each look at it, so that a pass runs out of time, and has another one follow.
    let ms = days * 86_400_000;
    const clock = {
      ...systemClock,
      now: () => {
        ms += 2_000;
        return Date.now() + ms;
      },
    };
    const store = new Store({ client: this.client, table: this.table, clock });
    setRuntime({ ...this.runtime, store });
    const exports: ExportStore = {
      put: (name, bytes) => files.put(name, bytes),
      get: (name) => files.get(name),
      list: (prefix) => files.list(prefix),
    };
    setExporter({ notary: localNotary(store.db, newNotaryKey()), margin: 0, storeOf: async () => exports });
    this.work.length = 0;
    this.#now.of = 'schedule';
    try {
      await schedule({ time: new Date().toISOString() });
      this.#now.of = 'export';
      for (let item = this.work.shift(); item; item = this.work.shift())
        await exportWork({ Records: [{ body: JSON.stringify(item) }] });
    } finally {
      this.#now.of = undefined;
      setRuntime(this.runtime);
    }
  }

  accessOf(id: Who): TableAccess {
    const { actions = new Set(), indexes = new Set(), queue = false } = this.sent.get(id) ?? {};
    return { actions: [...actions].sort() as TableAction[], indexes: [...indexes].sort() as never, queue };
  }
}

const callerOf = (tenant: Tenant, id: OperationId): As | undefined => {
  const callers: readonly string[] = operations[id].callers;
  if (callers.length === 0) return undefined;
  if (callers.includes('operator')) return operator;
  return callers.includes('guest') ? person(tenant.id, `guest-${randomUUID()}`) : tenant.admin;
};

/** Somebody whose denial is recorded. */
const deniedOf = (tenant: Tenant, id: OperationId): As => {
  const callers: readonly string[] = operations[id].callers;
  if (callers.includes('operator')) return tenant.admin;
  return callers.includes('service') ? person(tenant.id, 'stranger') : service(tenant.id);
};

/** Every operation in the situations that any of them can be in. */
const ordinary = async (harness: RecordingHarness, tenant: Tenant): Promise<void> => {
  const shared = Targets.shared(tenant);
  const targets = (id: OperationId) => (operations[id].data === 'write' ? Targets.fresh(tenant) : shared);
  for (const id of builtOperations) {
    for (const sample of [samples[id], otherBodies[id]].filter((one) => one !== undefined)) {
      const as = callerOf(tenant, id);
      const request = await sample(targets(id));
      const key = { 'idempotency-key': randomUUID() };
      const call = { ...request, as, headers: { ...request.headers, ...('idempotent' in operations[id] && key) } };
      harness.cold();
      const first = await harness.call(id, call);
      if (first.status >= 400) throw new Error(`${id} answered ${first.status}: ${JSON.stringify(first.body)}`);
      // Two records that this process has not read: it follows the log.
      await putRecords(tenant, [groupRecordOf('One'), groupRecordOf('Another')]);
      await harness.call(id, call);
    }
    if (operations[id].callers.length > 0)
      await harness.call(id, { ...(await samples[id](targets(id))), as: deniedOf(tenant, id) });
  }
};

const keeping = { permission: 'manageAccessRights' };

/** Changes to who manages access rights, which prove the caller's authority as they are written. */
const keepers = async (tenant: Tenant): Promise<void> => {
  const another = async (subject?: string) => {
    const user = await tenant.user('Also keeps', subject);
    await tenant.setGrants(user, [keeping]);
    return user;
  };
  const userId = await another(randomUUID());
  await tenant.ok('updateUser', { params: { userId }, body: { state: 'disabled' } });
  await tenant.ok('unbindUser', { params: { userId } });
  await tenant.ok('deleteUser', { params: { userId } });
  const former = { userId: await another(randomUUID()), permission: keeping.permission };
  await tenant.ok('removeUserGrant', { params: former });
  const guest = await another();
  const { body } = await tenant.ok('inviteUser', { params: { userId: guest } });
  const as = person(tenant.id, randomUUID());
  await tenant.harness.ok('acceptInvitation', { as, body: { invitation: body.invitation } });

  const members = [await tenant.user('Member'), await tenant.user('Another member')];
  const roleId = await tenant.role('Keeps');
  const params = { roleId };
  await tenant.roleGrants(roleId, [keeping]);
  await tenant.ok('removeRoleGrant', { params: { ...params, permission: keeping.permission } });
  await tenant.ok('addRoleGrant', { params, body: keeping });
  await tenant.ok('addRoleMembers', { params, body: { members } });
  await tenant.ok('removeRoleMembers', { params, body: { members: members.slice(1) } });
  await tenant.ok('replaceRoleMembers', { params, body: { members }, headers: { 'if-match': '*' } });
  await tenant.ok('cloneRole', { params, body: { name: 'Keeps too' } });
  await tenant.ok('deleteRole', { params });
};

/** Whoever signs in by a claim for the first time is bound, whatever they ask for, and may it or not. */
const firstSignIns = async (harness: RecordingHarness, tenant: Tenant): Promise<void> => {
  const source = await putSource(tenant, { issuer, claim: 'employee' });
  const targets = Targets.shared(tenant);
  for (const id of builtOperations) {
    if (!(operations[id].callers as readonly string[]).includes('person')) continue;
    const request = await samples[id](targets);
    await putDirectoryUser(tenant, source, `Asks for ${id}`, [], id);
    await harness.call(id, {
      ...request,
      as: { ...person(tenant.id, `signs in for ${id}`), claims: { employee: id } },
    });
  }
};

/** Somebody who manages access rights for a while. */
const passing = async (tenant: Tenant): Promise<string> => {
  const userId = await tenant.user('Keeps for a while', randomUUID());
  await tenant.setGrants(userId, [keeping]);
  return userId;
};

/** Situations of single operations beyond their samples: a change that is one, a set that takes a holder away. */
const further: Readonly<Record<string, (tenant: Tenant, sample: Request) => Promise<Request>>> = {
  updateAction: async (_, sample) => ({ ...sample, body: { properties: { text: 'Another text' } } }),
  submitChangeSet: async (tenant) => {
    const operations = [{ operation: 'deleteUser', params: { userId: await passing(tenant) } }];
    const preview = { body: { operations }, query: { dryRun: 'true' } };
    const { body } = await tenant.ok('submitChangeSet' as OperationId, preview);
    return { body: { operations, digest: body.digest } };
  },
  // What was deleted long ago is to be compacted.
  deletePolicy: async (tenant, sample) => {
    const update = { UpdateExpression: 'SET deletedSince = :long', ExpressionAttributeValues: { ':long': 1 } };
    const { store } = tenant.harness;
    await store.db.transact([{ Update: { Key: keys.head(tenant.id), TableName: '', ...update } }], randomUUID());
    return sample;
  },
  rebaseDraft: async (tenant, sample) => {
    const params = { roleId: await tenant.role('Drafted') };
    const operations = [{ operation: 'updateRole', params, body: { description: 'By a draft' } }];
    const { body, etag = '' } = await tenant.ok('createDraft', { body: { name: 'Draft', operations } });
    await tenant.ok('updateRole', { params, body: { description: 'Meanwhile' } });
    return { ...sample, params: { draftId: body.id }, headers: { 'if-match': etag } };
  },
  submitDraft: async (tenant) => {
    const operations = [{ operation: 'deleteUser', params: { userId: await passing(tenant) } }];
    const { body, etag = '' } = await tenant.ok('createDraft', { body: { name: 'Draft', operations } });
    return { params: { draftId: body.id }, body: {}, headers: { 'if-match': etag } };
  },
};

const beyondSamples = async (tenant: Tenant): Promise<void> => {
  for (const id of builtOperations) {
    const more = further[id];
    if (more) await tenant.ok(id, await more(tenant, await samples[id](Targets.fresh(tenant))));
  }
};

/** A directory: its users and groups come, one of them in a role that leads to the keeper permission, and go. */
const directory = async (harness: RecordingHarness): Promise<void> => {
  const tenant = await harness.tenant();
  const { body } = await tenant.ok('createSource', { body: { name: 'Directory' } });
  const post = async (file: string) => {
    const run = await tenant.ok('postDelta', { params: { sourceId: body.id }, body: file });
    await harness.drain();
    // Whatever takes access management from a second person within a day is held.
    const params = { runId: run.body.id };
    const { state, plan } = (await tenant.ok('getRun', { params })).body;
    if (state !== 'held') return;
    await tenant.ok('approveRun', { params, body: { digest: plan.digest } });
    await harness.drain();
  };
  const people = ['one', 'two'].map(
    (
      name,
      i,
    ) => `dn: uid=${name},dc=test\nobjectClass: inetOrgPerson\nentryUUID: 6f1d2c30-000${i}-4000-8000-000000000000
uid: ${name}\ncn: ${name}\nsn: ${name}\n`,
  );
  const group = `dn: cn=all,dc=test\nobjectClass: groupOfNames\nentryUUID: 6f1d2c30-0009-4000-8000-000000000000
cn: all\nmember: uid=one,dc=test\nmember: uid=two,dc=test\n`;
  await post(['version: 1\n', ...people, group].join('\n'));
  const groups = await tenant.ok('listGroups');
  const role = await tenant.role('Keeps by directory', [keeping], [groups.body.items[0].id]);
  await tenant.ok('updateGroup', {
    params: { groupId: groups.body.items[0].id },
    body: { confersAccessManagement: true },
  });
  await post('version: 1\n\ndn: cn=all,dc=test\nchangetype: modify\ndelete: member\nmember: uid=one,dc=test\n-\n');
  await post('version: 1\n\ndn: uid=two,dc=test\nchangetype: delete\n');
  await post('version: 1\n\ndn: cn=all,dc=test\nchangetype: delete\n');
  await tenant.ok('deleteRole', { params: { roleId: role } });
  const params = { sourceId: body.id };
  const run = await tenant.ok('openRun', { params, body: { kind: 'full', epoch: 'e', baseCursor: null } });
  await tenant.ok('abandonRun', { params: { runId: run.body.id } });
  await tenant.ok('deleteSource', { params, headers: { 'if-match': '*' } });
  await harness.drain();
};

/** Lists by what an index finds. */
const found = async (tenant: Tenant): Promise<void> => {
  await tenant.ok('listEvents', { query: { target: tenant.firstUser } });
  await tenant.ok('listUsers', { query: { name: 'a' } });
  await tenant.ok('listOperatorEvents', { as: operator });
};

/** A tenant that the worker removes. */
const purged = async (harness: RecordingHarness): Promise<void> => {
  const { id, name } = await leavingTenant(harness);
  const body = { name, reason: 'For tests' };
  await harness.ok('purgeTenant', { as: operator, params: { tenantId: id }, body });
  await harness.drain();
};

/** The audit of all tenants, sealed and exported twice, and once more when days are over. */
const exported = async (harness: RecordingHarness): Promise<void> => {
  const tenant = await harness.tenant();
  const body = { retentionDays: 90, legalHold: false, destination: null };
  await tenant.ok('putAuditSettings', { body, headers: { 'if-match': '*' } });
  // A denial that is counted, and closed before it is sealed.
  await harness.call('listUsers', { as: service(tenant.id) });
  const files = new MemoryExports();
  for (const days of [0, 0, 2, 200]) await harness.exports(days, files);
};

export const record = async (harness: RecordingHarness): Promise<void> => {
  const tenant = await harness.tenant();
  await ordinary(harness, tenant);
  await keepers(tenant);
  await firstSignIns(harness, tenant);
  await beyondSamples(tenant);
  await found(tenant);
  await harness.meters();
  harness.work.length = 0;
  await directory(harness);
  await purged(harness);
  await exported(harness);
};
