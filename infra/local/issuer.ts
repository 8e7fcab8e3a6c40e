/**
 * A local token issuer with a real key, and the check that API Gateway's JWT authoriser makes of a token. It listens
 * nowhere: the local server verifies with its public key, the token command signs with the same key file.
 */
import { randomUUID } from 'node:crypto';
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
import { createPrivate, readIfPresent } from './state.ts';

/** Without a port: people stay bound to (tenant, issuer, subject) when the server moves to another port. */
export const LOCAL_ISSUER = 'http://127.0.0.1/holdfast-local-issuer';
export const LOCAL_AUDIENCE = 'holdfast';

const ALGORITHMS = ['ES256', 'RS256'];
const TOLERANCE_SECONDS = 30;

export interface TokenRequest {
  subject: string;
  tenant?: string;
  scope?: string | readonly string[];
  /** Copied to the claim `kind`: who asks (person, client, service, operator). */
  kind?: string;
  /** Seconds from now; negative for a token that has expired already. */
  expiresIn?: number;
  audience?: string;
  clientId?: string;
  /** More claims; they win over the others, and undefined removes one. */
  extra?: Record<string, unknown>;
  /** An ID token instead of an access token: same key, and no business of an API. */
  idToken?: boolean;
}

export interface Issuer {
  issuer: string;
  jwks(): JSONWebKeySet;
  token(request: TokenRequest): Promise<string>;
}

export type Verified = { claims: JWTPayload } | { reason: TokenProblem };
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

/** With `statePath` the key is kept there and used again; without, it ends with the process. */
export async function createIssuer(options: { statePath?: string; issuer?: string } = {}): Promise<Issuer> {
  const issuer = options.issuer ?? LOCAL_ISSUER;
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
        aud: request.audience ?? LOCAL_AUDIENCE,
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
}

/** What the JWT authoriser checks: signature, issuer, audience, times. What kind of token it is, the handlers check. */
export function verifier(trust: { issuer: string; audience: string | string[]; jwks: JSONWebKeySet }): Verify {
  const keys = createLocalJWKSet(trust.jwks);
  const audiences = [trust.audience].flat();
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: trust.issuer,
        algorithms: ALGORITHMS,
        clockTolerance: TOLERANCE_SECONDS,
        requiredClaims: ['exp'],
      });
      if (typeof payload.iat === 'number' && payload.iat > Date.now() / 1000 + TOLERANCE_SECONDS) {
        return { reason: 'not-yet-valid' };
      }
      // As the service does: client_id counts where a token has no audience, which is how Cognito's access tokens are.
      const meant = [payload.aud ?? payload.client_id].flat();
      if (!meant.some((name) => typeof name === 'string' && audiences.includes(name))) return { reason: 'audience' };
      return { claims: payload };
    } catch (error) {
      return { reason: problemOf(error) };
    }
  };
}

function problemOf(error: unknown): TokenProblem {
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
}

/** The key kept at this path, made when there is none; without a path, one that ends with the process. */
export async function signingKey(path: string | undefined): Promise<JWK> {
  const found = path && (await readIfPresent(path));
  if (found) return parseKey(path, found);
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  if (path === undefined) return jwk;
  if (await createPrivate(path, `${JSON.stringify(jwk)}\n`)) return jwk;
  // Another process was first: its key counts.
  return parseKey(path, (await readIfPresent(path)) ?? '');
}

/** A key that was kept aside at this path when another took its place: published only. */
export async function formerKeys(path: string): Promise<JWK[]> {
  const found = await readIfPresent(path);
  return found ? [await parseKey(path, found)] : [];
}

async function parseKey(path: string, text: string): Promise<JWK> {
  // A copied or restored file may have become readable for others.
  await chmod(path, 0o600);
  try {
    const jwk: JWK = JSON.parse(text);
    const { kty, crv, x, y, d } = jwk;
    if (kty !== 'EC' || crv !== 'P-256' || !d) throw new Error('not a private P-256 key');
    await importJWK(jwk, 'ES256');
    return { kty, crv, x: x!, y: y!, d };
  } catch {
    throw new IssuerError(`${path} does not hold a signing key: remove it, and the next start makes a new one.`);
  }
}
