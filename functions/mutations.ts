// The definition of every operation that a change set can contain, by its id. A missing operation does not compile.
import type { Definition } from '../shared/http/changes/carry-out.ts';
import type { OperationId, operations } from '../shared/routes/operations.ts';
import type { alone } from '../shared/routes/sets.ts';
import { definition as createSource } from './directory/createSource.ts';
import { definition as deleteSource } from './directory/deleteSource.ts';
import { definition as updateSource } from './directory/updateSource.ts';
import { definition as addGroupMembers } from './groups/addGroupMembers.ts';
import { definition as deleteGroup } from './groups/deleteGroup.ts';
import { definition as removeGroupMembers } from './groups/removeGroupMembers.ts';
import { definition as updateGroup } from './groups/updateGroup.ts';
import { definition as createPolicy } from './policies/createPolicy.ts';
import { definition as deletePolicy } from './policies/deletePolicy.ts';
import { definition as updatePolicy } from './policies/updatePolicy.ts';
import { definition as addRoleGrant } from './roles/addRoleGrant.ts';
import { definition as addRoleMembers } from './roles/addRoleMembers.ts';
import { definition as cloneRole } from './roles/cloneRole.ts';
import { definition as createRole } from './roles/createRole.ts';
import { definition as deleteRole } from './roles/deleteRole.ts';
import { definition as putRoleGrants } from './roles/putRoleGrants.ts';
import { definition as removeRoleGrant } from './roles/removeRoleGrant.ts';
import { definition as removeRoleMembers } from './roles/removeRoleMembers.ts';
import { definition as replaceRoleMembers } from './roles/replaceRoleMembers.ts';
import { definition as updateRole } from './roles/updateRole.ts';
import { definition as addAction } from './rules/addAction.ts';
import { definition as createRule } from './rules/createRule.ts';
import { definition as deleteAction } from './rules/deleteAction.ts';
import { definition as deleteRule } from './rules/deleteRule.ts';
import { definition as moveAction } from './rules/moveAction.ts';
import { definition as moveRule } from './rules/moveRule.ts';
import { definition as putCategories } from './rules/putCategories.ts';
import { definition as putRuleOwner } from './rules/putRuleOwner.ts';
import { definition as putRuleRights } from './rules/putRuleRights.ts';
import { definition as updateAction } from './rules/updateAction.ts';
import { definition as updateRule } from './rules/updateRule.ts';
import { definition as updateTenant } from './tenants/updateTenant.ts';
import { definition as createUser } from './users/createUser.ts';
import { definition as deleteUser } from './users/deleteUser.ts';
import { definition as inviteUser } from './users/inviteUser.ts';
import { definition as putUserGrants } from './users/putUserGrants.ts';
import { definition as removeUserGrant } from './users/removeUserGrant.ts';
import { definition as unbindUser } from './users/unbindUser.ts';
import { definition as updateUser } from './users/updateUser.ts';

type Writing = { [Id in OperationId]: (typeof operations)[Id]['data'] extends 'write' ? Id : never }[OperationId];

export const mutations = {
  createSource,
  deleteSource,
  updateSource,
  addGroupMembers,
  deleteGroup,
  removeGroupMembers,
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
  removeUserGrant,
  unbindUser,
  updateUser,
} as const satisfies Record<Exclude<Writing, keyof typeof alone>, Definition>;
