// The entries of users, invitations and their grants in the table of operations.
import * as z from 'zod';
import { lazy } from '../domain/base/lazy.ts';
import type { OperationEntry } from './entry.ts';
import { read, searched, takenLimits, write } from './parts.ts';
import * as s from './schemas.ts';

const userParams = lazy(() => z.strictObject({ userId: s.path.userId }));

const users = { area: 'users', needs: 'users' } as const;

export const userOperations = {
  listUsers: {
    ...read,
    ...users,
    method: 'GET',
    path: '/v1/users',
    summary: 'List users in the order of their names',
    query: () =>
      z.strictObject({
        ...s.page(),
        name: z.string().max(100).optional().meta({ description: 'Beginning of the name, in any case.' }),
        search: z.string().max(100).optional().meta({
          description:
            'Beginnings of words of name, login or mail, in any case and order; every one must match. What follows an @ is the beginning of the domain, and needs a word beside it. The list is in the order of the words found, then of the names.',
        }),
        state: z.enum(['active', 'disabled']).optional(),
        source: z
          .string()
          .regex(/^(local|external|s[0-9a-z]{12})$/, 'is local, external or the id of a directory source')
          .optional(),
        kind: z.enum(['person', 'machine']).optional(),
        deleted: z
          .enum(['true', 'false'])
          .default('false')
          .meta({ description: 'List the users who were deleted in the last 30 days, and can be restored.' }),
      }),
  },
  createUser: {
    ...write,
    ...users,
    method: 'POST',
    path: '/v1/users',
    summary: 'Create a person or a machine client',
    body: () =>
      z.discriminatedUnion('kind', [
        z.strictObject({
          kind: z.literal('person'),
          source: z.enum(['local', 'external']).default('local'),
          name: s.name(),
          login: z.string().min(1).max(320).optional(),
          mail: z.email().max(320).optional(),
          externalId: z.string().min(1).max(255).optional(),
        }),
        z.strictObject({
          kind: z.literal('machine'),
          name: s.name(),
          identity: s
            .identity()
            .optional()
            .meta({ description: 'For those who manage access rights. Others invite the client, which then accepts.' }),
          externalId: z.string().min(1).max(255).optional(),
        }),
      ]),
    status: 201,
    etag: 'given',
    idempotent: true,
    problems: [...write.problems, 'keeper-needed', 'identity-taken', 'external-id-taken'],
  },
  getUser: {
    ...read,
    ...users,
    method: 'GET',
    path: '/v1/users/{userId}',
    summary: 'One user',
    params: userParams,
    etag: 'given',
  },
  updateUser: {
    ...write,
    ...users,
    method: 'PATCH',
    path: '/v1/users/{userId}',
    summary: 'Change the profile or the external id, enable or disable',
    params: userParams,
    body: () =>
      z.strictObject({
        name: s.name().optional(),
        login: z.string().min(1).max(320).nullable().optional(),
        mail: z.email().max(320).nullable().optional(),
        externalId: z.string().min(1).max(255).nullable().optional().meta({
          description:
            "The product's own name for the user, by which it asks; `null` takes it away. It belongs to one user of the tenant. Bounded checks may know the one before for five seconds. Whoever does not manage access rights needs every right that the user holds, because products take whoever has the id for the user.",
        }),
        state: z.enum(['active', 'disabled']).optional(),
      }),
    status: 200,
    etag: 'accepted',
    problems: [...write.problems, 'keeper-needed', 'not-held', 'owned-by-directory', 'external-id-taken'],
  },
  deleteUser: {
    ...write,
    ...users,
    method: 'DELETE',
    path: '/v1/users/{userId}',
    summary: 'Delete a user',
    params: userParams,
    status: 204,
    etag: 'accepted',
    problems: [...write.problems, 'keeper-needed'],
  },
  restoreUser: {
    ...write,
    ...users,
    method: 'POST',
    path: '/v1/users/{userId}/restore',
    summary: 'Bring back a user who was deleted in the last 30 days, as far as it could be given today',
    params: userParams,
    status: 200,
    etag: 'given',
    idempotent: true,
    problems: [...write.problems, 'not-restorable'],
  },
  eraseUser: {
    ...write,
    ...users,
    needs: 'keeper',
    method: 'POST',
    path: '/v1/users/{userId}/erasure',
    summary: 'Erase a deleted person: every value of the person goes, and events say where values were',
    params: userParams,
    status: 200,
    idempotent: true,
    problems: [...write.problems, 'not-erasable', 'legal-hold'],
  },
  inviteUser: {
    ...write,
    ...users,
    method: 'POST',
    path: '/v1/users/{userId}/invitation',
    summary: 'Make a single-use invitation by which the person or the client binds a sign-in identity',
    params: userParams,
    status: 201,
    idempotent: true,
    problems: [...write.problems, 'not-invitable', 'keeper-needed', 'not-held'],
  },
  acceptInvitation: {
    ...write,
    area: 'users',
    method: 'POST',
    path: '/v1/invitations/accept',
    summary: 'Bind the identity of the token to the user who was invited',
    callers: ['guest'],
    needs: 'none',
    body: () => z.strictObject({ invitation: z.string().max(100) }),
    status: 200,
    etag: 'given',
    problems: [...write.problems, 'identity-taken', 'keeper-needed', 'not-held'],
  },
  unbindUser: {
    ...write,
    ...users,
    method: 'DELETE',
    path: '/v1/users/{userId}/identity',
    summary: 'Take the sign-in identity away: the user must be invited again',
    params: userParams,
    status: 204,
    problems: [...write.problems, 'keeper-needed', 'not-held'],
  },
  getUserGrants: {
    ...read,
    ...users,
    method: 'GET',
    path: '/v1/users/{userId}/grants',
    summary: "The user's own grants, as far as the caller may see them",
    params: userParams,
    etag: 'given',
    problems: [...read.problems, 'personal-grants-off'],
  },
  putUserGrants: {
    ...write,
    ...users,
    method: 'PUT',
    path: '/v1/users/{userId}/grants',
    summary: "Replace the user's own grants, as far as the caller may see them",
    params: userParams,
    body: () => z.strictObject({ grants: s.grants() }),
    status: 200,
    etag: 'required',
    problems: [
      ...write.problems,
      'personal-grants-off',
      'not-held',
      'keeper-needed',
      'permission-missing',
      'permission-excluded',
      'feature-off',
      'policies-not-applicable',
    ],
  },
  removeUserGrant: {
    ...write,
    ...users,
    method: 'DELETE',
    path: '/v1/users/{userId}/grants/{permission}',
    summary:
      "Take a permission from the user's own grants, as far as the caller may see them: wholly, or for one policy, action type or rule type",
    params: () => z.strictObject({ userId: s.path.userId, permission: s.path.permission }),
    query: takenLimits,
    status: 200,
    etag: 'accepted',
    problems: [
      ...write.problems,
      'personal-grants-off',
      'keeper-needed',
      'permission-missing',
      'granted-by-wider',
      'policies-not-applicable',
    ],
  },
  getEffectivePermissions: {
    ...read,
    area: 'users',
    needs: 'own',
    method: 'GET',
    path: '/v1/users/{userId}/effective-permissions',
    summary: 'Everything a user holds, each with the ways that grant it',
    params: userParams,
    query: () =>
      z.strictObject({
        explain: s.path.permission.optional().meta({ description: 'Only this permission.' }),
        limit: s.limitOrAll(),
        cursor: s.cursor(),
      }),
  },
  listUserRoles: {
    ...read,
    area: 'users',
    needs: 'own',
    method: 'GET',
    path: '/v1/users/{userId}/roles',
    summary: 'Every role of a user, direct or through groups, in the order of their names',
    params: userParams,
    query: searched,
  },
  listUserGroups: {
    ...read,
    area: 'users',
    needs: 'own',
    method: 'GET',
    path: '/v1/users/{userId}/groups',
    summary: 'Every group that a user is in, direct or through others, in the order of their names',
    params: userParams,
    query: searched,
  },
  getMe: {
    ...read,
    area: 'users',
    needs: 'member',
    method: 'GET',
    path: '/v1/me',
    summary: 'The caller: user, tenant, what the caller holds, and the operations that this opens',
    problems: [],
  },
} as const satisfies Record<string, OperationEntry>;
