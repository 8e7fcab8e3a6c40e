// The entries of the operators in the table of operations: tenants as a whole, from the outside, and the operators' audit.
import * as z from 'zod';
import { lazy } from '../domain/base/lazy.ts';
import type { OperationEntry } from './entry.ts';
import { read, write } from './parts.ts';
import * as s from './schemas.ts';

const operators = { area: 'operators', callers: ['operator'], scope: 'operator', needs: 'none' } as const;
const tenantParams = lazy(() => z.strictObject({ tenantId: s.path.tenantId }));
const recovery = { ...write, ...operators, scope: 'recovery', params: tenantParams } as const;
const reason = lazy(() =>
  z.string().min(1).max(500).meta({ description: 'Why, for the audit of the operators and of the tenant.' }),
);

export const operatorOperations = {
  listTenants: {
    ...read,
    ...operators,
    method: 'GET',
    path: '/v1/tenants',
    summary: 'List tenants in the order of their names',
    query: () =>
      z.strictObject({
        ...s.page(),
        name: z.string().max(100).optional().meta({ description: 'Beginning of the name, in any case.' }),
      }),
    problems: [],
  },
  getTenantById: {
    ...read,
    ...operators,
    method: 'GET',
    path: '/v1/tenants/{tenantId}',
    summary: 'One tenant as operators see it: name, state, whether anybody manages its access rights',
    params: tenantParams,
    etag: 'given',
  },
  updateTenantById: {
    ...write,
    ...operators,
    method: 'PATCH',
    path: '/v1/tenants/{tenantId}',
    summary: 'Rename a tenant, suspend and resume it, close and reopen it',
    params: tenantParams,
    body: () =>
      z
        .strictObject({
          name: s.name().optional(),
          state: z
            .enum(['active', 'suspended', 'closed'])
            .optional()
            .meta({
              description:
                '`suspended`: everybody but operators is refused with `tenant-suspended`. `closed`: with `tenant-closed`; ' +
                'it can be reopened until it is purged, and purged after 30 days. `active` resumes or reopens it.',
            }),
          reason: reason().optional(),
        })
        .refine(({ state, reason }) => state === undefined || reason !== undefined, {
          message: 'say why the state changes',
          path: ['reason'],
        }),
    status: 200,
    etag: 'accepted',
    problems: [...write.problems, 'too-early'],
  },
  purgeTenant: {
    ...write,
    ...operators,
    method: 'POST',
    path: '/v1/tenants/{tenantId}/purge',
    summary: 'Remove everything of a tenant that was closed 30 days ago, for good',
    params: tenantParams,
    body: () =>
      z.strictObject({
        name: s.name().meta({ description: "The tenant's name, so that nobody purges another tenant by its id." }),
        reason: reason(),
      }),
    status: 202,
    problems: ['too-early', 'legal-hold'],
  },
  requestRecovery: {
    ...recovery,
    method: 'POST',
    path: '/v1/tenants/{tenantId}/recovery',
    summary: 'Ask for the recovery of a tenant whose access rights nobody can manage: names one person',
    body: () =>
      z.strictObject({
        reason: reason(),
        person: z
          .union([z.strictObject({ user: s.ids.user }), s.newPerson()], 'is either { user } or { name, login, mail }')
          .meta({ description: 'A person of the tenant, or somebody new.' }),
      }),
    status: 201,
    idempotent: true,
    problems: ['has-access-manager', 'recovery-active'],
  },
  approveRecovery: {
    ...recovery,
    method: 'POST',
    path: '/v1/tenants/{tenantId}/recovery/approval',
    summary: 'Approve the recovery, as another operator; the person can be invited after the delay',
    body: () =>
      z.strictObject({
        requestedAt: s.instant().meta({
          description:
            '`requestedAt` of the recovery that you have looked at. A recovery that has taken its place meanwhile is not ' +
            'approved.',
        }),
      }),
    status: 200,
    problems: ['second-operator-needed'],
  },
  completeRecovery: {
    ...recovery,
    method: 'POST',
    path: '/v1/tenants/{tenantId}/recovery/invitation',
    summary: 'Invite the person once the delay is over: whoever accepts manages access rights',
    status: 201,
    idempotent: true,
    problems: ['too-early', 'has-access-manager', 'quota-exceeded'],
  },
  cancelRecovery: {
    ...recovery,
    scope: 'operator',
    method: 'DELETE',
    path: '/v1/tenants/{tenantId}/recovery',
    summary: 'Cancel the recovery: any operator may',
    status: 204,
    problems: [],
  },
  cancelOwnRecovery: {
    ...write,
    area: 'operators',
    needs: 'keeper',
    callers: ['person'],
    method: 'DELETE',
    path: '/v1/tenant/recovery',
    summary: 'Cancel what is left of a recovery, as somebody who has come to manage access rights meanwhile',
    status: 204,
    problems: ['not-found'],
  },
  listOperatorEvents: {
    ...read,
    ...operators,
    method: 'GET',
    path: '/v1/operators/events',
    summary: 'What operators have done, newest first; the events of a tenant stay when it is purged',
    query: () =>
      z.strictObject({
        ...s.page(),
        tenant: s.path.tenantId.optional(),
        from: s.instant().optional(),
        to: s.instant().optional(),
      }),
    problems: [],
  },
} as const satisfies Record<string, OperationEntry>;
