// Calls Holdfast as a caller would, without HTTP: an engine, the real handlers, the claims of tokens.
import { randomBytes, randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { loadHandler } from '../../functions/index.ts';
import { connectEngine, type Engine, engineClient, ensureTable, startEngine } from '../../infra/local/engine.ts';
import { TablesInMemory } from '../../infra/local/in-process.ts';
import {
  type EventId,
  eventAfter,
  type Ids,
  idsFrom,
  type TenantId,
  timeIn,
  type UserId,
} from '../../shared/domain/base/ids.ts';
import type { Work } from '../../shared/http/gateway/queue.ts';
import { type Runtime, setRuntime } from '../../shared/http/gateway/runtime.ts';
import { tokenConfig } from '../../shared/http/gateway/token.ts';
import { RingSigner } from '../../shared/http/signing/signer.ts';
import { localVault } from '../../shared/http/signing/vault.ts';
import { type OperationId, operations } from '../../shared/routes/operations.ts';
import { documentClient } from '../../shared/store/client.ts';
import type { DocumentClient } from '../../shared/store/db.ts';
import { Store, type StoreOptions } from '../../shared/store/store.ts';
import { tableDefinition } from '../../shared/store/table.ts';
import { brokenPromise } from './conform.ts';

export const issuer = 'https://issuer.test';

/** The caller that the token names. */
export interface As {
  readonly tenant?: string | undefined;
  readonly subject: string;
  readonly scope?: string;
  readonly claims?: Record<string, unknown>;
}
/** An operator with every scope of operators. */
export const operator: As = { subject: 'operator', scope: 'holdfast/operator holdfast/recovery' };
/** Another operator, who may approve what the first asks for. */
export const approver: As = { subject: 'another-operator', scope: 'holdfast/operator holdfast/recovery' };
export const service = (tenant: string): As => ({ tenant, subject: 'product', scope: 'holdfast/check' });
export const person = (tenant: string, subject: string): As => ({ tenant, subject, scope: 'holdfast/admin' });
export const machine = (tenant: string, subject: string, scope: string): As => ({
  tenant,
  subject,
  scope: `holdfast/${scope}`,
});

export interface Request {
  readonly as?: As | undefined;
  readonly params?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly body?: unknown;
  /** The body as it is sent, for bodies that are not JSON. */
  readonly raw?: string;
  /** The body as bytes, which the gateway passes on in base64. */
  readonly bytes?: Uint8Array;
  readonly headers?: Record<string, string>;
  /** The function's invocation context; by default, time does not run out. */
  readonly context?: Partial<Context>;
}

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers freely
  readonly body: any;
  readonly etag: string | undefined;
  readonly headers: Record<string, string>;
}

interface Answered {
  readonly statusCode: number;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly headers?: Record<string, string>;
}

interface Log {
  readonly level: string;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

/** A signer that has read no key yet. */
export const snapshotSigner = (store: Store): RingSigner =>
  new RingSigner(store.db, () => localVault('a secret of the tests'));

/**
 * Ids with which events sort as they happen. Production sorts by the millisecond, and a test does several things in one. The
 * parts of an event have the ids right behind its own.
 */
const idsInOrder = (ids = idsFrom(randomBytes)): Ids => {
  let last: EventId | undefined;
  return {
    ...ids,
    event: (now) => {
      const drawn = ids.event(now);
      last = last && timeIn(last) === timeIn(drawn) ? eventAfter(last, 100_000) : drawn;
      return last;
    },
  };
};

export class Harness {
  readonly store: Store;
  readonly client: DocumentClient;
  readonly table: string;
  readonly logs: Log[] = [];
  readonly work: Work[] = [];
  readonly runtime: Runtime;

  constructor(client: DocumentClient, table: string, options: Partial<StoreOptions> = {}, more: Partial<Runtime> = {}) {
    this.client = client;
    this.table = table;
    this.store = new Store({
      client,
      table,
      ids: idsInOrder(),
      alarm: (message, fields) => this.logs.push({ level: 'error', message, fields: { ...fields } }),
      ...options,
    });
    this.runtime = {
      store: this.store,
      token: tokenConfig({ TRUSTED_ISSUERS: issuer }),
      queue: {
        enqueue: async (work) => {
          this.work.push(work);
        },
        enqueueAll: async (reminders) => {
          this.work.push(...reminders.map(({ work }) => work));
        },
        postpone: async () => {},
      },
      signer: snapshotSigner(this.store),
      log: (level, message, fields = {}) => {
        this.logs.push({ level, message, fields });
      },
      ...more,
    };
    setRuntime(this.runtime);
  }

  /** The handler from its source. Tests of built functions override this. */
  protected handlerOf(id: OperationId): ReturnType<typeof loadHandler> {
    return loadHandler(id);
  }

  /**
   * Calls an operation as the gateway would, with a verified token. @throws Error for an answer that differs from its
   * description
   */
  async call(id: OperationId, request: Request = {}): Promise<Reply> {
    const handler = await this.handlerOf(id);
    const {
      as,
      params,
      query,
      body,
      bytes,
      raw = bytes && Buffer.from(bytes).toString('base64'),
      headers = {},
    } = request;
    const sent = raw !== undefined || body !== undefined;
    const operation = operations[id];
    const text = 'text' in operation ? operation.text.types[0] : 'application/json';
    const event = {
      version: '2.0',
      routeKey: `${operation.method} ${operation.path}`,
      rawPath: operation.path,
      headers: { ...(sent && { 'content-type': text }), ...headers },
      ...(params && { pathParameters: params }),
      ...(query && { queryStringParameters: query }),
      ...(sent && {
        body: raw ?? (typeof body === 'string' && 'text' in operation ? body : JSON.stringify(body)),
      }),
      isBase64Encoded: bytes !== undefined,
      requestContext: {
        requestId: randomUUID(),
        ...(as && { authorizer: { jwt: { claims: claimsOf(as) } } }),
      },
    };
    const answer = await handler(event as never, { ...request.context } as Context);
    const { statusCode, body: sentBody = '', isBase64Encoded, headers: sentBack = {} } = answer as Answered;
    // Packed answers are tested through the server, which unpacks nothing either.
    const content = isBase64Encoded ? Buffer.from(sentBody, 'base64').toString() : sentBody;
    const isJson = /[/+]json\b/.test(sentBack['content-type'] ?? '');
    const reply = {
      status: statusCode,
      body: content === '' ? undefined : isJson ? JSON.parse(content) : content,
      etag: sentBack.etag,
      headers: sentBack,
    };
    const broken = brokenPromise(id, reply);
    if (broken !== undefined) throw new Error(broken);
    return reply;
  }

  /** Calls an operation that must succeed. */
  async ok(id: OperationId, request: Request = {}): Promise<Reply> {
    const reply = await this.call(id, request);
    if (reply.status >= 400) throw new Error(`${id} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
    return reply;
  }

  /** A tenant whose first user signs in as `admin`. */
  async tenant(catalogue = 'complete', name = `Test ${randomUUID()}`): Promise<Tenant> {
    const body = { name, catalogue, firstUser: { name: 'Ada Admin', identity: { issuer, subject: 'admin' } } };
    const reply = await this.ok('createTenant', { as: operator, body });
    return new Tenant(this, reply.body.id as TenantId, reply.body.firstUser as UserId);
  }

  /** Every item of a tenant, to prove that nothing has changed. */
  async items(tenant: string): Promise<Record<string, unknown>[]> {
    const all = await this.store.db.scan(`T#${tenant}`);
    return all.sort((a, b) => (`${a.PK} ${a.SK}` < `${b.PK} ${b.SK}` ? -1 : 1));
  }

  /** Every item except audit events, idempotency records, counts of requests and turns: a refusal must not change them. */
  async facts(tenant: string): Promise<Record<string, unknown>[]> {
    return (await this.items(tenant)).filter((item) => !/^T#[^#]+#((E|I)#|RATE|TURN)/.test(String(item.PK)));
  }
}

/** A tenant with shorthands for the first steps of most tests. */
export class Tenant {
  readonly harness: Harness;
  readonly id: TenantId;
  readonly firstUser: UserId;
  readonly admin: As;

  constructor(harness: Harness, id: TenantId, firstUser: UserId) {
    this.harness = harness;
    this.id = id;
    this.firstUser = firstUser;
    this.admin = person(id, 'admin');
  }

  call(id: OperationId, request: Request = {}): Promise<Reply> {
    return this.harness.call(id, { as: this.admin, ...request });
  }

  ok(id: OperationId, request: Request = {}): Promise<Reply> {
    return this.harness.ok(id, { as: this.admin, ...request });
  }

  async role(name: string, grants: readonly object[] = [], members: readonly string[] = []): Promise<string> {
    const { body } = await this.ok('createRole', { body: { name } });
    const params = { roleId: body.id as string };
    if (grants.length > 0) {
      const { etag = '' } = await this.ok('getRoleGrants', { params });
      await this.ok('putRoleGrants', { params, body: { grants }, headers: { 'if-match': etag } });
    }
    if (members.length > 0) await this.ok('addRoleMembers', { params, body: { members } });
    return body.id;
  }

  /** A person, bound to the subject if one is given. */
  async user(name: string, subject?: string): Promise<UserId> {
    const { body } = await this.ok('createUser', { body: { kind: 'person', name } });
    if (subject !== undefined) {
      const invited = await this.ok('inviteUser', { params: { userId: body.id } });
      await this.harness.ok('acceptInvitation', {
        as: person(this.id, subject),
        body: { invitation: invited.body.invitation },
      });
    }
    return body.id;
  }

  async setGrants(user: string, grants: readonly object[], as = this.admin): Promise<Reply> {
    const params = { userId: user };
    const { etag = '' } = await this.harness.ok('getUserGrants', { as, params });
    return this.harness.call('putUserGrants', { as, params, body: { grants }, headers: { 'if-match': etag } });
  }

  roleGrants(role: string, grants: readonly object[], as = this.admin): Promise<Reply> {
    const params = { roleId: role };
    return this.harness
      .ok('getRoleGrants', { as, params })
      .then(({ etag = '' }) =>
        this.harness.call('putRoleGrants', { as, params, body: { grants }, headers: { 'if-match': etag } }),
      );
  }

  async check(user: string, question: object): Promise<boolean> {
    const { body } = await this.harness.ok('check', { as: service(this.id), body: { user, ...question } });
    return body.allowed;
  }
}

export const claimsOf = ({ tenant, subject, scope = '', claims = {} }: As): Record<string, unknown> => ({
  iss: issuer,
  sub: subject,
  aud: 'holdfast',
  client_id: subject,
  token_use: 'access',
  scope,
  ...(tenant !== undefined && { tenant }),
  ...claims,
});

const createTable = async ({ endpoint }: Engine, client: DocumentClient): Promise<string> => {
  const table = `holdfast-${randomUUID()}`;
  if (client instanceof TablesInMemory) client.create({ ...tableDefinition, TableName: table });
  else await ensureTable(engineClient(endpoint), table, tableDefinition as never);
  return table;
};

/**
 * A harness with a table of its own on an engine that is running already. A suite that compares all items of a tenant
 * again and again reads the whole table each time. One table per tenant keeps that cost from growing with the suite.
 */
export const onNewTable = async (engine: Engine, client: DocumentClient): Promise<Harness> =>
  new Harness(client, await createTable(engine, client));

/** What a suite runs on. Only `memory` has no endpoint. */
type EngineKind = 'memory' | 'embedded' | 'in-process';

const engineKind = (): EngineKind =>
  process.env.DYNAMODB_ENDPOINT
    ? 'embedded'
    : ((process.env.HOLDFAST_TEST_ENGINE as EngineKind | undefined) ?? 'memory');

const inMemory: Engine = { endpoint: 'memory:', close: async () => {}, died: new Promise(() => {}), inProcess: true };

/**
 * An engine with the table, and a document client on it. By default the model of the service answers in memory, because
 * a request over HTTP costs four times the work of the request itself. A suite that needs an endpoint, or whose subject
 * is what an engine does, names the kind or stands in the project `embedded`. HOLDFAST_TEST_ENGINE=embedded runs every
 * suite on the embedded engine, and DYNAMODB_ENDPOINT on the engine that it names.
 */
export const bootEngine = async (
  kind: EngineKind = engineKind(),
): Promise<{ engine: Engine; client: DocumentClient; table: string }> => {
  if (kind === 'memory') {
    const client = new TablesInMemory() as DocumentClient;
    return { engine: inMemory, client, table: await createTable(inMemory, client) };
  }
  const { DYNAMODB_ENDPOINT: endpoint } = process.env;
  const inProcess = kind === 'in-process' ? { resolveBinary: () => undefined } : {};
  const engine = endpoint ? await connectEngine(endpoint) : await startEngine(inProcess);
  // The embedded engine is asked as the service is, and the others as the local server asks.
  const client = documentClient(engine.endpoint, { direct: kind !== 'embedded' });
  return { engine, client, table: await createTable(engine, client) };
};

export const boot = async (options: Partial<StoreOptions> = {}) => {
  const { engine, client, table } = await bootEngine();
  return { engine, harness: new Harness(options.client ?? client, table, options) };
};
