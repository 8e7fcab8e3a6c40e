// The table of operations, which the handlers' chain, the local server, the stack, the API document and the tests of
// refusals all read. An operation that is not listed here does not exist. Each area has a file of its own; their order is
// that of the API document.
import type * as z from 'zod';
import { lazy } from '../domain/base/lazy.ts';
import { auditOperations } from './audit.ts';
import { changeOperations } from './changes.ts';
import { checkOperations } from './checks.ts';
import { directoryOperations } from './directory.ts';
import type { Operation, OperationEntry, TokenScope } from './entry.ts';
import { groupOperations } from './groups.ts';
import { operatorOperations } from './operators.ts';
import { policyOperations } from './policies.ts';
import { publicOperations } from './public.ts';
import { roleOperations } from './roles.ts';
import { ruleOperations } from './rules.ts';
import { runOperations } from './runs.ts';
import { sessionOperations } from './sessions.ts';
import { tenantOperations } from './tenants.ts';
import { userOperations } from './users.ts';

/** A guest needs any one of these scopes, because a machine client proves its identity with the token that it has. */
export const guestScopes = ['admin', 'directory', 'audit', 'export'] as const satisfies readonly TokenScope[];

export const operations = {
  ...tenantOperations,
  ...userOperations,
  ...groupOperations,
  ...policyOperations,
  ...roleOperations,
  ...ruleOperations,
  ...changeOperations,
  ...checkOperations,
  ...sessionOperations,
  ...directoryOperations,
  ...runOperations,
  ...auditOperations,
  ...operatorOperations,
  ...publicOperations,
} as const satisfies Record<string, OperationEntry>;

export type OperationId = keyof typeof operations;
export const operationIds = Object.keys(operations) as OperationId[];

/** Makes the schemas on first use, because a function's cold start needs only the other fields. */
const withSchemas = ({ params, query, body, ...rest }: OperationEntry): Operation =>
  Object.defineProperties(rest as Operation, {
    ...(params && { params: { get: lazy(params), enumerable: true } }),
    ...(query && { query: { get: lazy(query), enumerable: true } }),
    ...(body && { body: { get: lazy(body), enumerable: true } }),
  });

const known = new Map<OperationId, Operation>();

/** An operation with its schemas. */
export const operation = (id: OperationId): Operation => {
  const found = known.get(id) ?? withSchemas(operations[id]);
  known.set(id, found);
  return found;
};

type Parsed<O, K extends string> = O extends { readonly [P in K]: () => infer Schema extends z.ZodType }
  ? z.output<Schema>
  : undefined;

/** The parsed parts of a request, as a handler gets them. */
export interface InputOf<Id extends OperationId> {
  readonly params: Parsed<(typeof operations)[Id], 'params'>;
  readonly query: Parsed<(typeof operations)[Id], 'query'>;
  readonly body: (typeof operations)[Id] extends { readonly text: object }
    ? string
    : Parsed<(typeof operations)[Id], 'body'>;
}
