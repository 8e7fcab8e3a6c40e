// Who calls: where to look for the caller, who it is by what was read, and what makes a repeated request the same one.
import { Refusal } from '../../domain/base/refusal.ts';
import type { Authorised } from '../../store/authorised.ts';
import { digestOf, type Key } from '../../store/keys.ts';
import type { Unit } from '../../store/unit.ts';
import { admitToken, authorise, identityDigest } from './authorise.ts';
import type { Call, Internal } from './call.ts';
import { firstLook } from './find-user.ts';

export const noTenant = () => new Refusal('unknown-user', 'The token names a tenant that does not exist.');

/** Who calls what. */
type Calling = Pick<Call, 'operation' | 'token' | 'tenant'>;

/** Where to look for the caller, along with the head. */
export const callerKeys = ({ operation, token, tenant }: Calling): Key[] => {
  if (admitToken(operation, token) !== 'user' || operation.callers.includes('guest')) return [];
  return [firstLook(tenant, identityDigest(token.issuer, token.subject))];
};

/** Remembers who acts, so that a denial can say so. */
export const authorised = async (
  unit: Unit,
  call: Pick<Calling, 'operation' | 'token'>,
  internal: Internal,
): Promise<Authorised> => {
  internal.records = unit.book.records.size;
  internal.unit = unit;
  const by = await authorise(unit, call.operation, call.token, (actor) => {
    internal.actor = actor;
  });
  internal.actor = by.actor;
  return by;
};

/** Bound to tenant, actor, operation and content: the same key for another request is refused. */
export const idempotencyOf = (call: Call) => {
  const { idempotencyKey, token, id, input, ifMatch, operation } = call;
  if (idempotencyKey === undefined) return undefined;
  return {
    digest: digestOf('once', token.issuer, token.subject, id, idempotencyKey),
    request: digestOf(JSON.stringify([input, ifMatch ?? null])),
    status: operation.status,
    secret: JSON.stringify([token.issuer, token.subject, idempotencyKey]),
  };
};
