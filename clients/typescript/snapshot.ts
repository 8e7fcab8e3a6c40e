// Deciding offline: verifies a snapshot token and decides by it, exactly as the server does at that version. It needs only
// Web Crypto, so it runs in a browser as on a server.
import type { Question } from '../../shared/domain/deciding/judge.ts';
import { Offline, type OfflineContent, tokenAudience, tokenType } from '../../shared/domain/deciding/offline.ts';
import type { Reason } from './operations.ts';

export type { Reason };

/** Whether the user may, and why: as `POST /v1/check` answers. */
export interface Decision {
  readonly allowed: boolean;
  /** False while access-rights management is switched off. */
  readonly enforced: boolean;
  readonly reason: Reason;
  /** The permissions that gave the right, or that would have. */
  readonly by: readonly string[];
}

interface Scope {
  readonly policy?: string | undefined;
  readonly actionType?: string | undefined;
}
/** On one rule, or on rules of a type. */
type OnRule =
  | { readonly rule?: undefined; readonly ruleType?: string | undefined }
  | { readonly rule: string; readonly ruleType?: undefined };
/** A question about a permission, an ability or a right on a rule: as in `POST /v1/check`, without the user. */
export type OfflineQuestion = Scope &
  (
    | (OnRule & { readonly permission: string; readonly ability?: undefined; readonly right?: undefined })
    | (OnRule & { readonly ability: string; readonly permission?: undefined; readonly right?: undefined })
    | {
        readonly right: 'view' | 'edit' | 'delete';
        readonly rule: string;
        readonly permission?: undefined;
        readonly ability?: undefined;
        readonly ruleType?: undefined;
      }
  );

/** The answer to a question that the token cannot decide: ask the server. */
export const askTheServer = 'ask-the-server';

/** The error for a token that must not be believed. */
export class SnapshotRefused extends Error {
  override readonly name = 'SnapshotRefused';
  readonly reason:
    | 'malformed'
    | 'algorithm'
    | 'type'
    | 'key'
    | 'signature'
    | 'issuer'
    | 'audience'
    | 'tenant'
    | 'expired';

  constructor(reason: SnapshotRefused['reason']) {
    super(`The snapshot is refused: ${reason}.`);
    this.reason = reason;
  }
}

/** The answer of `GET /v1/jwks`. Only keys for signing with ES256 count. */
export interface KeySet {
  readonly keys: readonly {
    readonly kid: string;
    readonly kty: string;
    readonly crv: string;
    readonly x: string;
    readonly y: string;
    readonly use?: string | undefined;
    readonly alg?: string | undefined;
  }[];
}

export interface Expected {
  /** The name with which the deployment signs; `holdfast` unless it is configured otherwise. */
  readonly issuer: string;
  readonly tenant: string;
  /** The time in milliseconds since 1970; by default that of the machine's clock. */
  readonly now?: (() => number) | undefined;
}

/** A verified snapshot, which decides until it expires. */
export interface VerifiedSnapshot {
  readonly user: string;
  readonly session: string;
  /** The version of the tenant's access rights that the snapshot keeps; `at` is when they were read. */
  readonly version: number;
  readonly at: string;
  readonly expiresAt: string;
  /**
   * @throws SnapshotRefused once the snapshot has expired; TypeError for a question that the server would refuse with 400;
   * Error for a permission or ability that the catalogue does not have
   */
  check(question: OfflineQuestion): Decision | typeof askTheServer;
}

const longest = 300;
/** The most that the signer's clock may be ahead, in seconds. */
const skew = 60;

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new SnapshotRefused('malformed');
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
};

const objectIn = (bytes: Uint8Array): Record<string, unknown> => {
  const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SnapshotRefused('malformed');
  return value as Record<string, unknown>;
};

const inflated = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

/** Reads untrusted input, and turns every error into a refusal. @throws SnapshotRefused and nothing else */
const careful = async <T>(read: () => Promise<T> | T): Promise<T> => {
  try {
    return await read();
  } catch (error) {
    throw error instanceof SnapshotRefused ? error : new SnapshotRefused('malformed');
  }
};

const needSignature = async (parts: readonly [string, string, string], jwks: KeySet): Promise<void> => {
  const [head, body, signature] = parts;
  const header = objectIn(bytesOf(head));
  // The algorithm and the kind of key are fixed, because a token that chooses them can forge itself (algorithm confusion).
  if (header.alg !== 'ES256' || header.crit !== undefined) throw new SnapshotRefused('algorithm');
  if (header.typ !== tokenType) throw new SnapshotRefused('type');
  const fits = ({ kid, kty, crv, use = 'sig', alg = 'ES256' }: KeySet['keys'][number]) =>
    kid === header.kid && kty === 'EC' && crv === 'P-256' && use === 'sig' && alg === 'ES256';
  const found = jwks.keys.find(fits);
  if (!found) throw new SnapshotRefused('key');
  const { kty, crv, x, y } = found;
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('jwk', { kty, crv, x, y }, algorithm, false, ['verify']);
  const signed = new TextEncoder().encode(`${head}.${body}`);
  if (!(await crypto.subtle.verify(algorithm, key, bytesOf(signature), signed))) throw new SnapshotRefused('signature');
};

const needClaims = (claims: Record<string, unknown>, { issuer, tenant }: Expected, now: number): void => {
  const { iss, aud, tid, iat, exp, nbf = iat } = claims;
  if (iss !== issuer) throw new SnapshotRefused('issuer');
  if (aud !== tokenAudience) throw new SnapshotRefused('audience');
  if (tid !== tenant) throw new SnapshotRefused('tenant');
  if (typeof iat !== 'number' || typeof exp !== 'number' || exp - iat > longest) throw new SnapshotRefused('malformed');
  if (typeof nbf !== 'number') throw new SnapshotRefused('malformed');
  if (exp * 1000 <= now || (Math.max(iat, nbf) - skew) * 1000 > now) throw new SnapshotRefused('expired');
};

/**
 * Verifies a token by the keys that the deployment publishes, which you may keep for five minutes. The reason `key` may
 * mean that there is a new key: fetch the keys again and try once more, at most once a minute, because anybody can make a
 * token that names any key. @throws SnapshotRefused for a token that must not be believed
 */
export const verifySnapshot = async (token: string, jwks: KeySet, expected: Expected): Promise<VerifiedSnapshot> => {
  const now = expected.now ?? Date.now;
  return careful(async () => {
    const parts = token.split('.');
    if (parts.length !== 3) throw new SnapshotRefused('malformed');
    await needSignature(parts as unknown as [string, string, string], jwks);
    const claims = objectIn(bytesOf(parts[1] as string));
    needClaims(claims, expected, now());
    // The signature holds, so the service wrote all that is read from here on.
    const content = objectIn(await inflated(bytesOf(String(claims.content))));
    const offline = new Offline(content as unknown as OfflineContent);
    const expires = Number(claims.exp) * 1000;
    return {
      user: String(claims.sub),
      session: String(claims.sid),
      version: Number(claims.version),
      at: String(claims.at),
      expiresAt: new Date(expires).toISOString(),
      check: (question) => {
        if (expires <= now()) throw new SnapshotRefused('expired');
        return offline.decide(question as Question) ?? askTheServer;
      },
    };
  });
};
