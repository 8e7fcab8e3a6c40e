// Authorises the caller: the user to whom the record of (tenant, issuer, subject) leads, read afresh on every request.

import type { Catalogue } from '../../catalogues/schema.ts';
import { Refusal } from '../../domain/base/refusal.ts';
import type { Access } from '../../domain/book/records.ts';
import { Rights } from '../../domain/deciding/decide.ts';
import type { Need, Operation, TokenScope } from '../../routes/entry.ts';
import { guestScopes } from '../../routes/operations.ts';
import type { Authorised } from '../../store/authorised.ts';
import type { Actor } from '../../store/events.ts';
import { identityDigest } from '../../store/keys.ts';
import type { View } from '../../store/view.ts';
import { userOfSignIn } from './find-user.ts';
import type { Token } from './token.ts';

export { identityDigest } from '../../store/keys.ts';

/**
 * The caller is known by a directory's claim only. The chain binds the sign-in to the user and runs the request again.
 */
export class Unproven extends Refusal {
  constructor() {
    super('unknown-user', 'This sign-in is not bound yet.');
  }
}

/**
 * Checks, before anything is read, that the token's kind and scopes admit the operation.
 * @throws Refusal caller-kind, unknown-user, insufficient-scope
 */
export const admitToken = (operation: Operation, token: Token): void => {
  const { callers, scope } = operation;
  const { kind } = token;
  if (kind === 'operator') {
    if (!callers.includes('operator')) throw new Refusal('caller-kind', 'Operators have no access inside a tenant.');
    if (!token.scopes.has(scope)) throw lacking([scope]);
    return;
  }
  if (callers.includes('operator')) throw new Refusal('caller-kind', 'Only operators can use this operation.');
  if (!token.tenant) throw new Refusal('unknown-user', 'The token names no tenant.');
  if (kind === 'service') {
    if (!callers.includes('service'))
      throw new Refusal(
        'caller-kind',
        'A product service asks for checks and holders and keeps sessions, and can do nothing else.',
      );
    return;
  }
  const wanted = scopesOf(operation);
  const enough = callers.includes('guest') ? guestScopes : (['admin', ...wanted] as const);
  if (!enough.some((one) => token.scopes.has(one))) throw lacking(wanted);
};

/** The scopes of which a machine's token needs one. */
const scopesOf = ({ scope, orScope }: Operation): TokenScope[] => (orScope ? [scope, orScope] : [scope]);

const lacking = (wanted: readonly TokenScope[]): Refusal =>
  new Refusal('insufficient-scope', `The token needs the scope ${wanted.join(' or ')}.`);

/** The actor of a token that belongs to no user. Operators are told apart by their sign-in, because they share a client. */
export const actorOf = ({ kind, client, subject }: Token): Actor =>
  kind === 'service' ? { kind, id: client } : { kind: 'operator', id: subject };

/** Called with the actor as soon as the actor is known, so that a later refusal is recorded with its actor. */
type Tell = (actor: Actor) => void;

/** The user who calls, with the rights by current data. */
interface Caller {
  readonly access: Access;
  /** False for a user who is known by a directory's claim only. */
  readonly bound: boolean;
  readonly rights: Rights;
  readonly keeper: boolean;
}

/** The user of the token's sign-in; undefined when nobody is bound to it. */
const callerOf = async (view: View, token: Token): Promise<Caller | undefined> => {
  const known = await userOfSignIn(view, token);
  if (!known) return undefined;
  const rights = Rights.of(view.book, known.access);
  return { ...known, rights, keeper: rights.holds(view.book.catalogue.data.keeper) };
};

/** The permission that admits the caller; undefined when the caller holds none, or the operation needs none. */
export const authorityFor = (
  view: View,
  { keeper, rights }: Pick<Authorised, 'keeper' | 'rights'>,
  need: Need,
): string | undefined => {
  const { data } = view.book.catalogue;
  if (keeper) return data.keeper;
  return governing(data, need).find((permission) => rights?.holds(permission));
};

/** The permissions that govern the area of a need; none for a need that is no area. */
const governing = ({ governs }: Catalogue, need: Need): readonly string[] =>
  Object.hasOwn(governs, need) ? governs[need as keyof Catalogue['governs']] : [];

/**
 * Refuses everybody but operators in a tenant that is suspended or closed. A check is refused, too, because no answer to
 * it would be true: *denied* is what the tenant's own administrators decide.
 * @throws Refusal tenant-suspended, tenant-closed
 */
const needOpen = (view: View): void => {
  const lifecycle = view.isCurrent ? view.head.lifecycle : undefined;
  if (lifecycle) throw new Refusal(lifecycle.state === 'suspended' ? 'tenant-suspended' : 'tenant-closed');
};

/** Authorises the caller for an operation. @throws Refusal */
export type Authorise = (operation: Operation) => Promise<Authorised>;

/**
 * Makes the function that authorises the caller on the data that was read. It finds the caller once, for however many
 * operations. A mutation makes a new one at every attempt.
 */
export const authoriser = (view: View, token: Token, tell: Tell = () => {}): Authorise => {
  let caller: Promise<Caller | undefined> | undefined;
  return async (operation) => {
    admitToken(operation, token);
    if (token.kind === 'operator') return { actor: actorOf(token), keeper: false };
    needOpen(view);
    if (token.kind === 'service') return { actor: actorOf(token), keeper: false };
    if (operation.callers.includes('guest')) {
      const actor: Actor = { kind: 'unknown', id: identityDigest(token.issuer, token.subject) };
      tell(actor);
      return { actor, keeper: false };
    }
    caller ??= callerOf(view, token);
    return asUser(view, operation, token, await caller, tell);
  };
};

/**
 * Authorises a user for an operation.
 * @throws Refusal unknown-user, user-disabled, caller-kind, insufficient-scope, forbidden; Unproven
 */
const asUser = (view: View, operation: Operation, token: Token, caller: Caller | undefined, tell: Tell): Authorised => {
  if (!caller) throw new Refusal('unknown-user', 'No user of this tenant is bound to this identity.');
  const { access, bound, rights, keeper } = caller;
  const kind = access.kind === 'person' ? 'person' : 'client';
  const actor: Actor = { kind, id: access.id };
  tell(actor);
  if (access.state !== 'active') throw new Refusal('user-disabled');
  const { callers, needs } = operation;
  if (!callers.includes(kind)) throw new Refusal('caller-kind');
  const enough: TokenScope[] = kind === 'person' ? ['admin'] : scopesOf(operation);
  if (!enough.some((one) => token.scopes.has(one))) throw lacking(enough);
  if (!bound) throw new Unproven();
  if (needs !== 'member' && needs !== 'own') needAuthority(view, caller, needs);
  return { actor, access, rights, keeper, authority: authorityFor(view, caller, needs) };
};

/** Checks that the caller holds what an operation needs. @throws Refusal forbidden */
export const needAuthority = (view: View, by: Pick<Authorised, 'keeper' | 'rights'>, need: Need): void => {
  if (authorityFor(view, by, need) === undefined)
    throw new Refusal('forbidden', { detail: missing(view, need), more: { needs: wanted(view, need) } });
};

const wanted = (view: View, need: Need): string[] => {
  const { data } = view.book.catalogue;
  return [...governing(data, need), data.keeper];
};

/** A sentence that names the missing permissions by their titles in the catalogue. */
export const missing = (view: View, need: Need): string => {
  const titles = wanted(view, need).map((id) => view.book.catalogue.permission.get(id)?.title ?? id);
  return `This needs ${titles.join(' or ')}.`;
};
