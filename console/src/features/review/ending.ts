// The step of a change that takes away one thing of those that end a right. Pure.
import type { AnswerOf } from '../../../../clients/typescript/index.ts';
import type { Step } from '../../changes/steps.ts';

type Removal = NonNullable<AnswerOf<'explain'>['ending']>['removals'][number];

/** The limits of a grant as the query of its removal takes them: one value each, or the whole grant. */
const only = (values: readonly string[] | undefined): string | undefined =>
  values?.length === 1 ? values[0] : undefined;

/** Undefined for what only the directory can take away. */
export const stepOf = (removal: Removal, user: string): Step | undefined => {
  switch (removal.kind) {
    case 'roleMember':
      return { operation: 'removeRoleMembers', params: { roleId: removal.role }, body: { members: [removal.user] } };
    case 'roleGroup':
      return { operation: 'removeRoleMembers', params: { roleId: removal.role }, body: { members: [removal.group] } };
    case 'groupMember':
    case 'nestedGroup':
      return undefined;
    case 'ruleRight':
      return {
        operation: 'putRuleRights',
        params: { roleId: removal.role },
        body: { rules: [{ rule: removal.rule, [removal.right]: false }] },
        ifMatch: '*',
      };
    case 'grant': {
      const { via, grant } = removal;
      const limits = {
        policy: only(grant.policies),
        actionType: only(grant.actionTypes),
        ruleType: only(grant.ruleTypes),
      };
      const query = Object.fromEntries(
        Object.entries(limits).flatMap(([name, value]) => (value ? [[name, value]] : [])),
      );
      const permission = grant.permission;
      return via === 'personal'
        ? { operation: 'removeUserGrant', params: { userId: user, permission }, query }
        : { operation: 'removeRoleGrant', params: { roleId: via, permission }, query };
    }
  }
};
