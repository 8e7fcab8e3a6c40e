// The entries of tenants and their catalogue in the table of operations.
import * as z from 'zod';
import type { OperationEntry } from './entry.ts';
import { inALanguage, languageTag, read, write } from './parts.ts';
import * as s from './schemas.ts';

export const tenantOperations = {
  createTenant: {
    area: 'tenants',
    method: 'POST',
    path: '/v1/tenants',
    summary: 'Create a tenant with its first user, who manages access rights',
    callers: ['operator'],
    scope: 'operator',
    needs: 'none',
    body: () =>
      z.strictObject({
        name: s.name(),
        catalogue: z.string().max(64).default('complete'),
        language: languageTag().optional().meta({ description: 'Of the names of its predefined roles: `en`, `fr`.' }),
        firstUser: s.newPerson().extend({ identity: s.identity() }),
      }),
    status: 201,
    idempotent: true,
    problems: [],
    data: 'write',
  },
  getTenant: {
    ...read,
    area: 'tenants',
    method: 'GET',
    path: '/v1/tenant',
    summary: 'The tenant: settings, quotas and their use, who manages access rights',
    needs: 'member',
    etag: 'given',
  },
  updateTenant: {
    ...write,
    area: 'tenants',
    method: 'PATCH',
    path: '/v1/tenant',
    summary: 'Change settings: the switch, when changes take effect, the administrators group',
    needs: 'keeper',
    body: () =>
      z.strictObject({
        name: s.name().optional(),
        enforced: z.boolean().optional(),
        changesTakeEffect: z.enum(['immediately', 'nextLogon']).optional(),
        administratorsGroup: s.ids.group.nullable().optional(),
      }),
    status: 200,
    etag: 'accepted',
    problems: [...write.problems, 'switch-fixed'],
  },
  putFeatures: {
    ...write,
    area: 'tenants',
    method: 'PUT',
    path: '/v1/tenants/{tenantId}/features',
    summary: 'Set the features that a tenant has',
    callers: ['operator'],
    scope: 'operator',
    needs: 'none',
    params: () => z.strictObject({ tenantId: s.path.tenantId }),
    body: () => z.strictObject({ features: z.array(z.string().max(64)).max(100) }),
    status: 200,
    etag: 'required',
  },
  getFeatures: {
    ...read,
    area: 'tenants',
    method: 'GET',
    path: '/v1/tenants/{tenantId}/features',
    summary: 'The features that a tenant has, and those it could have',
    callers: ['operator'],
    scope: 'operator',
    needs: 'none',
    params: () => z.strictObject({ tenantId: s.path.tenantId }),
    query: inALanguage,
    etag: 'given',
  },
  getCatalogue: {
    ...read,
    area: 'tenants',
    method: 'GET',
    path: '/v1/catalogue',
    summary: 'The permissions and abilities of the product, as far as the caller may see them',
    needs: 'member',
    query: inALanguage,
  },
  getNames: {
    ...read,
    area: 'tenants',
    method: 'POST',
    path: '/v1/names',
    summary: 'The names of up to 100 things by their ids, of those that the caller may see',
    needs: 'member',
    body: () =>
      z.strictObject({
        ids: z.array(s.anyId()).min(1).max(100).meta({
          description:
            'Ids of users, roles, groups, policies, sources, rules and categories. Ids of other kinds have no name.',
        }),
      }),
    problems: [],
  },
} as const satisfies Record<string, OperationEntry>;
