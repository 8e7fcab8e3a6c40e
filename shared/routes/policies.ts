// The entries of policies in the table of operations.
import * as z from 'zod';
import { lazy } from '../domain/base/lazy.ts';
import type { OperationEntry } from './entry.ts';
import { read, searched, write } from './parts.ts';
import * as s from './schemas.ts';

const policyParams = lazy(() => z.strictObject({ policyId: s.path.policyId }));

export const policyOperations = {
  listPolicies: {
    ...read,
    area: 'policies',
    needs: 'member',
    method: 'GET',
    path: '/v1/policies',
    summary: 'List the policies that the caller may see',
    query: searched,
  },
  createPolicy: {
    ...write,
    area: 'policies',
    needs: 'own',
    method: 'POST',
    path: '/v1/policies',
    summary: 'Create a policy',
    body: () => z.strictObject({ name: s.name(), description: s.description().default('') }),
    status: 201,
    etag: 'given',
    idempotent: true,
    problems: [...write.problems, 'name-taken', 'policies-not-applicable'],
  },
  getPolicy: {
    ...read,
    area: 'policies',
    needs: 'own',
    method: 'GET',
    path: '/v1/policies/{policyId}',
    summary: 'One policy',
    params: policyParams,
    etag: 'given',
  },
  updatePolicy: {
    ...write,
    area: 'policies',
    needs: 'own',
    method: 'PATCH',
    path: '/v1/policies/{policyId}',
    summary: 'Rename or describe a policy',
    params: policyParams,
    body: () => z.strictObject({ name: s.name().optional(), description: s.description().optional() }),
    status: 200,
    etag: 'accepted',
    problems: [...write.problems, 'name-taken'],
  },
  deletePolicy: {
    ...write,
    area: 'policies',
    needs: 'own',
    method: 'DELETE',
    path: '/v1/policies/{policyId}',
    summary: 'Delete a policy; grants limited to it give nothing from then on',
    params: policyParams,
    status: 204,
    etag: 'accepted',
  },
} as const satisfies Record<string, OperationEntry>;
