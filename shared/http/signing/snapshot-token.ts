// A snapshot as a signed token, for deciding where the server cannot be asked: a JWS (RFC 7515) of one fixed algorithm, with
// a type and an audience of its own, so that it is good for nothing else.
import { randomUUID } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import type { TenantId } from '../../domain/base/ids.ts';
import { Refusal } from '../../domain/base/refusal.ts';
import type { Book } from '../../domain/book/book.ts';
import { offlineOf, tokenAudience, tokenType } from '../../domain/deciding/offline.ts';
import { followedBy, keptSubject, type Opened } from '../../domain/session.ts';
import type { Signer } from './signer.ts';

/** Seconds for which a token is good at most. */
const tokenSeconds = 300;
/** Characters that a token has at most. */
const largestToken = 256_000;

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** @throws Refusal no-snapshot for a session that follows current data; quota-exceeded for too large a one */
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
  const signed = `${encoded({ alg: signer.alg, typ: tokenType, kid: signer.kid })}.${encoded(claims)}`;
  if (signed.length > largestToken)
    throw new Refusal(
      'quota-exceeded',
      `A token holds ${largestToken.toLocaleString('en')} characters at most: ask POST /v1/check with the session.`,
    );
  const signature = Buffer.from(await signer.sign(Buffer.from(signed))).toString('base64url');
  return { token: `${signed}.${signature}`, expires };
};
