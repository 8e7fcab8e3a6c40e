// The entries of roles, their grants and members in the table of operations.
import * as z from 'zod';
import { once } from '../domain/base/lazy.ts';
import type { OperationEntry } from './entry.ts';
import { paged, read, write } from './parts.ts';
import * as s from './schemas.ts';

const roleParams = once(() => z.strictObject({ roleId: s.path.roleId }));

/** The query that says which part of a grant to remove, and how. */
const takenLimits = once(() =>
  z.strictObject({
    policy: s.ids.policy.optional(),
    actionType: s.typeId().optional(),
    ruleType: s.typeId().optional(),
    expand: z
      .enum(['true', 'false'])
      .default('false')
      .meta({
        description:
          '`true`: what is held through a wider grant is taken all the same, and that grant is replaced by the rest of ' +
          'what it gives now. Permissions, policies and types that come later are not part of the rest, nor is what ' +
          'requires the permission or stands beside it by the wider grant only.',
      }),
  }),
);

const roles = { area: 'roles', needs: 'keeper' } as const;

export const roleOperations = {
  createRole: {
    ...write,
    ...roles,
    method: 'POST',
    path: '/v1/roles',
    summary: 'Create a role; it has no permission yet',
    body: () => z.strictObject({ name: s.name(), description: s.description().default('') }),
    status: 201,
    etag: 'given',
    idempotent: true,
    problems: [...write.problems, 'name-taken'],
  },
  listRoles: {
    ...read,
    ...roles,
    method: 'GET',
    path: '/v1/roles',
    summary: 'List roles in the order of their names, with the number of direct members',
    query: paged,
  },
  getRole: {
    ...read,
    ...roles,
    method: 'GET',
    path: '/v1/roles/{roleId}',
    summary: 'One role',
    params: roleParams,
    etag: 'given',
  },
  updateRole: {
    ...write,
    ...roles,
    method: 'PATCH',
    path: '/v1/roles/{roleId}',
    summary: 'Rename or describe a role',
    params: roleParams,
    body: () => z.strictObject({ name: s.name().optional(), description: s.description().optional() }),
    status: 200,
    etag: 'accepted',
    problems: [...write.problems, 'name-taken'],
  },
  deleteRole: {
    ...write,
    ...roles,
    method: 'DELETE',
    path: '/v1/roles/{roleId}',
    summary: 'Delete a role; its rules pass to another one, or belong to none',
    params: roleParams,
    query: () =>
      z.strictObject({
        newOwner: s.ids.role.optional().meta({ description: 'The role that its rules pass to.' }),
      }),
    status: 204,
    etag: 'accepted',
  },
  cloneRole: {
    ...write,
    ...roles,
    method: 'POST',
    path: '/v1/roles/{roleId}/clone',
    summary: 'Copy a role: its grants and rule rights, not its members',
    params: roleParams,
    body: () => z.strictObject({ name: s.name() }),
    status: 201,
    etag: 'given',
    idempotent: true,
    problems: [...write.problems, 'name-taken'],
  },
  getRoleGrants: {
    ...read,
    ...roles,
    method: 'GET',
    path: '/v1/roles/{roleId}/grants',
    summary: 'What a role grants',
    params: roleParams,
    etag: 'given',
  },
  putRoleGrants: {
    ...write,
    ...roles,
    method: 'PUT',
    path: '/v1/roles/{roleId}/grants',
    summary: 'Replace what a role grants',
    params: roleParams,
    body: () => z.strictObject({ grants: s.grants() }),
    status: 200,
    etag: 'required',
    problems: [...write.problems, 'permission-missing', 'permission-excluded', 'feature-off'],
  },
  addRoleGrant: {
    ...write,
    ...roles,
    method: 'POST',
    path: '/v1/roles/{roleId}/grants',
    summary: 'Add one grant to a role',
    params: roleParams,
    body: () => s.grant(),
    status: 200,
    etag: 'accepted',
    idempotent: true,
    problems: [...write.problems, 'permission-missing', 'permission-excluded', 'feature-off'],
  },
  removeRoleGrant: {
    ...write,
    ...roles,
    method: 'DELETE',
    path: '/v1/roles/{roleId}/grants/{permission}',
    summary: 'Take a permission from a role: wholly, or for one policy, action type or rule type',
    params: () => z.strictObject({ roleId: s.path.roleId, permission: s.path.permission }),
    query: takenLimits,
    status: 200,
    etag: 'accepted',
    problems: [...write.problems, 'permission-missing', 'granted-by-wider', 'policies-not-applicable'],
  },
  listRoleMembers: {
    ...read,
    ...roles,
    method: 'GET',
    path: '/v1/roles/{roleId}/members',
    summary: 'Direct members of a role: groups first, then users',
    params: roleParams,
    query: paged,
    etag: 'given',
  },
  addRoleMembers: {
    ...write,
    ...roles,
    method: 'POST',
    path: '/v1/roles/{roleId}/members',
    summary: 'Add users and groups to a role',
    params: roleParams,
    body: () => z.strictObject({ members: s.memberIds(5000) }),
    status: 200,
    etag: 'accepted',
    idempotent: true,
  },
  removeRoleMembers: {
    ...write,
    ...roles,
    method: 'POST',
    path: '/v1/roles/{roleId}/members/remove',
    summary: 'Remove users and groups from a role',
    params: roleParams,
    body: () => z.strictObject({ members: s.memberIds(5000) }),
    status: 200,
    etag: 'accepted',
    idempotent: true,
  },
  replaceRoleMembers: {
    ...write,
    ...roles,
    method: 'PUT',
    path: '/v1/roles/{roleId}/members',
    summary: 'Replace the members of a role, up to 5,000, at once',
    params: roleParams,
    body: () => z.strictObject({ members: s.memberIds(5000) }),
    status: 200,
    etag: 'required',
  },
} as const satisfies Record<string, OperationEntry>;
