// A local token issuer with a real key, and the check that API Gateway's JWT authoriser makes of a token. The issuer
// listens on no port: the local server verifies with the public key, and the token command signs with the same key
// file.
import { hash, randomUUID } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  errors,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import { createPrivate, readIfPresent } from '../../shared/files/private.ts';

/** The address has no port, so people stay bound to (tenant, issuer, subject) when the server moves to another port. */
export const localIssuer = 'http://127.0.0.1/holdfast-local-issuer';
export const localAudience = 'holdfast';

const algorithms = ['ES256', 'RS256'];
const toleranceSeconds = 30;

interface TokenRequest {
  subject: string;
  tenant?: string;
  scope?: string | readonly string[];
  /** The claim `kind`: person, client, service or operator. */
  kind?: string;
  /** Seconds from now; negative for a token that has expired already. */
  expiresIn?: number;
  audience?: string;
  clientId?: string;
  /** Further claims. They win over the others, and undefined removes a claim. */
  extra?: Record<string, unknown>;
  /** Issues an ID token instead of an access token, with the same key. The API must refuse it. */
  idToken?: boolean;
}

export interface Issuer {
  issuer: string;
  jwks(): JSONWebKeySet;
  token(request: TokenRequest): Promise<string>;
}

type Verified = { claims: JWTPayload } | { reason: TokenProblem };
export type Verify = (token: string) => Promise<Verified>;
export type TokenProblem =
  | 'malformed'
  | 'algorithm'
  | 'signature'
  | 'expired'
  | 'not-yet-valid'
  | 'issuer'
  | 'audience';

export class IssuerError extends Error {
  override name = 'IssuerError';
}

/** Keeps the key at `statePath` for the next start. Without a path, the key ends with the process. */
export const createIssuer = async (options: { statePath?: string; issuer?: string } = {}): Promise<Issuer> => {
  const issuer = options.issuer ?? localIssuer;
  const jwk = await signingKey(options.statePath);
  const key = await importJWK(jwk, 'ES256');
  const { d: _secret, ...open } = jwk;
  const kid = await calculateJwkThumbprint(open);
  const published: JSONWebKeySet = { keys: [{ ...open, kid, alg: 'ES256', use: 'sig' }] };
  return {
    issuer,
    jwks: () => structuredClone(published),
    async token(request) {
      const now = Math.floor(Date.now() / 1000);
      const scope = typeof request.scope === 'string' ? request.scope : request.scope?.join(' ');
      const claims: Record<string, unknown> = {
        iss: issuer,
        sub: request.subject,
        aud: request.audience ?? localAudience,
        client_id: request.clientId ?? 'local',
        token_use: request.idToken ? 'id' : 'access',
        scope: request.idToken ? undefined : scope,
        tenant: request.tenant,
        kind: request.kind,
        iat: now,
        exp: now + (request.expiresIn ?? 3600),
        jti: randomUUID(),
        ...request.extra,
      };
      for (const [name, value] of Object.entries(claims)) if (value === undefined) delete claims[name];
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid, typ: request.idToken ? 'JWT' : 'at+jwt' })
        .sign(key);
    },
  };
};

/**
 * Checks what the JWT authoriser checks: signature, issuer, audience and times. The handlers check the kind of token.
 */
export const verifier = (trust: { issuer: string; audience: string | string[]; jwks: JSONWebKeySet }): Verify => {
  const keys = createLocalJWKSet(trust.jwks);
  const audiences = [trust.audience].flat();
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: trust.issuer,
        algorithms: algorithms,
        clockTolerance: toleranceSeconds,
        requiredClaims: ['exp'],
      });
      if (typeof payload.iat === 'number' && payload.iat > Date.now() / 1000 + toleranceSeconds) {
        return { reason: 'not-yet-valid' };
      }
      // As on the service, client_id counts when a token has no audience: Cognito's access tokens have none.
      const meant = [payload.aud ?? payload.client_id].flat();
      if (!meant.some((name) => typeof name === 'string' && audiences.includes(name))) return { reason: 'audience' };
      return { claims: payload };
    } catch (error) {
      return { reason: problemOf(error) };
    }
  };
};

/** Tokens that are remembered at most, of one process. */
const mostRemembered = 10_000;

/**
 * The same check, which remembers tokens that it has found good until they expire, because a caller sends the same one
 * with every request, and its signature takes longer than a decision. It knows a token by its digest, so no token stays
 * in memory. Nothing but time makes a good token bad here: there is one key, and no token is revoked.
 */
export const remembering = (verify: Verify, now: () => number = Date.now): Verify => {
  const known = new Map<string, { readonly claims: JWTPayload; readonly until: number }>();
  return async (token) => {
    const digest = hash('sha256', token, 'base64url');
    const found = known.get(digest);
    if (found && now() < found.until) return { claims: found.claims };
    known.delete(digest);
    const verified = await verify(token);
    if ('reason' in verified) return verified;
    const { claims } = verified;
    known.set(digest, { claims, until: (Number(claims.exp) + toleranceSeconds) * 1_000 });
    // The oldest goes first, which is the nearest to its end.
    if (known.size > mostRemembered) for (const [oldest] of known) if (known.delete(oldest)) break;
    return verified;
  };
};

const problemOf = (error: unknown): TokenProblem => {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'iss') return 'issuer';
    if (error.claim === 'nbf') return 'not-yet-valid';
    return 'malformed';
  }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) return 'algorithm';
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey) {
    return 'signature';
  }
  return 'malformed';
};

/** The key at this path, created when the file is missing. Without a path, the key ends with the process. */
const signingKey = async (path: string | undefined): Promise<JWK> => {
  const found = path && (await readIfPresent(path));
  if (found) return parseKey(path, found);
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  if (path === undefined) return jwk;
  if (await createPrivate(path, `${JSON.stringify(jwk)}\n`)) return jwk;
  // Another process created the file first, so its key counts.
  return parseKey(path, (await readIfPresent(path)) ?? '');
};

const parseKey = async (path: string, text: string): Promise<JWK> => {
  // A copied or restored file may have become readable for others.
  await chmod(path, 0o600);
  try {
    const jwk: JWK = JSON.parse(text);
    const { kty, crv, x, y, d } = jwk;
    if (kty !== 'EC' || crv !== 'P-256' || !d) throw new Error('the key is not a private P-256 key');
    await importJWK(jwk, 'ES256');
    return { kty, crv, x: x!, y: y!, d };
  } catch {
    throw new IssuerError(`${path} does not hold a signing key: remove it, and the next start makes a new one.`);
  }
};
