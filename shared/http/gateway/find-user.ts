// Finds the user of a sign-in or of an external id. A hint in memory names the access item to read, and the item itself
// decides whether the hint is still right.

import type { TenantId, UserId } from '../../domain/base/ids.ts';
import type { Access } from '../../domain/book/records.ts';
import { directoryUserId } from '../../domain/directory.ts';
import { isBound } from '../../domain/keeper/keeper.ts';
import { toAlias } from '../../store/items.ts';
import { digestOf, identityDigest, type Key, keys } from '../../store/keys.ts';
import type { View } from '../../store/view.ts';

export const externalDigest = (externalId: string): string => digestOf('external', externalId);

const hints = new Map<string, UserId>();
const mostHints = 10_000;

/** The key to read first for a digest's user: the access item when a hint names it, else the alias. */
export const firstLook = (tenant: TenantId, digest: string): Key => {
  const hint = hints.get(`${tenant} ${digest}`);
  return hint ? keys.access(tenant, hint) : keys.alias(tenant, digest);
};

const remember = (tenant: TenantId, digest: string, id: UserId): void => {
  if (hints.size >= mostHints) hints.clear();
  hints.set(`${tenant} ${digest}`, id);
};

/** The user whose own item has the digest; undefined when there is none. */
export const userBy = async (view: View, digest: string, of: 'identity' | 'external'): Promise<Access | undefined> => {
  const hint = hints.get(`${view.tenant} ${digest}`);
  if (hint) {
    const [access] = await view.users([hint]);
    if (access && access.state !== 'deleted' && access[of] === digest) return access;
    hints.delete(`${view.tenant} ${digest}`);
  }
  const [item] = await view.items([keys.alias(view.tenant, digest)]);
  const id = toAlias(item);
  if (!id) return undefined;
  const [access] = await view.users([id]);
  if (!access || access.state === 'deleted' || access[of] !== digest) return undefined;
  remember(view.tenant, digest, id);
  return access;
};

/** A sign-in: the content of a token, or the issuer and subject that somebody names before the first token. */
export interface SignIn {
  readonly issuer: string;
  readonly subject: string;
  readonly claims: Readonly<Record<string, string>>;
}

/**
 * The user whom a first sign-in will be bound to by a claim, which holds the user's immutable id in the directory. The
 * user must have no sign-in yet, because the two belong together one to one. Whether the sign-in has a record already is
 * the condition of the write that binds it. If several sources match, the first by id counts, so that every process
 * decides alike.
 */
export const userByClaim = async (
  view: View,
  { issuer, claims }: Omit<SignIn, 'subject'>,
): Promise<Access | undefined> => {
  const sources = [...view.book.sources.values()].filter(({ signIn }) => signIn?.issuer === issuer);
  if (sources.length === 0) return undefined;
  for (const { id: source, signIn } of sources.sort((a, b) => (a.id < b.id ? -1 : 1))) {
    // Claim names are free text, so names inherited from Object.prototype are ignored (prototype pollution).
    const value = signIn && Object.hasOwn(claims, signIn.claim) ? claims[signIn.claim] : undefined;
    if (value === undefined || value === '') continue;
    const [access] = await view.users([directoryUserId(source, value)]);
    if (access && access.state !== 'deleted' && access.source === source && !isBound(access)) return access;
  }
  return undefined;
};

/** The user of a sign-in: by its record (`bound`), else by a directory's claim. */
export const userOfSignIn = async (
  view: View,
  signIn: SignIn,
): Promise<{ readonly access: Access; readonly bound: boolean } | undefined> => {
  const recorded = await userBy(view, identityDigest(signIn.issuer, signIn.subject), 'identity');
  if (recorded) return { access: recorded, bound: true };
  const claimed = await userByClaim(view, signIn);
  return claimed && { access: claimed, bound: false };
};
