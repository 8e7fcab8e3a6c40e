// Calls the real handlers as the gateway would, each worker with a store of its own: the runtime's store is whichever the
// caller's asynchronous context says, so that production code needs no change.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from 'aws-lambda';
import { loadHandler } from '../../functions/index.ts';
import { type Runtime, setRuntime } from '../../shared/http/gateway/runtime.ts';
import { tokenConfig } from '../../shared/http/gateway/token.ts';
import type { Handler } from '../../shared/http/operation.ts';
import { RingSigner } from '../../shared/http/signing/signer.ts';
import { noVault } from '../../shared/http/signing/vault.ts';
import type { Operation } from '../../shared/routes/entry.ts';
import { type OperationId, operation, operationIds, operations } from '../../shared/routes/operations.ts';
import type { Store } from '../../shared/store/store.ts';
import { type As, claimsOf, issuer, type Reply, type Request } from '../support/harness.ts';

export type { As, Reply, Request };

const current = new AsyncLocalStorage<Store>();

export const storeNow = (): Store => {
  const store = current.getStore();
  if (!store) throw new Error('a handler was called outside of any worker');
  return store;
};

/** Runs with this store as that of the handlers it calls. */
export const withStore = <T>(store: Store, fn: () => T): T => current.run(store, fn);

/** What a fault of ours logs: shown when a run fails. */
export const logged: { message: string; fields: Record<string, unknown> }[] = [];

const runtime: Runtime = {
  get store() {
    return storeNow();
  },
  token: tokenConfig({ TRUSTED_ISSUERS: issuer }),
  queue: { enqueue: async () => {}, enqueueAll: async () => {}, postpone: async () => {} },
  get signer() {
    return new RingSigner(storeNow().db, () => noVault);
  },
  log: (level, message, fields = {}) => {
    if (level === 'error' && message === 'failed' && fields.code !== 'busy') logged.push({ message, fields });
    if (logged.length > 100) logged.shift();
  },
};

/** Where the operations are that matter here. */
const areas = new Set([
  'tenants',
  'users',
  'groups',
  'roles',
  'policies',
  'checks',
  'rules',
  'changesets',
  'sessions',
  'directory',
]);
const handlers = new Map<OperationId, Handler>();

/** Loads every handler: a scheduler of virtual time does not wait for imports. */
export const ready = async (): Promise<void> => {
  setRuntime(runtime);
  for (const id of operationIds.filter((one) => areas.has(operations[one].area)))
    handlers.set(id, await loadHandler(id));
};

/** Calls an operation, the token verified. */
export const call = async (id: OperationId, request: Request, requestId: string): Promise<Reply> => {
  const { as, params, query, body, headers = {} } = request;
  const { method, path, text }: Operation = operation(id);
  const event = {
    version: '2.0',
    routeKey: `${method} ${path}`,
    rawPath: path,
    headers: { ...(body !== undefined && { 'content-type': text?.types[0] ?? 'application/json' }), ...headers },
    ...(params && { pathParameters: params }),
    ...(query && { queryStringParameters: query }),
    ...(body !== undefined && { body: text ? body : JSON.stringify(body) }),
    isBase64Encoded: false,
    requestContext: { requestId, ...(as && { authorizer: { jwt: { claims: claimsOf(as) } } }) },
  };
  const handler = handlers.get(id) as Handler;
  const { statusCode, body: answer, headers: answered } = await handler(event as never, {} as Context);
  return {
    status: statusCode ?? 0,
    body: answer ? JSON.parse(answer) : undefined,
    etag: answered?.etag as string | undefined,
    headers: (answered ?? {}) as Record<string, string>,
  };
};
