// The API as an OpenAPI 3.1 document, from the table of operations, the answer schemas and the examples.
import * as z from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { idPattern } from '../../shared/domain/base/ids.ts';
import { type ProblemCode, problems } from '../../shared/domain/base/refusal.ts';
import { problemType } from '../../shared/http/gateway/problem.ts';
import { answers, models } from '../../shared/routes/answers.ts';
import { dryRun, effect, preview } from '../../shared/routes/effects.ts';
import { mayLackBody, type Operation } from '../../shared/routes/entry.ts';
import { guestScopes, type OperationId, operation, operationIds } from '../../shared/routes/operations.ts';
import { fieldFault, problemCodesOf, problemDocument } from '../../shared/routes/problems.ts';
import * as s from '../../shared/routes/schemas.ts';
import { charsets } from '../../shared/text/text.ts';
import { release } from '../release.ts';
import { type AnyExample, exampleOf, exampleTraceId } from './examples.ts';
import { meanings } from './problems.ts';
import { about, areas, title, whoMay } from './texts.ts';
import { tidied } from './tidy.ts';

const capitalised = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

/**
 * Schemas that several operations share, by their names in the document. Other schemas are named after their operation.
 */
const shared: Record<string, z.ZodType> = {
  UserId: s.ids.user,
  RoleId: s.ids.role,
  GroupId: s.ids.group,
  PolicyId: s.ids.policy,
  SourceId: s.ids.source,
  TenantId: s.path.tenantId,
  RunId: s.path.runId,
  RuleId: s.ids.rule,
  ActionId: s.ids.action,
  CategoryId: s.ids.category,
  Grant: s.grant(),
  Identity: s.identity(),
  CheckItem: s.checkItem(),
  Reason: s.reason(),
  ...models,
  Problem: problemDocument,
  Preview: preview,
  Effect: effect,
  FieldFault: fieldFault,
};

/** Patterns for schemas of ids, which check by code. */
const patterns = new Map<unknown, RegExp>([
  [s.ids.user, idPattern('user')],
  [s.ids.role, idPattern('role')],
  [s.ids.group, idPattern('group')],
  [s.ids.policy, idPattern('policy')],
  [s.ids.source, idPattern('source')],
  [s.ids.rule, idPattern('rule')],
  [s.ids.action, idPattern('action')],
  [s.ids.category, idPattern('category')],
]);

const schemas = (): Record<string, z.ZodType> => {
  const all = { ...shared };
  const known = new Set<unknown>(Object.values(all));
  const add = (name: string, schema: z.ZodType | null | undefined) => {
    if (!schema || known.has(schema)) return;
    known.add(schema);
    all[name] = schema;
  };
  for (const id of operationIds) {
    add(`${capitalised(id)}Request`, operation(id).body);
    if (!operation(id).media) add(`${capitalised(id)}Answer`, answers[id]);
  }
  return all;
};

/** The scopes, as alternatives that a token may have. */
const scopesOf = ({ callers, scope, orScope }: Operation): string[][] => {
  const by = {
    person: ['admin'],
    // A token with only the scope `check` belongs to a product service. A client that checks needs both scopes.
    client: scope === 'check' ? ['admin', 'check'] : [scope],
    service: ['check'],
    operator: [scope],
  };
  const alternatives = callers.flatMap((kind) => {
    if (kind === 'guest') return guestScopes.map((one) => [one]);
    return kind === 'client' && orScope ? [by.client, [orScope]] : [by[kind]];
  });
  const all = alternatives.map((scopes) => scopes.map((one) => `holdfast/${one}`));
  return all.filter((one, i) => all.findIndex((other) => other.join() === one.join()) === i);
};

const problemExample = (code: ProblemCode) => ({
  type: problemType(code),
  title: problems[code][1],
  status: problems[code][0],
  code,
  requestId: '8c5f3a52-6f4e-4d2b-9a55-0c5a0d9e7b11',
  traceId: exampleTraceId,
});

const retryAfter = { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' as const } } };

const refused = (status: string, codes: readonly ProblemCode[]) => ({
  description: codes.map((code) => `\`${code}\`: ${meanings[code]}`).join('\n\n'),
  ...((status === '429' || status === '503') && { headers: retryAfter }),
  content: {
    'application/problem+json': {
      schema: problemDocument,
      examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
    },
  },
});

/** One response per status. Refusals with a single code recur, so they are components. */
const refusals = (id: OperationId) => {
  const by = Map.groupBy(problemCodesOf(id), (code) => String(problems[code][0]));
  return Object.fromEntries(
    [...by].map(([status, codes]) => {
      const [only] = codes;
      return [status, codes.length === 1 ? { $ref: `#/components/responses/${only}` } : refused(status, codes)];
    }),
  );
};

/** The refusals that are the only ones of their status in some operation. */
const commonResponses = () => {
  const single = operationIds.flatMap((id) => {
    const by = Map.groupBy(problemCodesOf(id), (code) => problems[code][0]);
    return [...by.values()].filter((codes) => codes.length === 1).flat();
  });
  return Object.fromEntries(
    [...new Set(single)].sort().map((code) => [code, refused(String(problems[code][0]), [code])]),
  );
};

const etagHeader = {
  ETag: { description: "Moves with the resource's own fields.", schema: { type: 'string' as const } },
};

/** The answer to a dry run, when the operation itself answers with another status. */
const rehearsed = ({ status, data }: Operation) =>
  data === 'write' && status !== 200
    ? { '200': { description: 'The answer to a dry run.', content: { 'application/json': { schema: preview } } } }
    : {};

const answered = (id: OperationId, { status, media, etag, data }: Operation, example: AnyExample) => {
  const own = answers[id];
  const schema = own && data === 'write' && status === 200 ? z.union([own, preview]) : own;
  const type = media ?? ['application/json'];
  const shown = example.abridged ? { abridged: { summary: 'Abridged', value: example.answer } } : undefined;
  const value = shown ? { examples: shown } : { example: example.answer };
  return {
    description: status === 204 ? 'Done.' : status === 201 ? 'Created.' : status === 202 ? 'Taken in.' : 'OK.',
    ...(etag && etag !== 'spent' && status !== 204 && { headers: etagHeader }),
    ...(schema && {
      content: Object.fromEntries(type.map((one) => [one, { schema, ...(!media && value) }])),
    }),
  };
};

const requestBody = (o: Operation, example: AnyExample) => {
  const { body, text } = o;
  if (text)
    return {
      required: true,
      description:
        `At most ${text.limit.toLocaleString('en')} bytes, unpacked and in UTF-8; content-encoding gzip is accepted. It is read in the charset of its content ` +
        `type (${charsets.join(', ')}), otherwise by its byte order mark, otherwise in UTF-8. A byte that is not text is refused with its line.`,
      content: Object.fromEntries(
        text.types.map((type, i) => [
          type,
          { schema: { type: 'string' as const }, ...(i === 0 && { example: example.body }) },
        ]),
      ),
    };
  return (
    body && { required: !mayLackBody(o), content: { 'application/json': { schema: body, example: example.body } } }
  );
};

const headers = ({ etag, idempotent }: Operation) => {
  const tag = z.string().meta({ description: 'The ETag of what the change was made on.' });
  const key = z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/)
    .meta({ description: 'Makes the request safe to send again: with the same key it happens once.' });
  return z.object({
    ...(etag === 'required' && { 'If-Match': tag }),
    ...((etag === 'accepted' || etag === 'spent') && { 'If-Match': tag.optional() }),
    ...(idempotent && { 'Idempotency-Key': key.optional() }),
  });
};

/** A parameter by its schema, with the value of the example. */
const shownBy = (schema: z.ZodObject | undefined, values: Readonly<Record<string, unknown>> | undefined) =>
  schema &&
  z.object(
    Object.fromEntries(
      Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, one]) => [
        name,
        values?.[name] === undefined ? one : one.meta({ ...one.meta(), param: { example: values[name] } }),
      ]),
    ),
  );

const described = (id: OperationId): ZodOpenApiOperationObject => {
  const o = operation(id);
  const example = exampleOf(id);
  const body = requestBody(o, example);
  const path = shownBy(o.params, example.params);
  const rehearsal = o.data === 'write' ? z.object({ dryRun }) : undefined;
  const query = shownBy(rehearsal ? rehearsal.extend(o.query?.shape ?? {}) : o.query, example.query);
  return {
    operationId: id,
    tags: [o.area],
    summary: o.summary,
    description: whoMay(o),
    security: scopesOf(o).map((scopes) => ({ accessToken: scopes })),
    requestParams: { ...(path && { path }), ...(query && { query }), header: headers(o) },
    ...(body && { requestBody: body }),
    responses: { ...rehearsed(o), [`${o.status}` as '200']: answered(id, o, example), ...refusals(id) },
  };
};

const paths = (): ZodOpenApiPathsObject => {
  const all: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const id of operationIds) {
    const { path, method } = operation(id);
    all[path] ??= {};
    all[path][method.toLowerCase()] = described(id);
  }
  return all;
};

const usedCodes = () => [...new Set(operationIds.flatMap(problemCodesOf))].sort();

/** The whole document. Equal tables give equal documents. */
export const openApiDocument = () =>
  tidied(
    createDocument(
      {
        openapi: '3.1.0',
        info: {
          title,
          version: release,
          description: about,
          license: { name: 'Not licensed for use by others', identifier: 'LicenseRef-UNLICENSED' },
        },
        servers: [{ url: '/', description: 'Where this document was read from.' }],
        tags: [...new Set(operationIds.map((id) => operation(id).area))].map((name) => ({
          name,
          description: areas[name] ?? '',
        })),
        paths: paths(),
        components: {
          schemas: schemas(),
          responses: commonResponses(),
          examples: Object.fromEntries(
            usedCodes().map((code) => [code, { summary: problems[code][1], value: problemExample(code) }]),
          ),
          securitySchemes: {
            accessToken: {
              type: 'http',
              scheme: 'bearer',
              bearerFormat: 'JWT',
              description:
                'An access token of the configured issuer. Persons need the scope holdfast/admin; machine clients the scope of the operation.',
            },
          },
        },
      },
      {
        override: ({ zodSchema, jsonSchema }) => {
          const pattern = patterns.get(zodSchema);
          if (pattern) Object.assign(jsonSchema, { type: 'string', pattern: pattern.source });
          // The format says more to readers than the pattern that checks it.
          if (jsonSchema.format === 'date-time' || jsonSchema.format === 'email') delete jsonSchema.pattern;
        },
      },
    ),
  );
