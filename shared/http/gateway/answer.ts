// Turns an operation's answer into the response that API Gateway takes.
import type { Answer, Result } from './call.ts';
import { etagOf } from './etag.ts';

export const respond = (status: number, { text, ...answer }: Answer): Result =>
  text === undefined ? respondJson(status, answer) : respondText(status, text);

const respondText = (statusCode: number, { type, content, headers }: NonNullable<Answer['text']>): Result => ({
  statusCode,
  headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers, 'content-type': type },
  ...(typeof content === 'string'
    ? { body: content }
    : { body: Buffer.from(content).toString('base64'), isBase64Encoded: true }),
});

const respondJson = (status: number, { body, own, keptFor }: Answer): Result => ({
  statusCode: status,
  headers: {
    'cache-control': keptFor === undefined ? 'no-store' : `public, max-age=${keptFor}`,
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(own !== undefined && { etag: etagOf(own) }),
  },
  ...(body !== undefined && { body: JSON.stringify(body) }),
});
