// The caller of a request: the keys under which to read them, their authorisation, and the identity of a repeated
// request.
import { Refusal } from '../../domain/base/refusal.ts';
import type { Authorised } from '../../store/authorised.ts';
import { digestOf, type Key } from '../../store/keys.ts';
import type { View } from '../../store/view.ts';
import { type Authorise, authoriser, identityDigest } from './authorise.ts';
import type { Call, Internal } from './call.ts';
import { firstLook } from './find-user.ts';
import type { Token } from './token.ts';

export const noTenant = () => new Refusal('unknown-user', 'The token names a tenant that does not exist.');

type Calling = Pick<Call, 'operation' | 'token' | 'tenant'>;

/** The keys of the caller's items, which are read along with the head. */
export const callerKeys = ({ operation, token, tenant }: Calling): Key[] => {
  if (token.kind !== 'user' || operation.callers.includes('guest')) return [];
  return [firstLook(tenant, identityDigest(token.issuer, token.subject))];
};

/** Authorises the caller for operations, and remembers the actor so that a denial can be recorded with it. */
export const authoriserOf = (view: View, token: Token, internal: Internal): Authorise => {
  internal.records = view.book.records.size;
  internal.view = view;
  return authoriser(view, token, (actor) => {
    internal.actor = actor;
  });
};

/** Authorises the caller for one operation. @throws Refusal */
export const authorised = (
  view: View,
  { operation, token }: Pick<Calling, 'operation' | 'token'>,
  internal: Internal,
): Promise<Authorised> => authoriserOf(view, token, internal)(operation);

/**
 * The Idempotency-Key bound to the actor, the operation and the content, so that a key for another request is refused.
 */
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
