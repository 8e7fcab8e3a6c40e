// Calls the handlers in this process, for benchmarks.
import { randomUUID } from 'node:crypto';
import { loadHandler } from '../functions/index.ts';
import type { TenantId } from '../shared/domain/base/ids.ts';
import { setRuntime } from '../shared/http/gateway/runtime.ts';
import { tokenConfig } from '../shared/http/gateway/token.ts';
import { RingSigner } from '../shared/http/signing/signer.ts';
import { localVault } from '../shared/http/signing/vault.ts';
import { type OperationId, operations } from '../shared/routes/operations.ts';
import type { Store } from '../shared/store/store.ts';

const issuer = 'https://issuer.bench';

/** Calls an operation as the gateway would. @throws Error for a refusal */
export const call = async (
  id: OperationId,
  claims: Record<string, string>,
  { body, params, type = 'application/json' }: { body?: unknown; params?: Record<string, string>; type?: string },
): Promise<{ id: string; state: string; counts: Record<string, number> }> => {
  const { method, path } = operations[id];
  const event = {
    version: '2.0',
    routeKey: `${method} ${path}`,
    rawPath: path,
    headers: { 'content-type': type },
    pathParameters: params,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    isBase64Encoded: false,
    requestContext: {
      requestId: randomUUID(),
      authorizer: { jwt: { claims: { iss: issuer, aud: 'bench', token_use: 'access', ...claims } } },
    },
  };
  const handler = await loadHandler(id);
  const answer = (await handler(event as never, {} as never)) as { statusCode: number; body?: string };
  if (answer.statusCode >= 400) throw new Error(`${id} answered ${answer.statusCode}: ${answer.body}`);
  return JSON.parse(answer.body ?? '{}');
};

/** Makes the handlers work on a store, without background work. An error in the log ends the benchmark. */
export const serveFrom = (store: Store): void =>
  setRuntime({
    store,
    token: tokenConfig({ TRUSTED_ISSUERS: issuer }),
    queue: { enqueue: async () => {}, enqueueAll: async () => {}, postpone: async () => {} },
    signer: new RingSigner(store.db, () => localVault('bench')),
    log: (level, message, fields) => {
      if (level === 'error') throw new Error(`${message}: ${JSON.stringify(fields)}`);
    },
  });

/** A tenant whose first user is the administrator of `adminOf`. */
export const newTenant = async (): Promise<TenantId> => {
  const firstUser = { name: 'Ada', identity: { issuer, subject: 'ada' } };
  const { id } = await call(
    'createTenant',
    { sub: 'operator', scope: 'holdfast/operator' },
    { body: { name: 'Bench', catalogue: 'complete', firstUser } },
  );
  return id as TenantId;
};

export const adminOf = (tenant: string) => ({ sub: 'ada', tenant, scope: 'holdfast/admin' });
