// The operations as the client knows them at compile time: types printed from the API document, because users of the
// client have neither the table of operations nor zod.
import { answers } from '../../shared/routes/answers.ts';
import { type OperationId, operation, operationIds } from '../../shared/routes/operations.ts';
import { openApiDocument } from '../openapi/document.ts';
import { block, commented, isObject, type JsonSchema, literal, member, printed } from './print.ts';

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly schema: JsonSchema;
}
type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;
interface Described {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

/** A request's parameters of one kind. They may be left out if each of them may be. */
const parametersOf = (part: 'params' | 'query', from: 'path' | 'query', { parameters = [] }: Described): string[] => {
  // `dryRun` stands beside the query of a call, because it also decides the type of the answer.
  const found = parameters.filter((one) => one.in === from && one.name !== 'dryRun');
  if (found.length === 0) return [];
  const fields = found.map(({ name, required = false, schema }) =>
    commented(schema.description, member(name, printed(schema), required)),
  );
  return [`${part}${found.some(({ required }) => required) ? '' : '?'}: ${block(fields)};`];
};

const schemaIn = (content: Content = {}): JsonSchema => Object.values(content)[0]?.schema ?? {};

const bodyOf = (id: OperationId, { requestBody }: Described, { components }: Document): string[] => {
  if (!requestBody) return [];
  if (operation(id).text) return ['body: string;'];
  const type = printed(schemaIn(requestBody.content));
  const { required, oneOf } = components.schemas[type] ?? {};
  return [`body${required || oneOf ? '' : '?'}: ${type};`];
};

const requestOf = (id: OperationId, described: Described, document: Document): string =>
  block([
    ...parametersOf('params', 'path', described),
    ...parametersOf('query', 'query', described),
    ...bodyOf(id, described, document),
  ]);

const answerOf = (id: OperationId, { responses }: Described): string => {
  const { status, data } = operation(id);
  if (answers[id] === null) return 'undefined';
  const schema = schemaIn(responses[status]?.content);
  // The second alternative is the answer to a dry run.
  const [own = schema] = data === 'write' && status === 200 ? (schema.anyOf as JsonSchema[]) : [];
  return printed(own);
};

const operationOf = (id: OperationId, document: Document): string => {
  const { summary, method, path, data, idempotent, etag } = operation(id);
  const described = document.paths[path]?.[method.toLowerCase()];
  if (!described) throw new Error(`the API document has no operation ${id}`);
  const members = [
    `method: ${literal(method)};`,
    `path: ${literal(path)};`,
    ...(data === 'write' ? ['writes: true;'] : []),
    ...(idempotent ? ['idempotent: true;'] : []),
    ...(etag ? [`etag: ${literal(etag)};`] : []),
    `request: ${requestOf(id, described, document)};`,
    `answer: ${answerOf(id, described)};`,
  ];
  return commented(`${summary}.`, `readonly ${id}: ${block(members)};`);
};

const modelOf = ([name, schema]: [string, JsonSchema]): string => {
  const type = printed(schema);
  return commented(
    schema.description,
    isObject(schema) ? `export interface ${name} ${type}` : `export type ${name} = ${type};`,
  );
};

export const operationsFile = (): string => {
  const document = openApiDocument() as unknown as Document;
  return `// Written by npm run openapi from the API document. A test holds it to the schemas of the table of operations.
// biome-ignore-all format: as it is printed

${Object.entries(document.components.schemas).map(modelOf).join('\n\n')}

/** Every operation: its request and its answer. */
export interface Operations ${block(operationIds.map((id) => operationOf(id, document)))}
`;
};
