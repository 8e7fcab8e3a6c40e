// Compares an answer with the promises of the table of operations and the answer schemas. The harness does so with
// every reply.
import * as z from 'zod';
import { problems } from '../../shared/domain/base/refusal.ts';
import { answers } from '../../shared/routes/answers.ts';
import { preview } from '../../shared/routes/effects.ts';
import { type OperationId, operation } from '../../shared/routes/operations.ts';
import { problemCodesOf, problemDocument } from '../../shared/routes/problems.ts';

/** The answer to a dry run of an operation. */
const previewOf = (id: OperationId) => preview.extend({ answer: (answers[id] ?? z.undefined()).optional() });

interface Answered {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}

const brokenRefusal = (id: OperationId, status: number, body: unknown): string | undefined => {
  const parsed = problemDocument.safeParse(body);
  if (!parsed.success) return `${id} refused with ${JSON.stringify(body)}, which is not as described: ${parsed.error}`;
  const { code } = parsed.data;
  if (problems[code][0] !== status || parsed.data.status !== status) return `${id} refused with ${code} as ${status}`;
  return problemCodesOf(id).includes(code) ? undefined : `${id} refused with ${code}, against the table`;
};

const isRehearsal = (body: unknown): body is { dryRun: true } =>
  typeof body === 'object' && body !== null && 'dryRun' in body;

const brokenPreview = (id: OperationId, status: number, body: { dryRun: true }): string | undefined => {
  if (status !== 200) return `${id} answered a dry run with ${status}`;
  const parsed = previewOf(id).safeParse(body);
  if (!parsed.success) return `${id} answered ${JSON.stringify(body)}, which is no preview: ${parsed.error}`;
  const { problem, outcome, status: promised } = parsed.data;
  if (problem) return brokenRefusal(id, promised, problem);
  if (promised !== operation(id).status) return `${id} promised ${promised}`;
  return outcome === 'refused' ? `${id} does not say why it would be refused` : undefined;
};

/** The broken promise in words; undefined if all are kept. */
export const brokenPromise = (id: OperationId, { status, body, headers }: Answered): string | undefined => {
  if (status >= 400) return brokenRefusal(id, status, body);
  if (isRehearsal(body) && operation(id).data === 'write') return brokenPreview(id, status, body);
  const { status: promised, etag } = operation(id);
  if (status !== promised) return `${id} answered ${status}, not ${promised}`;
  const schema = answers[id];
  if (schema === null) return body === undefined ? undefined : `${id} answered a body: ${JSON.stringify(body)}`;
  const parsed = schema.safeParse(body);
  if (!parsed.success) return `${id} answered ${JSON.stringify(body)}, which is not as described: ${parsed.error}`;
  if ((headers.etag !== undefined) !== (etag !== undefined && etag !== 'spent'))
    return `${id} answered ${headers.etag === undefined ? 'no' : 'an'} ETag, against the table`;
  return undefined;
};
