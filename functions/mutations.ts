// Every operation that can be one of several in a change set, by its id. One that is missing here does not compile.
import type { MutationHandler } from '../shared/http/operation.ts';
import type { alone } from '../shared/routes/changes.ts';
import type { OperationId, operations } from '../shared/routes/operations.ts';
import { handler as createSource } from './directory/createSource.ts';
import { handler as updateGroup } from './groups/updateGroup.ts';
import { handler as createPolicy } from './policies/createPolicy.ts';
import { handler as deletePolicy } from './policies/deletePolicy.ts';
import { handler as updatePolicy } from './policies/updatePolicy.ts';
import { handler as addRoleGrant } from './roles/addRoleGrant.ts';
import { handler as addRoleMembers } from './roles/addRoleMembers.ts';
import { handler as cloneRole } from './roles/cloneRole.ts';
import { handler as createRole } from './roles/createRole.ts';
import { handler as deleteRole } from './roles/deleteRole.ts';
import { handler as putRoleGrants } from './roles/putRoleGrants.ts';
import { handler as removeRoleGrant } from './roles/removeRoleGrant.ts';
import { handler as removeRoleMembers } from './roles/removeRoleMembers.ts';
import { handler as replaceRoleMembers } from './roles/replaceRoleMembers.ts';
import { handler as updateRole } from './roles/updateRole.ts';
import { handler as addAction } from './rules/addAction.ts';
import { handler as createRule } from './rules/createRule.ts';
import { handler as deleteAction } from './rules/deleteAction.ts';
import { handler as deleteRule } from './rules/deleteRule.ts';
import { handler as moveAction } from './rules/moveAction.ts';
import { handler as moveRule } from './rules/moveRule.ts';
import { handler as putCategories } from './rules/putCategories.ts';
import { handler as putRuleOwner } from './rules/putRuleOwner.ts';
import { handler as putRuleRights } from './rules/putRuleRights.ts';
import { handler as updateAction } from './rules/updateAction.ts';
import { handler as updateRule } from './rules/updateRule.ts';
import { handler as updateTenant } from './tenants/updateTenant.ts';
import { handler as createUser } from './users/createUser.ts';
import { handler as deleteUser } from './users/deleteUser.ts';
import { handler as inviteUser } from './users/inviteUser.ts';
import { handler as putUserGrants } from './users/putUserGrants.ts';
import { handler as unbindUser } from './users/unbindUser.ts';
import { handler as updateUser } from './users/updateUser.ts';

type Writing = { [Id in OperationId]: (typeof operations)[Id]['data'] extends 'write' ? Id : never }[OperationId];

export const mutations = {
  createSource,
  updateGroup,
  createPolicy,
  deletePolicy,
  updatePolicy,
  addRoleGrant,
  addRoleMembers,
  cloneRole,
  createRole,
  deleteRole,
  putRoleGrants,
  removeRoleGrant,
  removeRoleMembers,
  replaceRoleMembers,
  updateRole,
  addAction,
  createRule,
  deleteAction,
  deleteRule,
  moveAction,
  moveRule,
  putCategories,
  putRuleOwner,
  putRuleRights,
  updateAction,
  updateRule,
  updateTenant,
  createUser,
  deleteUser,
  inviteUser,
  putUserGrants,
  unbindUser,
  updateUser,
} as const satisfies Record<Exclude<Writing, keyof typeof alone>, MutationHandler>;
