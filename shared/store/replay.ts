// Idempotency: the record of a request that was carried out, and its answer given again.
import type { TenantId } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import type { Tools } from '../domain/change.ts';
import * as on from './conditions.ts';
import { type Once, stored } from './items.ts';
import { digestOf, keys } from './keys.ts';
import { seal, unseal } from './sealed.ts';
import { timeToLive } from './table.ts';
import type { Write } from './write.ts';

/** Idempotency records are kept for a day. */
const onceSeconds = 86_400;

export interface Idempotency {
  /** Digest of actor, operation and key. */
  readonly digest: string;
  /** Digest of the request's content. */
  readonly request: string;
  /** Known to the caller, and never stored: opens the answers that are kept sealed. */
  readonly secret: string;
  readonly status: number;
}

export const replayed = <B>(once: Once, idempotency: Idempotency) => {
  if (once.request !== idempotency.request)
    throw new Refusal('idempotency-mismatch', 'Use a new key for a new request.');
  const body = once.sealed ? JSON.parse(unseal(once.sealed, idempotency.secret)) : once.body;
  return { body: body as B, replayed: true, changed: false };
};

/** As large as any: stands for a key that has not been given. */
export const anyKey: Idempotency = {
  digest: digestOf('any key'),
  request: digestOf('any request'),
  secret: '',
  status: 200,
};

interface Kept {
  readonly tools: Tools;
  /** Kept as long as the tenant, because the tenant's id is derived from the key. */
  readonly forever: boolean;
}

/** Of a secret only a digest is stored. Other answers are kept so that every release can read them. */
export const onceWrite = (tenant: TenantId, once: Idempotency, answer: unknown, { tools, forever }: Kept): Write => {
  const body = JSON.stringify(answer ?? null);
  const item = {
    request: once.request,
    status: once.status,
    ...(tools.secretDrawn?.() ? { sealed: seal(body, once.secret) } : { body }),
    ...(!forever && { [timeToLive]: Math.floor(tools.now / 1000) + onceSeconds }),
  };
  const Item = stored(keys.idempotency(tenant, once.digest), item);
  return { purpose: 'once', item: { Put: { Item, TableName: '', ConditionExpression: on.absent } } };
};
