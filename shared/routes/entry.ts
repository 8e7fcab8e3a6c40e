// What the table of operations says of each.
import type * as z from 'zod';
import type { ProblemCode } from '../domain/base/refusal.ts';

/** `guest`: a person or a machine client with a valid token of the tenant that is bound to no user yet. */
export type CallerKind = 'person' | 'client' | 'service' | 'operator' | 'guest';

/** What a machine's token must have been issued for; a person's token needs `admin`. */
export type Scope = 'admin' | 'check' | 'directory' | 'audit' | 'operator';

/**
 * What a user must hold within the tenant. `keeper`: the keeper permission. `users`, `directory`, `policies`, `audit`:
 * what the catalogue says governs that area, or the keeper permission. `member`: nothing but being an active user.
 * `own`: decided by the operation, which tells one's own things from others'. `none`: the operation knows no user.
 */
export type Need = 'keeper' | 'users' | 'directory' | 'policies' | 'audit' | 'member' | 'own' | 'none';

interface Described {
  readonly area: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: `/v1/${string}`;
  readonly summary: string;
  readonly callers: readonly CallerKind[];
  readonly scope: Scope;
  readonly needs: Need;
  /** A body that is not JSON: its media type and largest size in bytes. */
  readonly text?: { readonly type: string; readonly limit: number };
  readonly status: number;
  /** What the answer is, where it is not JSON: one of these media types. */
  readonly media?: readonly string[];
  /**
   * The answer has an ETag; `required` also asks for If-Match. `spent`: what had the ETag is gone afterwards, and was kept
   * until then where others could edit it: asks for If-Match or, in the body, for the digest of a preview.
   */
  readonly etag?: 'given' | 'accepted' | 'required' | 'spent';
  /** Accepts an Idempotency-Key. */
  readonly idempotent?: boolean;
  /** Carries out others: may be refused as any of them. */
  readonly combines?: true;
  /** Problem codes of its own, besides those that every operation may answer. */
  readonly problems: readonly ProblemCode[];
  /** `read`: never writes but audit events of denials. */
  readonly data: 'none' | 'read' | 'write';
}

/** What a request consists of. */
interface Schemas {
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType;
}

/** An operation as the table lists it: its schemas are made when they are asked for. */
export type OperationEntry = Described & { readonly [Part in keyof Schemas]?: () => Schemas[Part] };

export type Operation = Described & Partial<Schemas>;
