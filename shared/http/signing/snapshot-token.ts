// A snapshot as a signed token, for decisions where the server cannot be asked. The token is a JWS (RFC 7515) with one
// fixed algorithm and with a type and an audience of its own, so that no other service accepts it.
import { randomUUID } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import type { TenantId } from '../../domain/base/ids.ts';
import { Refusal } from '../../domain/base/refusal.ts';
import type { Book } from '../../domain/book/book.ts';
import { offlineOf, tokenAudience, tokenType } from '../../domain/deciding/offline.ts';
import { followedBy, keptSubject, type Opened } from '../../domain/session.ts';
import type { Signer } from './signer.ts';

/** Most seconds for which a token is valid. */
const tokenSeconds = 300;
/** Most characters of a token. */
const largestToken = 256_000;

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * Makes a signed token of a session's snapshot.
 * @param now milliseconds since the epoch
 * @returns the token, and its expiry in seconds since the epoch
 * @throws Refusal no-snapshot for a session that follows current data; quota-exceeded for too large a token
 */
export const snapshotToken = async (
  tenant: TenantId,
  book: Book,
  opened: Opened,
  signer: Signer,
  now: number,
): Promise<{ token: string; expires: number }> => {
  const snapshot = followedBy(book, opened);
  if (!snapshot)
    throw new Refusal('no-snapshot', 'Changes take effect immediately here: ask POST /v1/check with the session.');
  const { ground, subject } = keptSubject(book, snapshot);
  const content = offlineOf(ground, book.catalogue.data.keeper, subject);
  const issued = Math.floor(now / 1000);
  const { session } = opened;
  const expires = Math.min(issued + tokenSeconds, session.expires);
  const claims = {
    iss: signer.issuer,
    aud: tokenAudience,
    sub: session.user,
    tid: tenant,
    sid: session.id,
    jti: randomUUID(),
    iat: issued,
    exp: expires,
    version: snapshot.version,
    at: snapshot.at,
    content: deflateSync(JSON.stringify(content)).toString('base64url'),
  };
  const key = await signer.key();
  const signed = `${encoded({ alg: signer.alg, typ: tokenType, kid: key.kid })}.${encoded(claims)}`;
  if (signed.length > largestToken)
    throw new Refusal(
      'quota-exceeded',
      `A token holds ${largestToken.toLocaleString('en')} characters at most: ask POST /v1/check with the session.`,
    );
  const signature = Buffer.from(key.sign(Buffer.from(signed))).toString('base64url');
  return { token: `${signed}.${signature}`, expires };
};
