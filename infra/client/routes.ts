// The operations as the client knows them at run time. They stand in a file of their own, because the table of
// operations would bring the schemas along, which a browser need not load.
import { answers } from '../../shared/routes/answers.ts';
import { type OperationId, operation, operationIds } from '../../shared/routes/operations.ts';

const has = (schema: unknown, field: string): boolean =>
  typeof schema === 'object' && schema !== null && 'shape' in schema && field in (schema.shape as object);

/** The place of the cursor in the request of an operation that answers in pages. */
const pages = (id: OperationId) => {
  const { query, body } = operation(id);
  if (!has(answers[id], 'cursor') || !has(answers[id], 'items')) return undefined;
  return has(query, 'cursor') ? 'query' : has(body, 'cursor') ? 'body' : undefined;
};

const routeOf = (id: OperationId) => {
  const { method, path, data, idempotent, text } = operation(id);
  const fields = { method, path, safe: data !== 'write', idempotent: idempotent === true, text: text?.types[0] };
  return Object.entries({ ...fields, pages: pages(id) })
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? `'${value}'` : value}`)
    .join(', ');
};

export const routesFile =
  (): string => `// Written by npm run openapi from the table of operations. The compiler holds it to that table.
import type { Routes } from './types.ts';

// biome-ignore format: one line per operation
export const routes = {
${operationIds.map((id) => `  ${id}: { ${routeOf(id)} },`).join('\n')}
} as const satisfies Routes;
`;
