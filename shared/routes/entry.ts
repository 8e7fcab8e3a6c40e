// The shape of an entry in the table of operations.
import type * as z from 'zod';
import type { Catalogue } from '../catalogues/schema.ts';
import type { ProblemCode } from '../domain/base/refusal.ts';

/** `guest`: a person or a machine client with a valid token of the tenant whose sign-in is not bound to a user yet. */
export type CallerKind = 'person' | 'client' | 'service' | 'operator' | 'guest';

/** The scope that a machine's or an operator's token needs; a person's token needs `admin`. */
export type TokenScope = 'admin' | 'check' | 'directory' | 'audit' | 'export' | 'operator' | 'recovery';

/**
 * The permission that a user needs in the tenant. `keeper`: the keeper permission. `users`, `directory`, `policies`,
 * `audit`, `export`: a permission that governs that area by the catalogue, or the keeper permission. `member`: no
 * permission, but the user must be active. `own`: the operation decides, because callers may use it for themselves only.
 * `none`: the operation has no user.
 */
export type Need = keyof Catalogue['governs'] | 'keeper' | 'member' | 'own' | 'none';

interface Described {
  readonly area: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: `/v1/${string}`;
  readonly summary: string;
  readonly callers: readonly CallerKind[];
  readonly scope: TokenScope;
  /** Another scope that does as well. */
  readonly orScope?: TokenScope;
  readonly needs: Need;
  /** A body that is not JSON: its media types, the usual one first, and its largest size in bytes. It may be packed by gzip. */
  readonly text?: { readonly types: readonly [string, ...string[]]; readonly limit: number };
  readonly status: number;
  /** The media types of an answer that is not JSON. */
  readonly media?: readonly string[];
  /**
   * `given`: the answer has an ETag. `accepted`: If-Match is also compared. `required`: a request without If-Match is
   * refused. `spent`: the operation removes the resource that had the ETag, such as a draft; because others could edit
   * it until then, the request needs If-Match or, in the body, the digest of a preview.
   */
  readonly etag?: 'given' | 'accepted' | 'required' | 'spent';
  /** Accepts an Idempotency-Key. */
  readonly idempotent?: boolean;
  /** Carries out other operations, so it may be refused with any problem of theirs. */
  readonly combines?: true;
  /** Problem codes of this operation, besides those that every operation may answer. */
  readonly problems: readonly ProblemCode[];
  /** `read`: writes nothing except audit events of denials. */
  readonly data: 'none' | 'read' | 'write';
}

/** The schemas of a request's parts. */
interface Schemas {
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType;
}

/** An operation as the table lists it, with functions that make its schemas on first use. */
export type OperationEntry = Described & { readonly [Part in keyof Schemas]?: () => Schemas[Part] };

export type Operation = Described & Partial<Schemas>;

/**
 * True when a request may leave the body out, because no field of it is needed. A PUT or PATCH never may: without a body
 * it would take everything away or change nothing, so the body was lost.
 */
export const mayLackBody = ({ method, body }: Operation): boolean =>
  method === 'POST' && body?.safeParse({}).success === true;
