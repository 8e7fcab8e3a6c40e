// The two ways in which a call fails: the API refuses it, or no answer comes.
import type { ProblemCode, ProblemDocument } from './types.ts';

/** The codes of refusals by the gateway, which sends a status and no code, because no code of Holdfast has run. */
const byStatus: Readonly<Record<number, ProblemCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  413: 'payload-too-large',
  415: 'unsupported-media-type',
  429: 'too-many-requests',
  502: 'busy',
  503: 'busy',
  504: 'busy',
};

/** A refusal. Decide by `code`; `detail` is for people. */
export class HoldfastProblem extends Error {
  override readonly name = 'HoldfastProblem';
  /** Any text is possible, because a later release of the API may add codes. */
  readonly code: ProblemCode | (string & {});
  readonly status: number;
  readonly detail: string | undefined;
  /** The wrong fields of an `invalid-request`; else empty. */
  readonly errors: readonly { readonly field: string; readonly message: string }[];
  readonly requestId: string | undefined;
  /** The whole problem document, with the members that some codes add. */
  readonly document: Partial<ProblemDocument>;

  constructor(status: number, document: Partial<ProblemDocument>) {
    const code = document.code ?? byStatus[status] ?? (status < 500 ? 'invalid-request' : 'internal');
    super(`${code}: ${document.detail ?? document.title ?? `status ${status}`}`);
    this.code = code;
    this.status = status;
    this.detail = document.detail;
    this.errors = document.errors ?? [];
    this.requestId = document.requestId;
    this.document = document;
  }
}

/** No answer came: the network failed, or time ran out. Whether the request was carried out is unknown. */
export class HoldfastUnreachable extends Error {
  override readonly name = 'HoldfastUnreachable';

  constructor(operation: string, cause: unknown) {
    super(`${operation} got no answer: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Reads a refusal of the API, the gateway or a proxy. */
export const problemOf = (status: number, body: unknown): HoldfastProblem => {
  if (isObject(body) && 'code' in body && typeof body.code === 'string')
    return new HoldfastProblem(status, body as Partial<ProblemDocument>);
  const detail = isObject(body) && 'message' in body ? String(body.message) : undefined;
  return new HoldfastProblem(status, detail === undefined ? {} : { detail });
};
