// Idempotency: the record of a request that was carried out, and the replay of its answer.
import type { TenantId } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import type { IdsAndTime } from '../domain/change.ts';
import * as on from './conditions.ts';
import { type Once, stored } from './items.ts';
import { digestOf, keys } from './keys.ts';
import { seal, unseal } from './sealed.ts';
import { timeToLive } from './table.ts';
import type { Write } from './write.ts';

/** Seconds for which idempotency records are kept: a day. */
const onceSeconds = 86_400;

export interface Idempotency {
  /** Digest of actor, operation and key. */
  readonly digest: string;
  /** Digest of the request's content. */
  readonly request: string;
  /** Known to the caller and never stored: opens sealed answers. */
  readonly secret: string;
  readonly status: number;
}

export const replayed = <B>(once: Once, idempotency: Idempotency) => {
  if (once.request !== idempotency.request)
    throw new Refusal('idempotency-mismatch', 'Use a new key for a new request.');
  const body = once.sealed ? JSON.parse(unseal(once.sealed, idempotency.secret)) : once.body;
  return { body: body as B, replayed: true, changed: false };
};

/** As large as any key: reserves room when no key was given. */
export const anyKey: Idempotency = {
  digest: digestOf('any key'),
  request: digestOf('any request'),
  secret: '',
  status: 200,
};

interface Kept {
  readonly tools: IdsAndTime;
  /** True for a record that is kept as long as the tenant, because the tenant's id is derived from the key. */
  readonly forever: boolean;
}

/**
 * The idempotency record. An answer with a secret is sealed; other answers are plain, so that every release can read
 * them.
 */
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
