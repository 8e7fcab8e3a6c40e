// The table of operations, which the handlers' chain, the local server, the stack, the API document and the tests of
// refusals all read. An operation that is not listed here does not exist.

import * as z from 'zod';
import { actions } from '../domain/base/actions.ts';
import { once } from '../domain/base/lazy.ts';
import { changeOperations } from './changes.ts';
import type { Operation, OperationEntry, Scope } from './entry.ts';
import { ruleOperations } from './rules.ts';
import * as s from './schemas.ts';
import { sessionOperations } from './sessions.ts';

/** A guest needs any one of these scopes, because a machine client proves its identity with the token that it has. */
export const guestScopes = ['admin', 'directory', 'audit'] as const satisfies readonly Scope[];

const admins = ['person', 'client'] as const;

const roleParams = once(() => z.strictObject({ roleId: s.path.roleId }));
const userParams = once(() => z.strictObject({ userId: s.path.userId }));
const groupParams = once(() => z.strictObject({ groupId: s.path.groupId }));
const policyParams = once(() => z.strictObject({ policyId: s.path.policyId }));
const paged = once(() => z.strictObject(s.page()));

const read = { callers: admins, scope: 'admin', status: 200, problems: ['not-found'], data: 'read' } as const;
const lockOut = ['last-access-manager', 'keeperless'] as const;
const write = {
  callers: admins,
  scope: 'admin',
  problems: ['not-found', 'quota-exceeded', ...lockOut],
  data: 'write',
} as const;
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
/** An operation that is open to everybody, without a token. */
const open = { callers: [], scope: 'admin', needs: 'none', status: 200, problems: [], data: 'none' } as const;
const roles = { area: 'roles', needs: 'keeper' } as const;
const users = { area: 'users', needs: 'users' } as const;

export const operations = {
  // Tenants
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
    etag: 'given',
  },
  getCatalogue: {
    ...read,
    area: 'tenants',
    method: 'GET',
    path: '/v1/catalogue',
    summary: 'The permissions and abilities of the product, as far as the caller may see them',
    needs: 'member',
  },

  // Users
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
        state: z.enum(['active', 'disabled']).optional(),
        source: z
          .string()
          .regex(/^(local|external|s[0-9a-z]{12})$/, 'is local, external or the id of a directory source')
          .optional(),
        kind: z.enum(['person', 'machine']).optional(),
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
    summary: 'Change the profile, enable or disable',
    params: userParams,
    body: () =>
      z.strictObject({
        name: s.name().optional(),
        login: z.string().min(1).max(320).nullable().optional(),
        mail: z.email().max(320).nullable().optional(),
        state: z.enum(['active', 'disabled']).optional(),
      }),
    status: 200,
    etag: 'accepted',
    problems: [...write.problems, 'keeper-needed', 'owned-by-directory'],
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

  // Groups
  listGroups: {
    ...read,
    ...users,
    area: 'groups',
    method: 'GET',
    path: '/v1/groups',
    summary: 'List directory groups in the order of their names',
    query: () => z.strictObject({ ...s.page(), name: z.string().max(100).optional() }),
  },
  getGroup: {
    ...read,
    ...users,
    area: 'groups',
    method: 'GET',
    path: '/v1/groups/{groupId}',
    summary: 'One group, with the groups it is in and the roles it has',
    params: groupParams,
    etag: 'given',
  },
  updateGroup: {
    ...write,
    area: 'groups',
    needs: 'keeper',
    method: 'PATCH',
    path: '/v1/groups/{groupId}',
    summary: 'Let the directory decide, or no longer, who manages access rights through this group',
    params: groupParams,
    body: () => z.strictObject({ confersAccessManagement: z.boolean() }),
    status: 200,
    etag: 'accepted',
  },
  listGroupMembers: {
    ...read,
    ...users,
    area: 'groups',
    method: 'GET',
    path: '/v1/groups/{groupId}/members',
    summary: 'Members of a group: direct ones, or all of any depth',
    params: groupParams,
    query: () => z.strictObject({ ...s.page(), effective: z.enum(['true', 'false']).default('false') }),
  },

  // Policies
  listPolicies: {
    ...read,
    area: 'policies',
    needs: 'member',
    method: 'GET',
    path: '/v1/policies',
    summary: 'List the policies that the caller may see',
    query: paged,
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

  // Roles
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

  // Rules
  ...ruleOperations,

  // Several as one
  ...changeOperations,

  // Checks
  check: {
    ...read,
    area: 'checks',
    method: 'POST',
    path: '/v1/check',
    summary: 'May this user do this?',
    callers: ['person', 'client', 'service'],
    scope: 'check',
    needs: 'own',
    body: s.check,
    problems: ['session-ended'],
  },
  checkBatch: {
    ...read,
    area: 'checks',
    method: 'POST',
    path: '/v1/check/batch',
    summary: 'Up to 100 questions at once, answered on one state of the tenant',
    callers: ['person', 'client', 'service'],
    scope: 'check',
    needs: 'own',
    body: s.checkBatch,
    problems: ['session-ended'],
  },
  listHolders: {
    ...read,
    area: 'checks',
    method: 'POST',
    path: '/v1/holders',
    summary: 'Who holds a permission',
    callers: ['person', 'client', 'service'],
    scope: 'check',
    needs: 'own',
    body: s.holders,
    problems: [],
  },

  explain: {
    ...read,
    area: 'explanations',
    method: 'POST',
    path: '/v1/explain',
    summary: 'Every way by which a user may do this, and what would end it',
    scope: 'check',
    needs: 'own',
    body: s.checkItem,
    problems: [],
  },

  // Sessions
  ...sessionOperations,

  // Directory
  createSource: {
    ...write,
    area: 'directory',
    needs: 'keeper',
    method: 'POST',
    path: '/v1/directory/sources',
    summary: 'Connect a directory',
    body: () =>
      z.strictObject({
        name: s.name(),
        signIn: z
          .strictObject({ issuer: z.url().max(500), claim: z.string().min(1).max(100) })
          .optional()
          .meta({
            description:
              'An issuer whose tokens the deployment takes, and the claim of access tokens that carries the immutable id of the directory object. Whoever signs in with it for the first time is bound to that user, and counts from then on.',
          }),
        groupClasses: z
          .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/))
          .min(1)
          .max(20)
          .optional()
          .meta({
            description: 'Object classes of a vendor that make an entry a group, beside those of the standards.',
          }),
        disabledMarkers: z
          .array(
            z.strictObject({
              attribute: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/),
              value: z.string().trim().min(1).max(200),
            }),
          )
          .min(1)
          .max(20)
          .optional()
          .meta({
            description:
              'An account that has this value in this attribute is disabled. The markers of Active Directory, 389, OpenLDAP and others are known without.',
          }),
      }),
    status: 201,
    idempotent: true,
    problems: [...write.problems, 'name-taken', 'sign-in-taken'],
  },
  listSources: {
    ...read,
    area: 'directory',
    needs: 'directory',
    method: 'GET',
    path: '/v1/directory/sources',
    summary: 'List the directories that are connected',
    scope: 'directory',
    query: paged,
  },
  postDelta: {
    ...write,
    area: 'directory',
    needs: 'directory',
    method: 'POST',
    path: '/v1/directory/sources/{sourceId}/deltas',
    summary: 'Take in an LDIF file: content records and change records (RFC 2849)',
    scope: 'directory',
    params: () => z.strictObject({ sourceId: s.path.sourceId }),
    text: { type: 'text/ldif', limit: 5_000_000 },
    status: 202,
    idempotent: true,
    problems: ['not-found', 'run-active', 'payload-too-large', 'unsupported-media-type'],
  },
  getRun: {
    ...read,
    area: 'directory',
    needs: 'directory',
    method: 'GET',
    path: '/v1/directory/runs/{runId}',
    summary: 'How far a run has come, and what became of each entry',
    scope: 'directory',
    params: () => z.strictObject({ runId: s.path.runId }),
    query: () => z.strictObject({ ...s.page(), result: z.enum(['applied', 'noop', 'rejected', 'ignored']).optional() }),
  },

  // Audit and health
  listEvents: {
    ...read,
    area: 'audit',
    needs: 'audit',
    method: 'GET',
    path: '/v1/audit/events',
    summary: 'Audit events, newest first',
    scope: 'audit',
    query: () =>
      z.strictObject({
        ...s.page(),
        from: s.instant().optional(),
        to: s.instant().optional(),
        actor: z.string().max(64).optional(),
        target: z.string().max(64).optional(),
        action: z.enum(actions, 'is no action of audit events: the API document lists them').optional(),
      }),
    problems: [],
  },
  getEventDifference: {
    ...read,
    area: 'audit',
    needs: 'audit',
    method: 'GET',
    path: '/v1/audit/events/{eventId}/difference',
    summary: 'What an event changed, as JSON text in parts: for differences that are larger than a page',
    scope: 'audit',
    params: () => z.strictObject({ eventId: s.path.eventId }),
    query: paged,
  },
  getHealth: {
    ...open,
    area: 'health',
    method: 'GET',
    path: '/v1/health',
    summary: 'Is the service up?',
  },
  getReadiness: {
    ...open,
    area: 'health',
    method: 'GET',
    path: '/v1/health/ready',
    summary: 'Does the table answer? 503 when it does not',
  },

  // The API's own description
  getOpenApi: {
    ...open,
    area: 'docs',
    method: 'GET',
    path: '/v1/openapi.json',
    summary: 'This API as an OpenAPI 3.1 document',
  },
  getDocs: {
    ...open,
    area: 'docs',
    method: 'GET',
    path: '/v1/docs',
    summary: 'A page to read and try this API in a browser',
    media: ['text/html'],
  },
  getDocsAsset: {
    ...open,
    area: 'docs',
    method: 'GET',
    path: '/v1/docs/{asset}',
    summary: 'What that page loads',
    params: () => z.strictObject({ asset: z.enum(['swagger-ui.css', 'swagger-ui-bundle.js', 'start.js']) }),
    media: ['text/css', 'text/javascript'],
    problems: ['not-found'],
  },
} as const satisfies Record<string, OperationEntry>;

export type OperationId = keyof typeof operations;
export const operationIds = Object.keys(operations) as OperationId[];

/** Makes the schemas on first use, because a function's cold start needs only the other fields. */
const withSchemas = ({ params, query, body, ...rest }: OperationEntry): Operation =>
  Object.defineProperties(rest as Operation, {
    ...(params && { params: { get: once(params), enumerable: true } }),
    ...(query && { query: { get: once(query), enumerable: true } }),
    ...(body && { body: { get: once(body), enumerable: true } }),
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
