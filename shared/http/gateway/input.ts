// Reads a request's path, query, body and headers by the operation's schemas.
import { gunzipSync } from 'node:zlib';
import * as z from 'zod';
import type { TenantId } from '../../domain/base/ids.ts';
import { lazy } from '../../domain/base/lazy.ts';
import { type FieldFault, invalid, type ProblemCode, Refusal } from '../../domain/base/refusal.ts';
import { mayLackBody, type Operation } from '../../routes/entry.ts';
import type { OperationId } from '../../routes/operations.ts';
import { type Charset, charsets, fileText, isWhole, NotText, utf8, wholeText } from '../../text/text.ts';
import type { Call, Event, Internal } from './call.ts';
import { namesState } from './etag.ts';
import { messageOf } from './faults.ts';
import type { Token } from './token.ts';

const header = (event: Event, name: string): string | undefined => event.headers?.[name];

/**
 * The query of an operation without parameters. Unknown names are refused: a misspelt `dryRun` must not change
 * anything.
 */
const noQuery = lazy(() => z.strictObject({}));

/** The `dryRun` parameter, which every operation that writes has. */
const rehearsal = lazy(() => z.object({ dryRun: z.enum(['true', 'false']).default('false') }));

/** The parts of a request before they are parsed. */
interface RawInput {
  readonly params?: unknown;
  readonly query?: unknown;
  /** Reads the body; called last, and only when the operation has a body. */
  readonly body: () => unknown;
}

/**
 * Parses the parts by the operation's schemas.
 * @throws Refusal invalid-request; `badPath` for invalid path parameters
 */
export const inputOf = (operation: Operation, raw: RawInput, badPath: ProblemCode): Call<OperationId>['input'] => {
  const { params, query = noQuery(), body, text } = operation;
  return {
    params: params && checked(params, raw.params ?? {}, 'path.', badPath),
    query: checked(query, raw.query ?? {}, 'query.'),
    body: text ? raw.body() : body && checked(body, raw.body(), '/'),
  } as never;
};

/** Parses the whole request. @throws Refusal */
export const callOf = (id: OperationId, operation: Operation, event: Event, { token, traceId, runtime }: Internal) => {
  const ifMatch = header(event, 'if-match');
  const idempotencyKey = header(event, 'idempotency-key');
  if (idempotencyKey !== undefined && !/^[\x21-\x7e]{1,200}$/.test(idempotencyKey))
    throw invalid('header.idempotency-key', 'give 1 to 200 visible ASCII characters');
  const { dryRun, ...query } = wholeQuery(event);
  const rehearses = operation.data === 'write';
  const asked = dryRun === undefined ? {} : { dryRun };
  const raw: RawInput = {
    params: event.pathParameters,
    query: rehearses ? query : { ...query, ...asked },
    body: () => (operation.text ? textBody(event, operation.text) : jsonBody(event, operation)),
  };
  const input = inputOf(operation, raw, 'not-found');
  const dry =
    rehearses && (checked(rehearsal(), asked, 'query.') as z.infer<ReturnType<typeof rehearsal>>).dryRun === 'true';
  needPrecondition(operation, ifMatch, input);
  const call: Call<OperationId> = {
    id,
    operation,
    token: token as Token,
    tenant: token?.tenant as TenantId,
    input,
    bodyType: operation.text && mediaTypeOf(event),
    takesGzip: takesGzip(header(event, 'accept-encoding')),
    requestId: event.requestContext.requestId,
    traceId,
    ifMatch,
    idempotencyKey: operation.idempotent ? idempotencyKey : undefined,
    dryRun: dry,
    runtime,
  };
  return call;
};

/**
 * Requires If-Match, or the digest of a preview, for operations where the caller acts on a state that was read earlier,
 * because others may have changed it since (lost update).
 * @throws Refusal precondition-required
 */
const needPrecondition = ({ etag }: Operation, ifMatch: string | undefined, { body }: { readonly body?: unknown }) => {
  if (etag === 'required' && ifMatch === undefined)
    throw new Refusal('precondition-required', 'Read it first, then send its ETag as If-Match.');
  const { digest } = (body ?? {}) as { readonly digest?: string };
  if (etag === 'spent' && digest === undefined && !namesState(ifMatch))
    throw new Refusal(
      'precondition-required',
      'Look at it first, then send its ETag as If-Match, or the digest of its preview: others may have edited it.',
    );
};

/** The query's values as the gateway decoded them. @throws Refusal invalid-request for bytes that became U+FFFD */
const wholeQuery = (event: Event): Record<string, string | undefined> => {
  const query = event.queryStringParameters ?? {};
  for (const [name, value = ''] of Object.entries(query))
    if (!isWhole(name) || !isWhole(value))
      throw invalid(`query.${isWhole(name) ? name.slice(0, 100) : ''}`, 'is not UTF-8: encode it as UTF-8');
  return query;
};

/** Parses a value by a schema. A malformed id in the path is answered not-found, like an id that does not exist. */
const checked = (schema: z.ZodType, value: unknown, at: string, code: ProblemCode = 'invalid-request'): unknown => {
  const result = schema.safeParse(value, { error: messageOf });
  if (result.success) return result.data;
  const errors = result.error.issues.slice(0, 20).flatMap((issue): FieldFault[] => {
    const where = (path: readonly PropertyKey[]) =>
      `${at}${path.map((part) => String(part).slice(0, 100)).join(at === '/' ? '/' : '.')}`;
    if (issue.code === 'unrecognized_keys')
      return issue.keys.slice(0, 20).map((key) => ({
        field: where([...issue.path, key.slice(0, 100)]),
        message: 'is not known: remove it',
      }));
    return [{ field: where(issue.path), message: issue.message }];
  });
  const detail = `${errors[0]?.field}: ${errors[0]?.message}`;
  // A malformed id may be named as such, because the form of ids is public.
  throw new Refusal(code, code === 'not-found' ? { detail } : { detail, errors });
};

/**
 * The body's text.
 * @throws NotText for invalid bytes, which are U+FFFD in a body that the gateway has already decoded
 */
const bodyText = ({ body = '', isBase64Encoded }: Event, read: (bytes: Uint8Array) => string): string =>
  isBase64Encoded ? read(Buffer.from(body, 'base64')) : wholeText(body);

/** Without a body there is no media type to look at, either. */
const jsonBody = (event: Event, operation: Operation): unknown =>
  !event.body && mayLackBody(operation) ? {} : json(event);

const json = (event: Event): unknown => {
  const type = header(event, 'content-type') ?? '';
  if (!/^application\/json\b/i.test(type))
    throw new Refusal('unsupported-media-type', 'Send JSON with content-type application/json.');
  const text = jsonText(event);
  if (text.trim() === '') throw invalid('/', 'is empty: send a JSON object, {} where nothing is to be said');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('/', 'is not JSON');
  }
  // A lone surrogate can come only as an escape, and DynamoDB cannot store it.
  const half = /\\u[dD][89a-fA-F]/.test(text) ? placeIn(value, isHalf) : undefined;
  if (half !== undefined)
    throw invalid(half, 'has half of a character, a lone surrogate such as \\ud83d: write both halves or neither');
  // A number that is too large becomes Infinity, which JSON writes as null. Shorter ones are within bounds.
  const beyond = /[eE]\+?\d{2}|\d{200}/.test(text) ? placeIn(value, isInfinite) : undefined;
  if (beyond !== undefined)
    throw invalid(beyond, 'is a number beyond 1.7976931348623157e308: send a smaller one, or write it as text');
  return value;
};

const jsonText = (event: Event): string => {
  try {
    return bodyText(event, utf8);
  } catch (error) {
    if (error instanceof NotText) throw invalid('/', `line ${error.line} ${error.message}: send JSON in UTF-8`);
    throw error;
  }
};

const isHalf = (one: unknown): boolean => typeof one === 'string' && !one.isWellFormed();
const isInfinite = (one: unknown): boolean => typeof one === 'number' && !Number.isFinite(one);

/** The JSON pointer of a value that is looked for, or of an object with such a field name. */
const placeIn = (value: unknown, isIt: (one: unknown) => boolean): string | undefined => {
  const open: [string, unknown][] = [['', value]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [at, one] = next;
    if (isIt(one)) return at || '/';
    if (typeof one !== 'object' || one === null) continue;
    for (const [key, inner] of Object.entries(one)) {
      if (isIt(key)) return at || '/';
      open.push([`${at}/${[...key].slice(0, 100).join('')}`, inner]);
    }
  }
  return undefined;
};

/** The media type and its parameters, in lower case. */
const contentType = (event: Event): string[] =>
  (header(event, 'content-type') ?? '').split(';').map((part) => part.trim().toLowerCase());
const mediaTypeOf = (event: Event): string | undefined => contentType(event)[0];

const textBody = (event: Event, { types, limit }: NonNullable<Operation['text']>): string => {
  const [type = '', ...parameters] = contentType(event);
  if (!types.includes(type))
    throw new Refusal('unsupported-media-type', `Send it with content-type ${types.join(' or ')}.`);
  const charset = charsetOf(parameters);
  const isPacked = isGzip(event);
  const withinLimit = (size: number): void => {
    if (size > limit)
      throw new Refusal('payload-too-large', `At most ${limit.toLocaleString('en')} bytes, unpacked and in UTF-8.`);
  };
  try {
    if (isPacked && !event.isBase64Encoded && event.body) throw invalid('/', 'is not gzip');
    const body = bodyText(event, (bytes) => {
      withinLimit(bytes.length);
      return fileText(isPacked ? unzipped(bytes, limit) : bytes, charset);
    });
    withinLimit(Buffer.byteLength(body));
    return body.startsWith('\ufeff') ? body.slice(1) : body;
  } catch (error) {
    if (error instanceof NotText) throw invalid(`line ${error.line}`, `${error.message}. Nothing was taken in`);
    throw error;
  }
};

/**
 * True when the codings that a caller takes name gzip (RFC 9110 section 12.5.3). A lone `*` may come from a caller that
 * only leaves the choice open, so nothing is packed for it.
 */
const takesGzip = (codings = ''): boolean =>
  codings.split(',').some((one) => {
    const [coding, weight = ''] = one.split(';').map((part) => part.trim().toLowerCase());
    return (coding === 'gzip' || coding === 'x-gzip') && !/^q\s*=\s*0(\.0*)?$/.test(weight);
  });

/** True when the body is packed by gzip (RFC 9110 section 8.4.1.3). @throws Refusal for another coding */
const isGzip = (event: Event): boolean => {
  const coding = header(event, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (coding === 'identity') return false;
  if (coding === 'gzip' || coding === 'x-gzip') return true;
  throw new Refusal('unsupported-media-type', 'Send it without content-encoding, or with content-encoding gzip.');
};

/**
 * Unpacks a body. Unpacking ends at the limit, so a small body that would become a huge one (a decompression bomb) costs no
 * more than an honest one. @throws Refusal payload-too-large, invalid-request
 */
const unzipped = (bytes: Uint8Array, limit: number): Uint8Array => {
  try {
    return gunzipSync(bytes, { maxOutputLength: limit });
  } catch (error) {
    if (error instanceof RangeError)
      throw new Refusal('payload-too-large', `Unpacked, it has more than ${limit.toLocaleString('en')} bytes.`);
    throw invalid('/', 'is not gzip, or is cut off: send it again');
  }
};

/** The encoding that a content type names. @throws Refusal unsupported-media-type for an unsupported encoding */
const charsetOf = (parameters: readonly string[]): Charset | undefined => {
  const named = parameters.find((parameter) => parameter.startsWith('charset='));
  if (named === undefined) return undefined;
  const name = named.slice('charset='.length).replace(/^"(.*)"$/, '$1');
  const charset = charsets.find((one) => one === name);
  if (!charset)
    throw new Refusal('unsupported-media-type', `Send it in one of these charsets: ${charsets.join(', ')}.`);
  return charset;
};
